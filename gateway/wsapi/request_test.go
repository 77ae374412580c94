package wsapi

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/coder/websocket"

	"github.com/dragoman-gateway/dragoman/integration"
	"github.com/dragoman-gateway/dragoman/message"
	"github.com/dragoman-gateway/dragoman/resource"
)

// lines are header lines in the order of their names, with values that differ
// from call to call made alike.
func lines(h message.Header) string {
	var out []string
	for _, f := range h {
		if value := f.Value; strings.HasPrefix(value, "Root=1-") {
			f.Value = "Root=1-"
		}
		out = append(out, f.Name+": "+f.Value)
	}
	slices.SortFunc(out, func(a, b string) int { return strings.Compare(strings.ToLower(a), strings.ToLower(b)) })
	return strings.Join(out, "\n")
}

// What HTTP backends are sent on the three events, header by header.
func TestHeadersToHTTPBackends(t *testing.T) {
	handshake := []string{"x-token: t1", "COOKIE: a=b", "Sec-WebSocket-Extensions: permessage-deflate", "Origin: http://app"}
	for _, row := range []struct {
		kind                         string
		connect, message, disconnect string
	}{
		{"HTTP_PROXY", `COOKIE: a=b
Origin: http://app
Sec-WebSocket-Extensions: permessage-deflate
Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==
Sec-WebSocket-Version: 13
User-Agent: AmazonAPIGateway_a1
x-amzn-apigateway-api-id: a1
X-Amzn-Trace-Id: Root=1-
X-Forwarded-For: 127.0.0.1, 127.0.0.1
X-Forwarded-Port: 8080
X-Forwarded-Proto: http, http
x-token: t1`, `Content-Type: application/json; charset=UTF-8
User-Agent: AmazonAPIGateway_a1
x-amzn-apigateway-api-id: a1
X-Forwarded-For: 127.0.0.1
X-Forwarded-Proto: http`, `User-Agent: AmazonAPIGateway_a1
x-amzn-apigateway-api-id: a1
x-api-key: ` + `
X-Forwarded-For: , 127.0.0.1
X-Forwarded-Proto: http
x-restapi: `},
		{"HTTP", plainHTTP, plainHTTP, plainHTTP},
	} {
		t.Run(row.kind, func(t *testing.T) {
			r := newRig(t, socketApi(kinds[row.kind], nil, "$connect", "quiet", "$disconnect"))
			if head := r.handshake("?token=a%20b", handshake...); !strings.HasPrefix(head, "HTTP/1.1 101 ") {
				t.Fatalf("got %s", head)
			}
			connect := r.call()
			wants(t, "$connect", lines(connect.Header), row.connect)
			target := map[string]string{"HTTP_PROXY": "http://backend/path?token=a+b", "HTTP": "http://backend/path"}[row.kind]
			wants(t, "$connect call", fmt.Sprintf("%s %s %q", connect.Method, connect.Where(), connect.Body), "POST "+target+` ""`)

			conn := r.dial()
			r.call()
			r.send(conn, `{"action":"quiet"}`)
			message := r.call()
			wants(t, "message", lines(message.Header), row.message)
			wants(t, "message call", fmt.Sprintf("%s %s %s", message.Method, message.Where(), message.Body), `POST http://backend/path {"action":"quiet"}`)

			_ = conn.Close(websocket.StatusNormalClosure, "")
			end := r.call()
			wants(t, "$disconnect", lines(end.Header), row.disconnect)
			wants(t, "$disconnect call", fmt.Sprintf("%s %s %q", end.Method, end.Where(), end.Body), `POST http://backend/path ""`)
		})
	}
}

const plainHTTP = `Accept: application/json
Content-Type: application/json
User-Agent: AmazonAPIGateway_a1
x-amzn-apigateway-api-id: a1
X-Amzn-Trace-Id: Root=1-
X-Forwarded-For: 127.0.0.1
X-Forwarded-Proto: http`

// A client's own User-Agent and forwarding headers are kept.
func TestClientHeadersAreKeptOnConnect(t *testing.T) {
	r := newRig(t, socketApi(kinds["HTTP_PROXY"], nil, "$connect"))
	r.handshake("", "user-agent: mine", "X-Forwarded-For: 192.0.2.9", "X-Many: 1", "X-Many: 2")
	h := r.call().Header
	for name, want := range map[string]string{
		"User-Agent": "mine", "X-Forwarded-For": "192.0.2.9, 127.0.0.1, 127.0.0.1", "X-Many": "1 2", "Host": "", "Connection": "", "Upgrade": "",
	} {
		wants(t, name, strings.Join(h.Values(name), " "), want)
	}
}

// Events of proxy functions: which headers, and how they are spelled.
func TestEventHeaders(t *testing.T) {
	r := newRig(t, socketApi(kinds["AWS_PROXY"], nil, "$connect", "quiet", "$disconnect"))
	r.backend = answers(200, "{}")
	type event struct {
		Headers                         map[string]string
		MultiValueHeaders               map[string][]string
		QueryStringParameters           map[string]string
		MultiValueQueryStringParameters map[string][]string
		StageVariables                  map[string]string
	}
	next := func() (e event, raw string) {
		raw = string(r.call().Body)
		if err := json.Unmarshal([]byte(raw), &e); err != nil {
			t.Fatalf("%v in %s", err, raw)
		}
		return e, raw
	}
	r.handshake("?a=1&a=2&b", "x-token: t1", "Authorization: me", "sec-websocket-protocol: chat", "X-Many: 1", "X-Many: 2")
	connect, _ := next()
	wants(t, "names", strings.Join(slices.Sorted(maps.Keys(connect.Headers)), " "),
		"Authorization Host Sec-WebSocket-Key Sec-WebSocket-Version X-Amzn-Trace-Id X-Forwarded-For X-Forwarded-Port X-Forwarded-Proto X-Many sec-websocket-protocol x-token")
	wants(t, "many", fmt.Sprintf("%v %v", connect.Headers["X-Many"], connect.MultiValueHeaders["X-Many"]), "2 [1 2]")
	wants(t, "Host", connect.Headers["Host"], "gateway")
	wants(t, "query", fmt.Sprint(connect.QueryStringParameters, connect.MultiValueQueryStringParameters), "map[a:2 b:] map[a:[1 2] b:[]]")
	wants(t, "stage variables", fmt.Sprint(connect.StageVariables), "map[colour:green]")

	conn := r.dial()
	if _, raw := next(); strings.Contains(raw, "ueryString") {
		t.Errorf("query of a handshake without one: %s", raw)
	}
	r.send(conn, `{"action":"quiet"}`)
	if _, raw := next(); strings.Contains(raw, "eaders") || !strings.Contains(raw, `"body":"{\"action\":\"quiet\"}"`) {
		t.Errorf("message: got %s, want a body and no headers", raw)
	}
	_ = conn.Close(websocket.StatusNormalClosure, "")
	end, _ := next()
	wants(t, "$disconnect", fmt.Sprint(end.Headers, end.MultiValueHeaders), fmt.Sprintf(
		"map[Host:%[1]s X-Forwarded-For: x-api-key: x-restapi:] map[Host:[%[1]s] X-Forwarded-For:[] x-api-key:[] x-restapi:[]]", r.address))
}

// Everybody is told the same of a client that wrote X-Forwarded-For in two lines, in
// the order and spelling of its other headers.
func TestClientsAreToldOfInOneWay(t *testing.T) {
	i := kinds["HTTP_PROXY"]
	i.RequestParameters = map[string]string{
		"integration.request.header.Told":  "route.request.header.x-forwarded-for",
		"integration.request.header.Trace": "route.request.header.X-Amzn-Trace-Id",
		"integration.request.header.Host2": "route.request.header.host",
		"integration.request.header.Kind":  "route.request.header.Upgrade",
	}
	r := newRig(t, socketApi(i, nil, "$connect"))
	r.handshake("", "x-ZEBRA: 1", "X-Forwarded-For: 6.6.6.6", "Alpha: 1", "x-forwarded-for: 203.0.113.9", "X-zebra: 2")
	q := r.call()
	trace := q.Header.Get("X-Amzn-Trace-Id")
	const told = "6.6.6.6, 203.0.113.9, 127.0.0.1"
	for name, want := range map[string]string{"Told": told, "Trace": trace, "Host2": "gateway", "Kind": "websocket", "X-Forwarded-For": told + ", 127.0.0.1"} {
		if got := strings.Join(q.Header.Values(name), "|"); got != want || want == "" {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
	var names []string
	for _, f := range q.Header {
		names = append(names, f.Name)
	}
	if got := strings.Join(names, " "); !strings.HasPrefix(got, "Sec-WebSocket-Version Sec-WebSocket-Key x-ZEBRA x-ZEBRA Alpha X-Forwarded-For ") {
		t.Errorf("order: got %s", got)
	}
}

// Parameters of a request from everything that they may come from.
func TestRequestParameters(t *testing.T) {
	i := kinds["HTTP_PROXY"]
	i.IntegrationUri = "http://${stageVariables.colour}.backend/{id}/x"
	i.RequestParameters = map[string]string{
		"integration.request.path.id":             "context.connectionId",
		"integration.request.header.Query":        "route.request.querystring.q",
		"integration.request.header.Queries":      "route.request.multivaluequerystring.q",
		"integration.request.header.Header":       "route.request.header.X-One",
		"integration.request.header.Headers":      "route.request.multivalueheader.X-One",
		"integration.request.header.Old":          "method.request.header.X-One",
		"integration.request.header.Body":         "route.request.body.a.b[1]",
		"integration.request.header.Stage":        "stageVariables.colour",
		"integration.request.header.Static":       "'literal'",
		"integration.request.header.None":         "route.request.body.none",
		"integration.request.querystring.route":   "context.routeKey",
		"integration.request.querystring.a space": "'no such name'",
	}
	r := newRig(t, socketApi(i, nil, "$connect", "quiet"))
	r.handshake("?q=1&q=2", "X-One: 1", "X-One: 2")
	connect := r.call()
	mapped := func(q *integration.Request) string {
		var out []string
		for _, name := range []string{"Query", "Queries", "Header", "Headers", "Old", "Body", "Stage", "Static", "None"} {
			if q.Header.Has(name) {
				out = append(out, name+"="+q.Header.Get(name))
			}
		}
		return strings.Join(out, " ")
	}
	wants(t, "$connect", mapped(connect), "Query=1 Queries=1,2 Header=1 Headers=1,2 Old=1 Stage=green Static=literal")
	conn := r.dial()
	r.call()
	r.send(conn, `{"action":"quiet","a":{"b":[1,"two words"]}}`)
	message := r.call()
	wants(t, "message", mapped(message), "Body=two words Stage=green Static=literal")
	if rest, ok := strings.CutPrefix(message.Where(), "http://green.backend/"); !ok || !strings.HasSuffix(rest, "/x?route=quiet") || len(rest) < 16 {
		t.Errorf("URL: got %s", message.Where())
	}
	r.send(conn, `not JSON`)
	r.send(conn, `{"action":"quiet","a":{"b":[1,"line\nbreak"]}}`)
	wants(t, "a value with a line break", strings.ReplaceAll(mapped(r.call()), "\n", "|"), "Body=line|break Stage=green Static=literal")
}

// Request templates: which one is chosen, and what a backend gets.
func TestRequestTemplates(t *testing.T) {
	for _, row := range []struct {
		name, selection string
		templates       map[string]string
		want            string
	}{
		{"unset chooses application/json", "", map[string]string{"application/json": "typed", "$default": "other"}, "typed"},
		{"else $default", "", map[string]string{"$default": "other"}, "other"},
		{`else \$default`, "", map[string]string{`\$default`: "escaped"}, "escaped"},
		{"by the message", "${request.body.kind}", map[string]string{"buy": "bought", "$default": "other"}, "bought"},
		{"mixed", "${request.body.action}-${request.body.none}", map[string]string{"ask-": "mixed"}, "mixed"},
		{"static", "200", map[string]string{"200": "static"}, "static"},
		{"escaped static", `\$default`, map[string]string{"$default": "by its name"}, "by its name"},
		{"none matches: passed through", "${request.body.kind}", map[string]string{"sell": "sold"}, `{"action":"ask","kind":"buy"}`},
		{"sees the message", "", map[string]string{"$default": `$input.path('$.kind') $input.body $context.eventType $stageVariables.colour`}, `buy {"action":"ask","kind":"buy"} MESSAGE green`},
		{"sees no parameters", "", map[string]string{"$default": `[$input.params('q')]`}, "[]"},
	} {
		t.Run(row.name, func(t *testing.T) {
			i := kinds["HTTP"]
			i.TemplateSelectionExpression, i.RequestTemplates = row.selection, row.templates
			r := newRig(t, socketApi(i, always("ok")))
			wants(t, "frame", r.ask(r.dial(), `{"action":"ask","kind":"buy"}`), "ok")
			wants(t, "payload", string(r.call().Body), row.want)
		})
	}
}

// Content handling of requests: binary reaches a backend as base64 text.
func TestRequestContent(t *testing.T) {
	text := `"//4AeA=="`
	for _, row := range []struct {
		name, kind, strategy string
		template             string
		message, want        string
	}{
		{"text stays", "HTTP", "", "", "//4AeA==", "//4AeA=="},
		{"to text", "HTTP", "CONVERT_TO_TEXT", "", "//4AeA==", "//4AeA=="},
		{"to binary", "HTTP", "CONVERT_TO_BINARY", "", "//4AeA==", string(binary)},
		{"to binary, proxy", "HTTP_PROXY", "CONVERT_TO_BINARY", "", "//4AeA==", string(binary)},
		{"no base64", "HTTP", "CONVERT_TO_BINARY", "", text, "error: Internal server error"},
		{"binary and a template", "HTTP", "CONVERT_TO_BINARY", "x", "//4AeA==", "error: Internal server error"},
		{"text and a template", "HTTP", "CONVERT_TO_TEXT", "<$input.body>", "//4AeA==", "<//4AeA==>"},
	} {
		t.Run(row.name, func(t *testing.T) {
			i := kinds[row.kind]
			i.ContentHandlingStrategy = row.strategy
			if row.template != "" {
				i.RequestTemplates = map[string]string{"$default": row.template}
			}
			s := socketApi(i, always("ok"))
			s.Routes[0].RouteKey = "$default"
			r := newRig(t, s)
			r.backend = answers(200, "ok")
			frame := errorOf(t, r.ask(r.dial(), row.message))
			if strings.HasPrefix(row.want, "error") {
				wants(t, "frame", frame, row.want)
				return
			}
			wants(t, "payload", string(r.call().Body), row.want)
		})
	}
}

// A message that a function is sent in base64 says so.
func TestBinaryEvent(t *testing.T) {
	i := kinds["AWS_PROXY"]
	i.ContentHandlingStrategy = "CONVERT_TO_BINARY"
	s := socketApi(i, nil)
	s.Routes[0].RouteKey = "$default"
	r := newRig(t, s)
	r.backend = answers(200, `{"body":"ok"}`)
	wants(t, "frame", r.ask(r.dial(), "//4AeA=="), "ok")
	if got := string(r.call().Body); !strings.Contains(got, `"body":"//4AeA==","isBase64Encoded":true`) {
		t.Errorf("got %s, want the message in base64", got)
	}
}

// Functions: the ARN with the stage's values in it, and what is sent to it.
func TestFunctionCalls(t *testing.T) {
	for _, row := range []struct{ name, uri, template, message, function, payload string }{
		{"alias of the stage", "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:f:${stageVariables.colour}/invocations",
			"", `{"action":"ask"}`, "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:f:green/invocations", `{"action":"ask"}`},
		{"template", functionArn, `{"q":$input.json('$.action')}`, `{"action":"ask"}`, functionArn, `{"q":"ask"}`},
	} {
		t.Run(row.name, func(t *testing.T) {
			i := resource.Integration{IntegrationType: "AWS", IntegrationUri: row.uri, CredentialsArn: "arn:aws:iam::000000000000:role/${stageVariables.colour}"}
			if row.template != "" {
				i.RequestTemplates = map[string]string{"application/json": row.template}
			}
			r := newRig(t, socketApi(i, always("ok")))
			wants(t, "frame", r.ask(r.dial(), row.message), "ok")
			call := r.call()
			wants(t, "function", call.Function, row.function)
			wants(t, "payload", string(call.Body), row.payload)
			wants(t, "credentials", call.Credentials, "arn:aws:iam::000000000000:role/green")
		})
	}
}

// $input.params shows the handshake on $connect, by the client's spelling.
func TestParamsOnConnect(t *testing.T) {
	i := kinds["HTTP"]
	i.RequestTemplates = map[string]string{"$default": `$input.params('x-token') $input.params('q') $input.params().get('querystring') $input.params().get('header').get('Host')`}
	r := newRig(t, socketApi(i, nil, "$connect"))
	r.handshake("?q=1&b=2", "x-token: t1")
	wants(t, "payload", string(r.call().Body), "t1 1 {b=2, q=1} gateway")
}

// Addresses are taken apart at deployment, and a message fills them in.
func TestAddresses(t *testing.T) {
	for _, row := range []struct{ uri, message, want string }{
		{"http://backend:81/path?q=1#f", "", "http://backend:81/path?q=1"},
		{"HTTPS://backend", "", "https://backend/"},
		{"http://backend/a b/{other}/{", "", "http://backend/a%20b/%7Bother%7D/%7B"},
		{"http://backend/{id}/x?q={id}&r=1", "a/b?c&d=e", "http://backend/a%2Fb%3Fc&d=e/x?q=a%2Fb%3Fc%26d%3De&r=1"},
		{"http://backend/{id}/{id}", "{id}", "http://backend/%7Bid%7D/%7Bid%7D"},
		{"http://backend/{id}/x", "", "http://backend/%7Bid%7D/x"}, // no value
		{"arn:aws:apigateway:us-east-1:s3:path/bucket/{id}", "a/b", "arn:aws:apigateway:us-east-1:s3:path/bucket/a%2Fb"},
		{"http://{id}/x", "evil", ""}, {"ftp://backend/", "", ""}, {"http://me@backend/", "", ""}, {"backend", "", ""},
	} {
		i := kinds["HTTP"]
		if strings.HasPrefix(row.uri, "arn:") {
			i = kinds["AWS other"]
		}
		i.IntegrationUri = row.uri
		i.RequestParameters = map[string]string{"integration.request.path.id": "route.request.body.id"}
		r := newRig(t, socketApi(i, always("fine")))
		frame := r.ask(r.dial(), `{"action":"ask","id":"`+row.message+`"}`)
		if row.want == "" {
			wants(t, row.uri, errorOf(t, frame), "error: Internal server error")
			continue
		}
		wants(t, row.uri, frame, "fine")
		wants(t, row.uri+" with "+row.message, r.call().Where(), row.want)
	}
}
