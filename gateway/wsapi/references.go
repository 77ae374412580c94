package wsapi

import (
	"github.com/dragoman-gateway/dragoman/mapping/vtl"
	"github.com/dragoman-gateway/dragoman/record"
)

// mostReferences is how many references of one template a record shows.
const mostReferences = 64

// references are those of one rendering, each once although a loop evaluates it in every
// round: the first that led nowhere, else the first.
type references struct {
	seen []vtl.Reference
}

// add takes one evaluation. A loop over a long list evaluates the same place often, and what
// is asked of it later is whether it ever led nowhere.
func (r *references) add(one vtl.Reference) {
	for i := range r.seen {
		if at := &r.seen[i]; at.Line == one.Line && at.Column == one.Column {
			if at.Resolved && !one.Resolved {
				*at = one
			}
			return
		}
	}
	if len(r.seen) < mostReferences {
		r.seen = append(r.seen, one)
	}
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
