package admission

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/dragoman-gateway/dragoman/exchange"
	"github.com/dragoman-gateway/dragoman/gateway/authorize"
	"github.com/dragoman-gateway/dragoman/gateway/peer"
	"github.com/dragoman-gateway/dragoman/gateway/refusal"
	"github.com/dragoman-gateway/dragoman/gateway/throttle"
	"github.com/dragoman-gateway/dragoman/plan"
	"github.com/dragoman-gateway/dragoman/record"
	"github.com/dragoman-gateway/dragoman/resource"
)

// deploy compiles a stage with two routes, of which the first has a burst of one and
// the second an authorizer.
func deploy() *plan.Stage {
	rate, burst := 1.0, int32(1)
	return plan.Compile(plan.Input{
		Stage: &resource.Stage{StageName: "$default", RouteSettings: map[string]resource.RouteSettings{
			"GET /x": {ThrottlingRateLimit: &rate, ThrottlingBurstLimit: &burst},
		}},
		Snapshot: &resource.Snapshot{Api: resource.Api{ApiId: "a1", ProtocolType: resource.HTTP}, Routes: []resource.Route{
			{RouteId: "x", RouteKey: "GET /x"}, {RouteId: "y", RouteKey: "GET /y", AuthorizationType: resource.AuthIAM},
		}},
	})
}

// admitted says whether a request is let in.
func admitted(s *Stage, r *plan.RouteConfig) bool {
	return s.Admit(context.Background(), r, caller{}, exchange.Begin(exchange.Request)) == nil
}

// deaf is not interested in rules.
type deaf struct{}

func (deaf) Enters(Rule) {}

func (deaf) Leaves(_ Rule, no *refusal.Refusal) *refusal.Refusal { return no }

// caller asks as somebody of whom nothing is known.
type caller struct{ deaf }

func (caller) Draft() *record.Draft { return nil }

func (caller) Question() *authorize.Question {
	return &authorize.Question{HTTP: httptest.NewRequest("GET", "/y", nil), Client: new(peer.Client), Path: "/y"}
}

// The rules of a deployment are its own; the bucket is that of the one before.
func TestBucketsOutliveDeployments(t *testing.T) {
	rules := Rules{Throttle: throttle.NewSet(throttle.Options{Clock: func() int64 { return 0 }}), Authorizers: authorize.New(authorize.Config{})}
	p := deploy()
	before := rules.Stage(p)
	if !admitted(before, p.Routes[0]) || admitted(before, p.Routes[0]) {
		t.Error("the first route has a burst of one")
	}
	p = deploy()
	if now := rules.Stage(p); admitted(now, p.Routes[0]) || admitted(before, p.Routes[0]) {
		t.Error("a deployment filled a bucket")
	}
}

// Who may not be judged is not let in; a route that asks for nothing is open.
func TestNobodyDecides(t *testing.T) {
	p := deploy()
	s := (&Rules{}).Stage(p)
	if !admitted(s, p.Routes[0]) {
		t.Error("an open route without rules is shut")
	}
	if no := s.Admit(t.Context(), p.Routes[1], caller{}, exchange.Begin(exchange.Request)); no == nil || no.Kind != refusal.AuthorizerFailed || no.Cause == nil {
		t.Errorf("a route that asks for an authorizer: got %v, want a failure", no)
	}
}

// keys is one key.
type keys map[string]throttle.Verdict

func (k keys) Admit(_, _, _, value string) (throttle.Verdict, string) {
	return k[value], "id of " + value
}

// handshake is a client with a key.
type handshake struct {
	deaf
	*http.Request
}

func (handshake) Draft() *record.Draft { return nil }

func (h handshake) Question() *authorize.Question {
	return &authorize.Question{HTTP: h.Request, Client: new(peer.Client)}
}

func TestKeys(t *testing.T) {
	known := keys{"good": throttle.Granted, "fast": throttle.Throttled, "spent": throttle.Exhausted}
	for _, row := range []struct {
		name, selection, header, named string
		keys                           Keys
		status                         int // 0: let in
		message, id                    string
	}{
		{"the key", "", "good", "", known, 0, "", "id of good"},
		{"unknown", "", "bad", "", known, 403, "Forbidden", "id of bad"},
		{"too fast", "", "fast", "", known, 429, "Too Many Requests", "id of fast"},
		{"used up", "", "spent", "", known, 429, "Limit Exceeded", "id of spent"},
		{"the authorizer's", resource.ApiKeyFromContext, "bad", "good", known, 0, "", "id of good"},
		{"nobody knows keys", "", "good", "", nil, 403, "Forbidden", ""},
	} {
		p := &plan.Stage{Protocol: resource.WebSocket, Api: &resource.Api{ApiKeySelectionExpression: row.selection}, Routes: []*plan.RouteConfig{
			{Key: resource.ConnectKey, Resource: &resource.Route{ApiKeyRequired: true}},
		}}
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("x-api-key", row.header)
		x := exchange.Begin(exchange.Connect)
		x.UsageKey = row.named
		no := (&Rules{Keys: row.keys}).Stage(p).Admit(t.Context(), p.Routes[0], handshake{Request: r}, x)
		if no == nil {
			no = &refusal.Refusal{}
		}
		if no.Status != row.status || no.Message != row.message || x.Identity.ApiKeyID != row.id || no.ResponseType != "" {
			t.Errorf("%s: got %d %q and the key %q, want %d %q and %q", row.name, no.Status, no.Message, x.Identity.ApiKeyID, row.status, row.message, row.id)
		}
	}
}

// An API without $connect takes part in the limit of new connections.
func TestConnectionsWithoutARoute(t *testing.T) {
	rules := Rules{Throttle: throttle.NewSet(throttle.Options{Connect: &throttle.Rate{PerSecond: 1, Burst: 1}, Clock: func() int64 { return 0 }})}
	s := rules.Stage(&plan.Stage{Protocol: resource.WebSocket})
	enter := func() *refusal.Refusal { return s.Admit(t.Context(), nil, caller{}, exchange.Begin(exchange.Connect)) }
	if first, second := enter(), enter(); first != nil || second == nil || second.Status != 429 {
		t.Errorf("got %v, then %v; want one in and one out", first, second)
	}
}
