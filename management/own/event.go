package own

import (
	"context"
	"net/url"

	"github.com/dragoman-gateway/dragoman/evaluation"
	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/management/control"
	"github.com/dragoman-gateway/dragoman/management/own/ask"
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

type samples struct{ *control.Control }

func (e *samples) list(ctx context.Context, r *wire.Request) (any, error) {
	sample := evaluation.EventSample{Region: r.Region, Account: e.Account, Stage: r.String("stage"), Route: r.String("route")}
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
			s.Stage, s.Variables = stage.StageName, stage.StageVariables
			return nil
		}
	}
	if s.Stage != "" {
		return fault.New(fault.NotFound, "there is no stage %q of %s", s.Stage, id)
	}
	return nil
}
