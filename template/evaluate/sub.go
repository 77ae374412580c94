package evaluate

import (
	"regexp"
	"strings"

	"github.com/dragoman-gateway/dragoman/management/tree"
	"github.com/dragoman-gateway/dragoman/template/source"
)

// variable is what may stand in ${}. Documented: CloudFormation Template Reference,
// Fn::Sub: "variable names in Fn::Sub syntax must contain only alphanumeric characters,
// underscores, periods, and colons". "&" is of Fn::ForEach, which took its own away.
var variable = regexp.MustCompile(`^[A-Za-z0-9_.:]+$`)

// sub fills in ${Name}, ${Name.Attribute} and ${AWS::Pseudo}, and leaves ${!x} as ${x}.
func (s *stack) sub(n tree.Node, p place) (tree.Node, bool) {
	text, own := n, tree.Node{}
	if n.IsList() {
		arguments, ok := s.arguments(n, p, 1, 2, `Fn::Sub: ["${name}", {name: value}]`)
		if !ok {
			return tree.Node{}, false
		}
		if text = arguments[0]; len(arguments) == 2 {
			own = arguments[1]
		}
	}
	if text.IsObject() || text.IsList() || text.Null() || !own.Null() && !own.IsObject() {
		s.fault(n, p.path, "Fn::Sub takes a text, or a list of a text and an object", `Fn::Sub: ["${name}", {name: value}]`)
		return tree.Node{}, false
	}
	f := filler{stack: s, own: own, known: map[string]string{}, at: text, p: p, whole: true}
	filled := f.fill(text.Text())
	if !f.whole {
		return tree.Node{}, false
	}
	return tree.Text(filled).From(n), true
}

// filler fills one text.
type filler struct {
	*stack
	own   tree.Node         // the variables of its own
	known map[string]string // what was looked up
	at    tree.Node
	p     place
	whole bool // nothing was wrong
}

func (f *filler) fill(text string) string {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(text, "${")
		name, after, closed := strings.Cut(rest, "}")
		// Assumed: a ${ that nothing closes is plain text, since it names nothing.
		if !found || !closed {
			f.write(&b, text)
			return b.String()
		}
		f.write(&b, before)
		// Documented: CloudFormation Template Reference, Fn::Sub: ${!Literal} is
		// ${Literal}, which mapping templates and scripts in a template need.
		if literal, is := strings.CutPrefix(name, "!"); is {
			f.write(&b, "${"+literal+"}")
		} else {
			f.write(&b, f.variable(strings.TrimSpace(name)))
		}
		text = after
	}
}

// write adds to a text as long as there is room.
func (f *filler) write(b *strings.Builder, text string) {
	if f.whole = f.spend(f.at, f.p.path, 0, len(text)) && f.whole; f.whole {
		b.WriteString(text)
	}
}

func (f *filler) variable(name string) string {
	// A long text may name the same thing a thousand times; a fault of it is told once.
	if value, ok := f.known[name]; ok {
		return value
	}
	value, ok := f.lookUp(name)
	f.whole = f.whole && ok
	f.known[name] = value
	return value
}

func (f *filler) lookUp(name string) (string, bool) {
	what := "${" + name + "}"
	// Documented: CloudFormation Template Reference, Fn::Sub: the second argument maps
	// variables of the text to values. Assumed: they come before what the template
	// calls so.
	if own := f.own.Get(name); own.There() {
		return f.text(own, f.p, what)
	}
	if f.own.Get(source.Unread).There() {
		return "", false
	}
	if !variable.MatchString(name) {
		f.fault(f.at, f.p.path, quoted(what)+" is no name of a variable", "write ${!"+clipped(name)+"} where the text itself is meant")
		return "", false
	}
	var value tree.Node
	var ok bool
	p := f.p
	p.sub = name
	if id, attribute, dotted := strings.Cut(name, "."); dotted {
		value, ok = f.attribute(id, attribute, f.at, p)
	} else {
		value, ok = f.reference(name, keysOf(f.own), f.at, p)
	}
	if !ok {
		return "", false
	}
	return f.asText(value, f.at, f.p, what)
}

// ellipsis stands where a text was cut.
const ellipsis = "…"

// clipped is not much of a text, and shows where it was cut.
func clipped(text string) string {
	const most = 100
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + ellipsis
}
