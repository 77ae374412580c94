package authorize

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"github.com/dragoman-gateway/dragoman/exchange"
	"github.com/dragoman-gateway/dragoman/function"
	"github.com/dragoman-gateway/dragoman/gateway/peer"
	"github.com/dragoman-gateway/dragoman/gateway/refusal"
	"github.com/dragoman-gateway/dragoman/message"
	"github.com/dragoman-gateway/dragoman/plan"
	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/sigv4"
	"github.com/dragoman-gateway/dragoman/sigv4/credential"
)

type guard struct {
	calls  []function.Call
	answer string
	failed string
}

func (g *guard) Invoke(_ context.Context, c *function.Call) (*function.Result, error) {
	g.calls = append(g.calls, *c)
	return &function.Result{Status: 200, Payload: []byte(g.answer), Error: g.failed}, nil
}

func connectRoute(kind string, a *resource.Authorizer) (*plan.Stage, *plan.RouteConfig) {
	return &plan.Stage{Protocol: "WEBSOCKET", Region: "us-east-1", AccountID: "123456789012", ApiID: "api", Name: "prod", Variables: map[string]string{"fn": "guard"}},
		&plan.RouteConfig{Key: "$connect", Resource: &resource.Route{AuthorizationType: kind}, Authorizer: a}
}

// want is a refusal as the client is told of it; the zero value is none.
type want struct {
	status  int
	message string
}

// connect asks a decider about a handshake.
func connect(d *Decider, r *http.Request, sent message.Header, stage *plan.Stage, x *exchange.Exchange) refusal.Refusal {
	if d == nil {
		return refusal.Refusal{}
	}
	if no := d.Admit(context.Background(), Handshake(r, new(peer.Client), sent, stage, x), x); no != nil {
		return *no
	}
	return refusal.Refusal{}
}

func request(sources ...string) *resource.Authorizer {
	return &resource.Authorizer{
		AuthorizerId: "a", AuthorizerType: "REQUEST", IdentitySource: sources, AuthorizerCredentialsArn: "arn:aws:iam::123456789012:role/r",
		AuthorizerUri: "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:123456789012:function:${stageVariables.fn}/invocations",
	}
}

const allow = `{"principalId":"me","policyDocument":{"Version":"2012-10-17","Statement":[{"Action":"execute-api:Invoke","Effect":"Allow","Resource":"arn:aws:execute-api:us-east-1:123456789012:api/prod/$connect"}]},"context":{"tenant":"t1"},"usageIdentifierKey":"key1"}`

func TestConnect(t *testing.T) {
	deny := strings.Replace(allow, "Allow", "Deny", 1)
	for _, row := range []struct {
		name, kind string
		authorizer *resource.Authorizer
		guard      guard
		want       want
		asked      int
	}{
		{"nothing asked for", "NONE", nil, guard{}, want{}, 0},
		{"allowed", "CUSTOM", request("route.request.header.Authorization"), guard{answer: allow}, want{}, 1},
		{"denied by name", "CUSTOM", request(), guard{answer: deny}, want{403, "User is not authorized to access this resource with an explicit deny"}, 1},
		{"denied by silence", "CUSTOM", request(), guard{answer: strings.Replace(allow, "api/prod", "api/other", 1)}, want{403, "User is not authorized to access this resource"}, 1},
		{"no source", "CUSTOM", request("route.request.querystring.token"), guard{answer: allow}, want{401, "Unauthorized"}, 0},
		{"unauthorized", "CUSTOM", request(), guard{answer: `{"errorMessage":"Unauthorized"}`, failed: "Unhandled"}, want{401, "Unauthorized"}, 1},
		{"failed", "CUSTOM", request(), guard{answer: `{"errorMessage":"x"}`, failed: "Unhandled"}, want{500, "Internal server error"}, 1},
		{"gone", "CUSTOM", nil, guard{answer: allow}, want{500, "Internal server error"}, 0},
		{"of HTTP APIs", "JWT", request(), guard{answer: allow}, want{500, "Internal server error"}, 0},
		{"unsigned", "AWS_IAM", nil, guard{}, want{403, "Missing Authentication Token"}, 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			all := New(Config{Functions: &row.guard, Verifier: &sigv4.Verifier{Keys: credential.Of()}})
			stage, route := connectRoute(row.kind, row.authorizer)
			r := httptest.NewRequest("GET", "/prod?a=1&a=2", nil)
			if row.kind != "AWS_IAM" {
				r.Header.Set("Authorization", "token")
			}
			got := connect(all.Route(stage, route), r, message.FromHTTP(r.Header), stage, exchange.Begin(exchange.Connect))
			if got.Status != row.want.status || got.Message != row.want.message || len(row.guard.calls) != row.asked {
				t.Errorf("got %+v after %d questions, want %+v after %d", got, len(row.guard.calls), row.want, row.asked)
			}
			if got.Status == 500 && got.Cause == nil {
				t.Error("a failure to decide has no cause for the log")
			}
		})
	}
}

func TestConnectTellsWhoItIs(t *testing.T) {
	asks := &guard{answer: allow}
	stage, route := connectRoute("CUSTOM", request())
	r := httptest.NewRequest("GET", "/prod?a=1&a=2", nil)
	r.Host = "api.example"
	x := exchange.Begin(exchange.Connect)
	x.Stage, x.ApiID, x.ConnectionID, x.ConnectedAt = "prod", "api", "c1", time.Now()
	sent := message.Header{{Name: "Host", Value: "api.example"}, {Name: "x-many", Value: "1"}, {Name: "x-many", Value: "2"}}
	if no := connect(New(Config{Functions: asks}).Route(stage, route), r, sent, stage, x); no.Status != 0 {
		t.Fatalf("refused: %+v", no)
	}
	for path, want := range map[string]string{"authorizer.principalId": "me", "authorizer.tenant": "t1", "authorizer.usageIdentifierKey": "key1"} {
		if got, _ := x.Lookup(path); got != want {
			t.Errorf("$context.%s: got %q, want %q", path, got, want)
		}
	}
	var e events.APIGatewayWebsocketProxyRequest
	if err := json.Unmarshal(asks.calls[0].Payload, &e); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(e.MultiValueQueryStringParameters, e.Headers["Host"], e.RequestContext.ConnectionID, e.RequestContext.EventType); got != "map[a:[1 2]]api.examplec1CONNECT" {
		t.Errorf("event: got %s", got)
	}
	if got, want := fmt.Sprint(e.Headers), "map[Connection:upgrade Host:api.example Upgrade:websocket content-length:0 x-many:2]"; got != want {
		t.Errorf("headers: got %s, want %s", got, want)
	}
	if got, want := fmt.Sprint(e.MultiValueHeaders), "map[Connection:[upgrade] Host:[api.example] Upgrade:[websocket] content-length:[0] x-many:[1 2]]"; got != want {
		t.Errorf("multiValueHeaders: got %s, want %s", got, want)
	}
	if c := asks.calls[0]; !strings.Contains(c.Function, "function:guard/") || c.Credentials != "arn:aws:iam::123456789012:role/r" {
		t.Errorf("call: got %s as %s", c.Function, c.Credentials)
	}
}

func TestConnectKnowsSignatures(t *testing.T) {
	key := credential.Key{ID: "AKIDEXAMPLE", Secret: "secret", Profile: "jane", Account: "123456789012"}
	all := New(Config{Verifier: &sigv4.Verifier{Keys: credential.Of(key)}})
	stage, route := connectRoute("AWS_IAM", nil)
	r := httptest.NewRequest("GET", "http://api.example/prod", nil)
	signer := sigv4.Signer{Credentials: sigv4.Credentials{AccessKeyID: key.ID, SecretAccessKey: key.Secret}, Region: "us-east-1", Service: "execute-api"}
	if err := signer.Sign(r, sigv4.HashBytes(nil), time.Now()); err != nil {
		t.Fatal(err)
	}
	x := exchange.Begin(exchange.Connect)
	if no := connect(all.Route(stage, route), r, message.FromHTTP(r.Header), stage, x); no.Status != 0 || x.Identity.UserArn != "arn:aws:iam::123456789012:user/jane" {
		t.Errorf("got %+v, identity %+v", no, x.Identity)
	}
	r.URL.RawQuery = "added=1"
	if no := connect(all.Route(stage, route), r, message.FromHTTP(r.Header), stage, x); no.Status != 403 {
		t.Errorf("a changed request: got %+v, want 403", no)
	}
}
