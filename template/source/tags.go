package source

import (
	"maps"
	"slices"
	"strings"

	"github.com/dragoman-gateway/dragoman/management/tree"
)

// longForms are the functions that short tags stand for.
// Documented: CloudFormation Template Reference, Intrinsic functions and Rule functions.
// The reference gives no short form of ToJsonString, Length and the functions of rules
// beside Equals; editors and other tools read them, and they can mean nothing else.
var longForms = func() map[string]string {
	forms := map[string]string{"!Ref": "Ref", "!Condition": "Condition"}
	for _, name := range []string{"And", "Base64", "Cidr", "Contains", "EachMemberEquals", "EachMemberIn", "Equals", "FindInMap", "GetAtt", "GetAZs", "If", "ImportValue",
		"Join", "Length", "Not", "Or", "RefAll", "Select", "Split", "Sub", "ToJsonString", "Transform", "ValueOf", "ValueOfAll"} {
		forms["!"+name] = "Fn::" + name
	}
	return forms
}()

// ownTag says whether a tag is none of YAML's: "!" alone says only that a text is one
// (YAML 1.2, section 6.9.1).
func ownTag(tag string) bool {
	return strings.HasPrefix(tag, "!") && !strings.HasPrefix(tag, "!!") && tag != "!"
}

// suggestTag is a hint at the tag that another was meant to be.
func suggestTag(tag string) string {
	if near := Nearest(tag, slices.Sorted(maps.Keys(longForms))); near != "" {
		return "did you mean " + near + "?"
	}
	return ""
}

// call is the long form of a function: an object with one member.
func call(name string, value, at tree.Node) tree.Node {
	return tree.Object().From(at).Put(tree.Text(name).From(at), attribute(name, value))
}

// isCall says whether an object is the long form of a function.
func isCall(n tree.Node) bool {
	if n.Len() != 1 {
		return false
	}
	for name := range n.Members() {
		return name == "Ref" || strings.HasPrefix(name, "Fn::")
	}
	return false
}

// attribute makes of A.B what GetAtt is told in long: a list of the logical id and the
// attribute, which may have dots itself. Other values are what they are.
// Documented: CloudFormation Template Reference, Fn::GetAtt, Syntax for the short form.
func attribute(name string, value tree.Node) tree.Node {
	id, rest, dotted := strings.Cut(value.Text(), ".")
	if name != "Fn::GetAtt" || !dotted {
		return value
	}
	return tree.List(tree.Text(id).From(value), tree.Text(rest).From(value)).From(value)
}
