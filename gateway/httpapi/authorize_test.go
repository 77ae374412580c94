package httpapi

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"github.com/dragoman-gateway/dragoman/function"
	"github.com/dragoman-gateway/dragoman/gateway/admission"
	"github.com/dragoman-gateway/dragoman/gateway/authorize"
	"github.com/dragoman-gateway/dragoman/integration"
	"github.com/dragoman-gateway/dragoman/message"
	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/sigv4"
	"github.com/dragoman-gateway/dragoman/sigv4/credential"
)

// guard is an authorizer function.
type guard struct {
	events [][]byte
	answer string
	failed string
	err    error
}

func (g *guard) Invoke(_ context.Context, c *function.Call) (*function.Result, error) {
	g.events = append(g.events, append([]byte(nil), c.Payload...))
	if g.err != nil {
		return nil, g.err
	}
	return &function.Result{Status: 200, Payload: []byte(g.answer), Error: g.failed}, nil
}

// guarded is a route with a Lambda authorizer before a function.
func guarded(version string, simple bool, ttl int32, sources ...string) resource.Snapshot {
	s := lambdas(version, "GET /pets/{id}", "GET /other")
	s.Authorizers = []resource.Authorizer{{
		AuthorizerId: "a", AuthorizerType: "REQUEST", AuthorizerUri: "arn:aws:lambda:us-east-1:123456789012:function:${stageVariables.colour}",
		AuthorizerPayloadFormatVersion: version, EnableSimpleResponses: &simple, AuthorizerResultTtlInSeconds: &ttl, IdentitySource: sources,
	}}
	for i := range s.Routes {
		s.Routes[i].AuthorizationType, s.Routes[i].AuthorizerId = "CUSTOM", "a"
	}
	return s
}

func policyFor(effect, resource string) string {
	return `{"principalId":"u","policyDocument":{"Version":"2012-10-17","Statement":[{"Action":"execute-api:Invoke","Effect":"` + effect + `","Resource":"` + resource + `"}]},"context":{"tenant":"t1","n":7}}`
}

const ok = `{"statusCode":200,"body":"ok"}`

func TestLambdaAuthorizers(t *testing.T) {
	const arn = "arn:aws:execute-api:us-east-1:123456789012:api/$default/GET/pets/7"
	for _, row := range []struct {
		name    string
		version string
		simple  bool
		guard   guard
		header  []string
		status  int
		body    string
		asked   int
	}{
		{"simple yes", "2.0", true, guard{answer: `{"isAuthorized":true,"context":{"tenant":"t1"}}`}, []string{"Authorization", "x"}, 200, "ok", 1},
		{"simple no", "2.0", true, guard{answer: `{"isAuthorized":false}`}, []string{"Authorization", "x"}, 403, `{"message":"Forbidden"}`, 1},
		{"policy yes", "1.0", false, guard{answer: policyFor("Allow", arn)}, []string{"Authorization", "x"}, 200, "ok", 1},
		{"policy of another route", "1.0", false, guard{answer: policyFor("Allow", arn+"/x")}, []string{"Authorization", "x"}, 403, `{"message":"Forbidden"}`, 1},
		{"policy no", "1.0", false, guard{answer: policyFor("Deny", "*")}, []string{"Authorization", "x"}, 403, `{"message":"Forbidden"}`, 1},
		{"simple answer in 1.0", "1.0", false, guard{answer: `{"isAuthorized":true}`}, []string{"Authorization", "x"}, 403, `{"message":"Forbidden"}`, 1},
		{"no source", "2.0", true, guard{}, nil, 401, `{"message":"Unauthorized"}`, 0},
		{"unauthorized", "2.0", true, guard{answer: `{"errorMessage":"Unauthorized"}`, failed: "Unhandled"}, []string{"Authorization", "x"}, 401, `{"message":"Unauthorized"}`, 1},
		{"failed", "2.0", true, guard{answer: `{"errorMessage":"no"}`, failed: "Unhandled"}, []string{"Authorization", "x"}, 500, `{"message":"Internal Server Error"}`, 1},
		{"shapeless", "2.0", true, guard{answer: `[]`}, []string{"Authorization", "x"}, 500, `{"message":"Internal Server Error"}`, 1},
		{"not asked", "2.0", true, guard{err: message.Fail(message.ErrTimeout, nil)}, []string{"Authorization", "x"}, 500, `{"message":"Internal Server Error"}`, 1},
	} {
		t.Run(row.name, func(t *testing.T) {
			f := &invoker{reply: integration.Reply{Body: []byte(ok)}}
			all := authorize.New(authorize.Config{Functions: &row.guard})
			g := newGuarded(admission.Rules{Authorizers: all}, Config{Function: f}, guarded(row.version, row.simple, 0, "$request.header.Authorization"))
			w := g.ask("GET", "/pets/7", "", row.header...)
			if w.Code != row.status || w.Body.String() != row.body || len(row.guard.events) != row.asked {
				t.Errorf("got %d %s after %d questions, want %d %s after %d", w.Code, w.Body, len(row.guard.events), row.status, row.body, row.asked)
			}
			if row.status != 200 && f.event != nil {
				t.Error("the integration was called")
			}
			if x := g.last(t); row.status != 200 && x.AuthorizerAt.Error == "" {
				t.Errorf("$context.authorizer.error: got none")
			}
		})
	}
}

func TestLambdaAuthorizerEvents(t *testing.T) {
	f := &invoker{reply: integration.Reply{Body: []byte(ok)}}
	v2 := &guard{answer: `{"isAuthorized":true,"context":{"tenant":"t1","deep":{"a":[1]},"n":7}}`}
	sources := []string{"$request.header.Authorization", "$request.querystring.q", "$context.routeKey", "$stageVariables.colour"}
	g := newGuarded(admission.Rules{Authorizers: authorize.New(authorize.Config{Functions: v2})}, Config{Function: f}, guarded("2.0", true, 0, sources...), "prod")
	if w := g.ask("GET", "/prod/pets/7?q=1", "", "authorization", "token"); w.Code != 200 {
		t.Fatalf("got %d %s", w.Code, w.Body)
	}
	var asked events.APIGatewayV2CustomAuthorizerV2Request
	if err := json.Unmarshal(v2.events[0], &asked); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(asked.Type, asked.RouteArn, asked.IdentitySource, asked.RouteKey, asked.RawPath, asked.PathParameters); got !=
		"REQUESTarn:aws:execute-api:us-east-1:123456789012:api/prod/GET/pets/7[token 1 GET /pets/{id} red]GET /pets/{id}/prod/pets/7map[id:7]" {
		t.Errorf("event 2.0: got %s", got)
	}
	var told events.APIGatewayV2HTTPRequest
	if err := json.Unmarshal(f.event, &told); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(told.RequestContext.Authorizer.Lambda); got != "map[deep:map[a:[1]] n:7 tenant:t1]" {
		t.Errorf("context for the function: got %s", got)
	}
	if got, _ := g.last(t).Lookup("authorizer.tenant"); got != "t1" {
		t.Errorf("$context.authorizer.tenant: got %q", got)
	}

	v1 := &guard{answer: policyFor("Allow", "*")}
	g = newGuarded(admission.Rules{Authorizers: authorize.New(authorize.Config{Functions: v1})}, Config{Function: f}, guarded("1.0", false, 0, sources[0], sources[1]))
	if w := g.ask("GET", "/pets/7?q=1", "", "authorization", "token"); w.Code != 200 {
		t.Fatalf("got %d %s", w.Code, w.Body)
	}
	var first events.APIGatewayV2CustomAuthorizerV1Request
	if err := json.Unmarshal(v1.events[0], &first); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(first.Type, first.MethodArn, first.IdentitySource, first.AuthorizationToken, first.Path); got !=
		"REQUESTarn:aws:execute-api:us-east-1:123456789012:api/$default/GET/pets/7token,1token,1/pets/7" {
		t.Errorf("event 1.0: got %s", got)
	}
	var proxied events.APIGatewayProxyRequest
	if err := json.Unmarshal(f.event, &proxied); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(proxied.RequestContext.Authorizer); !strings.Contains(got, "tenant:t1") {
		t.Errorf("context for the function: got %s", got)
	}
}

// One answer serves the routes that share an authorizer, until it is forgotten.
func TestLambdaAuthorizerCache(t *testing.T) {
	f := &invoker{reply: integration.Reply{Body: []byte(ok)}}
	asks := &guard{answer: policyFor("Allow", "*/GET/pets/*")}
	all := authorize.New(authorize.Config{Functions: asks})
	g := newGuarded(admission.Rules{Authorizers: all}, Config{Function: f}, guarded("1.0", false, 300, "$request.header.Authorization"))
	for _, step := range []struct {
		path, token   string
		status, asked int
	}{
		{"/pets/7", "a", 200, 1}, {"/pets/8", "a", 200, 1}, {"/other", "a", 403, 1}, {"/pets/7", "b", 200, 2}, {"/pets/7", "a", 200, 2},
	} {
		if w := g.ask("GET", step.path, "", "Authorization", step.token); w.Code != step.status || len(asks.events) != step.asked {
			t.Errorf("%s as %s: got %d after %d questions, want %d after %d", step.path, step.token, w.Code, len(asks.events), step.status, step.asked)
		}
	}
	all.Reset("api", "$default")
	g.ask("GET", "/pets/7", "", "Authorization", "a")
	if len(asks.events) != 3 {
		t.Errorf("after a reset: got %d questions, want 3", len(asks.events))
	}
}

func TestIAM(t *testing.T) {
	secret := credential.Key{ID: "AKIDEXAMPLE", Secret: credential.Secret("secret"), Profile: "jane", Account: "123456789012"}
	all := authorize.New(authorize.Config{Verifier: &sigv4.Verifier{Keys: credential.Of(secret)}})
	f := &invoker{reply: integration.Reply{Body: []byte(ok)}}
	s := lambdas("2.0", "POST /x")
	s.Routes[0].AuthorizationType = "AWS_IAM"
	g := newGuarded(admission.Rules{Authorizers: all}, Config{Function: f}, s)

	w := g.ask("POST", "/x", "body")
	if w.Code != 403 || w.Body.String() != `{"message":"Forbidden"}` || w.Header().Get("x-amzn-ErrorType") != "IncompleteSignatureException" {
		t.Errorf("unsigned: got %d %s %v", w.Code, w.Body, w.Header())
	}
	if got := g.last(t).AuthorizerAt.Error; got != "The request for the IAM Authorizer doesn't match the format that API Gateway expects." {
		t.Errorf("$context.authorizer.error: got %q", got)
	}
	for _, row := range []struct {
		name, signed, sent string
		status             int
	}{{"signed", "body", "body", 200}, {"another body", "body", "evil", 403}} {
		w := g.askSigned(t, secret, row.signed, row.sent)
		if w != row.status {
			t.Errorf("%s: got %d, want %d", row.name, w, row.status)
		}
	}
	var e events.APIGatewayV2HTTPRequest
	if err := json.Unmarshal(f.event, &e); err != nil {
		t.Fatal(err)
	}
	if iam := e.RequestContext.Authorizer.IAM; iam == nil || iam.AccessKey != "AKIDEXAMPLE" || iam.UserARN != "arn:aws:iam::123456789012:user/jane" {
		t.Errorf("requestContext.authorizer.iam: got %+v", iam)
	}
	if f.event == nil || e.Body != "Ym9keQ==" {
		t.Errorf("body: got %q, want it although it was hashed", e.Body)
	}
}

func TestRoutesWithoutAnybodyToAskAreShut(t *testing.T) {
	for _, kind := range []string{"JWT", "CUSTOM", "AWS_IAM", "MAGIC"} {
		for name, all := range map[string]*authorize.Authorizers{"nobody": nil, "nothing to ask with": authorize.New(authorize.Config{})} {
			b := &backend{}
			s := proxied("http://b", "GET /x")
			s.Routes[0].AuthorizationType, s.Routes[0].AuthorizerId = kind, "gone"
			g := newGuarded(admission.Rules{Authorizers: all}, Config{Forwarder: b}, s)
			if w := g.ask("GET", "/x", "", "Authorization", "x"); w.Code < 400 || len(b.sent) != 0 {
				t.Errorf("%s, %s: got %d and %d calls", kind, name, w.Code, len(b.sent))
			}
		}
	}
}

// askSigned signs one body and sends another, and gives the status.
func (g *gateway) askSigned(t *testing.T, key credential.Key, signed, sent string) int {
	t.Helper()
	r := httptest.NewRequest("POST", "http://api.execute-api.localhost/x", strings.NewReader(sent))
	signer := sigv4.Signer{Credentials: sigv4.Credentials{AccessKeyID: key.ID, SecretAccessKey: key.Secret}, Region: "us-east-1", Service: "execute-api"}
	if err := signer.Sign(r, sigv4.HashBytes([]byte(signed)), time.Now()); err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	g.ServeHTTP(w, r)
	return w.Code
}
