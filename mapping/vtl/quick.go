package vtl

import (
	"github.com/dragoman-gateway/dragoman/mapping/vtl/input"
	"github.com/dragoman-gateway/dragoman/mapping/vtl/java"
	"github.com/dragoman-gateway/dragoman/mapping/vtl/syntax"
)

// ample is the fuel with which a rendering may go without looking whether there is any
// left: what is printed quickly takes less.
const ample = 1 << 10

// printQuickly prints what nearly all references of nearly all templates are: a
// variable or a member of a payload that is a text or a whole number. It prints them as
// resolve and renderReference do and takes the same work for it, but no value is made
// of them, which would be copied from hand to hand. It reports false for anything else,
// and has done nothing then.
func (st *state) printQuickly(n *syntax.Reference) bool {
	if st.hide > 0 || st.Fuel < ample {
		return false
	}
	v := &st.vars[n.Slot]
	switch n.Form {
	case formVariable:
		if v.Kind != java.String {
			return false
		}
		st.Fuel -= java.StepWork
		st.out = append(st.out, v.Str()...)
		return true
	case formMember:
		p := n.Steps[0].(*syntax.Property)
		if c, ok := v.Obj.(*input.Context); ok {
			text, ok := c.Text(p.Name)
			if ok {
				st.Fuel -= 2 * java.StepWork
				st.out, st.At = append(st.out, text...), int(p.Start)
			}
			return ok
		}
		out, ok := st.AppendMember(st.out, v, p.Name, p.Hash)
		if !ok {
			return false
		}
		st.Fuel -= 2 * java.StepWork
		st.out, st.At = out, int(p.Start)
		return true
	case formJSON:
		in, ok := v.Obj.(*input.Input)
		if ok {
			st.printJSON(in, n.Steps[0].(*syntax.Call))
		}
		return ok
	case formEscaped:
		if !input.IsUtil(v) {
			return false
		}
		st.printEscaped(n.Steps[0].(*syntax.Call))
		return true
	case formCased:
		if v.Kind != java.Object {
			return false
		}
		st.printCased(n, v)
		return true
	}
	return false
}

// member is the value of a reference to a member of a payload, as resolve has it.
func (st *state) member(n *syntax.Reference) (v java.Value, ok bool) {
	on := &st.vars[n.Slot]
	if st.hide > 0 || st.Fuel < ample || on.Kind != java.Object {
		return v, false
	}
	p := n.Steps[0].(*syntax.Property)
	if p.ID != 0 && !on.IsPayload() { // which may have a getter of the name
		return v, false
	}
	st.Fuel -= 2 * java.StepWork
	st.At = int(p.Start)
	if v = st.Member(on, p.Name, p.Hash); v.Kind == java.Null {
		v.Kind = java.String // the empty one
	}
	return v, true
}

// variable is the value of a reference to a variable that has one, as resolve has it.
func (st *state) variable(n *syntax.Reference) (v java.Value, ok bool) {
	v = st.vars[n.Slot]
	if st.hide > 0 || st.Fuel < ample || v.Kind == java.Null {
		return java.Value{}, false
	}
	st.Fuel -= java.StepWork
	return v, true
}

// part is the value of $input.path with a path that stands in the template, as resolve has it.
func (st *state) part(n *syntax.Reference) (v java.Value, ok bool) {
	in, ok := st.vars[n.Slot].Obj.(*input.Input)
	if !ok || st.hide > 0 || st.Fuel < ample {
		return v, false
	}
	c := n.Steps[0].(*syntax.Call)
	path := literal(c.Args[0].(*syntax.Literal))
	st.Spend(callWork + len(path.Str())>>3)
	st.At = int(c.Start)
	if v = in.Read(java.Method(c.ID), c.Bound, path); v.Kind == java.Null {
		v.Kind = java.String // the empty one
	}
	return v, true
}

// more is $foreach.hasNext, which most loops ask in each round.
func (st *state) more(n *syntax.Reference) (more, ok bool) {
	if st.hide > 0 || st.Fuel < ample {
		return false, false
	}
	s, ok := st.vars[n.Slot].Obj.(*scope)
	if !ok {
		return false, false
	}
	st.Fuel -= 2 * java.StepWork
	st.At = int(n.Steps[0].(*syntax.Property).Start)
	return s.hasNext, true
}

// printJSON and printEscaped print what a call gives, which would be a text that is
// thrown away as soon as it is printed.
func (st *state) printJSON(in *input.Input, c *syntax.Call) {
	path := st.value(c.Args[0])
	if st.Spend(callWork + len(path.Str())>>3) {
		st.At = int(c.Start)
		st.out = in.AppendJSON(st.out, c.Bound, path)
	}
}

func (st *state) printEscaped(c *syntax.Call) {
	st.Fuel -= 2 * java.StepWork
	if a := st.value(c.Args[0]); !st.Done && st.Spend(java.CallWork+len(a.Str())>>3) {
		st.At = int(c.Start)
		st.out = input.AppendEscaped(&st.VM, st.out, a)
	}
}

// printCased goes on as any other call does where the value is no text in ASCII.
func (st *state) printCased(n *syntax.Reference, on *java.Value) {
	p, c := n.Steps[0].(*syntax.Property), n.Steps[1].(*syntax.Call)
	st.Fuel -= 3 * java.StepWork
	st.At = int(p.Start)
	v := st.Member(on, p.Name, p.Hash)
	if v.Kind == java.Null || st.Done || !st.Spend(java.CallWork+len(v.Str())>>3) {
		return
	}
	st.At = int(c.Start)
	m := java.Method(c.ID)
	if out, ok := st.AppendCased(st.out, &v, m); ok {
		st.out = out
		return
	}
	switch v, _ = st.Invoke(v, m, nil); {
	case v.Kind == java.Null || st.Done:
	case v.Kind == java.String:
		st.out = append(st.out, v.Str()...)
	default:
		st.renderValue(n, v)
	}
}

// callWork is the work of a reference that is one call.
const callWork = 2*java.StepWork + java.CallWork
