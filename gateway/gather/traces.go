package gather

import (
	"context"
	"slices"

	"github.com/dragoman-gateway/dragoman/gateway/connection"
	"github.com/dragoman-gateway/dragoman/gateway/recorder"
	"github.com/dragoman-gateway/dragoman/record"
)

// tracesTopic is what records are asked for under.
const tracesTopic = "traces"

// tracesAsked is a filter as it travels, or the id of one record.
type tracesAsked struct {
	ID                            string `json:"id,omitempty"`
	API, Stage, Route, Connection string
	Text                          string
	From, To                      int // of the status
	Limit                         int
}

// Traces are the records of all nodes. Those of this one are the Recorder's.
type Traces struct {
	*recorder.Recorder
	gather *Gatherer // nil: there are no others
}

// NewTraces joins the records that nodes keep. g is nil for a process that is alone; else
// records name this node from now on.
func NewTraces(here *recorder.Recorder, g *Gatherer) (*Traces, error) {
	t := &Traces{here, g}
	if g == nil {
		return t, nil
	}
	here.Ring().Name(g.options.Node.String())
	return t, Answer(g, tracesTopic, t.answer)
}

// answer is what this node has of what another asks for, newest first: what fits.
func (t *Traces) answer(asked tracesAsked) []record.Told {
	var found []*record.Record
	if asked.ID != "" {
		if one := t.Ring().Get(asked.ID); one != nil {
			found = append(found, one)
		}
	} else {
		found = t.Ring().Find(&record.Filter{
			Api: asked.API, Stage: asked.Stage, Route: asked.Route, Connection: asked.Connection, Text: asked.Text,
			Status: record.Status{From: asked.From, To: asked.To}, Limit: min(asked.Limit, record.MaxLimit),
		})
	}
	told, size := []record.Told{}, 0
	for _, one := range found {
		next := one.Tell()
		// The newest are kept: whoever asks wants to know of now.
		if size += len(next.Text) + 100; size > room {
			break
		}
		told = append(told, next)
	}
	return told
}

// Elsewhere answers the records of other nodes that a filter takes, newest first, and
// names the nodes that gave no answer in time.
func (t *Traces) Elsewhere(ctx context.Context, f *record.Filter) (found []record.Told, silent []string, err error) {
	asked := tracesAsked{API: f.Api, Stage: f.Stage, Route: f.Route, Connection: f.Connection, Text: f.Text, From: f.Status.From, To: f.Status.To, Limit: f.Limit}
	if asked.Limit == 0 {
		asked.Limit = record.DefaultLimit
	}
	if f.Sees != nil && !f.Sees("") {
		asked.Limit = record.MaxLimit // what may not be seen is left out here
	}
	silent, err = t.ask(ctx, asked, f.Sees, func(one record.Told) { found = append(found, one) })
	slices.SortStableFunc(found, func(a, b record.Told) int { return b.Time.Compare(a.Time) })
	return found, silent, err
}

// TraceElsewhere answers the record of an id that another node has, nil for none.
func (t *Traces) TraceElsewhere(ctx context.Context, id string) (found *record.Told, silent []string, err error) {
	silent, err = t.ask(ctx, tracesAsked{ID: id}, nil, func(one record.Told) { found = &one })
	return found, silent, err
}

func (t *Traces) ask(ctx context.Context, asked tracesAsked, sees func(string) bool, take func(record.Told)) (silent []string, err error) {
	return Ask(ctx, t.gather, tracesTopic, asked, func(_ connection.Node, there []record.Told) {
		for _, one := range there {
			if len(one.Text) > 0 && (sees == nil || sees(one.Api)) {
				take(one)
			}
		}
	})
}
