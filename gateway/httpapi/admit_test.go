package httpapi

import (
	"testing"

	"github.com/dragoman-gateway/dragoman/gateway/admission"
	"github.com/dragoman-gateway/dragoman/gateway/serving"
	"github.com/dragoman-gateway/dragoman/gateway/throttle"
	"github.com/dragoman-gateway/dragoman/plan"
	"github.com/dragoman-gateway/dragoman/resource"
)

func TestThrottles(t *testing.T) {
	stopped := func() int64 { return 0 } // no token ever comes back
	rate, burst, none := 1.0, int32(2), int32(0)
	limit := func(r *float64, b *int32) resource.RouteSettings {
		return resource.RouteSettings{ThrottlingRateLimit: r, ThrottlingBurstLimit: b}
	}
	all := limit(&rate, &burst)
	for _, row := range []struct {
		name    string
		account *throttle.Rate
		stage   *resource.RouteSettings
		routes  map[string]resource.RouteSettings
		want    []int // statuses of three requests
	}{
		{"nothing is limited", nil, nil, nil, []int{200, 200, 200}},
		{"stage", nil, &all, nil, []int{200, 200, 429}},
		{"route over stage", nil, &all, map[string]resource.RouteSettings{"GET /x": limit(&rate, &none)}, []int{429, 429, 429}},
		{"another route", nil, nil, map[string]resource.RouteSettings{"GET /y": limit(&rate, &none)}, []int{200, 200, 200}},
		{"account", &throttle.Rate{PerSecond: 1, Burst: 1}, &all, nil, []int{200, 429, 429}},
	} {
		t.Run(row.name, func(t *testing.T) {
			rules := admission.Rules{Throttle: throttle.NewSet(throttle.Options{Account: row.account, Clock: stopped})}
			g := newGuarded(rules, Config{Forwarder: &backend{}}, proxied("http://b", "GET /x", "GET /y"))
			stage := &resource.Stage{StageName: "$default", DefaultRouteSettings: row.stage, RouteSettings: row.routes}
			snapshot := proxied("http://b", "GET /x", "GET /y")
			snapshot.Api = resource.Api{ApiId: "api", ProtocolType: "HTTP"}
			for i, want := range row.want {
				// Each request meets a new deployment: buckets outlive plans.
				compiled := plan.Compile(plan.Input{Stage: stage, Snapshot: &snapshot}, nil)
				g.api.Stages["$default"] = &serving.Stage{Stage: compiled, Admission: rules.Stage(compiled)}
				w := g.ask("GET", "/x", "")
				if w.Code != want {
					t.Errorf("request %d: got %d, want %d", i, w.Code, want)
				}
				if want == 429 && w.Body.String() != `{"message":"Too Many Requests"}` {
					t.Errorf("body: got %s", w.Body)
				}
			}
		})
	}
}
