package entry

import (
	"context"

	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/management/control"
	"github.com/dragoman-gateway/dragoman/management/own/ask"
	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/verdict"
	"github.com/dragoman-gateway/dragoman/wire"
)

// DecisionsPath is where the last decisions of authorizers are.
const DecisionsPath = "/_dragoman/decisions"

// How many decisions are shown, unless others are asked for, and at most: as many as are
// remembered.
const (
	usualDecisions = 20
	mostDecisions  = 200
)

// Made answers the last decisions about APIs that are shown, of all nodes of a fleet, newest
// first, at most so many. apis are all that shown takes, nil for all that there are. silent are
// nodes that gave no answer in time.
type Made func(ctx context.Context, most int, apis []string, shown func(api string) bool) (found []verdict.Decision, silent []string, err error)

// Decisions is the operation that shows them; there is none without a data plane.
func Decisions(c *control.Control, made Made) []wire.Row {
	if made == nil {
		return nil
	}
	d := &decisions{c, made}
	return []wire.Row{{Handle: d.list, Operation: &wire.Operation{
		Name: "GetDecisions", Method: "GET", Path: DecisionsPath, Status: 200, Shared: true, Input: ask.Query("api", "limit"),
	}}}
}

// decisions asks those who decide: nothing of a decision is in the store.
type decisions struct {
	*control.Control
	made Made
}

// list answers decisions of the APIs that the caller's key reaches. An API that was deleted
// since has no name, and its decisions are shown by its id.
func (d *decisions) list(ctx context.Context, r *wire.Request) (any, error) {
	limit, err := ask.Limit(r, usualDecisions, mostDecisions)
	if err != nil {
		return nil, err
	}
	var names map[string]string
	err = d.Store.View(ctx, func(reader store.Reader) error {
		names, err = ask.Names(ctx, reader)
		return err
	})
	if err != nil {
		return nil, fault.E("entry.GetDecisions", err)
	}
	api := r.String("api")
	shown := func(id string) bool { return r.Reaches(id) && (api == "" || api == id || api == names[id]) }
	// Only who may see all APIs is shown those that are there no more: nobody knows whose they were.
	apis := []string{}
	if api != "" && names[api] == "" {
		apis = append(apis, api)
	}
	for id := range names {
		if shown(id) {
			apis = append(apis, id)
		}
	}
	if api == "" && len(apis) == len(names) {
		apis = nil
	}
	// The limit is applied behind the filter: "the last 20" are 20 that the caller may see.
	found, silent, err := d.made(ctx, limit, apis, shown)
	if err != nil {
		return nil, fault.E("entry.GetDecisions", err)
	}
	for i := range found {
		found[i].APIName = names[found[i].API]
	}
	// A list that is empty is written as one: clients go through it without asking.
	if found == nil {
		found = []verdict.Decision{}
	}
	answer := map[string]any{"decisions": found}
	if len(silent) > 0 {
		answer["silent"] = silent
	}
	return answer, nil
}
