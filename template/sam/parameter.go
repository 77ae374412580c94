package sam

import (
	"regexp"
	"strings"

	"github.com/dragoman-gateway/dragoman/management/tree"
)

// known is a value with a reference to a parameter replaced by what that is: where
// the transform decides something by the value.
// Observed: the translator runs before CloudFormation evaluates anything, and has nothing
// but the values of parameters to go by.
func (t *transform) known(s spot) spot { return s.as(t.resolved(s.Node)) }

// resolved replaces references to parameters anywhere in a value, in Ref and in texts of
// Fn::Sub, as AWS's transform does in the few values that it looks through. Other
// functions stay.
func (t *transform) resolved(n tree.Node) tree.Node {
	switch {
	case n.IsList():
		made := list(n)
		for _, item := range n.Items() {
			made.Add(t.resolved(item))
		}
		return made
	case !n.IsObject():
		return n
	case intrinsic(n) == "Ref":
		if value, known := t.value(n.Get("Ref").Text()); known {
			if value.IsList() {
				return list(n, value.Items()...)
			}
			return value.From(n)
		}
		return n
	case intrinsic(n) == "Fn::Sub":
		return call("Fn::Sub", t.substituted(n.Get("Fn::Sub")))
	}
	made := object(n)
	for key, value := range n.Pairs() {
		made.Put(key, t.resolved(value))
	}
	return made
}

// value is that of a parameter, as a value of its own.
func (t *transform) value(name string) (tree.Node, bool) {
	if t.parameter == nil {
		return tree.Node{}, false
	}
	if strings.HasPrefix(name, "AWS::") && name != "AWS::Region" && name != "AWS::Partition" {
		return tree.Node{}, false // AWS's transform knows no other: logical ids are made of what it knows
	}
	value, known := t.parameter(name)
	if known && isText(value) {
		value = value.Plain()
	}
	return value, known && !value.Null()
}

var variable = regexp.MustCompile(`\$\{([A-Za-z0-9.]+|AWS::[A-Z][A-Za-z]*)\}`)

func (t *transform) substituted(n tree.Node) tree.Node {
	if n.IsList() && n.Len() > 0 {
		items := n.Items()
		return list(n, append([]tree.Node{t.substituted(items[0])}, items[1:]...)...)
	}
	return text(n, variable.ReplaceAllStringFunc(n.Text(), func(found string) string {
		if value, known := t.value(found[2 : len(found)-1]); known && isText(value) {
			return value.Text()
		}
		return found
	}))
}
