package vtl

import (
	"strconv"

	"github.com/dragoman-gateway/dragoman/mapping/vtl/syntax"
)

// scope is $foreach: the state of the loop, and a map to store things in.
type scope struct {
	index    int
	hasNext  bool
	mark     uint32
	parent   *scope
	replaced Value // what $foreach was before the outermost loop
	store    *dict
	offset   int
}

func (st *state) renderForeach(n *syntax.Foreach) {
	if n.Broken {
		st.at = int(n.Start)
		st.throw("java.lang.ArrayIndexOutOfBoundsException: #foreach needs a variable, a word and a value")
		return
	}
	over := st.value(n.Over)
	if st.done || over.k == kNull {
		return
	}
	room := st.enterLoop()
	defer st.leaveLoop()
	w := st.walk(over, &room.walker)
	if w == nil || st.done {
		return
	}
	t := st.t
	element := st.get(n.Slot)
	room.over, room.element = over, element
	if t.loopCount < 0 && t.loopHasNext < 0 {
		st.scoped(n, w, room)
	} else {
		count, next := st.maybe(t.loopCount), st.maybe(t.loopHasNext)
		st.scoped(n, w, room)
		st.putKnown(t.loopCount, count)
		st.putKnown(t.loopHasNext, next)
	}
	st.put(n.Slot, element)
}

// maybe reads a variable that the template need not mention.
func (st *state) maybe(slot int) Value {
	if slot < 0 {
		return Value{}
	}
	return st.get(slot)
}

func (st *state) putKnown(slot int, v Value) {
	if slot >= 0 {
		st.put(slot, v)
	}
}

// scoped runs the rounds with $foreach around them, if the template mentions
// it.
func (st *state) scoped(n *syntax.Foreach, w *walker, room *loop) {
	t := st.t
	s := &room.scope
	if t.keepsScopes {
		s = new(scope)
	}
	*s = scope{index: -1, offset: int(n.Start)}
	room.own = s
	if t.foreach < 0 {
		st.rounds(n, w, s)
		return
	}
	if before := st.get(t.foreach); before.k != kNull {
		if outer, ok := before.o.(*scope); ok {
			s.parent = outer
		} else {
			s.replaced = before
		}
	}
	st.put(t.foreach, objectValue(s))
	st.rounds(n, w, s)
	now, ok := st.get(t.foreach).o.(*scope)
	switch {
	case !ok:
	case now.parent != nil:
		st.put(t.foreach, objectValue(now.parent))
	default:
		st.put(t.foreach, now.replaced)
	}
}

// loop is what a #foreach under way needs.
type loop struct {
	walker  walker
	scope   scope
	own     *scope // which scope, when it is one that may outlive the loop
	over    Value  // what it walks over
	element Value  // what its variable was before
}

func (st *state) enterLoop() *loop {
	if st.depth == len(st.loops) {
		st.loops = append(st.loops, &loop{})
	}
	st.depth++
	return st.loops[st.depth-1]
}

func (st *state) leaveLoop() {
	st.depth--
	*st.loops[st.depth] = loop{}
}

// outlives reports whether a reference to $foreach can hand the scope on, so
// that it may be used after its loop.
func outlives(n *syntax.Reference) bool {
	if len(n.Steps) == 0 {
		return true
	}
	p, ok := n.Steps[len(n.Steps)-1].(*syntax.Property)
	if !ok {
		return true
	}
	fact := loopFactOf(p.Name)
	return fact < factIndex || fact > factLast
}

func (st *state) rounds(n *syntax.Foreach, w *walker, s *scope) {
	t := st.t
	for round := 1; round <= t.limits.Rounds && w.has(); round++ {
		st.spend(roundWork)
		st.at = int(n.Start)
		st.putKnown(t.loopCount, intValue(int32(round)))
		v := w.next(st)
		if st.done {
			return
		}
		s.hasNext = w.has()
		st.putKnown(t.loopHasNext, boolValue(s.hasNext))
		s.index++
		if v.k == kNull {
			held := st.held[n.Slot]
			st.put(n.Slot, v)
			st.held[n.Slot] = true
			st.hide++
			st.render(n.Body)
			st.hide--
			st.held[n.Slot] = held
		} else {
			st.put(n.Slot, v)
			st.render(n.Body)
		}
		if st.done {
			st.stopped(s)
			return
		}
	}
}

// roundWork is the work of a round beside its statements.
const roundWork = 6

// stopped ends a #break that is for this loop.
func (st *state) stopped(s *scope) {
	if st.why == stopBreak || st.why == stopScope && st.target == s {
		st.done, st.why, st.target = false, goOn, nil
	}
}

// loopFact is something that $foreach knows of itself.
type loopFact uint8

const (
	factNone loopFact = iota
	factIndex
	factCount
	factHasNext
	factFirst
	factLast
	factParent
	factTopmost
	factReplaced
	factInfo
)

// loopFactOf reads the name of a property; its first letter may be of either
// case.
func loopFactOf(name string) loopFact {
	switch lowerFirst(name) {
	case "index":
		return factIndex
	case "count":
		return factCount
	case "hasNext":
		return factHasNext
	case "first":
		return factFirst
	case "last":
		return factLast
	case "parent":
		return factParent
	case "topmost":
		return factTopmost
	case "replaced":
		return factReplaced
	case "info":
		return factInfo
	}
	return factNone
}

// loopMethod is the same for the methods.
func loopMethod(m methodID) loopFact {
	switch m {
	case mGetIndex:
		return factIndex
	case mGetCount:
		return factCount
	case mGetHasNext, mHasNext:
		return factHasNext
	case mGetFirst, mIsFirst:
		return factFirst
	case mGetLast, mIsLast:
		return factLast
	case mGetParent:
		return factParent
	case mGetTopmost:
		return factTopmost
	case mGetReplaced:
		return factReplaced
	case mGetInfo:
		return factInfo
	}
	return factNone
}

func (s *scope) fact(st *state, f loopFact) Value {
	switch f {
	case factIndex:
		return intValue(int32(s.index))
	case factCount:
		return intValue(int32(s.index + 1))
	case factHasNext:
		return boolValue(s.hasNext)
	case factFirst:
		return boolValue(s.index < 1)
	case factLast:
		return boolValue(!s.hasNext)
	case factParent:
		if s.parent != nil {
			return objectValue(s.parent)
		}
	case factTopmost:
		for s.parent != nil {
			s = s.parent
		}
		return objectValue(s)
	case factReplaced:
		for s.replaced.k == kNull && s.parent != nil {
			s = s.parent
		}
		return s.replaced
	case factInfo:
		return objectValue(&scopeInfo{s, st})
	}
	return Value{}
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
	i.st.touch(4 * len(i.st.t.tree.Text))
	line, column, _ := syntax.Place(i.st.t.tree.Text, i.s.offset)
	dst = append(dst, "#foreach[type:block"...)
	if d := i.s.depth(); d > 1 {
		dst = strconv.AppendInt(append(dst, " depth:"...), int64(d), 10)
	}
	dst = strconv.AppendInt(append(dst, " template:t line:"...), int64(line), 10)
	return append(strconv.AppendInt(append(dst, " column:"...), int64(column), 10), ']')
}
