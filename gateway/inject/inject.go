package inject

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/dragoman-gateway/dragoman/exchange"
	"github.com/dragoman-gateway/dragoman/gateway/refusal"
	"github.com/dragoman-gateway/dragoman/internal/tasks"
	"github.com/dragoman-gateway/dragoman/mishap"
	"github.com/dragoman-gateway/dragoman/record"
)

// Meet has an exchange that was let in meet its mishap, and is nil where it goes on. api is
// the name of the exchange's API, d its record, nil for none.
//
// It stands behind authorizers and throttles and before the backend: a client that may not
// call is told so as ever, and a backend never does what its caller is told has failed.
func Meet(ctx context.Context, of *mishap.Injector, p refusal.Protocol, x *exchange.Exchange, api string, d *record.Draft) *refusal.Refusal {
	if !of.On() {
		return nil
	}
	m := of.Meets(mishap.Exchange{ApiID: x.ApiID, ApiName: api, Stage: x.Stage, Route: x.RouteKey})
	if m == nil {
		return nil
	}
	began := time.Now()
	here := m.Delay == 0 || tasks.Pause(ctx, m.Delay) == nil
	cause := fmt.Errorf("injected, as the rule %s asks: %s", m.Rule, words(m))
	outcome := record.OK
	if m.Cuts || m.Fails {
		outcome = record.Failed
	}
	if d != nil {
		d.Add(record.Step{Name: record.Fault, At: began, Took: time.Since(began), Outcome: outcome, Why: cause.Error(), Data: record.Data{record.Text("rule", m.Rule)}})
	}
	switch {
	case !here:
		return p.Of(refusal.ClientGone, context.Cause(ctx))
	case m.Cuts:
		return p.Of(refusal.Cut, cause)
	case m.Fails:
		return p.Injected(m.Status, cause)
	}
	return nil
}

// words say what a mishap is.
func words(m *mishap.Mishap) string {
	var all []string
	if m.Delay > 0 {
		all = append(all, "a delay of "+m.Delay.Round(time.Millisecond).String())
	}
	switch {
	case m.Cuts:
		all = append(all, "the end of the connection without an answer")
	case m.Fails && m.Status != 0:
		all = append(all, fmt.Sprintf("an error with the status %d", m.Status))
	case m.Fails:
		all = append(all, "an error, as of a backend that fails")
	}
	return strings.Join(all, " and ")
}
