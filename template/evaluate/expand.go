package evaluate

import (
	"regexp"
	"strings"

	"github.com/dragoman-gateway/dragoman/management/tree"
)

// expander writes loops and inclusions out, before anything else is worked out: they make
// members, and so what there is to work out.
// Documented: CloudFormation Template Reference, Fn::ForEach; CloudFormation User Guide,
// AWS::Include transform.
type expander struct {
	*stack
	including []string // files, from the first one on
}

// each holds the variables of the loops around a value.
type each map[string]string

// expand answers a template without loops and inclusions. Parameters are read already,
// mappings are read here: a loop may go through either.
// Documented: CloudFormation User Guide, template macros, Macro evaluation order: the
// deepest come first, and those of the section Transform, which see the whole template,
// after them.
func (s *stack) expand(template tree.Node) tree.Node {
	x := &expander{stack: s, including: []string{s.file}}
	s.checkTransforms(template.Get("Transform"))
	for _, n := range transforms(template.Get("Transform")) {
		if n.Get("Name").Text() == "AWS::Include" {
			// Documented: CloudFormation User Guide, AWS::Include transform: in the
			// section Transform it puts the file's sections at the top of the template.
			template = x.merged(template, x.include(n, nil, place{scope: inConditions}))
		}
	}
	mappings := x.value(template.Get("Mappings"), nil, place{path: (*tree.Path)(nil).Below("Mappings"), scope: inConditions})
	for name, value := range s.members(mappings, "Mappings") {
		s.mappings.add(name, value)
	}
	expanded := tree.Object().From(template)
	for key, value := range template.Pairs() {
		switch name := key.Text(); name {
		// Documented: CloudFormation Template Reference, Fn::ForEach: loops stand in
		// Conditions, Outputs and Resources. Parameters are read before, for a loop may
		// go through a list that one of them holds.
		case "Transform", "Parameters", "Metadata":
			expanded.Put(key, value)
		case "Mappings":
			expanded.Put(key, mappings)
		default:
			expanded.Put(key, x.value(value, nil, place{path: (*tree.Path)(nil).Below(name), scope: inConditions}))
		}
	}
	return expanded
}

// value is a value without loops and inclusions: itself when there were none.
func (x *expander) value(n tree.Node, vars each, p place) tree.Node {
	if !x.spend(n, p.path, 1, 0) || !x.enter(n, p) {
		// A bound is reached, which was told: what is answered now is not looked at any
		// more.
		return tree.Text("").From(n)
	}
	defer x.leave()
	switch {
	case n.IsObject():
		return x.object(n, vars, p)
	case n.IsList():
		list, items := tree.Node{}, n.Items()
		for i, item := range items {
			value := x.value(item, vars, p)
			// Most lists have no loop in them. They stay as they are, and are not
			// copied: that would cost each template what only a few need.
			if !list.There() && value != item {
				list = tree.List(items[:i]...).From(n)
			}
			if list.There() {
				list.Add(value)
			}
		}
		if list.There() {
			return list
		}
	case len(vars) > 0 && n.Text() != "":
		if text := x.filled(n.Text(), vars, n, p); text != n.Text() {
			return tree.Text(text).From(n)
		}
	}
	return n
}

func (x *expander) object(n tree.Node, vars each, p place) tree.Node {
	if name, argument, is := called(n); is {
		// Documented: CloudFormation Template Reference, Fn::ForEach, Identifier: Ref
		// of the variable is its value too, not only ${Identifier} in a text.
		if value, looped := vars[argument.Text()]; looped && name == "Ref" {
			return tree.Text(value).From(n)
		}
		if name == "Fn::Transform" {
			return x.include(argument, vars, p)
		}
	}
	if makesMembers(n) {
		return x.members(n, vars, p)
	}
	object, passed := tree.Node{}, 0 // none as long as nothing changes
	for key, member := range n.Pairs() {
		made := x.key(key, vars, p)
		value := x.value(member, vars, p.below(made.Text()))
		if !object.There() && (value != member || made != key) {
			object = first(n, passed)
		}
		if passed++; object.There() {
			object.Put(made, value)
		}
	}
	if !object.There() {
		return n
	}
	return object
}

// first is an object with so many of its members.
func first(n tree.Node, most int) tree.Node {
	object := tree.Object().From(n)
	for key, value := range n.Pairs() {
		if most--; most < 0 {
			break
		}
		object.Put(key, value)
	}
	return object
}

func makesMembers(n tree.Node) bool {
	for name := range n.Members() {
		if name == "Fn::Transform" || strings.HasPrefix(name, "Fn::ForEach") {
			return true
		}
	}
	return false
}

// members is an object some of whose members are made.
func (x *expander) members(n tree.Node, vars each, p place) tree.Node {
	object, seen := tree.Object().From(n), map[string]bool{}
	put := func(key, value tree.Node) {
		// Assumed: CloudFormation's own error text is not known. One of the two would
		// be lost without a word, and the author meant both.
		if name := key.Text(); seen[name] {
			x.fault(key, p.below(name).path, "the key "+quoted(name)+" is made twice", "write the variable of the loop into the key: ${Each}")
		} else {
			seen[name] = true
			object.Put(key, value)
		}
	}
	for key, member := range n.Pairs() {
		name := key.Text()
		switch {
		case strings.HasPrefix(name, "Fn::ForEach::"), name == "Fn::ForEach":
			x.loop(name, key, member, vars, p, put)
		case name == "Fn::Transform":
			for key, value := range x.include(member, vars, p).Pairs() {
				put(key, value)
			}
		default:
			made := x.key(key, vars, p)
			put(made, x.value(member, vars, p.below(made.Text())))
		}
	}
	return object
}

// key is the key of a member with the variables of loops filled in.
func (x *expander) key(n tree.Node, vars each, p place) tree.Node {
	if name := x.filled(n.Text(), vars, n, p); name != n.Text() {
		return tree.Text(name).From(n)
	}
	return n
}

// loop writes one Fn::ForEach::Name out.
func (x *expander) loop(name string, key, n tree.Node, vars each, p place, put func(key, value tree.Node)) {
	const usage = `Fn::ForEach::Name: [Each, [a, b], {"Key${Each}": …}]`
	arguments := n.Items()
	// Documented: CloudFormation Template Reference, Fn::ForEach: the loop has a name,
	// which keeps two of them in one object apart, and three arguments.
	if name == "Fn::ForEach" || len(arguments) != 3 || arguments[0].Text() == "" || !arguments[2].IsObject() {
		x.fault(key, p.path, "Fn::ForEach takes a name for the loop and a list of 3: a variable, a list, and an object with what each makes", usage)
		return
	}
	variable := arguments[0].Text()
	// Assumed: the variable must not be one that is in use. Ref could otherwise mean
	// the parameter or the variable, and no page says which.
	if x.parameters.named[variable] != nil || vars[variable] != "" {
		x.fault(arguments[0], p.path, "the variable "+quoted(variable)+" of the loop "+quoted(name)+" has the name of a parameter, or of a loop around it", "rename it")
		return
	}
	items, ok := x.texts(x.value(arguments[1], vars, p), p.insideFunction(), "what "+name+" goes through")
	if !ok {
		return
	}
	// A loop inside sees the variables of the loops around it; a copy keeps its own
	// from showing outside.
	inner := each{}
	for outer, value := range vars {
		inner[outer] = value
	}
	for _, item := range items {
		inner[variable] = item
		for key, value := range x.value(arguments[2], inner, p).Pairs() {
			if x.over {
				return
			}
			put(key, value)
		}
	}
}

// looped is a variable of a loop: &{} takes what no logical id may have out of its value.
// Documented: CloudFormation Template Reference, Fn::ForEach: with &{} items such as
// addresses, which have dots, make logical ids.
var looped = regexp.MustCompile(`[$&]\{[A-Za-z0-9]+\}`)

func (x *expander) filled(text string, vars each, n tree.Node, p place) string {
	if len(vars) == 0 || !strings.Contains(text, "{") {
		return text
	}
	return looped.ReplaceAllStringFunc(text, func(found string) string {
		value, is := vars[found[2:len(found)-1]]
		// Any other ${Name} is of Fn::Sub, which fills it in when values are worked
		// out.
		if !is || !x.spend(n, p.path, 0, len(value)) {
			return found
		}
		if found[0] == '&' {
			return strings.Map(alphanumeric, value)
		}
		return value
	})
}

func alphanumeric(r rune) rune {
	if r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' {
		return r
	}
	return -1
}

// merged puts what was included beside the members that are there, which win.
func (x *expander) merged(n, more tree.Node) tree.Node {
	object := tree.Object().From(n)
	for key, value := range n.Pairs() {
		object.Put(key, value)
	}
	for key, value := range more.Pairs() {
		// Assumed: what the author wrote in the template itself is nearer to what is
		// meant than a file that many templates share.
		if !n.Get(key.Text()).There() {
			object.Put(key, value)
		}
	}
	return object
}
