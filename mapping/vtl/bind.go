package vtl

import (
	"github.com/dragoman-gateway/dragoman/mapping/vtl/input"
	"github.com/dragoman-gateway/dragoman/mapping/vtl/java"
	"github.com/dragoman-gateway/dragoman/mapping/vtl/syntax"
)

// binder keeps with the nodes of a template what their evaluation needs.
type binder Template

var _ syntax.Binder = (*binder)(nil)

// Property notes what the name can stand for.
func (b *binder) Property(p *syntax.Property) {
	p.Hash = java.Hash(p.Name)
	p.ID = java.PropertyID(p.Name, p.Hash)
}

// Call notes the method, and compiles what the arguments fix: a JSON path that
// stands in the template. A broken one is left to fail when it is reached.
func (b *binder) Call(c *syntax.Call) (drops bool) {
	m := java.MethodNamed(c.Name)
	c.ID = uint16(m)
	if len(c.Args) == 1 {
		if l, ok := c.Args[0].(*syntax.Literal); ok && l.Kind == syntax.String {
			c.Bound = input.Compile(m, l.Text)
		}
	}
	return m.Drops()
}

// Name notes the names that mean something by themselves.
func (b *binder) Name(name string, slot int) {
	switch name {
	case "input":
		b.input = int32(slot)
	case "util":
		b.util = int32(slot)
	case "context":
		b.context = int32(slot)
	case "stageVariables":
		b.stage = int32(slot)
	case "foreach":
		b.foreach = int32(slot)
	case "velocityCount":
		b.loopCount = int32(slot)
	case "velocityHasNext":
		b.loopHasNext = int32(slot)
	}
}

// Reference notes whether the template can use $foreach after its loop.
func (b *binder) Reference(r *syntax.Reference) {
	if r.Slot == b.foreach && outlives(r) {
		b.keepsScopes = true
	}
	r.Form = formOf(r)
}

// What references look like that are printed without a detour, see printQuickly.
const (
	formAny      uint8 = iota
	formVariable       // $name
	formMember         // $name.key
	formJSON           // $input.json('…')
	formEscaped        // $util.escapeJavaScript(…)
	formCased          // $name.key.toLowerCase() or toUpperCase()
	formMore           // $foreach.hasNext, which is no reference to print
	formPath           // $input.path('…'), neither
)

func formOf(r *syntax.Reference) uint8 {
	if r.Bare || r.Escaped || r.Hidden || r.Before != nil && r.Before.Escapes+r.Before.Prefix != "" {
		return formAny
	}
	if len(r.Steps) == 0 {
		return formVariable
	}
	switch s := r.Steps[len(r.Steps)-1].(type) {
	case *syntax.Call:
		switch m := java.Method(s.ID); {
		case java.Recases(m) && len(s.Args) == 0 && isMember(r.Steps[:len(r.Steps)-1]):
			return formCased
		case len(r.Steps) > 1:
		case input.Writes(m, s.Bound):
			return formJSON
		case input.Reads(m, s.Bound):
			return formPath
		case input.Escapes(m, len(s.Args)):
			return formEscaped
		}
	case *syntax.Property:
		switch {
		case len(r.Steps) > 1:
		case loopFacts[s.ID] == factHasNext:
			return formMore
		case java.IsKey(s.ID):
			return formMember
		}
	}
	return formAny
}

// isMember holds for steps to a member that no getter stands for.
func isMember(steps []syntax.Step) bool {
	if len(steps) != 1 {
		return false
	}
	p, ok := steps[0].(*syntax.Property)
	return ok && p.ID == 0
}
