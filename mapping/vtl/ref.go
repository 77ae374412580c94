package vtl

// refNode is a reference: a variable and the steps from it.
type refNode struct {
	steps    []refStep
	text     string  // as it stands in the template
	before   *before // nil in nearly all cases
	slot     int32
	offset   int32
	quiet    bool // $!: prints nothing without a value
	escaped  bool // an odd number of backslashes: print the text
	bare     bool // a bare word among method arguments: always null
	hidden   bool // $\!name: never has a value in an expression
	fallback bool // stock Velocity: no value is null and not ""
}

// before is what belongs to the token of a reference but not to the reference.
type before struct {
	escapes string // backslashes to print
	prefix  string // characters before the $
}

// source is what the reference prints without a value.
func (n *refNode) source() string {
	if n.quiet && !n.escaped {
		return ""
	}
	return n.text
}

func (n *refNode) appendBefore(dst []byte) []byte {
	if n.before == nil {
		return dst
	}
	return append(append(dst, n.before.escapes...), n.before.prefix...)
}

// refStep goes from a value to the next.
type refStep interface {
	apply(st *state, on Value) Value
}

// resolve evaluates the reference. For API Gateway a reference that leads
// nowhere is the empty string.
func (n *refNode) resolve(st *state) Value {
	v := st.get(int(n.slot))
	if st.fuel -= stepWork * (1 + len(n.steps)); st.fuel < 0 && !st.refuel() {
		return Value{}
	}
	if v.k != kNull {
		for _, s := range n.steps {
			if p, ok := s.(*propertyStep); ok {
				v = p.apply(st, v)
			} else {
				v = s.apply(st, v)
			}
			if v.k == kNull || st.done {
				break
			}
		}
	}
	if st.explaining && !st.done {
		st.explain(n, v)
	}
	if v.k == kNull && !n.fallback {
		v.k = kString // the empty one
	}
	return v
}

func (n *refNode) value(st *state) Value {
	if n.bare || n.hidden {
		return Value{}
	}
	return n.resolve(st)
}

func (n *refNode) truth(st *state) bool {
	if n.bare {
		return false
	}
	v := n.resolve(st)
	if b, ok := v.o.(*block); ok {
		// Truth asks whether toString is null, and that renders the block.
		_, ok := st.textOrNull(objectValue(b))
		return ok
	}
	return v.truth()
}

func (n *refNode) render(st *state) {
	if n.bare {
		st.out = append(st.out, n.text...)
		return
	}
	v := n.resolve(st)
	if st.done {
		return
	}
	switch {
	case n.escaped:
		n.renderEscaped(st, v)
	case v.k == kString:
		st.out = append(n.appendBefore(st.out), v.s...)
	case v.k == kNull:
		n.renderMissing(st)
	default:
		n.renderValue(st, v)
	}
}

func (n *refNode) renderEscaped(st *state, v Value) {
	if n.before != nil {
		st.out = append(st.out, n.before.escapes...)
	}
	if v.k == kNull {
		st.out = append(st.out, '\\')
	}
	st.out = append(st.out, n.source()...)
}

func (n *refNode) renderMissing(st *state) {
	if n.before != nil {
		st.out = append(st.out, n.before.escapes...)
	}
	st.out = append(n.appendBefore(st.out), n.source()...)
}

func (n *refNode) renderValue(st *state, v Value) {
	if b, ok := v.o.(*block); ok {
		if !b.exhausted() {
			b.render(st)
			return
		}
		n.renderMissing(st)
		return
	}
	st.at = int(n.offset)
	st.out = st.appendValue(n.appendBefore(st.out), v)
}

// explain reports the reference to whoever wants to know.
func (st *state) explain(n *refNode, v Value) {
	if v.k == kNull && st.v.Missing != nil {
		st.v.Missing(n.text, int(n.offset))
	}
	if st.v.Explain == nil {
		return
	}
	r := Reference{Text: n.text, Resolved: v.k != kNull}
	r.Line, r.Column, _ = place(st.t.src, int(n.offset))
	if b, ok := v.o.(*block); ok {
		r.Value = "#define block at " + b.place(st)
	} else if v.k != kNull {
		r.Value = st.text(v)
	}
	st.v.Explain(r)
}

// assign stores a value within what the steps but the last lead to.
func (n *refNode) assign(st *state, v Value) {
	on := st.get(int(n.slot))
	last := len(n.steps) - 1
	for i := 0; i < last && on.k != kNull && !st.done; i++ {
		on = n.steps[i].apply(st, on)
	}
	if on.k == kNull || st.done {
		return
	}
	st.at = int(n.offset)
	switch s := n.steps[last].(type) {
	case *propertyStep:
		s.assign(st, on, v)
	case *callStep:
		// The grammar takes the method's name for a property.
		p := newProperty(s.name, s.offset)
		p.assign(st, on, v)
	case *indexStep:
		s.assign(st, on, v)
	}
}

// indexStep is [argument]: get with one argument.
type indexStep struct {
	arg    node
	offset int
}

func (s *indexStep) apply(st *state, on Value) Value {
	arg := s.arg.value(st)
	if st.done {
		return Value{}
	}
	st.at = s.offset
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

func (s *indexStep) assign(st *state, on, v Value) {
	arg := s.arg.value(st)
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
