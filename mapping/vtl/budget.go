package vtl

import (
	"math"
	"runtime"
	"time"
	"unsafe"
)

// A rendering pays for what it does in units of work, about 10 ns each: a step of
// the template costs a few, and what touches a text or a collection costs by the
// size of it. And it pays for what it holds in bytes. Both are counted where the
// work is done, and looked at when a stretch of either is used up.

const (
	// stretch is the work between two looks at the clock and at the others.
	stretch = 16 << 10
	// quick is the work that a rendering may do beside all others; whoever takes
	// longer waits for one of the account's slots.
	quick = 512 << 10
	// modest is the memory that it may hold beside all others, in bytes; whoever
	// wants more waits for a slot too.
	modest = 2 << 20
	// floor is the memory that a rendering has without asking the account.
	floor = 256 << 10
	// freeText is how long a text that is printed may be before it is counted.
	freeText = 4 << 10
	// portion is what it draws at once beyond that, in bytes.
	portion = 256 << 10
)

// What values take, in bytes.
const (
	elementSize = int(unsafe.Sizeof(Value{})) // of a list
	entrySize   = 200                         // of a map, with its place in the index
	objectSize  = 64                          // of most objects
	dictSize    = 2 * objectSize
	entryObject = 2 * objectSize // an entry that stands by itself
	walkerSize  = 4 * objectSize
	classSize   = 3 * objectSize
	nodeSize    = 16 // a handle to a payload value
	memberSize  = 96 // of a payload value that was changed, with its place in the index
)

// budget is what a rendering has used and may still use.
type budget struct {
	fuel  int // work that may be done before somebody looks
	work  int // beyond that
	spent int // looked at so far

	holding int // what was held at the last census, and all that was made since
	allowed int // how far holding may go before somebody looks
	fixed   int // of it: what lasts as long as the rendering
	buffers int // of it: texts that are being printed
	pinned  int // of it: what expressions under way may have in hand
	payload int // that the template did not make, and that is not held against it
	total   int // bytes that were ever made
	mark    int // of them: before the statement under way
	paid    int // length of the text being printed that is counted in buffers
	steps   int // of what is called within, which counts its own
	epoch   uint32
}

func (b *budget) begin(l *Limits) {
	first := min(stretch, l.Work)
	*b = budget{fuel: first, work: l.Work - first, spent: first, allowed: min(floor, l.Memory), paid: freeText, epoch: b.epoch}
}

// spend pays for work, before it is done. It reports false when there is none
// left, or when the rendering has to end for another reason.
func (st *state) spend(n int) bool {
	if st.fuel -= n; st.fuel < 0 {
		return st.refuel()
	}
	return true
}

// touch is spend for n bytes that are read or copied.
func (st *state) touch(n int) bool { return st.spend(n >> 5) }

func (st *state) refuel() bool {
	need := stretch - st.fuel
	if st.fuel+st.work < 0 {
		st.failWith(ErrWork)
		return false
	}
	need = min(need, st.work)
	st.fuel, st.work, st.spent = st.fuel+need, st.work-need, st.spent+need
	return st.look()
}

// look ends the rendering when its time is over, or waits for its turn.
func (st *state) look() bool {
	if st.failed() {
		return false
	}
	wait := st.timeLeft()
	if wait < 0 {
		st.failWith(ErrTime)
		return false
	}
	if err := st.cancel.Err(); err != nil {
		st.failWith(err)
		return false
	}
	if st.isDoomed() {
		st.failWith(ErrShared)
		return false
	}
	if st.spent > quick {
		return st.turn(wait)
	}
	return true
}

// timeLeft is how long the rendering may still take. The clock runs since somebody
// looked at it first.
func (st *state) timeLeft() time.Duration {
	now := time.Now()
	if st.deadline.IsZero() {
		st.deadline = now.Add(st.limits().Time)
	}
	return st.deadline.Sub(now)
}

// turn waits until a rendering that takes long may go on, and lets others run.
func (st *state) turn(wait time.Duration) bool {
	if err := st.goOn(st.cancel, wait); err != nil {
		st.failWith(err)
		return false
	}
	runtime.Gosched()
	return true
}

// failed tells whether the rendering has ended in an error.
func (st *state) failed() bool { return st.done && st.why == stopError }

// patience is the work of something that cannot be interrupted which may be
// tried before the rendering waits for its turn.
const patience = 64 << 10

// within gives f a budget of work, and takes what it used. f is tried twice if
// it needs much: what cannot be interrupted must not run beside everything else.
// Each of its steps is so much work; tooMuch is how it says that there were none
// left.
func (st *state) within(f func(steps *int) error, stepWork int, tooMuch error) error {
	for _, most := range [...]int{patience, math.MaxInt} {
		have := min(max(st.fuel, 0)+st.work, most) / stepWork
		st.steps = have
		err := f(&st.steps)
		if !st.spend((have - max(st.steps, 0)) * stepWork) {
			return nil
		}
		if err != tooMuch || most != patience || have < most/stepWork {
			return err
		}
		if !st.turn(st.timeLeft()) {
			return nil
		}
	}
	return nil
}

// hold pays for n bytes that the template makes. It reports false when there
// must be no more.
func (st *state) hold(n int) bool {
	st.total += n
	if st.holding += n; st.holding > st.allowed {
		return st.more()
	}
	return true
}

// charge is hold for a text or collection of n bytes, with the work to fill it.
func (st *state) charge(n int) bool { return st.spend(n>>4) && st.hold(n) }

// keepHolding pays for n bytes that stay as long as the rendering.
func (st *state) keepHolding(n int) bool {
	st.fixed += n
	return st.hold(n)
}

// more looks whether a rendering may hold more than it was allowed.
func (st *state) more() bool {
	if st.failed() {
		return false
	}
	most := st.limits().Memory + st.payload
	if st.holding > most {
		st.census()
		if st.holding > most {
			st.failWith(ErrMemory)
		}
	}
	if want := st.holding - floor - st.bytes; want > 0 && !st.failed() {
		if st.holding > modest && !st.slot && !st.turn(st.timeLeft()) {
			return false
		}
		if !st.take((want + portion - 1) / portion * portion) {
			st.census()
			if want = st.holding - floor - st.bytes; want > 0 && !st.take(want) {
				st.failWith(ErrShared)
			}
		}
	}
	st.allowed = min(most, floor+st.bytes)
	return !st.failed()
}

// reserve says whether there is room for n bytes, which something is about to
// need for a moment or to make.
func (st *state) reserve(n int) bool {
	if n > st.limits().Output {
		st.failWith(ErrOutput)
		return false
	}
	if !st.touch(n) || !st.hold(n) {
		return false
	}
	st.holding -= n
	st.total -= n
	return true
}

// pay counts a text that is being printed and has become n bytes long.
func (st *state) pay(n int) bool {
	if n > st.limits().Output {
		st.failWith(ErrOutput)
		return false
	}
	grown := n + n/4 - st.paid
	st.paid += grown
	st.buffers += grown
	return st.charge(grown)
}

// aside begins a text that is not the one being printed; printed ends it.
func (st *state) aside() (outer int) {
	outer = st.paid
	st.paid = freeText
	return outer
}

func (st *state) printed(outer int) {
	st.buffers -= st.paid - freeText
	st.holding -= st.paid - freeText
	st.paid = outer
}

// room is how long dst may become, as far as memory goes, and work of which a unit
// is so many bytes and which is paid when it is done.
func (st *state) room(dst []byte, bytes float64) int {
	most := st.limits().Memory + st.payload
	if most-st.holding < floor {
		st.census()
	}
	return min(st.limits().Output, len(dst)+max(min(most-st.holding, int(float64(st.fuel+st.work)*bytes)), 0))
}

// outer is a statement that waits for a block of others in one of its expressions.
type outer struct{ since, pinned int }

// pause begins such a block and resume ends it. What the expression has in hand stays counted: what
// it made, or, if the block drops values, all there is.
func (st *state) pause(drops bool) outer {
	o := outer{since: st.total - st.mark}
	o.pinned = o.since
	if drops {
		o.pinned = max(o.since, st.holding-st.pinned)
	}
	st.pinned += o.pinned
	st.mark = st.total
	return o
}

func (st *state) resume(o outer) {
	st.pinned -= o.pinned
	st.mark = st.total - o.since
}
