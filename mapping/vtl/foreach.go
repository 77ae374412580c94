package vtl

import "strconv"

// foreachNode is #foreach. Its arguments stand for themselves: the grammar
// takes any, the third is walked over and the fourth is the body, which is the
// block unless there are too many arguments.
type foreachNode struct {
	silent
	slot   int
	over   node
	body   node
	offset int
	broken bool // too few arguments: fails when reached
}

// scope is $foreach: the state of the loop, and a map to store things in.
type scope struct {
	index    int
	hasNext  bool
	parent   *scope
	replaced Value // what $foreach was before the outermost loop
	store    *dict
	offset   int
}

func (n *foreachNode) render(st *state) {
	if n.broken {
		st.at = n.offset
		st.throw("java.lang.ArrayIndexOutOfBoundsException: #foreach needs a variable, a word and a value")
		return
	}
	over := n.over.value(st)
	if st.done || over.k == kNull {
		return
	}
	var local walker
	w := st.walk(over, &local)
	if w == nil {
		return
	}
	t := st.t
	element, count, next := st.get(n.slot), st.get(t.loopCount), st.get(t.loopHasNext)
	s := &scope{index: -1, offset: n.offset}
	if before := st.get(t.foreach); before.k != kNull {
		if outer, ok := before.o.(*scope); ok {
			s.parent = outer
		} else {
			s.replaced = before
		}
	}
	st.put(t.foreach, objectValue(s))
	n.rounds(st, w, s)
	n.restore(st, element, count, next)
}

func (n *foreachNode) rounds(st *state, w *walker, s *scope) {
	t := st.t
	for round := 1; round <= t.limits.Rounds && w.has(); round++ {
		st.tick()
		st.at = n.offset
		st.put(t.loopCount, intValue(int32(round)))
		v := w.next(st)
		if st.done {
			return
		}
		s.hasNext = w.has()
		st.put(t.loopHasNext, boolValue(s.hasNext))
		s.index++
		if v.k == kNull {
			held := st.held[n.slot]
			st.put(n.slot, v)
			st.held[n.slot] = true
			n.body.render(st)
			st.held[n.slot] = held
		} else {
			st.put(n.slot, v)
			n.body.render(st)
		}
		if st.done {
			n.stopped(st, s)
			return
		}
	}
}

// stopped ends a #break that is for this loop.
func (n *foreachNode) stopped(st *state, s *scope) {
	if st.why == stopBreak || st.why == stopScope && st.target == s {
		st.done, st.why, st.target = false, goOn, nil
	}
}

// restore gives the names back what they had before the loop.
func (n *foreachNode) restore(st *state, element, count, next Value) {
	st.put(n.slot, element)
	st.put(st.t.loopCount, count)
	st.put(st.t.loopHasNext, next)
	now, ok := st.get(st.t.foreach).o.(*scope)
	switch {
	case !ok:
	case now.parent != nil:
		st.put(st.t.foreach, objectValue(now.parent))
	default:
		st.put(st.t.foreach, now.replaced)
	}
}

// property answers what $foreach knows of itself.
func (s *scope) property(st *state, name string) (Value, bool) {
	switch lowerFirst(name) {
	case "index":
		return intValue(int32(s.index)), true
	case "count":
		return intValue(int32(s.index + 1)), true
	case "hasNext":
		return boolValue(s.hasNext), true
	case "first":
		return boolValue(s.index < 1), true
	case "last":
		return boolValue(!s.hasNext), true
	case "parent":
		if s.parent != nil {
			return objectValue(s.parent), true
		}
		return Value{}, true
	case "topmost":
		top := s
		for top.parent != nil {
			top = top.parent
		}
		return objectValue(top), true
	case "replaced":
		top := s
		for top.replaced.k == kNull && top.parent != nil {
			top = top.parent
		}
		return top.replaced, true
	case "info":
		return objectValue(&scopeInfo{s, st}), true
	}
	return Value{}, false
}

func lowerFirst(s string) string {
	if c := s[0]; c >= 'A' && c <= 'Z' {
		return string(c|0x20) + s[1:]
	}
	return s
}

func (s *scope) storage() *dict {
	if s.store == nil {
		s.store = &dict{class: hashMap}
	}
	return s.store
}

var _ mapping = (*scope)(nil)

// get looks in this loop and then in those around it.
func (s *scope) get(st *state, key Value) (Value, bool) {
	for ; s != nil; s = s.parent {
		if s.store != nil {
			if v, ok := s.store.get(st, key); ok {
				return v, true
			}
		}
	}
	return Value{}, false
}

func (s *scope) put(st *state, key, v Value) Value { return s.storage().put(st, key, v) }
func (s *scope) del(st *state, key Value) Value    { return s.storage().del(st, key) }
func (s *scope) size() int                         { return s.storage().size() }
func (s *scope) clear()                            { s.storage().clear() }
func (s *scope) version() int                      { return s.storage().version() }

func (s *scope) depth() int {
	n := 1
	for ; s.parent != nil; s = s.parent {
		n++
	}
	return n
}

// scopeInfo is $foreach.info: where the loop stands.
type scopeInfo struct {
	s  *scope
	st *state
}

func (i *scopeInfo) append(dst []byte) []byte {
	line, column, _ := place(i.st.t.src, i.s.offset)
	dst = append(dst, "#foreach[type:block"...)
	if d := i.s.depth(); d > 1 {
		dst = strconv.AppendInt(append(dst, " depth:"...), int64(d), 10)
	}
	dst = strconv.AppendInt(append(dst, " template:t line:"...), int64(line), 10)
	return append(strconv.AppendInt(append(dst, " column:"...), int64(column), 10), ']')
}
