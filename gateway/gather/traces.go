package gather

import (
	"context"
	"slices"
	"time"

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
	// After is the moment from which each node is asked; those that it does not name, and nodes of
	// a version before, tell of any.
	After map[string]time.Time `json:"after,omitempty"`
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
	if err := Answer(g, tapTopic, t.choose); err != nil {
		return nil, err
	}
	return t, Answer(g, tracesTopic, t.answer)
}

// tapTopic is what nodes are told under which exchanges leave records.
const tapTopic = "tap"

// tapAsked is a choice as it travels.
type tapAsked struct {
	All    bool     `json:"all"`
	Apis   []string `json:"apis"`
	Sample float64  `json:"sample"`
}

// choose does what another node has chosen. It is judged as a client's choice is: what the
// bus carries is no better than what a client sends.
func (t *Traces) choose(asked tapAsked) bool {
	return t.SetTaps(asked.All, asked.Apis, asked.Sample) == nil
}

// TapElsewhere has other nodes record as this one does, and names those that did not say that
// they do.
func (t *Traces) TapElsewhere(ctx context.Context, all bool, apis []string, sample float64) (silent []string, err error) {
	var refused []string
	silent, err = Ask(ctx, t.gather, tapTopic, tapAsked{all, apis, sample}, func(n connection.Node, done bool) {
		if !done {
			refused = append(refused, n.String())
		}
	})
	silent = append(silent, refused...)
	slices.Sort(silent)
	return silent, err
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
	after := asked.After[t.gather.options.Node.String()]
	for _, one := range found {
		if one.Time.Before(after) {
			continue
		}
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
	return t.Since(ctx, f, nil)
}

// Since is Elsewhere for what each node has made since a moment of its own clock, that moment
// included.
func (t *Traces) Since(ctx context.Context, f *record.Filter, after map[string]time.Time) (found []record.Told, silent []string, err error) {
	asked := tracesAsked{API: f.Api, Stage: f.Stage, Route: f.Route, Connection: f.Connection, Text: f.Text, From: f.Status.From, To: f.Status.To, Limit: f.Limit, After: after}
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
	return Ask(ctx, t.gather, tracesTopic, asked, func(n connection.Node, there []record.Told) {
		for _, one := range there {
			one.Node = uint32(n)
			if len(one.Text) > 0 && (sees == nil || sees(one.Api)) {
				take(one)
			}
		}
	})
}
