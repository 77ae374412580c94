package httpapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"

	"github.com/dragoman-gateway/dragoman/function"
	"github.com/dragoman-gateway/dragoman/integration"
	"github.com/dragoman-gateway/dragoman/message"
)

const functionArn = "arn:aws:lambda:us-east-1:123456789012:function:f"

// Events are decoded with types that we did not write.
func TestEventV2(t *testing.T) {
	f := &invoker{reply: integration.Reply{Body: []byte(`{"statusCode":201,"body":"made","headers":{"x-out":"1"},"cookies":["a=1","b=2"]}`)}}
	g := newGateway(Config{Function: f}, lambdas("2.0", "POST /pets/{id}"), "prod")
	w := g.ask("POST", "/prod/pets/a%20b?q=1&q=2&e=%26", `{"x":1}`, "Content-Type", "application/json", "Cookie", "c=1; d=2",
		"X-Two", "1", "X-Two", "2", "X-Forwarded-For", "10.0.0.1", "User-Agent", "tester")
	if w.Code != 201 || w.Body.String() != "made" || fmt.Sprint(w.Header().Values("Set-Cookie")) != "[a=1 b=2]" || w.Header().Get("X-Out") != "1" {
		t.Errorf("answer: got %d %s %v", w.Code, w.Body, w.Header())
	}
	var e events.APIGatewayV2HTTPRequest
	if err := json.Unmarshal(f.event, &e); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct{ name, got, want string }{
		{"version", e.Version, "2.0"}, {"routeKey", e.RouteKey, "POST /pets/{id}"},
		{"rawPath", e.RawPath, "/prod/pets/a b"}, {"rawQueryString", e.RawQueryString, "q=1&q=2&e=%26"},
		{"cookies", fmt.Sprint(e.Cookies), "[c=1 d=2]"}, {"query", fmt.Sprint(e.QueryStringParameters), "map[e:& q:1,2]"},
		{"x-two", e.Headers["x-two"], "1,2"}, {"cookie", e.Headers["cookie"], ""}, {"content-length", e.Headers["content-length"], "7"},
		{"x-forwarded-for", e.Headers["x-forwarded-for"], "10.0.0.1, 192.0.2.1"}, {"x-forwarded-port", e.Headers["x-forwarded-port"], "8080"},
		{"x-forwarded-proto", e.Headers["x-forwarded-proto"], "http"}, {"host", e.Headers["host"], "api.execute-api.localhost"},
		{"path", fmt.Sprint(e.PathParameters), "map[id:a b]"}, {"stageVariables", fmt.Sprint(e.StageVariables), "map[colour:red]"},
		{"body", e.Body, `{"x":1}`}, {"base64", fmt.Sprint(e.IsBase64Encoded), "false"},
		{"context", fmt.Sprint(e.RequestContext.AccountID, e.RequestContext.APIID, e.RequestContext.Stage, e.RequestContext.DomainPrefix), "123456789012apiprodapi"},
		{"http", fmt.Sprint(e.RequestContext.HTTP), "{POST /prod/pets/a b HTTP/1.1 192.0.2.1 tester}"},
		{"request id", e.RequestContext.RequestID, g.last(t).RequestID},
	} {
		if row.got != row.want {
			t.Errorf("%s: got %s, want %s", row.name, row.got, row.want)
		}
	}
	if !strings.HasPrefix(e.Headers["x-amzn-trace-id"], "Root=1-") {
		t.Errorf("x-amzn-trace-id: got %q", e.Headers["x-amzn-trace-id"])
	}
	if f.call.Function != functionArn || f.call.Region != "us-east-1" {
		t.Errorf("call: got %+v", f.call)
	}
	if x := g.last(t); x.Integration.Status != 201 || x.Integration.ServiceStatus != 200 {
		t.Errorf("exchange: got %+v", x.Integration)
	}
}

func TestEventV1(t *testing.T) {
	f := &invoker{reply: integration.Reply{Body: []byte(`{"statusCode":200,"multiValueHeaders":{"X-Two":["1","2"]},"headers":{"X-Two":"0"},"body":"AAE=","isBase64Encoded":true}`)}}
	g := newGateway(Config{Function: f}, lambdas("1.0", "$default"))
	w := g.ask("PUT", "/a%20b?q=1&q=2", "\x00\x01", "X-Two", "1", "X-Two", "2")
	if w.Body.String() != "\x00\x01" || fmt.Sprint(w.Header().Values("X-Two")) != "[0 1 2]" {
		t.Errorf("answer: got %d %q %v", w.Code, w.Body, w.Header())
	}
	var e events.APIGatewayProxyRequest
	if err := json.Unmarshal(f.event, &e); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct{ name, got, want string }{
		{"resource", e.Resource, "$default"}, {"path", e.Path, "/a%20b"}, {"context path", e.RequestContext.Path, "/a b"},
		{"method", e.HTTPMethod, "PUT"}, {"query", fmt.Sprint(e.QueryStringParameters, e.MultiValueQueryStringParameters), "map[q:2] map[q:[1 2]]"},
		{"headers", e.Headers["X-Two"] + fmt.Sprint(e.MultiValueHeaders["X-Two"]), "2[1 2]"},
		{"body", e.Body, "AAE="}, {"base64", fmt.Sprint(e.IsBase64Encoded), "true"},
		{"source", e.RequestContext.Identity.SourceIP, "192.0.2.1"},
	} {
		if row.got != row.want {
			t.Errorf("%s: got %s, want %s", row.name, row.got, row.want)
		}
	}
}

func TestMappingsChangeEvents(t *testing.T) {
	f := &invoker{reply: integration.Reply{Body: []byte(`"ok"`)}}
	s := lambdas("2.0", "GET /x")
	s.Integrations[0].RequestParameters = map[string]string{
		"append:header.X-M": "$context.routeKey", "remove:header.X-Gone": "''", "overwrite:querystring.q": "new", "overwrite:path": "/other path",
	}
	s.Integrations[0].ResponseParameters = map[string]map[string]string{"200": {"overwrite:statuscode": "202"}}
	w := newGateway(Config{Function: f}, s).ask("GET", "/x?q=old&r=1", "", "X-M", "old", "X-Gone", "1")
	if w.Code != 202 || w.Body.String() != "ok" {
		t.Errorf("answer: got %d %s", w.Code, w.Body)
	}
	var e events.APIGatewayV2HTTPRequest
	if err := json.Unmarshal(f.event, &e); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(e.Headers["x-m"], e.Headers["x-gone"], e.QueryStringParameters, e.RawPath); got != "old,GET /xmap[q:new r:1]/other path" {
		t.Errorf("got %s", got)
	}
}

func TestFunctionAnswers(t *testing.T) {
	refused := func(class error, status int) error { return message.Fail(class, &function.Refusal{Status: status}) }
	const internalError, away = `{"message":"Internal Server Error"}`, `{"message":"Service Unavailable"}`
	for _, row := range []struct {
		name, version string
		reply         integration.Reply
		err           error
		status        int
		body, kind    string
	}{
		{"2.0 text", "2.0", integration.Reply{Body: []byte(`hello`)}, nil, 200, "hello", "application/json"},
		{"2.0 null", "2.0", integration.Reply{Body: []byte(`null`)}, nil, 200, "null", "application/json"},
		{"2.0 status alone", "2.0", integration.Reply{Body: []byte(`{"statusCode":204}`)}, nil, 204, "", "text/plain; charset=utf-8"},
		{"2.0 bad status", "2.0", integration.Reply{Body: []byte(`{"statusCode":0}`)}, nil, 500, internalError, "application/json"},
		{"1.0 no status", "1.0", integration.Reply{Body: []byte(`{"body":"x"}`)}, nil, 500, internalError, "application/json"},
		{"interim status", "1.0", integration.Reply{Body: []byte(`{"statusCode":100}`)}, nil, 500, internalError, "application/json"},
		{"failed", "2.0", integration.Reply{Body: []byte(`{"errorMessage":"secret"}`), FunctionError: "Unhandled"}, nil, 500, internalError, "application/json"},
		{"no permission", "2.0", integration.Reply{}, refused(message.ErrDenied, 403), 500, internalError, "application/json"},
		{"no such function", "2.0", integration.Reply{}, refused(message.ErrConfiguration, 404), 500, internalError, "application/json"},
		{"throttled", "2.0", integration.Reply{}, refused(message.ErrThrottled, 429), 503, away, "application/json"},
		{"timed out", "2.0", integration.Reply{}, message.Fail(message.ErrTimeout, nil), 503, away, "application/json"},
		{"too long for Lambda", "2.0", integration.Reply{}, refused(message.ErrTooLarge, 413), 413, `{"message":"Request Entity Too Large"}`, "application/json"},
		{"too long an answer", "2.0", integration.Reply{}, message.Fail(message.ErrTooLarge, errors.New("reply")), 500, internalError, "application/json"},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := newGateway(Config{Function: &invoker{reply: row.reply, err: row.err}}, lambdas(row.version, "GET /x"))
			w := g.ask("GET", "/x", "")
			if w.Code != row.status || w.Body.String() != row.body || w.Header().Get("Content-Type") != row.kind {
				t.Errorf("got %d %s %s, want %d %s %s", w.Code, w.Body, w.Header().Get("Content-Type"), row.status, row.body, row.kind)
			}
		})
	}
}

// What base64 makes longer than Lambda takes is refused before it is sent.
func TestBodiesBeyondLambda(t *testing.T) {
	f := &invoker{reply: integration.Reply{Body: []byte(`"ok"`)}}
	g := newGateway(Config{Function: f}, lambdas("2.0", "POST /x"))
	long := strings.Repeat("x", 5<<20)
	if w := g.ask("POST", "/x", long, "Content-Type", "text/plain"); w.Code != 200 {
		t.Errorf("as text: got %d", w.Code)
	}
	f.event = nil
	if w := g.ask("POST", "/x", long); w.Code != 413 || f.event != nil {
		t.Errorf("as base64: got %d, want 413 and no call", w.Code)
	}
}
