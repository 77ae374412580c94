package vtl

import (
	"strconv"
	"strings"

	"github.com/dragoman-gateway/dragoman/mapping/vtl/java"
	"github.com/dragoman-gateway/dragoman/mapping/vtl/syntax"
)

// scope is $foreach: the state of the loop, and a map to store things in.
//
// Source: ForeachScope of Velocity 1.7. It is there although foreach.provide.scope.control
// could take it away: API Gateway's templates use $foreach.hasNext.
type scope struct {
	index    int
	hasNext  bool
	counted  uint32
	parent   *scope
	replaced java.Value // what $foreach was before the outermost loop
	t        *Template
	store    *java.Dict
	offset   int
}

// renderForeach does nothing for what cannot be walked over: a text, a number, the empty
// string of a reference that leads nowhere.
//
// Source: directive.foreach.skip.invalid of Velocity 1.7 is true by default.
//
// Observed: API Gateway prints nothing either.
func (st *state) renderForeach(n *syntax.Foreach) {
	if n.Broken {
		st.At = int(n.Start)
		st.Throw("java.lang.ArrayIndexOutOfBoundsException: #foreach needs a variable, a word and a value")
		return
	}
	over := st.value(n.Over)
	if st.Done || over.Kind == java.Null {
		return
	}
	room := st.enterLoop()
	if w := st.Walk(over, &room.walker); w != nil && !st.Done {
		st.walkOver(n, over, w, room)
	}
	st.leaveLoop()
}

// walkOver runs a loop, and gives its variables back what they were.
func (st *state) walkOver(n *syntax.Foreach, over java.Value, w *java.Walker, room *loop) {
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

// maybe reads a variable that the template need not mention. $velocityCount and
// $velocityHasNext are those of older Velocity, which 1.7 still sets.
func (st *state) maybe(slot int32) java.Value {
	if slot < 0 {
		return java.Value{}
	}
	return st.get(int(slot))
}

func (st *state) putKnown(slot int32, v java.Value) {
	if slot >= 0 {
		st.put(int(slot), v)
	}
}

// scoped runs the rounds with $foreach around them, if the template mentions
// it.
//
// Source: Directive.preRender and postRender of Velocity 1.7, which put a scope into the
// context and take back what stood there before.
func (st *state) scoped(n *syntax.Foreach, w *java.Walker, room *loop) {
	t := st.t
	s := &room.scope
	if t.keepsScopes {
		s = new(scope)
	}
	*s = scope{index: -1, offset: int(n.Start), t: t}
	room.own = s
	if t.foreach < 0 {
		st.rounds(n, w, s)
		return
	}
	if before := st.get(int(t.foreach)); before.Kind != java.Null {
		if outer, ok := before.Obj.(*scope); ok {
			s.parent = outer
		} else {
			s.replaced = before
		}
	}
	st.put(int(t.foreach), java.ObjectValue(s))
	st.rounds(n, w, s)
	now, ok := st.get(int(t.foreach)).Obj.(*scope)
	switch {
	case !ok:
	case now.parent != nil:
		st.put(int(t.foreach), java.ObjectValue(now.parent))
	default:
		st.put(int(t.foreach), now.replaced)
	}
}

// loop is what a #foreach under way needs.
type loop struct {
	walker  java.Walker
	scope   scope
	own     *scope     // which scope, when it is one that may outlive the loop
	over    java.Value // what it walks over
	element java.Value // what its variable was before
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
	fact := loopFacts[p.ID]
	return fact < factIndex || fact > factLast
}

func (st *state) rounds(n *syntax.Foreach, w *java.Walker, s *scope) {
	t := st.t
	// Source: "API Gateway quotas": at most 1,000 iterations of #foreach.
	// Assumed: the loop ends there, rather than fails.
	for round := 1; round <= t.limits.Rounds && w.Has(); round++ {
		st.Spend(roundWork)
		st.At = int(n.Start)
		st.putKnown(t.loopCount, java.IntValue(int32(round)))
		v := w.Next(&st.VM)
		if st.Done {
			return
		}
		s.hasNext = w.Has()
		st.putKnown(t.loopHasNext, java.BoolValue(s.hasNext))
		s.index++
		// A null element leaves the variable unset within the round. What it was is kept
		// apart rather than taken away, as the loop gives it back at its end.
		//
		// Source: NullHolderContext of Velocity 1.7.
		if v.Kind == java.Null {
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
		if st.Done {
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
		st.Done, st.why, st.target = false, goOn, nil
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

// loopNames are what the facts are called.
var loopNames = map[string]loopFact{
	"index": factIndex, "count": factCount, "hasNext": factHasNext, "first": factFirst, "last": factLast,
	"parent": factParent, "topmost": factTopmost, "replaced": factReplaced, "info": factInfo,
}

// loopFacts tells by the ID of a property what it is of $foreach, and loopMethods the
// same by a method. The first letter of a property may be of either case.
//
// Source: ForeachScope and Scope of Velocity 1.7.
var loopFacts, loopMethods = allLoopFacts()

func allLoopFacts() (properties []loopFact, methods map[java.Method]loopFact) {
	properties, methods = make([]loopFact, java.PropertyIDs()), map[java.Method]loopFact{}
	for name, fact := range loopNames {
		upper := strings.ToUpper(name[:1]) + name[1:]
		for _, spelled := range [...]string{name, upper} {
			properties[java.PropertyID(spelled, java.Hash(spelled))] = fact
		}
		methods[java.MethodNamed("get"+upper)] = fact
	}
	methods[java.MethodNamed("hasNext")], methods[java.MethodNamed("isFirst")], methods[java.MethodNamed("isLast")] = factHasNext, factFirst, factLast
	return properties, methods
}

func (s *scope) fact(vm *java.VM, f loopFact) java.Value {
	switch f {
	case factIndex:
		return java.IntValue(int32(s.index))
	case factCount:
		return java.IntValue(int32(s.index + 1))
	case factHasNext:
		return java.BoolValue(s.hasNext)
	case factFirst:
		return java.BoolValue(s.index < 1)
	case factLast:
		return java.BoolValue(!s.hasNext)
	case factParent:
		if s.parent != nil {
			return java.ObjectValue(s.parent)
		}
	case factTopmost:
		for s.parent != nil {
			s = s.parent
		}
		return java.ObjectValue(s)
	case factReplaced:
		for s.replaced.Kind == java.Null && s.parent != nil {
			s = s.parent
		}
		return s.replaced
	case factInfo:
		return java.ObjectValue(&scopeInfo{s})
	}
	return java.Value{}
}

func (s *scope) storage() *java.Dict {
	if s.store == nil {
		s.store = &java.Dict{Kind: java.HashMap}
	}
	return s.store
}

var (
	classScope = java.NewClass("org.apache.velocity.runtime.directive.ForeachScope", java.IsHashed)
	classInfo  = java.NewClass("org.apache.velocity.runtime.directive.Scope$Info")
	classBlock = java.NewClass("org.apache.velocity.runtime.directive.Block$Reference", java.IsBean)
)

var (
	_ java.Lazy     = (*scope)(nil)
	_ java.Receiver = (*scope)(nil)
)

func (s *scope) Class() *java.Class        { return classScope }
func (s *scope) Whole(*java.VM) *java.Dict { return s.storage() }

// Copy implements java.Lazy.
func (s *scope) Copy(*java.VM) *java.Dict {
	if s.store == nil {
		return &java.Dict{Kind: java.HashMap}
	}
	return s.store
}

// Invoke calls the getters of what the loop knows of itself, and else those of a map.
func (s *scope) Invoke(vm *java.VM, m java.Method, args []java.Value) (java.Value, bool) {
	if f := loopMethods[m]; f != factNone && len(args) == 0 {
		return s.fact(vm, f), true
	}
	return java.InvokeMap(vm, s, m, args)
}

func (s *scope) Bare(m java.Method) bool { return loopMethods[m] != factNone || java.BareOfMap(m) }

// Get looks in this loop and then in those around it.
func (s *scope) Get(vm *java.VM, key java.Value) (java.Value, bool) {
	for ; s != nil; s = s.parent {
		if s.store != nil {
			if v, ok := s.store.Get(vm, key); ok {
				return v, true
			}
		}
	}
	return java.Value{}, false
}

func (s *scope) Put(vm *java.VM, key, v java.Value) java.Value { return s.storage().Put(vm, key, v) }
func (s *scope) Delete(vm *java.VM, key java.Value) java.Value { return s.storage().Delete(vm, key) }
func (s *scope) Size() int                                     { return s.storage().Size() }
func (s *scope) Clear()                                        { s.storage().Clear() }
func (s *scope) Version() int                                  { return s.storage().Version() }

func (s *scope) depth() int {
	n := 1
	for ; s.parent != nil; s = s.parent {
		n++
	}
	return n
}

// scopeInfo is $foreach.info: where the loop stands.
type scopeInfo struct {
	s *scope
}

func (i *scopeInfo) Class() *java.Class { return classInfo }

func (i *scopeInfo) AppendTo(vm *java.VM, dst []byte) []byte {
	text := i.s.t.tree.Text
	vm.Touch(4 * len(text))
	line, column, _ := syntax.Place(text, i.s.offset)
	dst = append(dst, "#foreach[type:block"...)
	if d := i.s.depth(); d > 1 {
		dst = strconv.AppendInt(append(dst, " depth:"...), int64(d), 10)
	}
	dst = strconv.AppendInt(append(dst, " template:t line:"...), int64(line), 10)
	return append(strconv.AppendInt(append(dst, " column:"...), int64(column), 10), ']')
}
