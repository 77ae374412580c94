package evaluate

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/dragoman-gateway/dragoman/management/tree"
)

// checkNames looks for names of nothing where no value is worked out either: in branches
// that are not taken, and in what conditions leave out. CloudFormation refuses them too.
// Observed: unresolved resource dependencies are told of a template before any of its
// conditions is judged, so that a name of nothing does not wait for the day when its
// branch is taken.
func (s *stack) checkNames() {
	for _, id := range s.resources.names {
		r, p := s.resources.named[id], top("Resources", id)
		for key, value := range r.node.Get("Properties").Members() {
			s.checkValue(value, p.below("Properties").below(key))
		}
		if at := r.node.Get("Condition"); r.condition != "" && s.conditions.named[r.condition] == nil {
			s.condition(r.condition, at, p.below("Condition"))
		}
	}
	for _, id := range s.outputs.names {
		s.checkValue(s.outputs.named[id].node.Get("Value"), top("Outputs", id).below("Value"))
	}
}

func (s *stack) checkValue(n tree.Node, p place) {
	if !s.spend(n, p.path, 1, 0) || !s.enter(n, p) {
		return
	}
	defer s.leave()
	if name, argument, is := called(n); is {
		p = p.insideFunction()
		switch name {
		case "Ref":
			s.checkName(argument.Text(), nil, argument, p)
		case "Fn::GetAtt":
			if items := argument.Items(); len(items) == 2 {
				s.checkName(items[0].Text(), nil, argument, p)
			}
		case "Fn::Sub":
			s.checkVariables(argument, p)
		case "Fn::If":
			if items := argument.Items(); len(items) == 3 && items[0].Text() != "" && s.conditions.named[items[0].Text()] == nil {
				s.condition(items[0].Text(), items[0], p)
			}
		}
	}
	for key, member := range n.Members() {
		s.checkValue(member, p.below(key))
	}
	for i, item := range n.Items() {
		s.checkValue(item, p.below(strconv.Itoa(i)))
	}
}

// filledIn finds the variables of Fn::Sub.
var filledIn = regexp.MustCompile(`\$\{\s*([A-Za-z0-9_.:]+)\s*\}`)

func (s *stack) checkVariables(n tree.Node, p place) {
	text, own := n, tree.Node{}
	if items := n.Items(); len(items) > 0 {
		if text = items[0]; len(items) > 1 {
			own = items[1]
		}
	}
	// Variables of Fn::Sub's own object are not names of the template, and are left
	// out.
	for _, found := range filledIn.FindAllStringSubmatch(text.Text(), -1) {
		if name := found[1]; !own.Get(name).There() {
			id, _, dotted := strings.Cut(name, ".")
			names := keysOf(own)
			if dotted {
				names = nil
			}
			p.sub = name
			s.checkName(id, names, text, p)
		}
	}
}

// checkName tells a name of nothing in the words of those who ask for its value.
func (s *stack) checkName(name string, own []string, n tree.Node, p place) {
	switch {
	case name == "":
	case strings.HasPrefix(name, "AWS::"):
		if !slices.Contains(pseudoNames, name) {
			s.pseudo(name, n, p)
		}
	case s.parameters.named[name] == nil && s.resources.named[name] == nil:
		s.target(name, own, n, p)
	}
}
