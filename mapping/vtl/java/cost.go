package java

import (
	"math"
	"strings"

	"github.com/dragoman-gateway/dragoman/mapping/json"
)

// Numbers of any length. The standard library multiplies n words in about
// n^1.6 steps, and divides, prints and reads them in a few times as much.

// lengthOf is the length of a number in words, with the digits behind its point.
func lengthOf(v Value) int {
	switch v.Kind {
	case Big:
		return words(v.big())
	case Decimal:
		d := v.decimal()
		return words(d.unscaled) + min(max(d.scale, -d.scale), maxScale)/19
	case Double, Float:
		return 32 // of the decimal that it may become
	}
	return 1
}

// longWork is the work of multiplying two numbers of n words.
func longWork(n int) int {
	if n < 8 {
		return 4
	}
	return n * int(math.Sqrt(float64(n))) / 2
}

// SpendMath pays for a calculation with two numbers.
func (vm *VM) SpendMath(a, b Value) bool {
	if a.Kind < Big && b.Kind < Big || a.Kind != Big && a.Kind != Decimal && b.Kind != Big && b.Kind != Decimal {
		return true
	}
	n := lengthOf(a) + lengthOf(b)
	return vm.Spend(3*longWork(n)) && vm.Hold(ObjectSize+16*n)
}

// spendText pays for the digits of a number.
func (vm *VM) spendText(v Value) bool {
	n := lengthOf(v)
	return vm == nil || vm.Spend(2*longWork(n)) && vm.Reserve(20*n)
}

// spendDigits pays for reading a number of n digits.
func (vm *VM) spendDigits(n int) bool {
	return vm.Spend(2*longWork(n/19)) && vm.Hold(ObjectSize+n/2)
}

// looked is lookIn where Look may have told the number of members.
func (vm *VM) looked(m *nodeMap, members int) {
	if members > 0 {
		vm.Spend(members >> 2)
	} else {
		vm.lookIn(m.Node)
	}
}

// lookIn pays for looking for a member of a payload's object. Those that were
// changed have an index.
func (vm *VM) lookIn(n json.Node) {
	members, indexed := n.Looks()
	work := members >> 2
	if indexed {
		work = StepWork
	}
	vm.Spend(work)
}

// keepDoc pays for a payload value that is stored in another document: what that
// has stays as long as the rendering.
func (vm *VM) keepDoc(n json.Node) {
	if doc := n.Doc(); doc != vm.Payload && doc.Mark(math.MaxUint32) {
		vm.KeepHolding(doc.Size() + doc.Length())
	}
}

// payloadText is a string of a payload. One with escapes is decoded anew.
func (vm *VM) payloadText(n json.Node) string {
	switch doc := n.Doc(); {
	case n.Escaped():
	case doc == vm.Payload || doc.Length() < longText || n.Width() > doc.Length()/2:
		return n.Text()
	case !vm.Charge(n.Width() + 16):
		return ""
	default:
		return strings.Clone(n.Text()) // lest it keep all of the document's
	}
	if width := n.Width(); !vm.Spend(width>>2) || !vm.Hold(width) {
		return ""
	}
	return n.Text()
}
