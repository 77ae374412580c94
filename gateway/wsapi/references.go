package wsapi

import (
	"slices"

	"github.com/dragoman-gateway/dragoman/mapping/vtl"
	"github.com/dragoman-gateway/dragoman/record"
)

// mostReferences is how many references of one template a record shows.
const mostReferences = 64

// references are those of one rendering, each once although a loop evaluates it in every
// round: the first that led nowhere, else the first.
type references struct {
	seen []vtl.Reference
	at   []int // where each begins, in bytes of the template
	next int   // the place in both of the one that is wanted
	from int   // where that begins

	// adds and wants are add and wanted, made once.
	adds  func(vtl.Reference)
	wants func(offset int, resolved bool) bool
}

// listen has a rendering tell of its references.
func (r *references) listen(vars *vtl.Vars) {
	if r.forget(); r.adds == nil {
		r.adds, r.wants = r.add, r.wanted
	}
	vars.Explain, vars.Wanted, vars.MostOfValue = r.adds, r.wants, record.Kept
}

// forget leaves room for the references of another rendering, and nothing of those before.
func (r *references) forget() {
	clear(r.seen)
	r.seen, r.at = r.seen[:0], r.at[:0]
}

// wanted says whether an evaluation is to be told of. A loop over a long list evaluates the
// same place often, and what is asked of it later is whether it ever led nowhere.
func (r *references) wanted(offset int, resolved bool) bool {
	r.from = offset
	if r.next = slices.Index(r.at, offset); r.next >= 0 {
		return r.seen[r.next].Resolved && !resolved
	}
	r.next = len(r.at)
	return r.next < mostReferences
}

// add takes the evaluation that was wanted.
func (r *references) add(one vtl.Reference) {
	if r.next == len(r.at) {
		r.seen, r.at = append(r.seen, one), append(r.at, r.from)
		return
	}
	r.seen[r.next] = one
}

// write writes the references into a step, and answers the first that led nowhere.
func (r *references) write(w record.Writer) (unresolved string) {
	if len(r.seen) == 0 {
		return ""
	}
	w.List("references")
	for i := range r.seen {
		one := &r.seen[i]
		w.Object("")
		w.Text("text", one.Text)
		w.Number("line", int64(one.Line))
		w.Number("column", int64(one.Column))
		if one.Resolved {
			w.Text("value", one.Value)
		} else {
			w.Truth("unresolved", true)
			if unresolved == "" {
				unresolved = one.Text
			}
		}
		w.Close()
	}
	w.Close()
	return unresolved
}
