package evaluate

import (
	"slices"
	"strconv"
	"strings"

	"github.com/dragoman-gateway/dragoman/management/tree"
	"github.com/dragoman-gateway/dragoman/template/source"
)

// maxDepth is how deep values may hang on each other: functions in functions, names that
// need names.
const maxDepth = 2000

// value works a value out: it is free of functions then, none where AWS::NoValue takes it
// away. False means that something in it is wrong, which was told.
func (s *stack) value(n tree.Node, p place) (tree.Node, bool) {
	if !s.spend(n, p.path, 1, 0) || !s.enter(n, p) {
		return tree.Node{}, false
	}
	defer s.leave()
	switch {
	case n.IsObject():
		if name, argument, is := called(n); is {
			return s.call(name, n, argument, p.insideFunction())
		}
		return s.object(n, p)
	case n.IsList():
		return s.list(n, p)
	}
	return n, true
}

func (s *stack) enter(n tree.Node, p place) bool {
	// Go ends the whole program when a stack of calls grows too long, and nothing can
	// catch that: depth is counted before.
	if s.depth == maxDepth {
		return s.giveUp(n, p.path, "values hang on each other too deeply", "name things that need fewer others")
	}
	s.depth++
	return true
}

func (s *stack) leave() { s.depth-- }

// called says which function an object calls: one that has the function as its only
// member.
func called(n tree.Node) (name string, argument tree.Node, is bool) {
	// Documented: CloudFormation Template Reference, Intrinsic functions: the long form
	// is an object whose only member is the function.
	if n.Len() != 1 {
		return "", tree.Node{}, false
	}
	for key, value := range n.Members() {
		name, argument = key, value
	}
	return name, argument, name == "Ref" || strings.HasPrefix(name, "Fn::")
}

func (s *stack) object(n tree.Node, p place) (tree.Node, bool) {
	object, whole := tree.Object().From(n), true
	for key, member := range n.Pairs() {
		name := key.Text()
		if name == source.Unread {
			whole = false
			continue
		}
		if strings.HasPrefix(name, "Fn::") {
			s.fault(key, p.below(name).path, name+" stands beside other members", "a function is the only member of its object")
			whole = false
			continue
		}
		value, ok := s.value(member, p.below(name))
		// Documented: CloudFormation Template Reference, Pseudo parameters,
		// AWS::NoValue: the property goes. Observed: items of lists go likewise, and
		// leave no gap.
		if whole = whole && ok; value.There() {
			object.Put(key, value)
		}
	}
	return object, whole
}

func (s *stack) list(n tree.Node, p place) (tree.Node, bool) {
	list, whole := tree.List().From(n), true
	for i, item := range n.Items() {
		value, ok := s.value(item, p.below(strconv.Itoa(i)))
		if whole = whole && ok; value.There() {
			list.Add(value)
		}
	}
	return list, whole
}

// functions are those that there are.
var functions = []string{
	"Ref", "Fn::And", "Fn::Base64", "Fn::Cidr", "Fn::Contains", "Fn::EachMemberEquals", "Fn::EachMemberIn", "Fn::Equals", "Fn::FindInMap", "Fn::ForEach", "Fn::GetAtt", "Fn::GetAZs", "Fn::If",
	"Fn::ImportValue", "Fn::Join", "Fn::Length", "Fn::Not", "Fn::Or", "Fn::RefAll", "Fn::Select", "Fn::Split", "Fn::Sub", "Fn::ToJsonString", "Fn::Transform", "Fn::ValueOf", "Fn::ValueOfAll",
}

// call works out one function, n being the object that it stands in.
func (s *stack) call(name string, n, argument tree.Node, p place) (tree.Node, bool) {
	switch name {
	case source.Unread:
		return tree.Node{}, false // which was told
	case "Ref":
		return s.ref(argument, p)
	case "Fn::GetAtt":
		return s.getAtt(argument, p)
	case "Fn::Sub":
		return s.sub(argument, p)
	case "Fn::Join":
		return s.join(argument, p)
	case "Fn::Select":
		return s.selected(argument, p)
	case "Fn::Split":
		return s.split(argument, p)
	case "Fn::If":
		return s.branch(argument, p)
	case "Fn::FindInMap":
		return s.findInMap(argument, p)
	case "Fn::ImportValue":
		return s.importValue(argument, p)
	case "Fn::Base64":
		return s.base64(argument, p)
	case "Fn::Cidr":
		return s.cidr(argument, p)
	case "Fn::GetAZs":
		return s.zones(argument, p)
	case "Fn::ToJsonString":
		return s.jsonText(argument, p)
	case "Fn::Length":
		return s.length(argument, p)
	case "Fn::RefAll", "Fn::ValueOf", "Fn::ValueOfAll":
		// Documented: CloudFormation Template Reference, Rule functions: they are for
		// Rules alone.
		if p.scope == inRules {
			return s.ruleValue(name, argument, p)
		}
	}
	return tree.Node{}, s.misplaced(name, n, p)
}

// misplaced tells why a function cannot be worked out where it stands.
func (s *stack) misplaced(name string, n tree.Node, p place) bool {
	switch {
	case strings.HasPrefix(name, "Fn::ForEach"):
		s.fault(n, p.path, "Fn::ForEach makes members of an object, not a value", "Fn::ForEach::Name: [Each, [a, b], {\"Key${Each}\": …}]")
	case isLogic(name):
		s.fault(n, p.path, name+" stands where no condition is expected", "name it in Conditions, and ask for it with Fn::If")
	case slices.Contains(functions, name):
		s.fault(n, p.path, name+" cannot stand here", "functions of rules stand in Rules alone")
	default:
		s.fault(n, p.path, "there is no function "+name, s.nearest(name, functions))
	}
	return false
}

// text works out a value that has to be a text. Numbers and booleans are as they were
// written.
func (s *stack) text(n tree.Node, p place, what string) (string, bool) {
	value, ok := s.value(n, p)
	if !ok {
		return "", false
	}
	return s.asText(value, n, p, what)
}

func (s *stack) asText(value, n tree.Node, p place, what string) (string, bool) {
	switch {
	case value.IsList():
		s.fault(n, p.path, what+" is a list, where a text is expected", "Fn::Join makes a text of it, Fn::Select takes one")
	case value.IsObject():
		s.fault(n, p.path, what+" is an object, where a text is expected", "Fn::ToJsonString makes a text of it")
	case value.There() && value.Null():
		s.fault(n, p.path, what+" is null, where a text is expected", "\"\" is an empty text")
	default:
		return value.Text(), true
	}
	return "", false
}

// texts works out a list of texts. Items that AWS::NoValue takes away are none.
func (s *stack) texts(n tree.Node, p place, what string) ([]string, bool) {
	items, ok := s.items(n, p, what)
	if !ok {
		return nil, false
	}
	texts := make([]string, len(items))
	for i, item := range items {
		if texts[i], ok = s.asText(item, item, p, "an item of "+what); !ok {
			return nil, false
		}
	}
	return texts, true
}

// items works out a list.
func (s *stack) items(n tree.Node, p place, what string) ([]tree.Node, bool) {
	value, ok := s.value(n, p)
	if !ok {
		return nil, false
	}
	if !value.IsList() {
		s.fault(n, p.path, what+" is no list", "[a, b], or a function that makes a list")
		return nil, false
	}
	return value.Items(), true
}

// arguments are those of a function that takes so many, as written.
func (s *stack) arguments(n tree.Node, p place, least, most int, usage string) ([]tree.Node, bool) {
	if items := n.Items(); n.IsList() && len(items) >= least && len(items) <= most {
		return items, true
	}
	if source.Gaps(n) {
		return nil, false
	}
	name, _, _ := strings.Cut(usage, ": ")
	count := strconv.Itoa(least)
	if most != least {
		count += " to " + strconv.Itoa(most)
	}
	s.fault(n, p.path, name+" takes a list of "+count, usage)
	return nil, false
}

// made is a text that a function made, which counts.
func (s *stack) made(text string, n tree.Node, p place) (tree.Node, bool) {
	if !s.spend(n, p.path, 1, len(text)) {
		return tree.Node{}, false
	}
	return tree.Text(text).From(n), true
}

// shared is a value that stands in several places of the result, and counts in each.
func (s *stack) shared(value, n tree.Node, p place) (tree.Node, bool) {
	if !s.spendAll(value, n, p) {
		return tree.Node{}, false
	}
	return value, true
}

func (s *stack) spendAll(value, n tree.Node, p place) bool {
	if !s.spend(n, p.path, 1, len(value.Text())) {
		return false
	}
	for _, item := range value.Items() {
		if !s.spendAll(item, n, p) {
			return false
		}
	}
	for _, member := range value.Members() {
		if !s.spendAll(member, n, p) {
			return false
		}
	}
	return true
}
