package java

import (
	"strings"
	"unicode/utf8"

	"github.com/dragoman-gateway/dragoman/mapping/vtl/slab"
)

// What whoever looks on at a rendering may use, beside what the rendering has. It is
// little: a value is looked at by a person.
const (
	// watchWork is the work that all looks at one rendering may take, some 20 ms.
	watchWork = 2 << 20
	// lookWork is the work of one look, lest one value takes it all.
	lookWork = 64 << 10
	// lookMemory is what a look may hold while it prints.
	lookMemory = 1 << 20
	// lookOutput is how much of a value is printed, so that its length can be told.
	lookOutput = 64 << 10
)

// watching is what looks at a rendering have used so far.
type watching struct {
	on    bool
	spent int
	out   []byte // to be used again
	lists slab.Slab[nodeList]
	maps  slab.Slab[nodeMap]
}

// Look is a value as it would print, for somebody who looks on.
type Look struct {
	Text  string // at most as much as was asked for
	Bytes int    // all of it, or what was printed of it
	More  bool   // there is more than Bytes
}

// Watch prints at most so many bytes of a value for somebody who looks on, in units of
// characters. It is as if nobody did: what it takes is counted in a budget of its own,
// maps that are made when they are first asked for are not made, blocks are not rendered,
// and what fails ends the look alone. A look is a copy unless it is lent: of one that is, the
// text may be the value's own.
func (vm *VM) Watch(v Value, most int, lent bool) Look {
	if v.Kind == String {
		return glance(v.Str(), most, lent)
	}
	budget := min(watchWork-vm.watching.spent, lookWork)
	if budget <= 0 {
		return Look{Text: "…", More: true}
	}
	meter, at, failedAt, printing, scratch := vm.Meter, vm.At, vm.FailedAt, vm.printing, vm.scratch
	vm.Meter = Meter{
		Bounds: Bounds{Output: lookOutput, Memory: lookMemory, Elements: meter.Elements},
		Host:   nobody{}, Fuel: budget, Allowed: lookMemory, Paid: freeText, Epoch: meter.Epoch,
	}
	vm.watching.on, vm.scratch, vm.printing = true, nil, 0
	vm.swapSlabs()
	out := vm.AppendValue(vm.watching.out[:0], v)
	l := glance(string(out[:min(len(out), lookOutput)]), most, lent)
	l.More = vm.Failed() || len(out) > lookOutput
	vm.watching.on, vm.watching.spent = false, vm.watching.spent+budget-max(vm.Fuel, 0)
	vm.swapSlabs()
	vm.watching.lists.Reset()
	vm.watching.maps.Reset()
	if cap(out) <= lookOutput {
		vm.watching.out = out[:0]
	}
	vm.Meter, vm.At, vm.FailedAt, vm.printing, vm.scratch = meter, at, failedAt, printing, scratch
	vm.Err, vm.Done = nil, false
	return l
}

// swapSlabs has a look use handles of its own: a rendering pays for its own by the dozen.
func (vm *VM) swapSlabs() {
	vm.lists, vm.watching.lists = vm.watching.lists, vm.lists
	vm.maps, vm.watching.maps = vm.watching.maps, vm.maps
}

// glance is the beginning of a text: a copy, which keeps nothing of a payload, unless it is lent.
func glance(s string, most int, lent bool) Look {
	l := Look{Text: s, Bytes: len(s)}
	if len(s) > most {
		for most > 0 && !utf8.RuneStart(s[most]) {
			most--
		}
		l.Text = s[:most]
	}
	if !lent {
		l.Text = strings.Clone(l.Text)
	}
	return l
}

// Watched says that what is printed is for somebody who looks on: nothing of the
// rendering may change by it.
func (vm *VM) Watched() bool { return vm != nil && vm.watching.on }

// seen is what a look shows of a text within a value.
func (vm *VM) seen(s string) string {
	if !vm.Watched() {
		return s
	}
	if len(s) > lookOutput {
		vm.Fail(ErrOutput)
		return s[:lookOutput]
	}
	vm.Touch(len(s))
	return s
}

// nobody grants nothing: a look has what it was given, and no more.
type nobody struct{}

var _ Host = nobody{}

func (nobody) Look() bool { return false }
func (nobody) Turn() bool { return false }
func (nobody) More() bool { return false }
func (nobody) Census()    {}
