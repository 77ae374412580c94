package evaluate

import (
	"slices"
	"strconv"

	"github.com/dragoman-gateway/dragoman/management/tree"
)

// checkRules holds the values of parameters to the assertions of a template.
// Documented: CloudFormation User Guide, Rules.
func (s *stack) checkRules() {
	for _, name := range s.rules.names {
		rule, p := s.rules.named[name], top("Rules", name)
		p.scope = inRules
		// Documented: CloudFormation User Guide, Rules: without RuleCondition the
		// assertions always count; with one that is false they are not looked at.
		if when := rule.Get("RuleCondition"); when.There() {
			if holds, ok := s.judged(when, p.below("RuleCondition")); !holds || !ok {
				continue
			}
		}
		assertions := rule.Get("Assertions")
		if assertions.Len() == 0 {
			s.fault(rule, p.path, "the rule has no Assertions", "Assertions: [{Assert: …, AssertDescription: …}]")
		}
		for i, assertion := range assertions.Items() {
			at := p.below("Assertions").below(strconv.Itoa(i))
			if !assertion.Get("Assert").There() {
				s.fault(assertion, at.path, "the assertion has no Assert", "Assert: !Equals [!Ref Parameter, value]")
				continue
			}
			holds, ok := s.judged(assertion.Get("Assert"), at.below("Assert"))
			if !ok || holds {
				continue
			}
			said := assertion.Get("AssertDescription").Text()
			if said == "" {
				said = "an assertion does not hold"
			}
			s.fault(assertion, at.path, "the rule "+name+" is broken: "+said, "give other values to the parameters that it asks about")
		}
	}
}

// judged is logic of a rule. What asks AWS itself is noted, and cannot be judged.
// Fn::ValueOf asks for an attribute of what a parameter names, such as the VPC of a
// subnet: a rule that nobody can judge must not keep a stack from running.
func (s *stack) judged(n tree.Node, p place) (holds, ok bool) {
	s.asksAWS = ""
	holds, ok = s.logic(n, p)
	if s.asksAWS != "" {
		s.note(n, p.path, s.asksAWS+" asks AWS about resources of the account: the assertion is not judged here", "")
		return false, false
	}
	return holds, ok
}

// ruleValue works out what only rules may ask.
// Documented: CloudFormation Template Reference, Rule functions.
func (s *stack) ruleValue(name string, n tree.Node, p place) (tree.Node, bool) {
	switch name {
	case "Fn::ValueOf":
		return s.valueOf(n, p)
	case "Fn::ValueOfAll":
		if _, ok := s.arguments(n, p, 2, 2, "Fn::ValueOfAll: [type of parameters, attribute]"); ok {
			s.asksAWS = name // for attributes of all that the account has
		}
		return tree.Node{}, false
	}
	kind, ok := s.text(n, p, "the type of Fn::RefAll")
	if !ok {
		return tree.Node{}, false
	}
	// AWS answers all that the account has, which what the parameters name is a part of.
	list := tree.List().From(n)
	for _, name := range s.parameters.names {
		parameter := s.parameters.named[name]
		switch {
		case !parameter.ok:
		case parameter.kind == kind:
			list.Add(parameter.value)
		case parameter.kind == "List<"+kind+">":
			for _, item := range parameter.value.Items() {
				list.Add(item)
			}
		}
	}
	return s.shared(list, n, p)
}

// valueOf is Fn::ValueOf, an attribute of what a parameter names, which AWS alone knows;
// of a parameter that names nothing it is none.
// Documented: CloudFormation Template Reference, Rule functions, Fn::ValueOf: for a
// parameter of several values it is a list of as many.
func (s *stack) valueOf(n tree.Node, p place) (tree.Node, bool) {
	arguments, ok := s.arguments(n, p, 2, 2, "Fn::ValueOf: [parameter, attribute]")
	if !ok {
		return tree.Node{}, false
	}
	name := arguments[0].Text()
	parameter := s.parameters.named[name]
	switch {
	case parameter == nil:
		s.fault(arguments[0], p.path, "Fn::ValueOf takes the name of a parameter, and "+quoted(name)+" is none", s.suggest(name, s.parameters.names))
		return tree.Node{}, false
	case !parameter.ok:
		return tree.Node{}, false
	case parameter.value.IsList() && parameter.value.Len() == 0:
		return s.shared(tree.List().From(n), n, p)
	}
	s.asksAWS = "Fn::ValueOf"
	return tree.Node{}, false
}

// ruleLogic is what asks of lists.
func (s *stack) ruleLogic(name string, n tree.Node, p place) (holds, ok bool) {
	arguments, ok := s.arguments(n, p, 2, 2, name+": [[a, b], c]")
	if !ok {
		return false, false
	}
	list, ok := s.texts(arguments[0], p, "the list of "+name)
	if !ok {
		return false, false
	}
	// Documented: CloudFormation Template Reference, Rule functions: Fn::EachMemberIn
	// compares two lists, the others a list with one text.
	if name == "Fn::EachMemberIn" {
		all, ok := s.texts(arguments[1], p, "the second list of "+name)
		return ok && !slices.ContainsFunc(list, func(item string) bool { return !slices.Contains(all, item) }), ok
	}
	value, ok := s.text(arguments[1], p, "the value of "+name)
	if !ok {
		return false, false
	}
	if name == "Fn::EachMemberEquals" {
		return !slices.ContainsFunc(list, func(item string) bool { return item != value }), true
	}
	return slices.Contains(list, value), true
}
