package own

import (
	"context"
	"net/url"

	"github.com/dragoman-gateway/dragoman/evaluation"
	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/management/control"
	"github.com/dragoman-gateway/dragoman/management/own/ask"
	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/catalog"
	"github.com/dragoman-gateway/dragoman/wire"
)

// EventsPath is where functions' events are made up.
const EventsPath = "/_dragoman/events"

// Events is the operation that makes up one event of each kind that functions are sent: of
// an API, a stage and a route where they are named, and else of usual ones.
func Events(c *control.Control) []wire.Row {
	e := &samples{c}
	return []wire.Row{{Handle: e.list, Operation: &wire.Operation{
		Name: "GetSampleEvents", Method: "GET", Path: EventsPath, Status: 200, Shared: true, Input: ask.Query("api", "stage", "route"),
	}}}
}

// samples needs the store alone: what an event has of a client is made up.
type samples struct{ *control.Control }

func (e *samples) list(ctx context.Context, r *wire.Request) (any, error) {
	// The caller's own region and account, as if an API of theirs had sent it.
	sample := evaluation.EventSample{Region: r.Region, Account: r.Account, Stage: r.String("stage"), Route: r.String("route")}
	if asked := r.String("api"); asked != "" {
		if err := e.Store.View(ctx, func(reader store.Reader) error { return e.of(ctx, reader, r, asked, &sample) }); err != nil {
			return nil, fault.E("own.GetSampleEvents", err)
		}
	}
	return map[string]any{"events": evaluation.Events(sample)}, nil
}

// of fills in what is known of an API: the first of its stages where none is named, and the
// host by which its clients call it.
func (e *samples) of(ctx context.Context, reader store.Reader, r *wire.Request, asked string, s *evaluation.EventSample) error {
	region, id, err := ask.API(ctx, reader, r, asked)
	if err != nil {
		return err
	}
	api, err := catalog.Apis(region).Get(ctx, reader, id)
	if err != nil {
		return err
	}
	s.Region, s.ApiID, s.Protocol, s.Selection = region, id, api.ProtocolType, api.RouteSelectionExpression
	// As clients call it, so that a handler which calls back by its event's domain can be tried.
	if e.Endpoint != nil {
		if at, err := url.Parse(e.Endpoint(region, id, api.ProtocolType)); err == nil {
			s.Domain = at.Host
		}
	}
	stages, err := catalog.Stages(region, id).All(ctx, reader)
	if err != nil {
		return err
	}
	for _, stage := range stages {
		if s.Stage == "" || s.Stage == stage.StageName {
			s.Stage, s.Variables = stage.StageName, resource.PlainVariables(stage.StageVariables)
			return nil
		}
	}
	// Only of a stage that was named: an API may have none yet, and its events are wanted before.
	if s.Stage != "" {
		return fault.New(fault.NotFound, "there is no stage %q of %s", s.Stage, id)
	}
	return nil
}
