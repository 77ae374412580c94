package httpapi

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/dragoman-gateway/dragoman/exchange"
	"github.com/dragoman-gateway/dragoman/gateway/tap"
	"github.com/dragoman-gateway/dragoman/integration"
	"github.com/dragoman-gateway/dragoman/internal/needs"
	"github.com/dragoman-gateway/dragoman/plan"
	"github.com/dragoman-gateway/dragoman/resource"
)

// The steps of a request say what was decided and why, and nothing that a header, a
// query or a body has.
func TestStepsOfARequest(t *testing.T) {
	var steps []string
	snapshot := proxied("http://backend/base/{id}?key=secret", "GET /pets/{id}", "$default")
	snapshot.Integrations[0].RequestParameters = map[string]string{"append:header.x-one": "$request.header.authorization"}
	snapshot.Integrations[0].ResponseParameters = map[string]map[string]string{"404": {"overwrite:statuscode": "410"}}
	snapshot.Routes = append(snapshot.Routes, resource.Route{RouteId: "n", RouteKey: "GET /nothing"})
	backend := &backend{reply: func(*integration.Outgoing) (*integration.Incoming, error) { return said(404, "secret"), nil }}
	taps := tap.New(nil, func(stage *plan.Stage) tap.Subscriber {
		return &tap.Func{Kinds: tap.Everything | tap.Data, Do: func(_ *exchange.Exchange, _ *plan.Settings, s tap.Step) {
			steps = append(steps, words(&s))
		}}
	})
	g := newGateway(Config{Forwarder: backend}, snapshot)
	for _, s := range g.api.Stages {
		s.Audience = taps.Stage(s.Stage)
	}
	for _, row := range []struct {
		method, target string
		want           []string
	}{
		{"GET", "/pets/1?token=secret", []string{
			"began", `routed GET /pets/{id} (the request is "GET /pets/1", which matches)`, "admitted", "mapped",
			"called GET http://backend/base/{id}", "answered 404", `rendered (the status is "404")`, "ended 410",
		}},
		{"POST", "/x", []string{
			"began", `routed $default (the request is "POST /x", which no key fits)`, "admitted", "mapped",
			"called POST http://backend/base/{id}", "answered 404", `rendered (the status is "404")`, "ended 410",
		}},
		{"GET", "/nothing", []string{
			"began", `routed GET /nothing (the request is "GET /nothing", which matches)`, "admitted", "failed Internal Server Error: the route has no target", "ended 500",
		}},
	} {
		steps = nil
		g.ask(row.method, row.target, "", "Authorization", "secret")
		if !slices.Equal(steps, row.want) {
			t.Errorf("%s %s:\n got %q\nwant %q", row.method, row.target, steps, row.want)
		}
		if strings.Contains(strings.Join(steps, "\n"), "secret") {
			t.Error("a secret is told")
		}
	}
}

func words(s *tap.Step) string {
	text := s.Kind.String()
	for _, more := range []string{s.Key, s.Target, s.Told, s.Header, s.Data} {
		if more != "" {
			text += " " + more
		}
	}
	if why := s.Why.String(); why != "" {
		text += " (" + why + ")"
	}
	if s.Status != 0 {
		text += fmt.Sprint(" ", s.Status)
	}
	if s.Cause != nil {
		text += ": " + s.Cause.Error()
	}
	return text
}

// A request that nobody watches costs what it did before anybody could.
func TestUnwatchedRequestsAllocateTheSame(t *testing.T) {
	if needs.Race {
		t.Skip("the race detector allocates on its own")
	}
	g := newGateway(Config{Forwarder: &backend{reply: func(*integration.Outgoing) (*integration.Incoming, error) { return said(200, "fine"), nil }}},
		proxied("http://backend/base", "GET /pets"))
	ended := 0
	taps := tap.New(nil, func(stage *plan.Stage) tap.Subscriber {
		return &tap.Func{Kinds: tap.Of(tap.Ended), Do: func(*exchange.Exchange, *plan.Settings, tap.Step) { ended++ }}
	})
	handle := func(audience *tap.Audience) float64 {
		for _, s := range g.api.Stages {
			s.Audience = audience
		}
		return testing.AllocsPerRun(200, func() {
			r := httptest.NewRequest(http.MethodGet, "/pets", nil)
			r.Host, r.RemoteAddr = "api.execute-api.localhost", "192.0.2.1:1234"
			g.ServeHTTP(httptest.NewRecorder(), r)
		})
	}
	if nobody, somebody := handle(nil), handle(taps.Stage(g.api.Stages["$default"].Stage)); somebody > nobody || ended == 0 {
		t.Errorf("got %v allocations with those who count alone, %v without anybody", somebody, nobody)
	}
}
