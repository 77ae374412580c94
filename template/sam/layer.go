package sam

import (
	"strings"

	"github.com/dragoman-gateway/dragoman/management/tree"
)

// layer makes a version of a layer. Its logical id changes with its properties, so that
// old versions stay; all that names it is led to the new id.
// Documented: AWS SAM Developer Guide, AWS::Serverless::LayerVersion.
func (t *transform) layer(r *resource) {
	p, from := r.props, r.begin()
	// Observed: the translator looks through parameters before it makes the id, so that a
	// new value makes a new version.
	for _, name := range []string{"LayerName", "LicenseInfo", "Description", "RetentionPolicy"} {
		if v := p.get(name); !v.Null() {
			p = p.as(with(p.Node, name, t.resolved(v.Node)))
		}
	}
	id := r.id + t.layerDigest(r, p.Node)
	properties := copied(object(from), p.Node, "LayerName", "Description", "CompatibleArchitectures", "CompatibleRuntimes", "LicenseInfo")
	if p.get("LayerName").Null() {
		properties.Put(text(from, "LayerName"), text(from, r.id))
	}
	if uri := p.get("ContentUri"); !uri.Null() {
		properties.Put(text(uri.key, "Content"), location(uri, "S3Bucket", "S3Key", "S3ObjectVersion"))
	}
	r.add(id, "AWS::Lambda::LayerVersion", properties, "DependsOn", "Condition", "DeletionPolicy", "UpdateReplacePolicy", "Metadata")
	t.retention(r, p.get("RetentionPolicy"))
	t.references.ids[r.id] = id
}

// layerDigest is one of the resource as a template has it, without what says for how long
// it stays.
// Observed: the translator hashes the properties, RetentionPolicy among them, and those
// attributes that are not taken away here.
func (t *transform) layerDigest(r *resource, properties tree.Node) string {
	whole := r.Without("Properties", "DeletionPolicy", "UpdateReplacePolicy", "Metadata", "IgnoreGlobals", "Connectors")
	whole.Put(text(r.begin(), "Properties"), properties)
	return digest(object(r.begin()).Put(text(r.begin(), r.id), whole))
}

// retention says whether old versions stay.
// Documented: AWS SAM Developer Guide,
// AWS::Serverless::LayerVersion, RetentionPolicy: Retain is the default, for functions of
// other stacks may use an old version.
// Observed: the translator reads the words in any case.
func (t *transform) retention(r *resource, policy spot) {
	for _, known := range []string{"Retain", "Delete"} {
		if strings.EqualFold(policy.Text(), known) {
			r.attribute("DeletionPolicy", text(policy.Node, known))
			return
		}
	}
	if !policy.Null() {
		policy.fault("it must be Retain or Delete", "")
	}
	if r.get("DeletionPolicy").Null() {
		r.attribute("DeletionPolicy", text(r.begin(), "Retain"))
	}
}
