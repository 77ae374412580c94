package wsapi

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/dragoman-gateway/dragoman/exchange"
	"github.com/dragoman-gateway/dragoman/gateway/routing"
	"github.com/dragoman-gateway/dragoman/gateway/tap"
	"github.com/dragoman-gateway/dragoman/gateway/throttle"
	"github.com/dragoman-gateway/dragoman/integration"
	"github.com/dragoman-gateway/dragoman/message"
	"github.com/dragoman-gateway/dragoman/resource"
)

// What a handshake is answered for each sort of backend behind $connect.
func TestConnectStatus(t *testing.T) {
	fails := func(class error) func(*integration.Request) (*integration.Reply, error) {
		return func(*integration.Request) (*integration.Reply, error) { return nil, message.Fail(class, nil) }
	}
	functionError := func(body string) func(*integration.Request) (*integration.Reply, error) {
		return func(*integration.Request) (*integration.Reply, error) {
			return &integration.Reply{Status: 200, FunctionError: "Unhandled", Body: []byte(body)}, nil
		}
	}
	key := func(keys ...string) (list []resource.IntegrationResponse) {
		for _, k := range keys {
			list = append(list, resource.IntegrationResponse{IntegrationResponseKey: k})
		}
		return list
	}
	for _, row := range []struct {
		name, kind string
		backend    func(*integration.Request) (*integration.Reply, error)
		responses  []resource.IntegrationResponse
		want       int
	}{
		{"200", "HTTP", answers(200, ""), key("$default"), 101},
		{"204", "HTTP", answers(204, ""), key("$default"), 101},
		{"401", "HTTP", answers(401, "body"), key("$default"), 401},
		{"302", "HTTP", answers(302, ""), key("$default"), 302},
		{"/200/ alone", "HTTP", answers(200, ""), key("/200/"), 101},
		{"/200/ alone, other status", "HTTP", answers(201, ""), key("/200/"), 500},
		{"no responses", "HTTP", answers(200, ""), nil, 101},
		{"no responses, refused", "HTTP", answers(403, ""), nil, 403},
		{"no status of an answer", "HTTP", answers(42, ""), key("$default"), 502},
		{"informational", "HTTP", answers(103, ""), key("$default"), 502},
		{"broken template", "HTTP", answers(200, ""), always("#if("), 500},
		{"timeout", "HTTP", fails(message.ErrTimeout), key("$default"), 504},
		{"unreachable", "HTTP", fails(message.ErrUnreachable), key("$default"), 502},
		{"configuration", "HTTP", fails(message.ErrConfiguration), key("$default"), 500},

		{"200", "HTTP_PROXY", answers(200, "x"), nil, 101},
		{"403", "HTTP_PROXY", answers(403, "x"), nil, 403},
		{"timeout", "HTTP_PROXY", fails(message.ErrTimeout), nil, 504},

		{"200", "MOCK", answers(200, ""), key("/200/"), 101},
		{"401", "MOCK", answers(401, ""), key("$default"), 401},
		{"42", "MOCK", answers(42, ""), nil, 502},
		{"no statusCode", "MOCK", fails(message.ErrConfiguration), key("$default"), 500},

		{"success", "AWS Lambda", answers(200, "{}"), key("$default"), 101},
		{"success without $default", "AWS Lambda", answers(200, "{}"), key("/.+/"), 500},
		{"error, no responses", "AWS Lambda", functionError(`{"errorMessage":"no"}`), nil, 502},
		{"error, mapped", "AWS Lambda", functionError(`{"errorMessage":"no"}`), key("/no/"), 502},
		{"throttled", "AWS Lambda", fails(message.ErrThrottled), key("$default"), 502},

		{"200", "AWS other", answers(200, "{}"), key("/200/"), 101},
		{"400", "AWS other", answers(400, "{}"), key("$default"), 400},

		{"201", "AWS_PROXY", answers(200, `{"statusCode":201}`), nil, 101},
		{"numeric text", "AWS_PROXY", answers(200, `{"statusCode":"200"}`), nil, 101},
		{"no status", "AWS_PROXY", answers(200, `{}`), nil, 101},
		{"301", "AWS_PROXY", answers(200, `{"statusCode":301}`), nil, 301},
		{"501", "AWS_PROXY", answers(200, `{"statusCode":501}`), nil, 501},
		{"null", "AWS_PROXY", answers(200, `null`), nil, 502},
		{"error", "AWS_PROXY", functionError(`{}`), nil, 502},
		{"timeout", "AWS_PROXY", fails(message.ErrTimeout), nil, 504},
	} {
		t.Run(row.kind+" "+row.name, func(t *testing.T) {
			r := newRig(t, socketApi(kinds[row.kind], row.responses, "$connect"))
			r.backend = row.backend
			_, response, err := r.try("", nil)
			if response == nil {
				t.Fatalf("no answer: %v", err)
			}
			if response.StatusCode != row.want {
				t.Errorf("got %d, want %d", response.StatusCode, row.want)
			}
			if x := r.exchange(); x.RouteKey != "$connect" || x.Event != "CONNECT" {
				t.Errorf("the exchange that ended: got %s %s", x.Event, x.RouteKey)
			}
			if open := r.registry.Len(); open > 0 && row.want != 101 {
				t.Errorf("a refused client is registered")
			}
		})
	}
}

// Passthrough of a handshake, which has no body and counts as application/json.
func TestConnectPassthrough(t *testing.T) {
	for _, row := range []struct {
		behavior  string
		templates map[string]string
		want      int
		body      string
	}{
		{"WHEN_NO_MATCH", nil, 101, ""},
		{"NEVER", nil, 415, ""},
		{"WHEN_NO_TEMPLATES", map[string]string{"other": "x"}, 415, ""},
		{"NEVER", map[string]string{"application/json": `{"id":"$context.connectionId","q":"$input.params('q')"}`}, 101, `{"id":"`},
	} {
		i := kinds["HTTP"]
		i.PassthroughBehavior, i.RequestTemplates = row.behavior, row.templates
		r := newRig(t, socketApi(i, nil, "$connect"))
		_, response, _ := r.try("?q=1", nil)
		if response == nil || response.StatusCode != row.want {
			t.Errorf("%s %v: got %v, want %d", row.behavior, row.templates, response, row.want)
			continue
		}
		if row.want == 101 {
			if got := string(r.call().Body); !strings.HasPrefix(got, row.body) || row.body == "" && got != "" {
				t.Errorf("%s %v: the backend got %q", row.behavior, row.templates, got)
			}
		}
	}
}

// Subprotocols: exactly what $connect answered, whatever the client asked for.
func TestSubprotocolOfConnect(t *testing.T) {
	header := message.Header{{Name: "sec-websocket-protocol", Value: "chat"}, {Name: "X-Other", Value: "dropped"}}
	mapped := func(value string) []resource.IntegrationResponse {
		return []resource.IntegrationResponse{{
			IntegrationResponseKey: "$default", ResponseParameters: map[string]string{"method.response.header.Sec-WebSocket-Protocol": value},
		}}
	}
	for _, row := range []struct {
		name, kind string
		responses  []resource.IntegrationResponse
		reply      integration.Reply
		asked      []string
		want       string
	}{
		{"proxy function", "AWS_PROXY", nil, integration.Reply{Body: []byte(`{"headers":{"Sec-WebSocket-Protocol":"chat","X-Other":"dropped"}}`)}, []string{"chat", "b"}, "chat"},
		{"nobody asked", "AWS_PROXY", nil, integration.Reply{Body: []byte(`{"headers":{"sec-websocket-protocol":"chat"}}`)}, nil, "chat"},
		{"asked, none given", "AWS_PROXY", nil, integration.Reply{Body: []byte(`{}`)}, []string{"chat"}, ""},
		{"HTTP_PROXY", "HTTP_PROXY", nil, integration.Reply{Header: header}, []string{"chat"}, "chat"},
		{"HTTP, not mapped", "HTTP", always(""), integration.Reply{Header: header}, []string{"chat"}, ""},
		{"HTTP, from a header", "HTTP", mapped("integration.response.header.Sec-WebSocket-Protocol"), integration.Reply{Header: header}, []string{"chat"}, "chat"},
		{"HTTP, from the body", "HTTP", mapped("integration.response.body.protocol"), integration.Reply{Body: []byte(`{"protocol":"chat"}`)}, []string{"chat"}, "chat"},
		{"function, static", "AWS Lambda", mapped("'chat'"), integration.Reply{}, []string{"chat"}, "chat"},
		{"from a stage variable", "MOCK", mapped("stageVariables.colour"), integration.Reply{}, []string{"green"}, "green"},
		{"its source leads nowhere", "MOCK", mapped("integration.response.header.None"), integration.Reply{}, nil, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := newRig(t, socketApi(kinds[row.kind], row.responses, "$connect"))
			r.backend = func(*integration.Request) (*integration.Reply, error) {
				reply := row.reply
				reply.Status = 200
				return &reply, nil
			}
			lines := []string{}
			if row.asked != nil {
				lines = append(lines, "Sec-WebSocket-Protocol: "+strings.Join(row.asked, ", "))
			}
			head := r.handshake("", lines...)
			if !strings.HasPrefix(head, "HTTP/1.1 101 ") {
				t.Fatalf("got %s", head)
			}
			_, got, _ := strings.Cut(head, "sec-websocket-protocol: ")
			got, _, _ = strings.Cut(got, "\r\n")
			wants(t, "subprotocol", got, row.want)
			if strings.Contains(head, "dropped") {
				t.Errorf("another header was relayed: %s", head)
			}
		})
	}
}

// Parameters that the $connect route declares as required.
func TestRequiredParameters(t *testing.T) {
	s := socketApi(kinds["HTTP"], nil, "$connect")
	s.Routes[1].RequestParameters = map[string]resource.ParameterConstraints{
		"route.request.querystring.token": {Required: true}, "route.request.header.X-Who": {Required: true}, "route.request.header.X-Free": {},
	}
	r := newRig(t, s)
	who := &websocket.DialOptions{HTTPHeader: http.Header{"X-Who": {"me"}}}
	for _, row := range []struct {
		query   string
		options *websocket.DialOptions
		want    int
	}{{"?token=1", who, 101}, {"", who, 400}, {"?token=1", nil, 400}, {"?token=", who, 400}} {
		if _, response, _ := r.try(row.query, row.options); response == nil || response.StatusCode != row.want {
			t.Errorf("%q with header %v: got %v, want %d", row.query, row.options != nil, response, row.want)
		}
	}
}

// Where no WebSocket is spoken, or nothing is served.
func TestRefusedRequests(t *testing.T) {
	r := newRig(t, socketApi(kinds["HTTP"], nil))
	upgrade := http.Header{"Connection": {"Upgrade"}, "Upgrade": {"websocket"}, "Sec-Websocket-Version": {"13"}, "Sec-Websocket-Key": {"dGhlIHNhbXBsZSBub25jZQ=="}}
	for _, row := range []struct {
		name, path, host string
		header           http.Header
		want             int
		body             string
	}{
		{"plain GET", byPath, "", nil, 426, "message"},
		{"unknown stage", "/_aws/execute-api/a1/dev", "", upgrade, 403, `{"message":"Forbidden"}`},
		{"no stage", "/_aws/execute-api/a1", "", upgrade, 403, `{"message":"Forbidden"}`},
		{"extra segment", byPath + "/more", "", upgrade, 403, `{"message":"Forbidden"}`},
		{"unknown API", "/_aws/execute-api/b2/prod", "", upgrade, 403, `{"message":"Forbidden"}`},
		{"unknown API by host", "/prod", "b2.execute-api.localhost", upgrade, 403, `{"message":"Forbidden"}`},
		{"no API's host", "/prod", "example.org", upgrade, 403, `{"message":"Forbidden"}`},
		{"URL over 4096", byPath + "?" + strings.Repeat("q", 4096), "", upgrade, 403, `{"message":"Forbidden"}`},
		{"broken key", byPath, "", http.Header{"Connection": {"Upgrade"}, "Upgrade": {"websocket"}, "Sec-Websocket-Version": {"13"}, "Sec-Websocket-Key": {"x"}}, 400, "message"},
	} {
		t.Run(row.name, func(t *testing.T) {
			q, err := http.NewRequestWithContext(t.Context(), "GET", "http://"+r.address+row.path, nil)
			if err != nil {
				t.Fatal(err)
			}
			q.Host = row.host
			if row.header != nil {
				q.Header = row.header
			}
			response, err := http.DefaultClient.Do(q)
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close()
			body, _ := io.ReadAll(response.Body)
			if response.StatusCode != row.want || !strings.Contains(string(body), row.body) {
				t.Errorf("got %d %s, want %d %s", response.StatusCode, body, row.want, row.body)
			}
		})
	}
}

// A handshake that is refused tells why in the form of an error frame.
func TestRefusedHandshakeBody(t *testing.T) {
	r := newRig(t, socketApi(kinds["HTTP"], nil, "$connect"))
	r.backend = answers(401, "secret of the backend")
	q, _ := http.NewRequestWithContext(t.Context(), "GET", "http://"+r.address+byPath, nil)
	q.Header = http.Header{"Connection": {"Upgrade"}, "Upgrade": {"websocket"}, "Sec-Websocket-Version": {"13"}, "Sec-Websocket-Key": {"dGhlIHNhbXBsZSBub25jZQ=="}}
	response, err := http.DefaultClient.Do(q)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, _ := io.ReadAll(response.Body)
	wants(t, "body", errorOf(t, string(body)), "error: Unauthorized")
}

// Authorization and throttling come before the backend.
func TestRefusalsBeforeTheBackend(t *testing.T) {
	s := socketApi(kinds["HTTP"], nil, "$connect")
	s.Routes[1].AuthorizationType = "AWS_IAM"
	r := newRig(t, s)
	if _, response, _ := r.try("", nil); response == nil || response.StatusCode != 500 {
		t.Errorf("a route whose authorization nobody decides on: got %v, want 500", response)
	}
	s = socketApi(kinds["HTTP"], always("fine"), "$connect")
	r = newRig(t, s)
	r.rules.Throttle = throttle.NewSet(throttle.Options{Account: &throttle.Rate{PerSecond: 1, Burst: 1}, Clock: func() int64 { return 0 }})
	r.deploy(s)
	conn := r.dial()
	wants(t, "throttled message", errorOf(t, r.ask(conn, `{"action":"ask"}`)), "error: Too Many Requests")
	if _, response, _ := r.try("", nil); response == nil || response.StatusCode != 429 {
		t.Errorf("throttled handshake: got %v, want 429", response)
	}
	if calls := len(r.calls); calls != 1 {
		t.Errorf("the backend was called %d times, want once", calls)
	}
}

// The domain as the client used it.
func TestDomainName(t *testing.T) {
	i := kinds["MOCK"]
	r := newRig(t, socketApi(i, always("$context.domainName")))
	wants(t, "by path", r.ask(r.dial(), `{"action":"ask"}`), r.address)
	for host, want := range map[string]string{
		"a1.execute-api.localhost:8080": "a1.execute-api.localhost:8080", "a1.execute-api.example.org:443": "a1.execute-api.example.org",
		"A1.Execute-Api.example.org": "A1.Execute-Api.example.org",
	} {
		conn, _, err := websocket.Dial(t.Context(), fmt.Sprintf("ws://%s/prod", r.address), &websocket.DialOptions{Host: host})
		if err != nil {
			t.Errorf("%s: %v", host, err)
			continue
		}
		wants(t, host, r.ask(conn, `{"action":"ask"}`), want)
		_ = conn.CloseNow()
	}
}

var _ routing.Apis = (*rig)(nil)

// What is told of a connection begins with its $connect, however soon the client
// speaks.
func TestConnectIsToldBeforeMessages(t *testing.T) {
	message := make(chan struct{})
	early := false
	ended := make(chan exchange.Event, 2)
	r := newRig(t, socketApi(kinds["MOCK"], always("fine")), func(c *Config) {
		c.Taps = heard(tap.Of(tap.Ended), func(x *exchange.Exchange, _ tap.Step) {
			if x.Event == exchange.Connect {
				select {
				case <-message:
					early = true
				case <-time.After(100 * time.Millisecond): // the client has spoken by now
				}
			} else if x.Event == exchange.Message {
				close(message)
			}
			ended <- x.Event
		})
	})
	wants(t, "the reply", r.ask(r.dial(), `{"action":"ask"}`), "fine")
	if first, second := <-ended, <-ended; early || first != exchange.Connect || second != exchange.Message {
		t.Errorf("%s is told before %s", first, second)
	}
}
