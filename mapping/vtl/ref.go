package vtl

import "github.com/dragoman-gateway/dragoman/mapping/vtl/syntax"

// unresolved is what a reference prints without a value.
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
// nowhere is the empty string.
func (st *state) resolve(n *syntax.Reference) Value {
	v := st.get(int(n.Slot))
	if st.fuel -= stepWork * (1 + len(n.Steps)); st.fuel < 0 && !st.refuel() {
		return Value{}
	}
	if v.k != kNull {
		for _, s := range n.Steps {
			if p, ok := s.(*syntax.Property); ok {
				v = st.property(p, v)
			} else {
				v = st.step(s, v)
			}
			if v.k == kNull || st.done {
				break
			}
		}
	}
	if st.explaining && !st.done {
		st.explain(n, v)
	}
	if v.k == kNull && !st.t.stock {
		v.k = kString // the empty one
	}
	return v
}

// step goes from a value to the next.
func (st *state) step(s syntax.Step, on Value) Value {
	switch s := s.(type) {
	case *syntax.Call:
		return st.call(s, on)
	case *syntax.Property:
		return st.property(s, on)
	case *syntax.Index:
		return st.index(s, on)
	}
	return Value{}
}

func (st *state) referenceTruth(n *syntax.Reference) bool {
	if n.Bare {
		return false
	}
	v := st.resolve(n)
	if b, ok := v.o.(*block); ok {
		// Truth asks whether toString is null, and that renders the block.
		_, ok := st.textOrNull(objectValue(b))
		return ok
	}
	return v.truth()
}

func (st *state) renderReference(n *syntax.Reference) {
	if n.Bare {
		st.out = append(st.out, n.Text...)
		return
	}
	v := st.resolve(n)
	if st.done {
		return
	}
	switch {
	case n.Escaped:
		st.renderEscaped(n, v)
	case v.k == kString:
		st.out = append(appendBefore(st.out, n), v.s...)
	case v.k == kNull:
		st.renderMissing(n)
	default:
		st.renderValue(n, v)
	}
}

func (st *state) renderEscaped(n *syntax.Reference, v Value) {
	if n.Before != nil {
		st.out = append(st.out, n.Before.Escapes...)
	}
	if v.k == kNull {
		st.out = append(st.out, '\\')
	}
	st.out = append(st.out, unresolved(n)...)
}

func (st *state) renderMissing(n *syntax.Reference) {
	if n.Before != nil {
		st.out = append(st.out, n.Before.Escapes...)
	}
	st.out = append(appendBefore(st.out, n), unresolved(n)...)
}

func (st *state) renderValue(n *syntax.Reference, v Value) {
	if b, ok := v.o.(*block); ok {
		if !b.exhausted() {
			b.render(st)
			return
		}
		st.renderMissing(n)
		return
	}
	st.at = int(n.Start)
	st.out = st.appendValue(appendBefore(st.out, n), v)
}

// explain reports the reference to whoever wants to know.
func (st *state) explain(n *syntax.Reference, v Value) {
	if v.k == kNull && st.v.Missing != nil {
		st.v.Missing(n.Text, int(n.Start))
	}
	if st.v.Explain == nil {
		return
	}
	r := Reference{Text: n.Text, Resolved: v.k != kNull}
	r.Line, r.Column, _ = syntax.Place(st.t.tree.Text, int(n.Start))
	if b, ok := v.o.(*block); ok {
		r.Value = "#define block at " + b.place(st)
	} else if v.k != kNull {
		r.Value = st.text(v)
	}
	st.v.Explain(r)
}

// assign stores a value within what the steps but the last lead to.
func (st *state) assign(n *syntax.Reference, v Value) {
	on := st.get(int(n.Slot))
	last := len(n.Steps) - 1
	for i := 0; i < last && on.k != kNull && !st.done; i++ {
		on = st.step(n.Steps[i], on)
	}
	if on.k == kNull || st.done {
		return
	}
	st.at = int(n.Start)
	switch s := n.Steps[last].(type) {
	case *syntax.Property:
		st.assignProperty(s.Name, on, v)
	case *syntax.Call:
		// The grammar takes the method's name for a property.
		st.assignProperty(s.Name, on, v)
	case *syntax.Index:
		st.assignIndex(s, on, v)
	}
}

// index is [argument]: get with one argument.
func (st *state) index(s *syntax.Index, on Value) Value {
	arg := st.value(s.Arg)
	if st.done {
		return Value{}
	}
	st.at = int(s.Start)
	if arg = fromEnd(st, on, arg); st.done {
		return Value{}
	}
	switch o := on.o.(type) {
	case sequence:
		if arg.isSmall() && arg.k != kLong {
			return elementAt(st, o, arg)
		}
		return Value{}
	case mapping:
		v, _ := o.get(st, arg)
		return v
	case *classRef:
		v, _ := st.classMethod(o, mGet, []Value{arg})
		return v
	}
	return Value{}
}

func elementAt(st *state, o sequence, index Value) Value {
	i := int(index.n)
	if stale(o) {
		st.throw(changedWhileWalked)
		return Value{}
	}
	if i < 0 || i >= o.size() {
		st.throw(outOfBounds(i, o.size()))
		return Value{}
	}
	return o.at(st, i)
}

func stale(o sequence) bool {
	s, ok := o.(*subList)
	return ok && s.stale()
}

// fromEnd counts a negative index from the end of what has a size.
func fromEnd(st *state, on, arg Value) Value {
	if arg.k != kInt || arg.n >= 0 {
		return arg
	}
	size, ok := sizeOf(on)
	if !ok {
		st.throw("org.apache.velocity.exception.VelocityException: A 'size()' method required for a negative index does not exist")
		return Value{}
	}
	return intValue(int32(size) + int32(arg.n))
}

func sizeOf(v Value) (int, bool) {
	switch o := v.o.(type) {
	case sequence:
		return o.size(), true
	case mapping:
		return o.size(), true
	case *view:
		return o.m.size(), true
	}
	return 0, false
}

func (st *state) assignIndex(s *syntax.Index, on, v Value) {
	arg := st.value(s.Arg)
	if st.done {
		return
	}
	if arg = fromEnd(st, on, arg); st.done {
		return
	}
	switch o := on.o.(type) {
	case sequence:
		if !arg.isSmall() || arg.k == kLong {
			return
		}
		if i := int(arg.n); i < 0 || i >= o.size() {
			st.throw(outOfBounds(i, o.size()))
		} else {
			o.set(st, i, v)
		}
	case mapping:
		o.put(st, arg, v)
	}
}
