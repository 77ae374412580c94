package own

import (
	"context"
	"slices"
	"time"

	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/management/control"
	"github.com/dragoman-gateway/dragoman/management/own/ask"
	"github.com/dragoman-gateway/dragoman/measure"
	"github.com/dragoman-gateway/dragoman/roster"
	"github.com/dragoman-gateway/dragoman/store/tenant"
	"github.com/dragoman-gateway/dragoman/wire"
)

// MetricsPath is what was served in the last hour, and since the gateway began.
const MetricsPath = "/_dragoman/metrics"

// Meter counts what is served. Both come of the same counting.
type Meter struct {
	Hour        *measure.Hour
	Totals      func() []measure.Total                                        // as /metrics has them
	Connections func(context.Context) (total int, silent []string, err error) // that are open, to any node
}

// Metrics is the operation that tells them, of the APIs that the caller's key reaches.
func Metrics(c *control.Control, m Meter, of Roster) []wire.Row {
	if m.Hour == nil { // without a data plane
		return nil
	}
	h := &metrics{connections{c, of}, m}
	return []wire.Row{{Handle: h.handle, Operation: &wire.Operation{
		Name: "GetMetrics", Method: "GET", Path: MetricsPath, Status: 200, Shared: true, Input: ask.Query("api", "stage", "route"),
	}}}
}

// metrics reads counters of this process; the clients of all nodes alone are counted by asking.
type metrics struct {
	connections
	meter Meter
}

// open counts the connections of the APIs that the caller reaches. Counting all is cheaper
// by far, and the same where there is one account.
func (m *metrics) open(ctx context.Context, r *wire.Request, names map[string]string) (total int, silent []string, err error) {
	if s, ok := m.Store.(*tenant.Store); m.of == nil || !ok || !s.Apart(ctx) {
		return m.meter.Connections(ctx)
	}
	_, total, silent, err = m.of.Connected(ctx, roster.Filter{API: r.Reaches, Limit: 1}, reached(names, r.Reaches))
	return total, silent, err
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
	// Stages by name alone: those of several APIs have the same names, and are wanted together.
	api, stage := r.String("api"), r.String("stage")
	wanted := func(id, of string) bool {
		return r.Reaches(id) && (api == "" || api == id || api == names[id]) && (stage == "" || stage == of)
	}
	// Filtered behind the reading: the hour is small, and is written to meanwhile.
	first, all := m.meter.Hour.Read()
	series := []measured{}
	for _, s := range all {
		// Has and not a value: exchanges that found no route are counted under the empty one.
		if wanted(s.API, s.Stage) && (!r.Has("route") || r.String("route") == s.Route) {
			series = append(series, measured{s.API, names[s.API], s.Stage, s.Route, s.Points})
		}
	}
	// The same filter for both, or sums and series of a page would tell of different things.
	totals := slices.DeleteFunc(m.meter.Totals(), func(t measure.Total) bool {
		return !wanted(t.API, t.Stage) || r.Has("route") && r.String("route") != t.Route
	})
	open, silent, err := m.open(ctx, r, names)
	if err != nil {
		return nil, fault.E("own.GetMetrics", err)
	}
	return unanswered(map[string]any{
		// Step is in seconds, and minutes is how many points each series has.
		"from": first.Format(time.RFC3339), "step": 60, "minutes": measure.Minutes, "connections": open,
		"mostSeries": measure.MostSeries, "series": series, "totals": totals,
	}, silent), nil
}
