package evaluate

import (
	"bytes"
	"cmp"
	"slices"
	"strings"

	"github.com/dragoman-gateway/dragoman/management/tree"
	"github.com/dragoman-gateway/dragoman/template/source"
)

// condition is one of the section, worked out when it is first asked for.
type condition struct {
	node      tree.Node
	state     state
	holds, ok bool
}

// isLogic says whether a function answers yes or no.
func isLogic(name string) bool {
	switch name {
	case "Condition", "Fn::And", "Fn::Or", "Fn::Not", "Fn::Equals", "Fn::Contains", "Fn::EachMemberEquals", "Fn::EachMemberIn":
		return true
	}
	return false
}

// condition answers whether a condition of the section holds. n is where it is named.
func (s *stack) condition(name string, n tree.Node, p place) (holds, ok bool) {
	c := s.conditions.named[name]
	// Documented: CloudFormation User Guide, Conditions: they are all judged before any
	// resource is made, from parameters, mappings and each other.
	if c == nil {
		if s.mayBe(name) {
			return false, false
		}
		s.fault(n, p.path, "there is no condition "+quoted(name), cmp.Or(s.suggest(name, s.conditions.names), "declare it in Conditions"))
		return false, false
	}
	switch c.state {
	// One that asks for itself has no answer, whichever way round it is read: the whole
	// circle is told, since any of its links may be the wrong one.
	case underway:
		chain := append(s.asking[slices.Index(s.asking, name):], name)
		s.fault(c.node, top("Conditions", name).path, "conditions need each other: "+strings.Join(chain, " → "), "one of them must not name the next")
		return false, false
	case untouched:
		c.state = underway
		s.asking = append(s.asking, name)
		c.holds, c.ok = s.logic(c.node, place{path: top("Conditions", name).path, scope: inConditions})
		s.asking = s.asking[:len(s.asking)-1]
		c.state = done
	}
	return c.holds, c.ok
}

// logic works out what is either true or not.
// Documented: CloudFormation Template Reference, Condition functions.
func (s *stack) logic(n tree.Node, p place) (holds, ok bool) {
	if !s.spend(n, p.path, 1, 0) || !s.enter(n, p) {
		return false, false
	}
	defer s.leave()
	name, argument := "", tree.Node{}
	for key, value := range n.Members() {
		name, argument = key, value
	}
	in := p.insideFunction()
	// Which of several members is the function nobody can tell, and their order in an
	// object must not decide it.
	if n.Get(source.Unread).There() {
		return false, false // which was told
	}
	if n.Len() != 1 || !isLogic(name) {
		// A parameter with true or false in it, where rules and newer templates have one.
		if text := n.Text(); text == "true" || text == "false" {
			return text == "true", true
		}
		s.fault(n, p.path, "expected a condition", "Condition, Fn::And, Fn::Or, Fn::Not or Fn::Equals as the only member of an object")
		return false, false
	}
	switch name {
	case "Condition":
		if argument.Text() == "" {
			if source.Gaps(argument) {
				return false, false
			}
			s.fault(argument, in.path, "Condition takes the name of a condition", "Condition: Name")
			return false, false
		}
		return s.condition(argument.Text(), argument, in)
	case "Fn::And", "Fn::Or":
		return s.junction(name, argument, in)
	case "Fn::Not":
		arguments, ok := s.arguments(argument, in, 1, 1, "Fn::Not: [condition]")
		if !ok {
			return false, false
		}
		holds, ok = s.logic(arguments[0], in)
		return !holds, ok
	case "Fn::Equals":
		return s.equals(argument, in)
	}
	return s.ruleLogic(name, argument, in)
}

// junction is Fn::And or Fn::Or. All of their conditions are worked out, so that what is
// wrong in any of them is told. One that AWS alone could answer leaves it to the others,
// where one of those decides.
func (s *stack) junction(name string, n tree.Node, p place) (holds, ok bool) {
	// Documented: CloudFormation Template Reference, Fn::And and Fn::Or: at least two
	// conditions, and at most ten. Longer ones are written as conditions of conditions.
	arguments, ok := s.arguments(n, p, 2, 10, name+": [condition, condition]")
	if !ok {
		return false, false
	}
	before, asked, decided := s.asksAWS, "", false
	for _, argument := range arguments {
		s.asksAWS = ""
		one, fine := s.logic(argument, p)
		if !fine && s.asksAWS != "" {
			asked = s.asksAWS
			continue
		}
		decided, ok = decided || fine && one == (name == "Fn::Or"), ok && fine
	}
	s.asksAWS = before
	if ok && asked != "" && !decided {
		s.asksAWS, ok = asked, false
	}
	return decided == (name == "Fn::Or"), ok
}

func (s *stack) equals(n tree.Node, p place) (holds, ok bool) {
	arguments, ok := s.arguments(n, p, 2, 2, "Fn::Equals: [a, b]")
	if !ok {
		return false, false
	}
	a, first := s.value(arguments[0], p)
	b, second := s.value(arguments[1], p)
	return first && second && s.same(a, b), first && second
}

// same compares as CloudFormation does: scalars by their text, so that "true" is true.
func (s *stack) same(a, b tree.Node) bool {
	if !a.IsObject() && !a.IsList() && !b.IsObject() && !b.IsList() {
		return a.Text() == b.Text()
	}
	// Assumed: lists and objects are the same when their JSON is, members in the same
	// order. What is compared counts, since a loop may compare much with much.
	limits := tree.Limits{Bytes: max(s.bytes, 0)}
	one, wrong := a.JSON(limits)
	two, other := b.JSON(limits)
	s.bytes -= len(one) + len(two)
	return wrong == nil && other == nil && bytes.Equal(one, two)
}

// branch is Fn::If: only the branch that is taken is worked out.
// Documented: CloudFormation Template Reference, Fn::If: it is one value or the other,
// and AWS::NoValue as either takes the property away. The other is not worked out, so
// that it may name a resource that is not made when the condition holds.
func (s *stack) branch(n tree.Node, p place) (tree.Node, bool) {
	arguments, ok := s.arguments(n, p, 3, 3, "Fn::If: [Condition, value if it holds, value if not]")
	if !ok {
		return tree.Node{}, false
	}
	name := arguments[0].Text()
	if name == "" && source.Gaps(arguments[0]) {
		return tree.Node{}, false
	}
	if name == "" {
		s.fault(arguments[0], p.path, "Fn::If takes the name of a condition", "name the condition in Conditions")
		return tree.Node{}, false
	}
	holds, ok := s.condition(name, arguments[0], p)
	switch {
	case !ok:
		return tree.Node{}, false
	case holds:
		return s.value(arguments[1], p)
	}
	return s.value(arguments[2], p)
}
