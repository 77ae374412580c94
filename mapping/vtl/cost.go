package vtl

import (
	"math"
	"strings"

	"github.com/dragoman-gateway/dragoman/mapping/json"
)

// Numbers of any length. The standard library multiplies n words in about
// n^1.6 steps, and divides, prints and reads them in a few times as much.

// lengthOf is the length of a number in words, with the digits behind its point.
func lengthOf(v Value) int {
	switch v.k {
	case kBig:
		return words(v.big())
	case kDecimal:
		d := v.decimal()
		return words(d.unscaled) + min(max(d.scale, -d.scale), maxScale)/19
	case kDouble, kFloat:
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

// spendMath pays for a calculation with two numbers.
func (st *state) spendMath(a, b Value) bool {
	if a.k < kBig && b.k < kBig || a.k != kBig && a.k != kDecimal && b.k != kBig && b.k != kDecimal {
		return true
	}
	n := lengthOf(a) + lengthOf(b)
	return st.spend(3*longWork(n)) && st.hold(objectSize+16*n)
}

// spendText pays for the digits of a number.
func (st *state) spendText(v Value) bool {
	n := lengthOf(v)
	return st == nil || st.spend(2*longWork(n)) && st.reserve(20*n)
}

// spendDigits pays for reading a number of n digits.
func (st *state) spendDigits(n int) bool {
	return st.spend(2*longWork(n/19)) && st.hold(objectSize+n/2)
}

// lookIn pays for looking for a member of a payload's object. Those that were
// changed have an index.
func (st *state) lookIn(n json.Node) {
	if n.Changed() {
		st.spend(stepWork)
	} else {
		st.spend(n.Width() >> 2)
	}
}

// keepDoc pays for a payload value that is stored in another document: what that
// has stays as long as the rendering.
func (st *state) keepDoc(n json.Node) {
	if doc := n.Doc(); doc != st.inputs.doc && doc.Mark(math.MaxUint32) {
		st.keepHolding(doc.Size() + doc.Length())
	}
}

// payloadText is a string of a payload. One with escapes is decoded anew.
func (st *state) payloadText(n json.Node) string {
	switch doc := n.Doc(); {
	case n.Escaped():
	case doc == st.inputs.doc || doc.Length() < longText || n.Width() > doc.Length()/2:
		return n.Text()
	case !st.charge(n.Width() + 16):
		return ""
	default:
		return strings.Clone(n.Text()) // lest it keep all of the document's
	}
	if width := n.Width(); !st.spend(width>>2) || !st.hold(width) {
		return ""
	}
	return n.Text()
}
