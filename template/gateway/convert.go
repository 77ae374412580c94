package gateway

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/dragoman-gateway/dragoman/management/tree"
	noun "github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/template/source"
	"github.com/dragoman-gateway/dragoman/wire"
)

// maxText is how many bytes an object may have that stands where a text is meant.
const maxText = 1 << 20

// conversion turns the properties of a resource into the members of a noun, by the
// table of the management API's operations: it says of what type each member is, and
// which keys are names of members and which are data.
//
// Documented: CloudFormation Template Reference, AWS::ApiGatewayV2: properties are the
// members of the API, in Pascal case.
type conversion struct {
	*builder
	r *resource
}

// convert reads the properties that an operation takes. more are properties that the
// resource has besides, and that somebody else reads.
func (b *builder) convert(r *resource, operation string, more ...string) tree.Node {
	return conversion{b, r}.members(r.Properties, wire.Lookup(operation).Input, r.properties(), more)
}

// members reads an object. What travels in the path of a call is no member of a noun: it
// says where the noun stands.
func (c conversion) members(n tree.Node, members []wire.Member, path *tree.Path, more []string) tree.Node {
	made := tree.Object()
	for name, value := range n.Members() {
		i := slices.IndexFunc(members, func(m wire.Member) bool { return m.Name == name })
		switch {
		// Observed: CloudFormation refuses properties that a type does not have
		// (Encountered unsupported property). A word that is misspelt would be passed over
		// otherwise.
		case i < 0 && !slices.Contains(more, name):
			c.fault(c.r, value, path.Below(name), name+" is no property of "+c.what(path), source.Choose(name, names(members, more)))
		case i < 0 || value.Null() || members[i].In != wire.InBody:
		default:
			m := &members[i]
			v, ok := c.value(value, m.Shape, path.Below(name))
			// A property that is left empty was most often a parameter that nobody gave.
			if ok && !(v.Len() == 0 && v.Text() == "" && m.Shape.Type == wire.String) {
				made.Set(m.Wire, v)
			}
		}
	}
	return made
}

// only is members of an operation's, those of these names alone.
func (c conversion) only(n tree.Node, operation string, path *tree.Path, names ...string) tree.Node {
	var members []wire.Member
	for _, m := range wire.Lookup(operation).Input {
		if slices.Contains(names, m.Name) {
			members = append(members, m)
		}
	}
	return c.members(n, members, path, nil)
}

// what names the type of a path for people: the resource's, or the property's.
func (c conversion) what(path *tree.Path) string {
	if at := strings.TrimPrefix(path.String(), c.r.Path+".Properties"); at != "" {
		return strings.TrimPrefix(at, ".")
	}
	return c.r.Type
}

func names(members []wire.Member, more []string) []string {
	all := slices.Clone(more)
	for i := range members {
		all = append(all, members[i].Name)
	}
	return all
}

// required tells which of the properties are missing that an operation needs, but for the
// API, which apiOf asks for.
func (b *builder) required(r *resource, operation string, but ...string) {
	// Documented: CloudFormation Template Reference, AWS::ApiGatewayV2: what its types
	// require is what the operations require, but for what callers name.
	for _, m := range wire.Lookup(operation).Input {
		if m.Required && m.Name != "ApiId" && !slices.Contains(but, m.Name) && r.without(m.Name) {
			b.fault(r, r.Node, r.properties(), m.Name+" is missing", "a resource of type "+r.Type+" needs it")
		}
	}
}

// value reads a value of a type.
func (c conversion) value(n tree.Node, shape *wire.Shape, path *tree.Path) (tree.Node, bool) {
	switch shape.Type {
	case wire.Structure:
		if !n.IsObject() {
			return c.mistyped(n, path, "an object")
		}
		return c.members(n, shape.Members, path, nil), true
	case wire.Map:
		if !n.IsObject() {
			return c.mistyped(n, path, "an object")
		}
		return c.mapping(n, shape.Elem, path), true
	case wire.List:
		if !n.IsList() {
			return c.mistyped(n, path, "a list")
		}
		list := tree.List()
		for i, item := range n.Items() {
			if v, ok := c.value(item, shape.Elem, path.Below(strconv.Itoa(i))); ok {
				list.Add(v)
			}
		}
		return list, true
	}
	return c.scalar(n, shape, path)
}

// mapping keeps keys as they are: route keys, names of variables and of models.
func (c conversion) mapping(n tree.Node, elem *wire.Shape, path *tree.Path) tree.Node {
	made := tree.Object()
	for key, value := range n.Members() {
		// Documented: CloudFormation User Guide, Pseudo parameters, AWS::NoValue: what has
		// this value is as if it were not there.
		if value.Null() {
			continue
		}
		if v, ok := c.value(value, elem, path.Below(key)); ok {
			made.Set(key, v)
		}
	}
	return made
}

// scalar reads a number or boolean from text, as parameters are, and a text from a
// number: PayloadFormatVersion: 1.0 is meant as "1.0".
func (c conversion) scalar(n tree.Node, shape *wire.Shape, path *tree.Path) (tree.Node, bool) {
	if n.IsObject() || n.IsList() {
		return c.mistyped(n, path, kindOf(shape.Type))
	}
	text := n.Text()
	// Documented: CloudFormation User Guide, Parameters: Number is checked as one and is a
	// text where it is used, so texts of digits are numbers here, and true and false may
	// be texts.
	switch shape.Type {
	case wire.Integer, wire.Double:
		number, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
		if err != nil || math.IsInf(number, 0) || math.IsNaN(number) || shape.Type == wire.Integer && (number != math.Trunc(number) || math.Abs(number) > math.MaxInt32) {
			return c.mistyped(n, path, kindOf(shape.Type))
		}
		if shape.Type == wire.Integer {
			return tree.Int(int32(number)), true
		}
		return tree.Number(number), true
	case wire.Boolean:
		switch strings.ToLower(strings.TrimSpace(text)) {
		case "true":
			return tree.Bool(true), true
		case "false":
			return tree.Bool(false), true
		}
		return c.mistyped(n, path, kindOf(shape.Type))
	}
	if text == nobody && slices.Contains(shape.Enum, noun.AuthNone) {
		text = noun.AuthNone
	}
	// Observed: values of enumerations count with their case. A hint is for who has missed
	// that.
	if len(shape.Enum) > 0 && text != "" && !slices.Contains(shape.Enum, text) {
		hint := source.Nearest(text, shape.Enum)
		if hint != "" {
			hint = "did you mean " + hint + "?"
		}
		c.fault(c.r, n, path, strconv.Quote(short(text))+" is none of "+strings.Join(shape.Enum, ", "), hint)
		return tree.Node{}, false
	}
	return tree.Text(text), true
}

// nobody is NONE as templates write it.
// Documented: API Gateway Developer Guide, Create AWS service integrations for HTTP APIs,
// whose route has "AuthorizationType: None".
const nobody = "None"

func kindOf(t wire.Type) string {
	switch t {
	case wire.Integer:
		return "a whole number"
	case wire.Double:
		return "a number"
	case wire.Boolean:
		return "true or false"
	}
	return "a text"
}

func (c conversion) mistyped(n tree.Node, path *tree.Path, want string) (tree.Node, bool) {
	got := "an object"
	switch {
	case n.IsList():
		got = "a list"
	case !n.IsObject():
		got = strconv.Quote(short(n.Text()))
	}
	c.fault(c.r, n, path, "expected "+want+", got "+got, "")
	return tree.Node{}, false
}

// short cuts a text for a message.
func short(text string) string {
	const most = 80
	if r := []rune(text); len(r) > most {
		return string(r[:most]) + "…"
	}
	return text
}

// jsonText is the text of what may be a text or an object, such as the schema of a model.
func (b *builder) jsonText(r *resource, n tree.Node, path *tree.Path) string {
	if !n.IsObject() && !n.IsList() {
		return n.Text()
	}
	// Documented: CloudFormation Template Reference, AWS::ApiGatewayV2::Model and others:
	// properties of the type Json may be written as an object or as a text of JSON.
	text, err := n.JSON(tree.Limits{Bytes: maxText})
	if err != nil {
		b.fault(r, n, path, err.Error(), "")
	}
	return string(text)
}
