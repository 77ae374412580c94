package evaluate

import (
	"strings"

	"github.com/dragoman-gateway/dragoman/management/tree"
	"github.com/dragoman-gateway/dragoman/template/naming"
)

// ref answers a parameter, a pseudo parameter, or what a resource is called.
func (s *stack) ref(n tree.Node, p place) (tree.Node, bool) {
	name, ok := s.text(n, p, "the name in Ref") // AWS::LanguageExtensions lets functions stand here
	if !ok {
		return tree.Node{}, false
	}
	return s.reference(name, nil, n, p)
}

// reference is ref by name, own being further names that might have been meant.
func (s *stack) reference(name string, own []string, n tree.Node, p place) (tree.Node, bool) {
	if strings.HasPrefix(name, "AWS::") {
		return s.pseudo(name, n, p)
	}
	// Documented: CloudFormation Template Reference, Ref: of a parameter it is its
	// value, of a resource what that is called. Logical ids are unique, so it cannot be
	// both.
	if parameter := s.parameters.named[name]; parameter != nil {
		if !parameter.ok {
			return tree.Node{}, false // which was told where it is declared
		}
		return s.here(parameter.value, n, p)
	}
	target, ok := s.target(name, own, n, p)
	if !ok {
		return tree.Node{}, false
	}
	physical, ok := s.physicalID(target)
	if !ok {
		return tree.Node{}, false
	}
	return s.made(physical, n, p)
}

// here is the value of a parameter, a text or a list of texts, as one of the place that
// names it: what is wrong with it is wrong there.
func (s *stack) here(value, n tree.Node, p place) (tree.Node, bool) {
	if !value.IsList() {
		return s.made(value.Text(), n, p)
	}
	list := tree.List().From(n)
	for _, item := range value.Items() {
		text, ok := s.made(item.Text(), n, p)
		if !ok {
			return tree.Node{}, false
		}
		list.Add(text)
	}
	return list, true
}

// target is a resource that a function names, which from then on the owner of the place
// depends on.
func (s *stack) target(id string, own []string, n tree.Node, p place) (*resource, bool) {
	target := s.resources.named[id]
	switch {
	case p.scope != inResources && target != nil:
		s.fault(n, p.path, "the resource "+id+" cannot be named here: conditions and rules are judged before there are resources", "name a parameter")
		return nil, false
	case target == nil && s.mayBe(id), target != nil && target.vague():
		return nil, false
	case target == nil:
		names := append(append(own, s.parameters.names...), pseudoNames...)
		if p.scope == inResources {
			names = append(names, s.resources.names...)
		}
		hint := s.nearest(id, names)
		switch {
		case s.conditions.named[id] != nil:
			hint = id + " is a condition, which Fn::If asks for"
		case hint == "" && p.sub != "":
			hint = "write ${!" + clipped(p.sub) + "} where the text itself is meant"
		case hint == "":
			hint = "declare it in Resources or Parameters"
		}
		s.fault(n, p.path, "there is no resource or parameter "+quoted(id), hint)
		return nil, false
	}
	// Documented: CloudFormation User Guide, Conditions: a resource whose condition
	// does not hold is not made, and has neither a name nor attributes to answer with.
	if there, ok := s.there(target); !there {
		if ok {
			s.fault(n, p.path, "the resource "+id+" is not made, since its condition "+quoted(target.condition)+" does not hold", "name it inside Fn::If with the same condition")
		}
		return nil, false
	}
	p.owner.refersTo(target)
	return target, true
}

// getAtt answers an attribute: [LogicalID, Attribute], source having made a list of the
// short forms.
func (s *stack) getAtt(n tree.Node, p place) (tree.Node, bool) {
	arguments, ok := s.arguments(n, p, 2, 2, "Fn::GetAtt: [LogicalID, Attribute]")
	if !ok {
		return tree.Node{}, false
	}
	// Documented: CloudFormation Template Reference, Fn::GetAtt: Ref may stand in the
	// attribute; AWS::LanguageExtensions lets functions stand in both.
	id, first := s.text(arguments[0], p, "the logical id of Fn::GetAtt")
	attribute, second := s.text(arguments[1], p, "the attribute of Fn::GetAtt")
	if !first || !second {
		return tree.Node{}, false
	}
	return s.attribute(id, attribute, n, p)
}

func (s *stack) attribute(id, attribute string, n tree.Node, p place) (tree.Node, bool) {
	if s.parameters.named[id] != nil {
		s.fault(n, p.path, id+" is a parameter, which has no attributes", "Ref: "+id)
		return tree.Node{}, false
	}
	target, ok := s.target(id, nil, n, p)
	if !ok {
		return tree.Node{}, false
	}
	return s.attributeOf(target, attribute, n, p)
}

var pseudoNames = []string{"AWS::AccountId", "AWS::NoValue", "AWS::NotificationARNs", "AWS::Partition", "AWS::Region", "AWS::StackId", "AWS::StackName", "AWS::URLSuffix"}

// pseudo answers what CloudFormation knows of the stack itself.
// Documented: CloudFormation Template Reference, Pseudo parameters.
func (s *stack) pseudo(name string, n tree.Node, p place) (tree.Node, bool) {
	partition, suffix := naming.Partition(s.Region)
	value := ""
	switch name {
	case "AWS::NoValue":
		return tree.Node{}, true
	// Nobody is notified of what is done here, so the list is empty.
	case "AWS::NotificationARNs":
		return tree.List().From(n), true
	case "AWS::AccountId":
		value = s.Account
	case "AWS::Partition":
		value = partition
	case "AWS::Region":
		value = s.Region
	case "AWS::StackId":
		value = s.id
	case "AWS::StackName":
		value = s.name
	case "AWS::URLSuffix":
		value = suffix
	default:
		s.fault(n, p.path, "there is no pseudo parameter "+quoted(name), s.nearest(name, pseudoNames))
		return tree.Node{}, false
	}
	return s.made(value, n, p)
}
