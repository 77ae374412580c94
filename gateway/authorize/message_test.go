package authorize

import (
	"context"
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/dragoman-gateway/dragoman/exchange"
	"github.com/dragoman-gateway/dragoman/gateway/peer"
	"github.com/dragoman-gateway/dragoman/gateway/refusal"
	"github.com/dragoman-gateway/dragoman/message"
	"github.com/dragoman-gateway/dragoman/plan"
	"github.com/dragoman-gateway/dragoman/resource"
)

// send asks a decider about a message.
func send(d *Decider, body, query string, o *Opening, stage *plan.Stage, x *exchange.Exchange) refusal.Refusal {
	if no := d.Admit(context.Background(), Message([]byte(body), o, query, new(peer.Client), stage, x), x); no != nil {
		return *no
	}
	return refusal.Refusal{}
}

// messageRoute is connectRoute for another route.
func messageRoute(kind string, a *resource.Authorizer) (*plan.Stage, *plan.RouteConfig) {
	stage, route := connectRoute(kind, a)
	route.Key = "ask"
	if a != nil {
		stage.Identity = a.IdentitySource
	}
	return stage, route
}

func TestMessage(t *testing.T) {
	allow := strings.Replace(allow, "prod/$connect", "prod/ask", 1)
	for _, row := range []struct {
		name, kind string
		authorizer *resource.Authorizer
		guard      guard
		perRoute   bool
		want       want
		asked      int
	}{
		{"allowed by the body", "CUSTOM", request("route.request.body.auth.token"), guard{answer: allow}, true, want{}, 1},
		{"allowed by the handshake", "CUSTOM", request("route.request.header.Authorization", "route.request.querystring.a"), guard{answer: allow}, true, want{}, 1},
		{"of another route", "CUSTOM", request(), guard{answer: strings.Replace(allow, "prod/ask", "prod/tell", 1)}, true, want{403, "Forbidden"}, 1},
		{"denied by name", "CUSTOM", request(), guard{answer: strings.Replace(allow, "Allow", "Deny", 1)}, true, want{403, "Forbidden"}, 1},
		{"no source in the body", "CUSTOM", request("route.request.body.auth.none"), guard{answer: allow}, true, want{401, "Unauthorized"}, 0},
		{"a path of any depth", "CUSTOM", request("route.request.body.auth..token"), guard{answer: allow}, true, want{500, "Internal server error"}, 0},
		{"no header of the handshake", "CUSTOM", request("route.request.header.X-None"), guard{answer: allow}, true, want{401, "Unauthorized"}, 0},
		{"failed", "CUSTOM", request(), guard{answer: `{"errorMessage":"x"}`, failed: "Unhandled"}, true, want{500, "Internal server error"}, 1},
		{"gone", "CUSTOM", nil, guard{answer: allow}, true, want{500, "Internal server error"}, 0},
		{"no handshake was signed", "AWS_IAM", nil, guard{}, true, want{403, "Forbidden"}, 0},
		{"without the flag", "CUSTOM", request(), guard{answer: allow}, false, want{500, "Internal server error"}, 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			all := New(Config{Functions: &row.guard, PerRoute: row.perRoute})
			stage, route := messageRoute(row.kind, row.authorizer)
			x := exchange.Begin(exchange.Message)
			x.RouteKey = "ask"
			opening := all.Opening(stage, message.Header{{Name: "authorization", Value: "t"}, {Name: "Cookie", Value: "secret"}})
			got := send(all.Route(stage, route), `{"auth":{"token":"t"}}`, "a=1&a=2", opening, stage, x)
			if got.Status != row.want.status || got.Message != row.want.message || len(row.guard.calls) != row.asked {
				t.Fatalf("got %+v after %d questions, want %+v after %d", got, len(row.guard.calls), row.want, row.asked)
			}
			if got.Status == 500 && got.Cause == nil {
				t.Error("a failure to decide has no cause for the log")
			}
			if row.asked == 0 || len(row.authorizer.IdentitySource) < 2 {
				return
			}
			var e struct {
				Type, MethodArn, Body string
				Headers               map[string]string
				QueryStringParameters map[string]string
				RequestContext        struct{ EventType, RouteKey string }
			}
			if err := json.Unmarshal(row.guard.calls[0].Payload, &e); err != nil {
				t.Fatal(err)
			}
			// Of the handshake there is what authorizers ask for, and nothing else.
			if len(e.Headers) != 1 || e.Headers["authorization"] != "t" || e.QueryStringParameters["a"] != "2" || e.Body != `{"auth":{"token":"t"}}` ||
				e.Type != "REQUEST" || !strings.HasSuffix(e.MethodArn, ":api/prod/ask") || e.RequestContext.EventType != "MESSAGE" || e.RequestContext.RouteKey != "ask" {
				t.Errorf("the function was asked with %s", row.guard.calls[0].Payload)
			}
		})
	}
}

// An answer is remembered for messages where the authorizer says for how long, by what stands
// in them, and never for handshakes; each route is judged by the policy all the same.
func TestMessagesAreRemembered(t *testing.T) {
	asks := &guard{answer: strings.Replace(allow, "prod/$connect", "prod/ask", 1)}
	a := request("route.request.body.token")
	minute := int32(60)
	a.AuthorizerResultTtlInSeconds = &minute
	all := New(Config{Functions: asks, PerRoute: true})
	stage, route := messageRoute("CUSTOM", a)
	other := *route
	other.Key = "other"
	for i, row := range []struct {
		route  *plan.RouteConfig
		body   string
		status int
		asked  int
	}{
		{route, `{"token":"a"}`, 0, 1}, {route, `{"token":"a","n":2}`, 0, 1}, {&other, `{"token":"a"}`, 403, 1}, {route, `{"token":"b"}`, 0, 2},
	} {
		x := exchange.Begin(exchange.Message)
		x.Authorizer = exchange.Values{{Name: "role", Value: "of $connect"}}
		got := send(all.Route(stage, row.route), row.body, "", nil, stage, x)
		if got.Status != row.status || len(asks.calls) != row.asked {
			t.Errorf("message %d: got %+v after %d questions", i, got, len(asks.calls))
		}
		// Who is let in anew has nothing of what another one was let in with before.
		if _, stale := x.Authorizer.Get("role"); row.status == 0 && stale {
			t.Errorf("message %d: $context.authorizer is %v", i, x.Authorizer)
		}
	}
	a.IdentitySource = []string{"route.request.header.Authorization"}
	stage, route = connectRoute("CUSTOM", a)
	r := httptest.NewRequest("GET", "/prod", nil)
	r.Header.Set("Authorization", "t")
	before := len(asks.calls)
	for range 2 {
		connect(all.Route(stage, route), r, message.FromHTTP(r.Header), stage, exchange.Begin(exchange.Connect))
	}
	if got := len(asks.calls) - before; got != 2 {
		t.Errorf("two handshakes have asked %d times", got)
	}
}

// A message has no signature: its client must have signed the handshake.
func TestMessageOfWhoSigned(t *testing.T) {
	all := New(Config{PerRoute: true})
	stage, route := messageRoute("AWS_IAM", nil)
	x := exchange.Begin(exchange.Message)
	x.Identity.AccessKey, x.Identity.UserArn, x.Identity.AccountID = "AKIA", "arn:aws:iam::123456789012:user/me", "123456789012"
	who := x.Identity
	if got := send(all.Route(stage, route), `{}`, "", nil, stage, x); got.Status != 0 || x.Identity != who {
		t.Errorf("got %+v and %+v", got, x.Identity)
	}
}

// Without the flag nothing of a handshake is kept, and without such authorizers neither.
func TestOpeningKeepsWhatIsAskedFor(t *testing.T) {
	stage, _ := messageRoute("CUSTOM", request("route.request.header.A", "$request.header.a", "route.request.body.x"))
	sent := message.Header{{Name: "a", Value: "1"}, {Name: "A", Value: "2"}, {Name: "B", Value: "3"}}
	if got := New(Config{}).Opening(stage, sent); got != nil {
		t.Errorf("without the flag: %+v", got)
	}
	on := New(Config{PerRoute: true})
	if got := on.Opening(stage, sent); got == nil || len(got.header) != 2 || got.header.Values("A")[1] != "2" {
		t.Errorf("got %+v", got)
	}
	stage.Identity = []string{"route.request.querystring.token"}
	if got := on.Opening(stage, sent); got != nil {
		t.Errorf("a query is kept with the connection: %+v", got)
	}
	if got := (*Authorizers)(nil).Opening(stage, sent); got != nil {
		t.Errorf("nobody keeps %+v", got)
	}
}
