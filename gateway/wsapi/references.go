package wsapi

import (
	"slices"

	"github.com/dragoman-gateway/dragoman/mapping/vtl"
	"github.com/dragoman-gateway/dragoman/record"
)

// mostReferences is how many references of one template a record shows.
const mostReferences = 64

// references are those of one rendering, each once although a loop evaluates it in every
// round: the first that led nowhere, else the first. Each is written as it is evaluated, so
// that nothing is kept of its value but what the record has. A nil one has none.
type references struct {
	seen []seen
	page record.Scrap // what is written of them
	next int          // the place of the one that is wanted
	from int          // where that begins

	// adds and wants are add and wanted, made once.
	adds  func(vtl.Reference)
	wants func(offset int, resolved bool) bool
}

// seen is a reference that was evaluated.
type seen struct {
	at       int    // where it begins, in bytes of the template
	from, to int    // where on the page it is
	nowhere  string // as it stands in the template, where it led nowhere
}

// listen has a rendering tell of its references.
func (r *references) listen(vars *vtl.Vars) {
	if r.forget(); r.adds == nil {
		r.adds, r.wants = r.add, r.wanted
	}
	vars.Explain, vars.Wanted, vars.MostOfValue, vars.Lent = r.adds, r.wants, record.Kept, true
}

// forget leaves room for the references of another rendering, and nothing of those before.
func (r *references) forget() {
	if r == nil || len(r.seen) == 0 {
		return
	}
	clear(r.seen)
	r.seen = r.seen[:0]
	r.page.Clear()
}

// wanted says whether an evaluation is to be told of. A loop over a long list evaluates the
// same place often, and what is asked of it later is whether it ever led nowhere.
func (r *references) wanted(offset int, resolved bool) bool {
	r.from = offset
	r.next = slices.IndexFunc(r.seen, func(s seen) bool { return s.at == offset })
	if r.next >= 0 {
		return r.seen[r.next].nowhere == "" && !resolved
	}
	r.next = len(r.seen)
	return r.next < mostReferences
}

// add takes the evaluation that was wanted.
func (r *references) add(one vtl.Reference) {
	s := seen{at: r.from, from: r.page.Len()}
	w := r.page.Writer()
	w.Object("")
	w.Text("text", one.Text)
	w.Number("line", int64(one.Line))
	w.Number("column", int64(one.Column))
	if one.Resolved {
		w.Text("value", one.Value)
	} else {
		w.Truth("unresolved", true)
		s.nowhere = one.Text
	}
	w.Close()
	s.to = r.page.Len()
	if r.next == len(r.seen) {
		r.seen = append(r.seen, s)
		return
	}
	r.seen[r.next] = s
}

// write writes the references into a step, and answers the first that led nowhere.
func (r *references) write(w record.Writer) (unresolved string) {
	if r == nil || len(r.seen) == 0 {
		return ""
	}
	w.List("references")
	for i := range r.seen {
		one := &r.seen[i]
		w.Scrap(&r.page, one.from, one.to)
		if unresolved == "" {
			unresolved = one.nowhere
		}
	}
	w.Close()
	return unresolved
}
