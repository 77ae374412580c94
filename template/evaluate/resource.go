package evaluate

import (
	"regexp"
	"slices"

	"github.com/dragoman-gateway/dragoman/management/tree"
	"github.com/dragoman-gateway/dragoman/template/naming"
	"github.com/dragoman-gateway/dragoman/template/source"
)

// resource is one of a template, worked out as far as it was asked for.
type resource struct {
	id, kind   string
	node       tree.Node
	condition  string // "" when it is always made
	properties map[string]*property

	referred []string // logical ids that its values name
	known    map[string]bool

	physical string
	state    state
	ok       bool
	nested   *stack // the stack that it is, once it is opened
	opened   bool
}

// property is a member of Properties, worked out when it is first asked for.
type property struct {
	value tree.Node
	state state
	ok    bool
}

// vague says whether its type could not be read.
func (r *resource) vague() bool {
	return r.kind == "" && (r.node.Get(source.Unread).There() || source.Gaps(r.node.Get("Type")))
}

// refersTo keeps that one of its values names a resource.
func (r *resource) refersTo(other *resource) {
	if r != nil && !r.known[other.id] {
		r.known[other.id] = true
		r.referred = append(r.referred, other.id)
	}
}

func (r *resource) place() place {
	p := top("Resources", r.id)
	p.owner = r
	return p
}

// Documented: CloudFormation User Guide, Resources: logical ids are alphanumeric.
var logicalIDForm = regexp.MustCompile(`^[A-Za-z0-9]+$`)

// longestID is how many characters a logical id has at most. It is no part of the expression:
// one that counts so far takes a millisecond to be compiled, at the start of every command.
const longestID = 255

// namesIn are where the names in a section stand: what is wrong with a name is wrong there.
func namesIn(section tree.Node) map[string]tree.Node {
	keys := map[string]tree.Node{}
	for key := range section.Pairs() {
		keys[key.Text()] = key
	}
	return keys
}

func isLogicalID(id string) bool { return len(id) <= longestID && logicalIDForm.MatchString(id) }

// attributes are what may stand beside the properties of a resource.
// Documented: CloudFormation Template Reference, Resource attributes. Connectors is
// SAM's.
var attributes = []string{"Type", "Properties", "Condition", "CreationPolicy", "DeletionPolicy", "DependsOn", "Metadata", "UpdatePolicy", "UpdateReplacePolicy", "Description", "Version", "Connectors", "IgnoreGlobals"}

func (s *stack) readResources(template tree.Node) {
	resources := template.Get("Resources")
	// Documented: CloudFormation User Guide, template sections: Resources is the only
	// one that has to be there.
	if resources.Len() == 0 {
		s.fault(template, (*tree.Path)(nil).Below("Resources"), "the template has no resources", "Resources: {LogicalID: {Type: …, Properties: …}}")
	}
	keys := namesIn(resources)
	for id, node := range s.members(resources, "Resources") {
		p := top("Resources", id)
		if !isLogicalID(id) {
			s.fault(keys[id], p.path, "the logical id "+quoted(id)+" has other characters than letters and digits", "take them out")
		}
		// Documented: CloudFormation User Guide, Parameters: their names are unique
		// among all logical names of a template.
		if s.parameters.named[id] != nil {
			s.fault(keys[id], p.path, "a parameter has the name "+id+" too", "Ref could mean either: rename one")
		}
		r := &resource{id: id, kind: node.Get("Type").Text(), node: node, condition: node.Get("Condition").Text(), properties: map[string]*property{}, known: map[string]bool{}}
		switch kind := node.Get("Type"); {
		case r.kind != "" || r.vague():
		case kind.There() && !kind.Null():
			s.fault(kind, p.below("Type").path, "Type must be a text", "Type: AWS::Service::Kind")
		default:
			s.fault(node, p.path, "the resource has no Type", "Type: AWS::Service::Kind")
		}
		for key := range node.Pairs() {
			if name := key.Text(); !slices.Contains(attributes, name) && name != source.Unread {
				s.fault(key, p.below(name).path, name+" is no attribute of a resource", s.hintOfAttribute(name))
			}
		}
		if at := node.Get("Condition"); at.There() && r.condition == "" {
			s.fault(at, p.below("Condition").path, "Condition takes the name of a condition", "name the condition in Conditions")
		}
		s.resources.add(id, r)
		if r.kind == "AWS::ApiGatewayV2::Api" {
			s.apis[naming.APIID(s.name, id)] = true
		}
	}
}

func (s *stack) hintOfAttribute(name string) string {
	if near := s.nearest(name, attributes); near != "" {
		return near
	}
	return "properties stand inside Properties"
}

// there says whether a resource is made.
func (s *stack) there(r *resource) (there, ok bool) {
	if r.condition == "" {
		return true, true
	}
	return s.condition(r.condition, r.node.Get("Condition"), r.place().below("Condition"))
}

// property is the value of one property, none when there is none.
func (s *stack) property(r *resource, name string) (tree.Node, bool) {
	p := r.place().below("Properties").below(name)
	written := r.node.Get("Properties")
	node := written.Get(name)
	if !node.There() {
		return tree.Node{}, true
	}
	known := r.properties[name]
	if known == nil {
		known = &property{}
		r.properties[name] = known
	}
	switch known.state {
	case underway:
		s.fault(node, p.path, "the value needs itself", r.id+" names something that is named after it")
		return tree.Node{}, false
	case untouched:
		known.state = underway
		known.value, known.ok = s.value(node, p)
		known.state = done
	}
	return known.value, known.ok
}

// evaluateResource puts a resource into the result.
func (s *stack) evaluateResource(r *resource) {
	there, ok := s.there(r)
	p := r.place()
	out := Resource{Stack: s.name, LogicalID: r.id, Type: r.kind, Node: r.node, Path: p.path.String()}
	if !ok {
		s.broken(&out, true)
	}
	if !there || !ok {
		return
	}
	out.DependsOn = s.dependsOn(r)
	properties := r.node.Get("Properties")
	whole := true
	if _, _, function := called(properties); function || !properties.Null() && !properties.IsObject() {
		s.fault(properties, p.below("Properties").path, "Properties is an object", "a function makes the value of one property")
		whole, out.hollow = false, true
	} else if properties.Null() && r.node.Get(source.Unread).There() {
		whole, out.hollow = false, true
	} else if properties.IsObject() {
		out.Properties = s.propertiesOf(r, properties, &out)
		whole = len(out.lost) == 0 && !out.gap
	}
	// Documented: CloudFormation Template Reference, Condition functions: Fn::If may
	// stand in Metadata.
	metadata, ok := s.value(r.node.Get("Metadata"), p.below("Metadata"))
	physical, named := s.physicalID(r)
	s.evaluateNested(r)
	policy, right := s.deletionPolicy(r, p.below("DeletionPolicy"))
	out.PhysicalID, out.Metadata, out.References, out.DeletionPolicy = physical, metadata, r.referred, policy
	if !whole || !ok || !named || !right {
		s.broken(&out, out.hollow)
		return
	}
	s.result.Resources = append(s.result.Resources, out)
}

// propertiesOf works properties out, and notes those in which something is wrong.
func (s *stack) propertiesOf(r *resource, properties tree.Node, out *Resource) tree.Node {
	made, path := tree.Object().From(properties), r.place().path.Below("Properties")
	for key := range properties.Pairs() {
		name := key.Text()
		if name == source.Unread {
			out.gap = true
			continue
		}
		value, ok := s.property(r, name)
		if !ok {
			if out.lost == nil {
				out.lost = map[string]bool{}
			}
			out.lost[name] = true
		}
		// Half a value would be told to be wrong for what it lacks. The operations of a
		// document have little to do with each other.
		if value.There() && (ok || name == "Body") {
			made.Put(key, s.finished(value, path.Below(name), r.kind))
		}
	}
	return made
}

// broken puts a resource into the result of which something could not be worked out: what
// is right of it, and of those that name it, is judged all the same.
func (s *stack) broken(out *Resource, hollow bool) {
	out.Broken, out.hollow = true, hollow
	s.result.Partial = s.result.Partial || out.Type == stackType && hollow
	// Names that are made of what is wrong are not known. Nothing that is told has this one.
	if out.PhysicalID == "" {
		out.PhysicalID = s.name + "-" + out.LogicalID
	}
	s.result.Resources = append(s.result.Resources, *out)
}

// policies are what may be done with a resource that a template does not have any more.
// Documented: CloudFormation Template Reference, DeletionPolicy attribute.
var policies = []string{"Delete", "Retain", "RetainExceptOnCreate", "Snapshot"}

func (s *stack) deletionPolicy(r *resource, p place) (string, bool) {
	n := r.node.Get("DeletionPolicy")
	// Documented: CloudFormation User Guide, AWS::LanguageExtensions transform:
	// functions may stand in DeletionPolicy.
	policy, ok := s.text(n, p, "DeletionPolicy")
	if ok && policy != "" && !slices.Contains(policies, policy) {
		s.fault(n, p.path, quoted(policy)+" is no DeletionPolicy", s.suggest(policy, policies))
		return "", false
	}
	return policy, ok
}

// dependsOn are the resources that are to be made before, as written: those whose
// condition does not hold are left out.
// Documented: CloudFormation Template Reference, DependsOn attribute.
func (s *stack) dependsOn(r *resource) (ids []string) {
	n, p := r.node.Get("DependsOn"), r.place().below("DependsOn")
	items, seen := n.Items(), map[string]bool{}
	if n.There() && !n.IsList() {
		items = []tree.Node{n}
	}
	for _, item := range items {
		if item.Text() == "" && source.Gaps(item) {
			continue
		}
		if item.Text() == "" {
			s.fault(item, p.path, "DependsOn takes logical ids", "DependsOn: [LogicalID, Other]")
			continue
		}
		other := s.resources.named[item.Text()]
		if other == nil && s.mayBe(item.Text()) {
			continue
		}
		if other == nil {
			s.fault(item, p.path, "there is no resource "+quoted(item.Text()), s.nearest(item.Text(), s.resources.names))
			continue
		}
		if there, ok := s.there(other); there && ok && !seen[other.id] {
			ids, seen[other.id] = append(ids, other.id), true
		}
	}
	return ids
}
