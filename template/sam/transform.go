package sam

import (
	"slices"
	"strings"

	"github.com/dragoman-gateway/dragoman/management/tree"
	"github.com/dragoman-gateway/dragoman/template/source"
)

const (
	prefix = "AWS::Serverless::"
	latest = "AWS::Serverless-2016-10-31"
)

// Options are what the transform is told beside the template.
type Options struct {
	// Parameter answers the value of a parameter or pseudo parameter, false for what is
	// none. It may be nil.
	Parameter func(name string) (tree.Node, bool)
}

// Result is a template of plain CloudFormation, with what should be known of it.
type Result struct {
	Template tree.Node
	Notes    []source.Fault    // what has no effect here, each with its place
	Renamed  map[string]string // logical ids that were made of others, and those
}

// transform is one run.
type transform struct {
	said
	parameter  func(string) (tree.Node, bool)
	template   spot
	globals    map[string]spot // by kind, without the prefix
	resources  []*resource     // in the order of the template
	byID       map[string]*resource
	conditions tree.Node // that the transform adds
	zones      map[string]*zone
	left       int // values that Globals may still give to resources
	references references
}

// resource is one of the template, and what it becomes.
type resource struct {
	spot
	id, kind string // a kind of SAM is without its prefix, another is ""
	props    spot   // with what Globals say
	made     []made
	gone     bool     // it becomes nothing
	events   []*event // of a function

	// Of an HTTP API.
	document *document       // none where others have it
	routes   []routed        // from events
	called   map[string]bool // operations that have an event
	settings *fields         // RouteSettings with those of events, nil without any
	implicit bool            // events make it
}

// made is a resource of plain CloudFormation.
type made struct {
	id   string
	node tree.Node
}

// Transform makes plain CloudFormation of a template that source.Read gave. One without
// types of SAM is answered as it is, whatever its member Transform says. All faults are
// told at once; the template is there nevertheless, as far as it could be made.
func Transform(template tree.Node, o Options) (Result, []source.Fault) {
	t := &transform{parameter: o.Parameter, byID: map[string]*resource{}, zones: map[string]*zone{}, left: mostMerged, conditions: object(template)}
	t.template = spot{Node: template, said: &t.said}
	t.references.init()
	if !needed(template) {
		return Result{Template: template}, nil
	}
	t.readGlobals(t.template.get("Globals"))
	t.read()
	t.connect()
	// Functions come before APIs, for they add the integrations of their events to the
	// document that an API becomes.
	for _, step := range []func(*resource){t.function, t.stateMachine, t.httpAPI, t.other} {
		for _, r := range t.resources {
			step(r)
		}
	}
	return Result{Template: t.references.resolve(t.assembled()), Notes: ordered(t.notes), Renamed: t.references.renamed()}, ordered(t.faults)
}

// needed says whether a template is one for this transform: many have no member
// Transform though they hold its types.
// Assumed: such a template is meant to be transformed. AWS would refuse its types, which
// helps nobody who tries it here.
func needed(template tree.Node) bool {
	for _, named := range append(template.Get("Transform").Items(), template.Get("Transform")) {
		if named.Text() == latest {
			return true
		}
	}
	for _, r := range template.Get("Resources").Members() {
		if strings.HasPrefix(r.Get("Type").Text(), prefix) {
			return true
		}
	}
	return false
}

// attributes of resources. AWS's transform loses others without a word.
var attributes = members("Type:t! Properties:o DependsOn Condition:t DeletionPolicy:t UpdateReplacePolicy:t UpdatePolicy:o CreationPolicy:o Metadata:o Connectors:o IgnoreGlobals")

// read looks at all resources of the template.
func (t *transform) read() {
	for id, s := range t.template.get("Resources").members() {
		r := &resource{spot: s, id: id, called: map[string]bool{}}
		if kind, ours := strings.CutPrefix(s.Node.Get("Type").Text(), prefix); ours {
			r.kind = kind
			t.readOurs(r)
		}
		t.resources = append(t.resources, r)
		t.byID[id] = r
	}
}

func (t *transform) readOurs(r *resource) {
	for name, value := range r.members() {
		if attributes.has(name) {
			value.check(attributes.kinds[name])
		} else {
			value.lost("a resource", name, attributes.names)
		}
	}
	s, known := shapes[r.kind]
	if !known {
		t.unknownKind(r)
		return
	}
	r.props = r.get("Properties")
	// AWS runs the transform before any function is evaluated, so there would be no
	// properties to read.
	if intrinsic(r.props.Node) != "" {
		r.props.fault("it must be an object", "")
	}
	if intrinsic(r.props.Node) != "" || !r.props.IsObject() {
		r.props = r.props.as(object(r.begin()))
	}
	s.check(r.props, "an "+prefix+r.kind)
	r.props = r.props.as(t.global(r))
	s.needed(r.props, "an "+prefix+r.kind)
}

// unknownKind refuses a misspelt type. One that nobody here knows is kept, for SAM grows.
func (t *transform) unknownKind(r *resource) {
	known := make([]string, 0, len(shapes))
	for kind := range shapes {
		known = append(known, kind)
	}
	slices.Sort(known)
	if near := source.Nearest(r.kind, known); near != "" {
		r.get("Type").fault("there is no type "+prefix+r.kind, "did you mean "+prefix+near+"?")
	}
	r.kind = ""
}

// main makes the resource that one of SAM mainly is: it keeps its attributes.
// Documented: AWS SAM Developer Guide, AWS SAM resource
// attributes: attributes of CloudFormation are passed on to the resource that is generated.
func (r *resource) main(kind string, properties tree.Node) {
	r.add(r.id, kind, properties, "DependsOn", "Condition", "DeletionPolicy", "UpdateReplacePolicy", "UpdatePolicy", "Metadata")
}

// beside makes another resource, which is there and stays as the main one does.
// Observed: the translator hands these three on. What the main one depends on, or says of
// itself in Metadata, is not true of others.
func (r *resource) beside(id, kind string, properties tree.Node) {
	r.add(id, kind, properties, "Condition", "DeletionPolicy", "UpdateReplacePolicy")
}

func (r *resource) add(id, kind string, properties tree.Node, attributes ...string) {
	node := copied(object(r.begin()).Put(text(r.begin(), "Type"), text(r.begin(), kind)), r.Node, attributes...)
	r.made = append(r.made, made{id, node.Put(text(r.begin(), "Properties"), properties)})
}

// attribute gives the resource that was made last another attribute.
func (r *resource) attribute(name string, value tree.Node) {
	last := &r.made[len(r.made)-1]
	last.node = with(last.node, name, value)
}

// assembled is the template with what was made in the place of what it was made of.
func (t *transform) assembled() tree.Node {
	resources, places := object(t.template.get("Resources").Node), map[string]int{}
	var all []made
	for _, r := range t.resources {
		if len(r.made) == 0 && !r.gone {
			r.made = []made{{r.id, r.Without("Connectors").From(r.Node)}}
		}
		for _, m := range r.made {
			if m.id != r.id && t.byID[m.id] != nil {
				r.fault("it makes a resource with the logical id "+m.id+", and there is one already", "rename "+m.id)
				continue
			}
			// Two APIs may make the same domain or group of records. Observed: the last one
			// of them says what it is.
			if at, twice := places[m.id]; twice {
				all[at] = m
				continue
			}
			places[m.id] = len(all)
			all = append(all, m)
		}
	}
	for _, m := range all {
		resources.Put(text(m.node, m.id), m.node)
	}
	return t.finished(resources)
}

// finished is the template without what only SAM reads.
func (t *transform) finished(resources tree.Node) tree.Node {
	template := object(t.template.Node)
	for key, value := range t.template.Pairs() {
		switch key.Text() {
		case "Globals":
			continue
		case "Resources":
			value = resources
		case "Conditions":
			all := fieldsOf(value)
			for k, v := range t.conditions.Pairs() {
				all.put(k, v)
			}
			value = all.node()
		// Transforms of others stay for whoever runs them; this one has been run.
		case "Transform":
			if value = withoutOurs(value); value.Null() {
				continue
			}
		}
		template.Put(key, value)
	}
	if t.conditions.Len() > 0 && !template.Get("Conditions").There() {
		template.Put(text(t.template.Node, "Conditions"), t.conditions)
	}
	return template
}

func withoutOurs(transforms tree.Node) tree.Node {
	if transforms.Text() == latest {
		return tree.Node{}
	}
	if !transforms.IsList() {
		return transforms
	}
	rest := list(transforms)
	for _, item := range transforms.Items() {
		if item.Text() != latest {
			rest.Add(item)
		}
	}
	if rest.Len() == 0 {
		return tree.Node{}
	}
	return rest
}
