package vtl

import (
	"cmp"
	"time"

	"github.com/dragoman-gateway/dragoman/mapping/vtl/input"
	"github.com/dragoman-gateway/dragoman/mapping/vtl/java"
	"github.com/dragoman-gateway/dragoman/mapping/vtl/syntax"
)

// unresolved is what a reference prints without a value.
//
// Source: Velocity User Guide, "Quiet Reference Notation".
func unresolved(n *syntax.Reference) string {
	if n.Quiet && !n.Escaped {
		return ""
	}
	return n.Text
}

// appendBefore prints what belongs to the token of a reference but not to it.
func appendBefore(dst []byte, n *syntax.Reference) []byte {
	if n.Before == nil {
		return dst
	}
	return append(append(dst, n.Before.Escapes...), n.Before.Prefix...)
}

// resolve evaluates the reference. For API Gateway a reference that leads
// nowhere is the empty string, so that it prints as nothing, equals "" and is true;
// Velocity has null, which prints the source and is false.
//
// Observed: in API Gateway, of variables, properties, keys and methods alike.
func (st *state) resolve(n *syntax.Reference) java.Value {
	v := st.get(int(n.Slot))
	if st.Fuel -= java.StepWork * (1 + len(n.Steps)); st.Fuel < 0 && !st.Refuel() {
		return java.Value{}
	}
	end := -1 // the step that led nowhere
	if v.Kind != java.Null {
		for i, s := range n.Steps {
			// Nearly all steps are one of two, which are told apart here: through
			// another function the value would be copied twice more.
			if p, ok := s.(*syntax.Property); ok && p.ID == 0 {
				st.At = int(p.Start)
				v = st.Member(&v, p.Name, p.Hash)
			} else if c, ok := s.(*syntax.Call); ok {
				v = st.call(c, v)
			} else {
				v = st.step(s, v)
			}
			if v.Kind == java.Null || st.Done {
				end = i
				break
			}
		}
	}
	if st.explaining && !st.Done {
		st.explain(n, v, end)
	}
	if v.Kind == java.Null && !st.t.stock {
		v.Kind = java.String // the empty one
	}
	return v
}

// step goes from a value to the next.
func (st *state) step(s syntax.Step, on java.Value) java.Value {
	switch s := s.(type) {
	case *syntax.Call:
		return st.call(s, on)
	case *syntax.Property:
		return st.property(s, on)
	case *syntax.Index:
		return st.index(s, on)
	}
	return java.Value{}
}

// referenceTruth is true of everything but null and false: 0, "" and an empty list too.
//
// Source: ASTReference.evaluate of Velocity 1.7.
func (st *state) referenceTruth(n *syntax.Reference) bool {
	if n.Bare {
		return false
	}
	if n.Form == formMore && st.quick {
		if more, ok := st.more(n); ok {
			return more
		}
	}
	v := st.resolve(n)
	if b, ok := v.Obj.(*block); ok {
		// Truth asks whether toString is null, and that renders the block.
		_, ok := st.TextOrNull(java.ObjectValue(b))
		return ok
	}
	return v.Truth()
}

func (st *state) renderReference(n *syntax.Reference) {
	if n.Bare {
		st.out = append(st.out, n.Text...)
		return
	}
	if n.Form != formAny && st.quick && st.printQuickly(n) {
		return
	}
	v := st.resolve(n)
	if st.Done {
		return
	}
	switch {
	case n.Escaped:
		st.renderEscaped(n, v)
	case v.Kind == java.String:
		st.out = append(appendBefore(st.out, n), v.Str()...)
	case v.Kind == java.Null:
		st.renderMissing(n)
	default:
		st.renderValue(n, v)
	}
}

// renderEscaped prints \$x as it stands, without a backslash if $x has a value: only
// then does Velocity take the backslash for an escape.
//
// Source: ASTReference.render of Velocity 1.7, "escaped".
func (st *state) renderEscaped(n *syntax.Reference, v java.Value) {
	if n.Before != nil {
		st.out = append(st.out, n.Before.Escapes...)
	}
	if v.Kind == java.Null {
		st.out = append(st.out, '\\')
	}
	st.out = append(st.out, unresolved(n)...)
}

// renderMissing prints what the reference was written as, and half of the backslashes
// before it twice, as Velocity does.
func (st *state) renderMissing(n *syntax.Reference) {
	if n.Before != nil {
		st.out = append(st.out, n.Before.Escapes...)
	}
	st.out = append(appendBefore(st.out, n), unresolved(n)...)
}

func (st *state) renderValue(n *syntax.Reference, v java.Value) {
	if b, ok := v.Obj.(*block); ok {
		if !b.exhausted() {
			b.render(st)
			return
		}
		st.renderMissing(n)
		return
	}
	st.At = int(n.Start)
	st.out = st.AppendValue(appendBefore(st.out, n), v)
}

// explain reports the reference, and the step at which it ended, to whoever wants to
// know. The rendering pays for none of it, nor is there less time left for it: being
// looked at must not change what comes of it.
func (st *state) explain(n *syntax.Reference, v java.Value, end int) {
	if v.Kind == java.Null && st.v.Missing != nil {
		st.v.Missing(n.Text, int(n.Start))
	}
	if st.v.Explain == nil || st.v.Wanted != nil && !st.v.Wanted(int(n.Start), v.Kind != java.Null) {
		return
	}
	var began time.Time
	// What is a text takes less to show than reading the clock does.
	if !st.deadline.IsZero() && v.Kind != java.Null && v.Kind != java.String {
		began = time.Now()
	}
	st.v.Explain(st.look(n, v, end))
	if !began.IsZero() {
		st.deadline = st.deadline.Add(time.Since(began))
	}
}

// usualValue is how much of a value is told unless another measure is asked for.
const usualValue = 4 << 10

// look is what is told of a reference.
func (st *state) look(n *syntax.Reference, v java.Value, end int) Reference {
	text := st.t.tree.Text
	r := Reference{Text: n.Text, Resolved: v.Kind != java.Null}
	r.Line, r.Column = st.t.at(int(n.Start))
	if end >= 0 {
		at := n.Steps[end].At()
		r.Step = text[at.Start:at.End]
		r.StepLine, r.StepColumn = st.t.at(int(at.Start))
	}
	if r.Resolved {
		l := st.Watch(v, cmp.Or(st.v.MostOfValue, usualValue), st.v.Lent)
		r.Value, r.Bytes, r.More = l.Text, l.Bytes, l.More
	}
	return r
}

// assign stores a value within what the steps but the last lead to. Nothing happens if
// they lead nowhere.
//
// Source: ASTReference.setValue of Velocity 1.7.
func (st *state) assign(n *syntax.Reference, v java.Value) {
	on := st.get(int(n.Slot))
	last := len(n.Steps) - 1
	for i := 0; i < last && on.Kind != java.Null && !st.Done; i++ {
		on = st.step(n.Steps[i], on)
	}
	if on.Kind == java.Null || st.Done {
		return
	}
	st.At = int(n.Start)
	switch s := n.Steps[last].(type) {
	case *syntax.Property:
		st.SetProperty(on, s.Name, v)
	case *syntax.Call:
		// The grammar takes the method's name for a property.
		st.SetProperty(on, s.Name, v)
	case *syntax.Index:
		if arg := st.value(s.Arg); !st.Done {
			st.SetIndex(on, arg, v)
		}
	}
}

// property is .name: what $foreach knows of itself, or as Java has it.
//
// Source: Velocity User Guide, "Property Lookup Rules".
func (st *state) property(p *syntax.Property, on java.Value) java.Value {
	st.At = int(p.Start)
	if f := loopFacts[p.ID]; f != factNone {
		if s, ok := on.Obj.(*scope); ok {
			return s.fact(&st.VM, f)
		}
	}
	return st.VM.Property(on, p.Name, p.ID, p.Hash)
}

// call is .name(arguments). It pays for the call and for looking through its texts.
func (st *state) call(s *syntax.Call, on java.Value) (v java.Value) {
	base, texts := len(st.args), len(on.Str())
	for _, a := range s.Args {
		arg := st.value(a)
		st.args = append(st.args, arg)
		if texts += len(arg.Str()); st.Done {
			break
		}
	}
	if args := st.args[base:]; !st.Done && s.ID != 0 && st.Spend(java.CallWork+texts>>3) {
		st.At = int(s.Start)
		if in, ok := on.Obj.(*input.Input); ok && s.Bound != nil {
			v = in.Read(java.Method(s.ID), s.Bound, args[0])
		} else {
			v, _ = st.Invoke(on, java.Method(s.ID), args)
		}
	}
	if len(st.args) > base {
		clear(st.args[base:]) // they hold values
		st.args = st.args[:base]
	}
	return v
}

// index is [argument]: get with one argument.
//
// Source: Velocity User Guide, "Index Notation".
func (st *state) index(s *syntax.Index, on java.Value) java.Value {
	arg := st.value(s.Arg)
	if st.Done {
		return java.Value{}
	}
	st.At = int(s.Start)
	return st.VM.Index(on, arg)
}
