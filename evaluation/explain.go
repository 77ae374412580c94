package evaluation

import (
	"strings"

	"github.com/dragoman-gateway/dragoman/mapping/vtl"
)

// An explanation has so many references at most, since a loop adds some each round, and
// so many bytes of each value.
const (
	maxExplained = 10_000
	maxValue     = 1024
)

// Reference is one evaluation of a reference: its value, or that it led nowhere.
type Reference struct {
	Text       string  `json:"text"` // as it was written
	Line       int     `json:"line,omitempty"`
	Column     int     `json:"column,omitempty"`
	Value      *string `json:"value,omitempty"` // as it would print, the beginning of a long one
	Bytes      int     `json:"bytes,omitempty"` // of a value that was cut, all of it; of a very long one as far as it was printed
	Unresolved bool    `json:"unresolved,omitempty"`

	// Step is the first that led nowhere, "" if the variable itself has no value.
	Step       string `json:"step,omitempty"`
	StepLine   int    `json:"stepLine,omitempty"`
	StepColumn int    `json:"stepColumn,omitempty"`
}

// Explanation collects what is told of references, in the order of their evaluation.
type Explanation struct {
	References []Reference
	More       int // that were not kept
}

// Add takes what a rendering tells of a reference; it fits vtl.Vars.Explain. What does not
// fit is for wanted to refuse.
func (e *Explanation) Add(r vtl.Reference) {
	ref := Reference{Text: r.Text, Line: r.Line, Column: r.Column, Step: r.Step, StepLine: r.StepLine, StepColumn: r.StepColumn}
	if ref.Unresolved = !r.Resolved; r.Resolved {
		if len(r.Value) < r.Bytes || r.More {
			ref.Bytes = r.Bytes
		}
		ref.Value = &r.Value
	}
	e.References = append(e.References, ref)
}

// wanted says whether there is room for one more; it fits vtl.Vars.Wanted.
func (e *Explanation) wanted(int, bool) bool { return !e.full() }

// Listen has a rendering tell of its references.
func (e *Explanation) Listen(vars *vtl.Vars) {
	vars.Explain, vars.Wanted, vars.MostOfValue = e.Add, e.wanted, maxValue
}

func (e *Explanation) full() bool {
	if len(e.References) == maxExplained {
		e.More++
		return true
	}
	return false
}

// add keeps of a value only what is shown: all of them together may be far more than
// the rendering itself was allowed.
func (e *Explanation) add(r Reference, value string, found bool) {
	if r.Unresolved = !found; found {
		if len(value) > maxValue {
			r.Bytes = len(value)
			value = strings.Clone(strings.ToValidUTF8(value[:maxValue], ""))
		}
		r.Value = &value
	}
	e.References = append(e.References, r)
}

// note keeps a reference of a language whose texts are one line.
func (e *Explanation) note(text, value string, found bool) {
	if !e.full() {
		e.add(Reference{Text: text}, value, found)
	}
}

// explained is what an answer has of it.
func (e *Explanation) explained() *Explained {
	x := &Explained{References: e.References, More: e.More}
	if x.References == nil {
		x.References = []Reference{}
	}
	return x
}

// Unresolved are the references that led nowhere.
func (e *Explanation) Unresolved() (n int) {
	for i := range e.References {
		if e.References[i].Unresolved {
			n++
		}
	}
	return n
}
