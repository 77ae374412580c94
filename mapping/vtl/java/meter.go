package java

import (
	"math"
	"unsafe"
)

// A rendering pays for what it does in units of work, about 10 ns each: a step of
// the template costs a few, and what touches a text or a collection costs by the
// size of it. And it pays for what it holds in bytes. Both are counted where the
// work is done, and looked at when a stretch of either is used up.

const (
	// stretch is the work between two looks at the clock and at the others.
	stretch = 16 << 10
	// Floor is the memory that a rendering has without asking for any.
	Floor = 256 << 10
	// freeText is how long a text that is printed may be before it is counted.
	freeText = 4 << 10
	// StepWork is the work of a step of an expression.
	StepWork = 2
)

// What values take, in bytes.
const (
	ElementSize = int(unsafe.Sizeof(Value{})) // of a list
	entrySize   = 200                         // of a map, with its place in the index
	ObjectSize  = 64                          // of most objects
	DictSize    = 2 * ObjectSize
	entryObject = 2 * ObjectSize // an entry that stands by itself
	walkerSize  = 4 * ObjectSize
	classSize   = 3 * ObjectSize
	NodeSize    = 16 // a handle to a payload value
	memberSize  = 96 // of a payload value that was changed, with its place in the index
)

// Host is who grants work and memory: it is asked when a stretch is used up.
// Each method reports false, or fails the rendering, when that has to end.
type Host interface {
	// Look is called after every stretch of work.
	Look() bool
	// Turn waits for the right to work on for long beside others.
	Turn() bool
	// More is called when more is held than was allowed, and allows more.
	More() bool
	// Census counts anew what is held.
	Census()
}

// Bounds are those of a rendering that values look at themselves.
type Bounds struct {
	Output   int // bytes of a rendering, and of any one string
	Memory   int // bytes held at once, the payload aside
	Elements int // of one list, map or range
}

// Meter is what a rendering has used and may still use.
type Meter struct {
	Bounds
	Host Host

	Fuel  int // work that may be done before somebody looks
	work  int // beyond that
	Spent int // looked at so far

	Holding int // what was held at the last census, and all that was made since
	Allowed int // how far holding may go before somebody looks
	fixed   int // of it: what lasts as long as the rendering
	buffers int // of it: texts that are being printed
	Pinned  int // of it: what expressions under way may have in hand
	given   int // that the template did not make, and that is not held against it
	Total   int // bytes that were ever made
	Mark    int // of them: before the statement under way
	Paid    int // length of the text being printed that is counted in buffers
	steps   int // of what is called within, which counts its own
	Epoch   uint32
}

// begin hands out a first stretch unseen, so that a small rendering never reads the
// clock.
func (m *Meter) begin(b Bounds, work int) {
	first := min(stretch, work)
	*m = Meter{Bounds: b, Fuel: first, work: work - first, Spent: first, Allowed: min(Floor, b.Memory), Paid: freeText, Epoch: m.Epoch}
}

// Most is how much may be held at once, with what was given.
func (m *Meter) Most() int { return m.Memory + m.given }

// Spend pays for work, before it is done. It reports false when there is none
// left, or when the rendering has to end for another reason.
func (vm *VM) Spend(n int) bool {
	if vm.Fuel -= n; vm.Fuel < 0 {
		return vm.Refuel()
	}
	return true
}

// Touch is spend for n bytes that are read or copied.
func (vm *VM) Touch(n int) bool { return vm.Spend(n >> 5) }

// Refuel is called when Fuel is below zero. It draws another stretch from the work that
// is left, and lets the Host look.
func (vm *VM) Refuel() bool {
	need := stretch - vm.Fuel
	if vm.Fuel+vm.work < 0 {
		vm.Fail(ErrWork)
		return false
	}
	need = min(need, vm.work)
	vm.Fuel, vm.work, vm.Spent = vm.Fuel+need, vm.work-need, vm.Spent+need
	return !vm.Failed() && vm.Host.Look()
}

// patience is the work of something that cannot be interrupted which may be
// tried before the rendering waits for its turn.
const patience = 64 << 10

// Within gives f a budget of work, and takes what it used. f is tried twice if
// it needs much: what cannot be interrupted must not run beside everything else.
// Each of its steps is so much work; tooMuch is how it says that there were none
// left.
func (vm *VM) Within(f func(steps *int) error, stepWork int, tooMuch error) error {
	for _, most := range [...]int{patience, math.MaxInt} {
		have := min(max(vm.Fuel, 0)+vm.work, most) / stepWork
		vm.steps = have
		err := f(&vm.steps)
		if !vm.Spend((have - max(vm.steps, 0)) * stepWork) {
			return nil
		}
		if err != tooMuch || most != patience || have < most/stepWork {
			return err
		}
		if !vm.Host.Turn() {
			return nil
		}
	}
	return nil
}

// Hold pays for n bytes that the template makes. It reports false when there
// must be no more.
func (vm *VM) Hold(n int) bool {
	vm.Total += n
	if vm.Holding += n; vm.Holding > vm.Allowed {
		return !vm.Failed() && vm.Host.More()
	}
	return true
}

// Charge is hold for a text or collection of n bytes, with the work to fill it.
func (vm *VM) Charge(n int) bool { return vm.Spend(n>>4) && vm.Hold(n) }

// KeepHolding pays for n bytes that stay as long as the rendering.
func (vm *VM) KeepHolding(n int) bool {
	vm.fixed += n
	return vm.Hold(n)
}

// Accept holds n bytes that the template did not make, such as its payload.
func (vm *VM) Accept(n int) bool {
	vm.given += n
	return vm.KeepHolding(n)
}

// Reserve says whether there is room for n bytes, which something is about to
// need for a moment or to make.
func (vm *VM) Reserve(n int) bool {
	if n > vm.Output {
		vm.Fail(ErrOutput)
		return false
	}
	if !vm.Touch(n) || !vm.Hold(n) {
		return false
	}
	vm.Holding -= n
	vm.Total -= n
	return true
}

// Pay counts a text that is being printed and has become n bytes long.
func (vm *VM) Pay(n int) bool {
	if n > vm.Output {
		vm.Fail(ErrOutput)
		return false
	}
	grown := n + n/4 - vm.Paid
	vm.Paid += grown
	vm.buffers += grown
	return vm.Charge(grown)
}

// aside begins a text that is not the one being printed; printed ends it.
func (vm *VM) aside() (outer int) {
	outer = vm.Paid
	vm.Paid = freeText
	return outer
}

func (vm *VM) printed(outer int) {
	vm.buffers -= vm.Paid - freeText
	vm.Holding -= vm.Paid - freeText
	vm.Paid = outer
}

// Room is how long dst may become, as far as memory goes, and work of which a unit
// is so many bytes and which is paid when it is done.
//
// What is held is counted anew first when little is left: much of it may be garbage by
// then.
func (vm *VM) Room(dst []byte, bytes float64) int {
	if vm.Most()-vm.Holding < Floor {
		vm.Host.Census()
	}
	return min(vm.Output, len(dst)+max(min(vm.Most()-vm.Holding, int(float64(vm.Fuel+vm.work)*bytes)), 0))
}

// Pinned is a statement that waits for a block of others in one of its expressions.
type Pinned struct{ since, bytes int }

// Pause begins such a block and resume ends it. What the expression has in hand stays counted: what
// it made, or, if the block drops values, all there is.
func (vm *VM) Pause(drops bool) Pinned {
	o := Pinned{since: vm.Total - vm.Mark}
	o.bytes = o.since
	if drops {
		o.bytes = max(o.since, vm.Holding-vm.Pinned)
	}
	vm.Pinned += o.bytes
	vm.Mark = vm.Total
	return o
}

// Resume ends the block that Pause began.
func (vm *VM) Resume(o Pinned) {
	vm.Pinned -= o.bytes
	vm.Mark = vm.Total - o.since
}
