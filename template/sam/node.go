package sam

import (
	"strings"

	"github.com/dragoman-gateway/dragoman/management/tree"
)

// object is an object without members that stands where another value does.
func object(from tree.Node) tree.Node { return tree.Object().From(from) }

func text(from tree.Node, s string) tree.Node { return tree.Text(s).From(from) }

func truth(from tree.Node, b bool) tree.Node { return tree.Bool(b).From(from) }

func list(from tree.Node, items ...tree.Node) tree.Node { return tree.List(items...).From(from) }

// call is an intrinsic function with its argument.
func call(name string, argument tree.Node) tree.Node {
	return object(argument).Put(text(argument, name), argument)
}

func ref(from tree.Node, id string) tree.Node { return call("Ref", text(from, id)) }

func attribute(from tree.Node, id, name string) tree.Node {
	return call("Fn::GetAtt", list(from, text(from, id), text(from, name)))
}

// sub is a text with values for the variables in it: name, value and so on.
func sub(from tree.Node, pattern string, variables tree.Node) tree.Node {
	if variables.Len() == 0 {
		return call("Fn::Sub", text(from, pattern))
	}
	return call("Fn::Sub", list(from, text(from, pattern), variables))
}

func noValue(from tree.Node) tree.Node { return ref(from, "AWS::NoValue") }

// when is a value that is there only under a condition.
func when(condition string, value tree.Node) tree.Node {
	return call("Fn::If", list(value, text(value, condition), value, noValue(value)))
}

// intrinsic is the name of the function that a value calls, "" when it calls none: one
// member whose name says so.
func intrinsic(n tree.Node) string {
	if n.Len() != 1 || !n.IsObject() {
		return ""
	}
	for name := range n.Members() {
		if name == "Ref" || name == "Condition" || strings.HasPrefix(name, "Fn::") {
			return name
		}
	}
	return ""
}

// isNoValue says whether a value takes its member away.
// Documented: CloudFormation Template Reference, Pseudo parameters, AWS::NoValue.
func isNoValue(n tree.Node) bool {
	return intrinsic(n) == "Ref" && n.Get("Ref").Text() == "AWS::NoValue"
}

// isText says whether a value is a scalar, which may also be a number or a boolean in
// its text: parameters are texts, and 1.0 is a version.
func isText(n tree.Node) bool { return !n.Null() && !n.IsObject() && !n.IsList() }

// member is a member of an object, with its key.
func member(n tree.Node, name string) (key, value tree.Node) {
	for k, v := range n.Pairs() {
		if k.Text() == name {
			key, value = k, v
		}
	}
	return key, value
}

// with is an object with a member in the place of the one of that name, or at its end.
func with(n tree.Node, name string, value tree.Node) tree.Node {
	made, done := object(n), false
	for k, v := range n.Pairs() {
		if k.Text() == name {
			if done {
				continue
			}
			v, done = value, true
		}
		made.Put(k, v)
	}
	if !done {
		made.Put(text(value, name), value)
	}
	return made
}

// each is a value with every branch of Fn::If in it replaced; one without a condition is
// a branch itself, and AWS::NoValue stays.
func each(n tree.Node, change func(tree.Node) tree.Node) tree.Node {
	if intrinsic(n) != "Fn::If" || n.Get("Fn::If").Len() != 3 {
		return change(n)
	}
	branches := n.Get("Fn::If").Items()
	for i := 1; i < len(branches); i++ {
		if !isNoValue(branches[i]) {
			branches[i] = change(branches[i])
		}
	}
	return call("Fn::If", list(n, branches...))
}

// branches are the values that a value may have.
func branches(n tree.Node) []tree.Node {
	var all []tree.Node
	each(n, func(branch tree.Node) tree.Node {
		all = append(all, branch)
		return branch
	})
	return all
}

// copied gives an object members of another, where they are there.
func copied(to, from tree.Node, names ...string) tree.Node {
	for _, name := range names {
		if k, v := member(from, name); !v.Null() {
			to.Put(k, v)
		}
	}
	return to
}

// renamed is copied, for a member that has another name there.
func renamed(to, from tree.Node, name, as string) tree.Node {
	if k, v := member(from, name); !v.Null() {
		to.Put(text(k, as), v)
	}
	return to
}

// yes says whether a value is the boolean true, which YAML 1.1 writes in many ways.
// YAML 1.1, https://yaml.org/type/bool.html.
func yes(n tree.Node) bool {
	switch strings.ToLower(n.Text()) {
	case "true", "yes", "on":
		return true
	}
	return false
}

// set says whether a value is true, or a function that may come to that.
func set(n tree.Node) bool { return yes(n) || intrinsic(n) != "" }

// version is the number of a format as a text: who writes 2.0 means "2.0".
func version(n tree.Node) tree.Node {
	if !isText(n) {
		return n
	}
	return text(n, n.Text())
}
