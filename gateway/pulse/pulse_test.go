package pulse

import (
	"fmt"
	"testing"
	"time"

	"github.com/dragoman-gateway/dragoman/exchange"
	"github.com/dragoman-gateway/dragoman/gateway/tap"
	"github.com/dragoman-gateway/dragoman/health"
	"github.com/dragoman-gateway/dragoman/internal/needs"
	"github.com/dragoman-gateway/dragoman/plan"
)

func ended(l tap.Subscriber, at time.Time, x exchange.Exchange) {
	l.Step(&x, nil, tap.Step{Kind: tap.Ended, At: at})
}

// Exchanges are counted by the second, for a minute, and by the route since the beginning.
func TestPulseCounts(t *testing.T) {
	p := New()
	prod, dev := p.Stage(&plan.Stage{ApiID: "a1", Name: "prod"}), p.Stage(&plan.Stage{ApiID: "a1", Name: "dev"})
	now := time.Unix(1_700_000_000, 0)
	for range 3 {
		ended(prod, now.Add(-61*time.Second), exchange.Exchange{RouteKey: "order", Status: 200})
	}
	ended(prod, now.Add(-time.Second), exchange.Exchange{RouteKey: "order", Status: 404})
	ended(prod, now, exchange.Exchange{RouteKey: "order", Status: 200})
	ended(dev, now, exchange.Exchange{RouteKey: "order", Status: 500})
	v := p.at("a1", now)
	if v.Count[59] != 2 || v.Failed[59] != 1 || v.Count[58] != 1 || v.Failed[58] != 1 || v.Count[0] != 0 {
		t.Errorf("got %v failed %v", v.Count, v.Failed)
	}
	want := []health.Route{{Stage: "dev", Key: "order", Count: 1, Failed: 1}, {Stage: "prod", Key: "order", Count: 5, Failed: 1}}
	if len(v.Routes) != 2 || v.Routes[0] != want[0] || v.Routes[1] != want[1] {
		t.Errorf("got %+v", v.Routes)
	}
	p.Forget("a1", "prod")
	if v := p.at("a1", now); len(v.Routes) != 1 || v.Routes[0].Stage != "dev" {
		t.Errorf("a stage that is gone is shown: %+v", v.Routes)
	}
	p.Forget("a1", "dev")
	p.Forget("nothing", "prod")
	if len(p.apis) != 0 {
		t.Error("an API without stages is kept")
	}
}

// What does not answer is named until it answers; refusals and what backends say of requests
// are answers.
func TestPulseNamesWhatFails(t *testing.T) {
	p := New()
	l := p.Stage(&plan.Stage{ApiID: "a1", Name: "prod"})
	for _, row := range []struct {
		name                string
		asked, called       exchange.Step
		authorizer, backend string
	}{
		{"nothing was asked", exchange.Step{}, exchange.Step{}, "", ""},
		{"a dead backend", exchange.Step{}, exchange.Step{Error: "connection refused"}, "", "connection refused"},
		{"nothing was asked since", exchange.Step{}, exchange.Step{}, "", "connection refused"},
		{"it answers 404", exchange.Step{}, exchange.Step{Status: 404, Latency: 1}, "", ""},
		{"it answers 503", exchange.Step{}, exchange.Step{Status: 503, Latency: 1}, "", "it answers 503"},
		{"a mock that chooses 500", exchange.Step{}, exchange.Step{Status: 500}, "", ""},
		{"an authorizer that refuses", exchange.Step{Status: 403, Error: "denied"}, exchange.Step{}, "", ""},
		{"a broken authorizer", exchange.Step{Status: 500, Error: "timed out"}, exchange.Step{}, "timed out", ""},
		{"it lets in", exchange.Step{Status: 200}, exchange.Step{Status: 200}, "", ""},
	} {
		ended(l, time.Now(), exchange.Exchange{RouteKey: "order", AuthorizerAt: row.asked, Integration: row.called})
		if r := p.Of("a1").Routes[0]; r.Authorizer != row.authorizer || r.Backend != row.backend {
			t.Errorf("%s: got %+v", row.name, r)
		}
	}
}

// However many routes there are, a bounded number is counted by itself.
func TestPulseIsBounded(t *testing.T) {
	p := New()
	l := p.Stage(&plan.Stage{ApiID: "a1", Name: "prod"})
	for i := range 3 * mostRoutes {
		ended(l, time.Now(), exchange.Exchange{RouteKey: fmt.Sprint("GET /", i)})
	}
	v := p.Of("a1")
	if len(v.Routes) != mostRoutes+1 || v.Routes[0].Count != 2*mostRoutes {
		t.Errorf("%d routes, the first %+v", len(v.Routes), v.Routes[0])
	}
}

func TestPulseAllocatesNothing(t *testing.T) {
	if needs.Race {
		t.Skip("the race detector allocates")
	}
	l := New().Stage(&plan.Stage{ApiID: "a1", Name: "prod"})
	x := exchange.Exchange{RouteKey: "order", Status: 200, Integration: exchange.Step{Status: 200, Latency: 1}}
	s := tap.Step{Kind: tap.Ended, At: time.Now()}
	if n := testing.AllocsPerRun(100, func() { l.Step(&x, nil, s) }); n != 0 {
		t.Errorf("%v allocations for each exchange", n)
	}
}
