package java

import (
	"errors"

	"github.com/dragoman-gateway/dragoman/mapping/json"
	"github.com/dragoman-gateway/dragoman/mapping/pattern"
	"github.com/dragoman-gateway/dragoman/mapping/vtl/slab"
)

// What a rendering is given up for.
var (
	ErrOutput   = errors.New("the output is too large")
	ErrMemory   = errors.New("the template uses too much memory")
	ErrElements = errors.New("a list, map or range is too large")
	ErrWork     = errors.New("the template does too much")
)

// An Exception is what Java would throw: its class and message.
type Exception string

func (e Exception) Error() string { return string(e) }

// VM is what the values of one rendering share: the exception that ends it, what
// it may still use, and memory that is used again. What goes wrong is kept here
// rather than handed up: done is set, and whoever has more to do looks at it first.
type VM struct {
	Meter
	Done     bool
	Err      error // nil as long as nothing failed: then done is the interpreter's
	At       int   // where the step under way stands
	FailedAt int   // where the one stood that failed

	Payload  *json.Doc // the client's, whose texts last as long as the rendering
	lists    slab.Slab[nodeList]
	maps     slab.Slab[nodeMap]
	foreign  []*Foreign // template values within payload values
	patterns patterns
	scratch  []byte // empty, for whoever needs to write something aside
	printing int    // how deep values are being printed
	changes  int    // of members of payload values
	watching watching
}

// Start makes the VM ready for a rendering.
func (vm *VM) Start(b Bounds, work int, h Host) {
	vm.Meter.begin(b, work)
	vm.Host = h
}

// Reset forgets the values of the rendering that is over, and keeps memory.
func (vm *VM) Reset() {
	vm.Done, vm.Err, vm.At, vm.FailedAt = false, nil, 0, 0
	vm.printing, vm.changes, vm.Payload = 0, 0, nil
	vm.watching.on, vm.watching.spent = false, 0
	vm.lists.Reset()
	vm.maps.Reset()
	if len(vm.foreign) > 0 {
		clear(vm.foreign)
		vm.foreign = vm.foreign[:0]
	}
	if vm.patterns.last[0] != nil {
		vm.patterns = patterns{}
	}
}

// Throw ends the rendering with a Java exception: its class and message.
func (vm *VM) Throw(text string) {
	if vm != nil && vm.Err == nil {
		vm.Fail(Exception(text))
	}
}

// Fail ends the rendering with an error, such as that of a limit. The first one
// counts.
//
// What fails after that is a consequence, and would hide the place of the cause.
func (vm *VM) Fail(err error) {
	if vm == nil || vm.Err != nil {
		return
	}
	vm.Err, vm.Done, vm.FailedAt = err, true, vm.At
}

// Failed tells whether the rendering has ended in an error.
func (vm *VM) Failed() bool { return vm.Err != nil }

// grow allows a collection to have n elements.
func (vm *VM) grow(n int) bool {
	if vm == nil {
		return true
	}
	if n > vm.Elements {
		vm.Fail(ErrElements)
		return false
	}
	return vm.Spend(4) && !vm.Done
}

// Made checks and counts a string that the template made.
func (vm *VM) Made(s string) Value {
	if len(s) > vm.Output {
		vm.Fail(ErrOutput)
		return Value{}
	}
	if !vm.Charge(len(s) + 16) {
		return Value{}
	}
	return StringValue(s)
}

// NewObject counts an object of so many bytes that the template made.
func (vm *VM) NewObject(o any, size int) Value {
	vm.Spend(4 * StepWork)
	vm.Hold(size)
	return ObjectValue(o)
}

// matched handles what pattern matching reports.
func (vm *VM) matched(err error) bool {
	switch {
	case vm.Done:
		return false
	case err == nil:
		return true
	case errors.Is(err, pattern.ErrTooManySteps):
		vm.Fail(ErrWork)
	case errors.Is(err, pattern.ErrTooLong):
		vm.TooLong()
	default:
		vm.Throw(err.Error())
	}
	return false
}
