package sam

import (
	"slices"
	"sort"

	"github.com/dragoman-gateway/dragoman/management/tree"
)

// kept are the properties of a function that CloudFormation has as well.
// Documented: AWS SAM Developer Guide, AWS::Serverless::Function:
// of most of them the guide says that they are passed on to the property of
// AWS::Lambda::Function.
var kept = []string{"FunctionName", "Handler", "Runtime", "PackageType", "ImageConfig", "Description", "MemorySize", "Timeout", "VpcConfig", "Role", "Environment",
	"KmsKeyArn", "ReservedConcurrentExecutions", "Layers", "FileSystemConfigs", "Architectures", "SnapStart", "EphemeralStorage", "CodeSigningConfigArn",
	"RuntimeManagementConfig", "LoggingConfig", "RecursiveLoop", "TenancyConfig", "CapacityProviderConfig", "FunctionScalingConfig", "DurableConfig"}

// function makes a function of an AWS::Serverless::Function, with its role, what is
// published of it, and what its events need.
// Documented: AWS SAM Developer Guide, AWS::Serverless::Function, and Generated
// CloudFormation resources for AWS::Serverless::Function.
func (t *transform) function(r *resource) {
	if r.kind != "Function" {
		return
	}
	p, from := r.props, r.begin()
	properties := copied(object(from), p.Node, kept...)
	properties.Put(text(from, "Code"), t.code(r))
	architecture(p.get("Architectures"))
	// Documented: AWS SAM Developer Guide,
	// AWS::Serverless::Function, Role: one is created where none is given.
	if p.get("Role").Null() {
		properties.Put(text(from, "Role"), attribute(from, r.id+"Role", "Arn"))
	}
	if mode := p.get("Tracing"); !mode.Null() {
		properties.Put(text(mode.key, "TracingConfig"), object(mode.key).Put(text(mode.key, "Mode"), mode.Node))
	}
	// Documented: AWS SAM Developer Guide, DeadLetterQueue: Type
	// chooses the permission of the role; CloudFormation has the ARN alone.
	if queue := p.get("DeadLetterQueue"); queue.IsObject() {
		properties.Put(text(queue.key, "DeadLetterConfig"), copied(object(queue.key), queue.Node, "TargetArn"))
	}
	properties.Put(text(from, "Tags"), tagList(from, "lambda:createdBy", p.Node.Get("Tags")))
	r.main("AWS::Lambda::Function", properties)
	t.packaged(r)

	called := callee{id: r.id, name: ref(from, r.id), uri: "${" + r.id + ".Arn}", arn: attribute(from, r.id, "Arn")}
	if alias := t.published(r, properties); alias != "" {
		called = callee{name: ref(from, alias), uri: "${" + alias + "}", arn: ref(from, alias)}
	}
	t.url(r, called)
	t.invokeConfig(r)
	if p.get("Role").Null() {
		r.beside(r.id+"Role", "AWS::IAM::Role", t.role(r))
	}
	t.eventsOf(r, called)
}

// tagList is what CloudFormation has for tags where SAM has an object: pairs, after the
// one that says who made the resource.
// Observed: the translator puts the mark of its own before all other tags.
func tagList(from tree.Node, creator string, tags tree.Node) tree.Node {
	pair := func(key, value tree.Node) tree.Node {
		return object(key).Put(text(key, "Key"), key).Put(text(key, "Value"), value)
	}
	all := list(from)
	if creator != "" {
		all.Add(pair(text(from, creator), text(from, "SAM")))
	}
	if intrinsic(tags) == "" {
		for key, value := range tags.Pairs() {
			all.Add(pair(text(key, key.Text()), value))
		}
	}
	return all
}

// packaged says what is wrong with how the code is packaged.
// Documented: AWS SAM Developer Guide, AWS::Serverless::Function,
// PackageType: Zip is the default. Handler and Runtime are required for it, ImageUri is for
// Image alone.
func (t *transform) packaged(r *resource) {
	p := r.props
	image := p.get("PackageType").Text() == "Image"
	switch kind := p.get("PackageType"); {
	case !kind.Null() && isText(kind.Node) && kind.Text() != "Zip" && !image:
		kind.misnamed("there is no package type "+kind.Text(), kind.Text(), []string{"Zip", "Image"})
	case image:
		// Documented: CloudFormation Template Reference, AWS::Lambda::Function: Handler and
		// Runtime are for archives. What they say, and what layers add, is a part of the
		// image.
		for _, name := range []string{"Handler", "Runtime", "Layers"} {
			if v := p.get(name); !v.Null() {
				v.fault("an image has no "+name, "remove it, or list it in IgnoreGlobals")
			}
		}
	default:
		for _, name := range []string{"Handler", "Runtime"} {
			if p.get(name).Null() {
				p.get(name).fault("a function needs "+name, "set it here or in Globals.Function")
			}
		}
		for _, name := range []string{"ImageUri", "ImageConfig"} {
			if v := p.get(name); !v.Null() {
				v.fault(name+" is for images", "add PackageType: Image")
			}
		}
	}
}

// architecture says what is wrong with the machine that a function asks for.
// Documented: CloudFormation Template Reference, AWS::Lambda::Function, Architectures: a
// list with one of two values.
func architecture(s spot) {
	known := []string{"x86_64", "arm64"}
	switch items := s.Items(); {
	case !s.IsList():
	case len(items) != 1:
		s.fault("a function has one architecture", "x86_64 or arm64")
	case isText(items[0]) && !slices.Contains(known, items[0].Text()):
		s.as(items[0]).misnamed("there is no architecture "+items[0].Text(), items[0].Text(), known)
	}
}

// eventsOf makes what the events of a function need. The route $default comes first, for
// its permission is one for all routes of the API.
func (t *transform) eventsOf(r *resource, c callee) {
	// A dollar sign sorts before a slash, with which all other paths begin.
	sort.SliceStable(r.events, func(i, j int) bool { return r.events[i].path < r.events[j].path })
	for _, e := range r.events {
		t.integrate(r, e, c)
	}
	events := r.props.get("Events")
	if intrinsic(events.Node) != "" {
		events.fault("Events must be an object of events", "")
		return
	}
	for id, s := range events.members() {
		if kind := s.Node.Get("Type").Text(); kind != "HttpApi" {
			t.otherEvent(r, id, s, kind, c)
		}
	}
}

// published makes a version and an alias of a function that asks for them, and answers
// the alias' logical id. The version's changes with what it is a version of.
// Documented: AWS SAM Developer Guide, AWS::Serverless::Function,
// AutoPublishAlias: a version is published and the alias led to it when the code changes.
// To CloudFormation a version is new when its logical id is.
func (t *transform) published(r *resource, function tree.Node) string {
	update := t.deployed(r)
	p, asked := r.props, t.known(r.props.get("AutoPublishAlias"))
	if asked.Null() {
		return ""
	}
	alias := asked.Text()
	if !alphanumeric.MatchString(alias) {
		asked.fault("it must be a text of letters and digits, or a parameter's", "")
		return ""
	}
	from := asked.begin()
	id := r.id + "Version" + t.fingerprint(r, function)
	version := copied(object(from).Put(text(from, "FunctionName"), ref(from, r.id)), p.Node, "RuntimeManagementConfig")
	r.beside(id, "AWS::Lambda::Version", renamed(version, p.Node, "VersionDescription", "Description"))
	// Observed: the translator retains old versions unless the template says otherwise:
	// each is a resource whose id is gone from the next template, and would be deleted with
	// it.
	if policy := p.get("VersionDeletionPolicy"); !policy.Null() {
		r.attribute("DeletionPolicy", policy.Node)
	} else if r.get("DeletionPolicy").Null() {
		r.attribute("DeletionPolicy", text(from, "Retain"))
	}
	aliasID := r.id + "Alias" + alias
	r.beside(aliasID, "AWS::Lambda::Alias", copied(object(from).Put(text(from, "Name"), text(from, alias)).
		Put(text(from, "FunctionName"), ref(from, r.id)).Put(text(from, "FunctionVersion"), attribute(from, id, "Version")), p.Node, "ProvisionedConcurrencyConfig"))
	if update.There() {
		r.attribute("UpdatePolicy", update)
	}
	t.references.add(r.id, "Version", id)
	t.references.add(r.id, "Alias", aliasID)
	return aliasID
}

// fingerprint is what a version's logical id ends with: of the code, the environment and
// the memory, or of all properties when the template says so.
func (t *transform) fingerprint(r *resource, function tree.Node) string {
	// Documented: AWS SAM Developer Guide,
	// AWS::Serverless::Function, AutoPublishCodeSha256: this value decides instead of the
	// code.
	if sum := t.known(r.props.get("AutoPublishCodeSha256")); sum.Text() != "" {
		return sum.Text()[:min(10, len(sum.Text()))]
	}
	// Documented: AWS SAM Developer Guide,
	// AWS::Serverless::Function, AutoPublishAliasAllProperties: any change of the function
	// publishes a version.
	if yes(t.known(r.props.get("AutoPublishAliasAllProperties")).Node) {
		return digest(function)
	}
	code := t.resolved(function.Get("Code"))
	all := fieldsOf(code)
	if !code.IsObject() {
		all.put(text(code, "CodeUri"), code) // a folder here, never what AWS's transform sees
	}
	// Observed: the translator hashes these beside the code, for a version freezes them
	// too.
	for key, value := range function.Get("Environment").Pairs() {
		all.put(key, value)
	}
	of := all.node()
	copied(of, function, "MemorySize")
	if snap := function.Get("SnapStart"); !slices.Contains([]string{"", "None"}, snap.Get("ApplyOn").Text()) {
		copied(of, function, "SnapStart")
	}
	return digest(of)
}
