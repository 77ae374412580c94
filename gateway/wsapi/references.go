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
}

// listen has a rendering tell of its references.
func (r *references) listen(vars *vtl.Vars) {
	vars.Explain, vars.Wanted, vars.MostOfValue = r.add, r.wanted, record.Kept
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

// told are the references for a record, and the first that led nowhere.
func (r *references) told() (data []record.Data, unresolved string) {
	for i := range r.seen {
		one := &r.seen[i]
		row := record.Data{record.Text("text", one.Text), record.Number("line", int64(one.Line)), record.Number("column", int64(one.Column))}
		if one.Resolved {
			row = append(row, record.Text("value", one.Value))
		} else {
			row = append(row, record.Truth("unresolved", true))
			if unresolved == "" {
				unresolved = one.Text
			}
		}
		data = append(data, row)
	}
	return data, unresolved
}
