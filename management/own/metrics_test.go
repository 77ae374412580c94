package own

import (
	"context"
	"fmt"
	"testing"

	"github.com/dragoman-gateway/dragoman/management/control"
	"github.com/dragoman-gateway/dragoman/measure"
	"github.com/dragoman-gateway/dragoman/wire"
)

func TestMetrics(t *testing.T) {
	hour := &measure.Hour{}
	s := memory(t)
	w := worldOf(t, s, func(of *control.Config, at *wire.Config) {
		at.Own = Metrics(control.New(*of), func(_ context.Context, f measure.Filter) (all measure.Served, silent []string, err error) {
			all.From, all.Series = hour.Sum(&f).Read()
			for _, total := range []measure.Total{{Name: "count", API: "a1", Stage: "dev", Value: 7}, {Name: "count", API: "a2", Stage: "dev", Value: 8}} {
				if f.Takes(total.Key()) {
					all.Totals = append(all.Totals, total)
				}
			}
			all.Open = map[measure.Stage]float64{{API: "a1", Name: "dev"}: 2, {API: "a2", Name: "dev"}: 1}
			return all, []string{"00000a"}, nil
		})
	})
	api := w.must("POST", "/v2/apis", `{"name":"pets","protocolType":"HTTP"}`)["apiId"].(string)
	hour.Series(measure.Key{API: api, Stage: "dev", Route: "GET /"}).Add(measure.Event{Status: 200})
	hour.Series(measure.Key{API: "a1", Stage: "dev"}).Add(measure.Event{Status: 404})
	hour.Series(measure.Key{API: "a1", Stage: "prod"}).Add(measure.Event{Status: 404})
	for _, row := range []struct {
		query          string
		series, totals int
	}{{"", 3, 2}, {"?api=pets", 1, 0}, {"?api=" + api, 1, 0}, {"?api=a1", 2, 1}, {"?api=a1&stage=prod", 1, 0}, {"?route=", 2, 2}, {"?route=GET+%2F", 1, 0}, {"?api=no", 0, 0}} {
		got := w.must("GET", MetricsPath+row.query, "")
		if n, m := len(got["series"].([]any)), len(got["totals"].([]any)); n != row.series || m != row.totals {
			t.Errorf("%s: got %d series and %d totals, want %d and %d", row.query, n, m, row.series, row.totals)
		}
		if got["connections"] != float64(3) || got["minutes"] != float64(measure.Minutes) || got["step"] != float64(60) || fmt.Sprint(got["silent"]) != "[00000a]" {
			t.Errorf("got %v", got)
		}
	}
	one := w.must("GET", MetricsPath+"?api=pets", "")["series"].([]any)[0].(map[string]any)
	if one["apiName"] != "pets" || one["route"] != "GET /" || len(one["count"].([]any)) != measure.Minutes {
		t.Errorf("got %v", one)
	}
}
