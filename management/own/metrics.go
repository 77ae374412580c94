package own

import (
	"context"
	"time"

	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/management/control"
	"github.com/dragoman-gateway/dragoman/management/own/ask"
	"github.com/dragoman-gateway/dragoman/measure"
	"github.com/dragoman-gateway/dragoman/wire"
)

// MetricsPath is what was served in the last hour, and since the gateway began.
const MetricsPath = "/_dragoman/metrics"

// Served answers what all nodes have served of what a filter asks for. silent are the nodes of
// which something is missing, because they gave no answer in time.
type Served func(ctx context.Context, f measure.Filter) (all measure.Served, silent []string, err error)

// Metrics is the operation that tells it, of the APIs that the caller's key reaches.
func Metrics(c *control.Control, of Served) []wire.Row {
	if of == nil { // without a data plane
		return nil
	}
	h := &metrics{connections{Control: c}, of}
	return []wire.Row{{Handle: h.handle, Operation: &wire.Operation{
		Name: "GetMetrics", Method: "GET", Path: MetricsPath, Status: 200, Shared: true, Input: ask.Query("api", "stage", "route"),
	}}}
}

// metrics reads counters of all nodes, and the store for names alone.
type metrics struct {
	connections
	of Served
}

// measured is a series on the wire.
type measured struct {
	API     string `json:"api"`
	APIName string `json:"apiName,omitempty"`
	Stage   string `json:"stage"`
	Route   string `json:"route"`
	measure.Points
}

func (m *metrics) handle(ctx context.Context, r *wire.Request) (any, error) {
	names, err := m.names(ctx)
	if err != nil {
		return nil, fault.E("own.GetMetrics", err)
	}
	all, silent, err := m.of(ctx, asked(r, names))
	if err != nil {
		return nil, fault.E("own.GetMetrics", err)
	}
	// Never nil: empty lists in JSON and not null.
	series, totals := []measured{}, append([]measure.Total{}, all.Totals...)
	for _, s := range all.Series {
		series = append(series, measured{s.API, names[s.API], s.Stage, s.Route, s.Points})
	}
	open := 0.0
	for stage, n := range all.Open {
		if r.Reaches(stage.API) {
			open += n
		}
	}
	return unanswered(map[string]any{
		// Step is in seconds, and minutes is how many points each series has.
		"from": all.From.Format(time.RFC3339), "step": 60, "minutes": measure.Minutes, "connections": open,
		"mostSeries": measure.MostSeries, "series": series, "totals": totals,
	}, silent), nil
}

// asked is what the caller asks for, of the APIs that the key reaches.
func asked(r *wire.Request, names map[string]string) (f measure.Filter) {
	api := r.String("api")
	// Stages by name alone: those of several APIs have the same names, and are wanted together.
	f.API, f.Stage = r.Reaches, r.String("stage")
	if api != "" {
		f.API = func(id string) bool { return r.Reaches(id) && (api == id || api == names[id]) }
		// One that is gone has no name, and may have been served.
		f.APIs = append(reached(names, f.API), api)
	}
	// Has and not a value: exchanges that found no route are counted under the empty one.
	if r.Has("route") {
		route := r.String("route")
		f.Route = &route
	}
	return f
}
