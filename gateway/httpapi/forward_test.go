package httpapi

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/dragoman-gateway/dragoman/integration"
	"github.com/dragoman-gateway/dragoman/message"
	"github.com/dragoman-gateway/dragoman/plan"
	"github.com/dragoman-gateway/dragoman/resource"
)

func TestTargets(t *testing.T) {
	for _, row := range []struct {
		name, uri, key, target, want string
	}{
		{"as configured", "http://b/base", "GET /x", "/x", "http b /base"},
		{"bare host", "https://b:8443", "GET /x", "/x", "https b:8443 /"},
		{"variable", "http://b/pets/{id}", "GET /p/{id}", "/p/a%20b", "http b /pets/a%20b"},
		{"escaped slash stays escaped", "http://b/pets/{id}", "GET /p/{id}", "/p/a%2Fb", "http b /pets/a%2Fb"},
		{"greedy", "http://b/{proxy}", "ANY /{proxy+}", "/a/b%2Fc/", "http b /a/b%2Fc/"},
		{"greedy with its plus", "http://b/{proxy+}", "ANY /{proxy+}", "/a/b", "http b /a/b"},
		{"variable in the query", "http://b/x?id={id}", "GET /p/{id}", "/p/a%20%26", "http b /x?id=a+%26"},
		{"query is passed on", "http://b/x", "GET /x", "/x?a=1&a=%20&&c", "http b /x?a=1&a=%20&&c"},
		{"after the configured one", "http://b/x?k=v", "GET /x", "/x?a=1", "http b /x?k=v&a=1"},
		{"default route", "http://b", "$default", "/store/checkout", "http b /store/checkout"},
		{"default route below a path", "http://b/base/", "$default", "/store/checkout?x=1", "http b /base/store/checkout?x=1"},
		{"stage variable", "http://b/${stageVariables.colour}", "GET /x", "/x", "http b /red"},
		{"stage variable as host", "http://${stageVariables.colour}.example/x", "GET /x", "/x", "http red.example /x"},
		{"fragment", "http://b/x#f", "GET /x", "/x", "http b /x"},
		{"unknown variable", "http://b/{what}/y", "GET /x", "/x", "http b /y"},
		{"open brace", "http://b/{what", "GET /x", "/x", "http b /%7Bwhat"},
	} {
		t.Run(row.name, func(t *testing.T) {
			b := &backend{}
			g := newGateway(Config{Forwarder: b}, proxied(row.uri, row.key))
			method, _, _ := strings.Cut(row.key, " ")
			if method == "$default" || method == "ANY" {
				method = "GET"
			}
			if w := g.ask(method, row.target, ""); w.Code != 200 {
				t.Fatalf("status: got %d %s", w.Code, w.Body)
			}
			o := b.sent[0]
			if got := o.Scheme + " " + o.Address + " " + o.Target; got != row.want {
				t.Errorf("got %s, want %s", got, row.want)
			}
		})
	}
}

func TestUnusableTargets(t *testing.T) {
	for _, uri := range []string{"b/x", "ftp://b/x", "http:///x", "http://", "http://{id}.b/x", "http://user@b/x", "http://b:x/", "http://:80/"} {
		b := &backend{}
		g := newGateway(Config{Forwarder: b}, proxied(uri, "GET /x/{id}"))
		if w := g.ask("GET", "/x/evil", ""); w.Code != 500 || len(b.sent) != 0 {
			t.Errorf("%s: got %d and %d calls, want 500 and none", uri, w.Code, len(b.sent))
		}
		if found := plan.Check(&resource.Snapshot{Api: resource.Api{ProtocolType: "HTTP"}, Integrations: proxied(uri).Integrations}); len(found) != 1 {
			t.Errorf("%s: got %v, want one warning", uri, found)
		}
	}
}

func TestHeadersToBackends(t *testing.T) {
	for _, row := range []struct {
		name   string
		header []string
		want   map[string]string // "" means absent
	}{
		{"plain", nil, map[string]string{
			"Forwarded": "for=192.0.2.1;host=api.execute-api.localhost;proto=http", "Via": "HTTP/1.1 AmazonAPIGateway",
			"Content-Type": "application/x-www-form-urlencoded", "X-Forwarded-For": "",
		}},
		{"host with a port", []string{"Host", "api:8080"}, map[string]string{"Forwarded": `for=192.0.2.1;host="api:8080";proto=http`}},
		{"strange host", []string{"Host", `a"b`}, map[string]string{"Forwarded": `for=192.0.2.1;host="a\"b";proto=http`}},
		{"content type", []string{"Content-Type", "text/x"}, map[string]string{"Content-Type": "text/x"}},
		{"forwarded for", []string{"X-Forwarded-For", "10.0.0.1, 10.0.0.2", "X-Forwarded-Proto", "https"}, map[string]string{
			"Forwarded": "for=10.0.0.1;proto=https, for=10.0.0.2, for=192.0.2.1;host=api.execute-api.localhost;proto=http", "X-Forwarded-For": "", "X-Forwarded-Proto": "",
		}},
		{"forwarded", []string{"Forwarded", "for=a", "Via", "1.1 x"}, map[string]string{
			"Forwarded": "for=a, for=192.0.2.1;host=api.execute-api.localhost;proto=http", "Via": "1.1 x, HTTP/1.1 AmazonAPIGateway",
		}},
		{"one connection's", []string{"Connection", "X-Own, close", "X-Own", "1", "Keep-Alive", "1", "Te", "trailers", "Proxy-Authorization", "x", "Upgrade", "h2c", "Expect", "100-continue"},
			map[string]string{"Connection": "", "X-Own": "", "Keep-Alive": "", "Te": "", "Proxy-Authorization": "", "Upgrade": "", "Expect": ""}},
		{"everything else", []string{"Authorization", "x", "Cookie", "a=1", "X-Two", "1", "X-Two", "2"},
			map[string]string{"Authorization": "x", "Cookie": "a=1", "X-Two": "1,2"}},
		{"trace", []string{"X-Amzn-Trace-Id", "Root=1-2-3"}, map[string]string{"X-Amzn-Trace-Id": "Root=1-2-3"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			b := &backend{}
			g := newGateway(Config{Forwarder: b}, proxied("http://b", "GET /x"))
			g.ask("GET", "/x", "", row.header...)
			for name, want := range row.want {
				if got := strings.Join(b.sent[0].Header.Values(name), ","); got != want {
					t.Errorf("%s: got %q, want %q", name, got, want)
				}
			}
			if trace := b.sent[0].Header.Get("X-Amzn-Trace-Id"); !strings.HasPrefix(trace, "Root=1-") {
				t.Errorf("X-Amzn-Trace-Id: got %q", trace)
			}
		})
	}
}

func TestBackendFailures(t *testing.T) {
	cause := errors.New("secret of the backend")
	for _, row := range []struct {
		class  error
		status int
		body   string
		kind   string
	}{
		{message.ErrTimeout, 503, `{"message":"Service Unavailable"}`, "INTEGRATION_TIMEOUT"},
		{message.ErrUnreachable, 503, `{"message":"Service Unavailable"}`, "INTEGRATION_FAILURE"},
		{message.ErrThrottled, 503, `{"message":"Service Unavailable"}`, "INTEGRATION_FAILURE"},
		{message.ErrConfiguration, 500, `{"message":"Internal Server Error"}`, "INTEGRATION_FAILURE"},
		{message.ErrDenied, 500, `{"message":"Internal Server Error"}`, "INTEGRATION_FAILURE"},
	} {
		b := &backend{reply: func(*integration.Outgoing) (*integration.Incoming, error) {
			return nil, message.Fail(row.class, cause)
		}}
		g := newGateway(Config{Forwarder: b}, proxied("http://b", "GET /x"))
		w := g.ask("GET", "/x", "")
		if w.Code != row.status || w.Body.String() != row.body {
			t.Errorf("%v: got %d %s, want %d %s", row.class, w.Code, w.Body, row.status, row.body)
		}
		x := g.last(t)
		if x.Error.ResponseType != row.kind || x.Status != row.status || x.Integration.Error != message.Words(row.class, "integration") {
			t.Errorf("%v: exchange got %+v, status %d, integration %q", row.class, x.Error, x.Status, x.Integration.Error)
		}
	}
}

func TestRepliesAreRelayed(t *testing.T) {
	for _, row := range []struct {
		name, method string
		in           *integration.Incoming
		status       int
		body         string
		header       map[string]string
	}{
		{"whole", "GET", said(418, "tea", "content-type", "text/tea", "X-Two", "1", "x-two", "2", "Server", "pot"), 418, "tea",
			map[string]string{"Content-Type": "text/tea", "X-Two": "1,2", "Server": "pot", "Content-Length": "3"}},
		{"no type", "GET", said(200, "<html>"), 200, "<html>", map[string]string{"Content-Type": ""}},
		{"empty", "GET", said(200, ""), 200, "", map[string]string{"Content-Length": "0"}},
		{"no content", "GET", said(204, ""), 204, "", map[string]string{"Content-Length": ""}},
		{"not modified", "GET", &integration.Incoming{Status: 304, Length: 9, Body: http.NoBody}, 304, "", map[string]string{"Content-Length": "9"}},
		{"head", "HEAD", &integration.Incoming{Status: 200, Length: 9, Body: http.NoBody}, 200, "", map[string]string{"Content-Length": "9"}},
		{"unknown length", "GET", &integration.Incoming{Status: 200, Length: -1, Body: io.NopCloser(strings.NewReader("flow"))}, 200, "flow", map[string]string{"Content-Length": ""}},
		{"another gateway's id", "GET", said(200, "", "apigw-requestid", "theirs"), 200, "", nil},
		{"redirect", "GET", said(302, "", "Location", "/y"), 302, "", map[string]string{"Location": "/y"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			b := &backend{reply: func(*integration.Outgoing) (*integration.Incoming, error) { return row.in, nil }}
			g := newGateway(Config{Forwarder: b}, proxied("http://b", "ANY /x"))
			w := g.ask(row.method, "/x", "")
			if w.Code != row.status || w.Body.String() != row.body {
				t.Errorf("got %d %q, want %d %q", w.Code, w.Body, row.status, row.body)
			}
			for name, want := range row.header {
				if got := strings.Join(w.Header().Values(name), ","); got != want {
					t.Errorf("%s: got %q, want %q", name, got, want)
				}
			}
			if got := w.Header().Values("apigw-requestid"); len(got) != 1 || got[0] != g.last(t).RequestID {
				t.Errorf("apigw-requestid: got %q, want %q", got, g.last(t).RequestID)
			}
		})
	}
}

// A reply that breaks off ends the client's connection: half of it must not look
// like all of it.
func TestBrokenRepliesAreNotEnded(t *testing.T) {
	torn := func(length int64) *integration.Incoming {
		return &integration.Incoming{Status: 200, Length: length, Body: io.NopCloser(io.MultiReader(
			strings.NewReader("half"), failing{message.Fail(message.ErrUnreachable, io.ErrUnexpectedEOF)}))}
	}
	for _, row := range []struct {
		name  string
		reply *integration.Incoming
		limit int64
	}{
		{"known length", torn(8), 0},
		{"unknown length", torn(-1), 0},
		{"beyond the limit", &integration.Incoming{Status: 200, Length: -1, Body: io.NopCloser(strings.NewReader(strings.Repeat("x", 99)))}, 50},
	} {
		t.Run(row.name, func(t *testing.T) {
			b := &backend{reply: func(*integration.Outgoing) (*integration.Incoming, error) { return row.reply, nil }}
			g := newGateway(Config{Forwarder: b, Limits: Limits{Reply: row.limit}}, proxied("http://b", "GET /x"))
			s := httptest.NewServer(g)
			defer s.Close()
			response, err := http.Get(s.URL + "/x")
			if err == nil {
				_, err = io.ReadAll(response.Body)
				response.Body.Close()
			}
			if err == nil {
				t.Error("the client took half of a reply for a whole one")
			}
			s.Close()
			if x := g.last(t); x.Integration.Error == "" {
				t.Errorf("exchange: got %+v, want the error of the integration", x.Integration)
			}
		})
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func TestLongRepliesOfKnownLength(t *testing.T) {
	b := &backend{reply: func(*integration.Outgoing) (*integration.Incoming, error) {
		return said(200, strings.Repeat("x", 51)), nil
	}}
	g := newGateway(Config{Forwarder: b, Limits: Limits{Reply: 50}}, proxied("http://b", "GET /x"))
	if w := g.ask("GET", "/x", ""); w.Code != 500 {
		t.Errorf("got %d, want 500", w.Code)
	}
	lifted := newGateway(Config{Forwarder: b, Limits: Limits{Reply: -1}}, proxied("http://b", "GET /x"))
	if w := lifted.ask("GET", "/x", ""); w.Code != 200 || w.Body.Len() != 51 {
		t.Errorf("lifted: got %d and %d bytes", w.Code, w.Body.Len())
	}
}

func TestTimeoutsOfIntegrations(t *testing.T) {
	for _, row := range []struct {
		millis int32
		lifted time.Duration
		want   time.Duration
	}{{0, 0, 30 * time.Second}, {50, 0, 50 * time.Millisecond}, {30_000, time.Minute, time.Minute}, {29_999, time.Minute, 29_999 * time.Millisecond}} {
		b := &backend{}
		s := proxied("http://b", "GET /x")
		s.Integrations[0].TimeoutInMillis = row.millis
		newGateway(Config{Forwarder: b, Limits: Limits{Timeout: row.lifted}}, s).ask("GET", "/x", "")
		if got := b.sent[0].Timeout; got != row.want {
			t.Errorf("%d ms, lifted to %v: got %v, want %v", row.millis, row.lifted, got, row.want)
		}
	}
}

func TestPrivateIntegrations(t *testing.T) {
	const arn = "arn:aws:elasticloadbalancing:us-east-1:123456789012:listener/app/a/b/c"
	b := &backend{}
	s := proxied(arn, "ANY /{proxy+}")
	s.Integrations[0].ConnectionType, s.Integrations[0].ConnectionId = "VPC_LINK", "link1"
	g := newGateway(Config{Forwarder: b}, s, "prod", "$default")
	g.ask("GET", "/prod/a/b?x=1", "")
	s.Integrations[0].TlsConfig = &resource.TlsConfig{ServerNameToVerify: "inner.example"}
	s.Integrations[0].RequestParameters = map[string]string{"overwrite:path": "$request.path"}
	g = newGateway(Config{Forwarder: b}, s, "prod")
	g.ask("GET", "/prod/a/b", "")
	for i, want := range []string{"http /prod/a/b?x=1  {link1 " + arn + "}", "https /a/b inner.example {link1 " + arn + "}"} {
		o := b.sent[i]
		if got := fmt.Sprintf("%s %s %s %v", o.Scheme, o.Target, o.ServerName, *o.Link); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
