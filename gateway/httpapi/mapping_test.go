package httpapi

import (
	"strings"
	"testing"

	"github.com/dragoman-gateway/dragoman/integration"
)

func TestRequestMappings(t *testing.T) {
	for _, row := range []struct {
		name, key, value string
		target, body     string
		header           []string
		wantTarget       string
		wantHeader       string // of X-M
	}{
		{"append static", "append:header.X-M", "new", "/x/7", "", []string{"X-M", "old"}, "/x", "old,new"},
		{"overwrite", "overwrite:header.x-m", "new", "/x/7", "", []string{"X-M", "old", "X-M", "older"}, "/x", "new"},
		{"remove", "remove:header.X-M", "''", "/x/7", "", []string{"X-M", "old"}, "/x", ""},
		{"from a header", "overwrite:header.X-M", "$request.header.x-from", "/x/7", "", []string{"X-From", "a", "X-From", "b"}, "/x", "a,b"},
		{"from the host", "overwrite:header.X-M", "$request.header.host", "/x/7", "", nil, "/x", "api.execute-api.localhost"},
		{"from the query", "overwrite:header.X-M", "$request.querystring.q", "/x/7?q=a%20b&q=c&Q=d", "", nil, "/x?q=a%20b&q=c&Q=d", "a b,c"},
		{"from the path", "overwrite:header.X-M", "${request.path} ${request.path.id}", "/x/a%20b", "", nil, "/x", "/x/a%20b a b"},
		{"from the body", "overwrite:header.X-M", "$request.body.pet.name", "/x/7", `{"pet":{"name":"Rex"}}`, nil, "/x", "Rex"},
		{"from the whole body", "overwrite:header.X-M", "$request.body", "/x/7", "text", nil, "/x", "text"},
		{"from a body that is no JSON", "overwrite:header.X-M", "$request.body.pet", "/x/7", "text", []string{"X-M", "old"}, "/x", "old"},
		{"from the context", "overwrite:header.X-M", "${context.stage} ${context.identity.sourceIp} ${context.httpMethod}", "/x/7", "", nil, "/x", "$default 192.0.2.1 POST"},
		{"from a stage variable", "overwrite:header.X-M", "$stageVariables.colour", "/x/7", "", nil, "/x", "red"},
		{"nothing there", "overwrite:header.X-M", "$request.header.none", "/x/7", "", []string{"X-M", "old"}, "/x", "old"},
		{"claims under jwt are nothing", "overwrite:header.X-M", "$context.authorizer.jwt.claims.sub", "/x/7", "", nil, "/x", ""},
		{"lines in a value", "overwrite:header.X-M", "$request.querystring.q", "/x/7?q=a%0d%0aX-Evil:%201", "", nil, "/x?q=a%0d%0aX-Evil:%201", "a  X-Evil: 1"},

		{"append a query", "append:querystring.q", "b c", "/x/7?q=a", "", nil, "/x?q=a&q=b+c", ""},
		{"overwrite a query", "overwrite:querystring.q", "$request.path.id", "/x/7?q=a&r=%20&q=b", "", nil, "/x?r=%20&q=7", ""},
		{"remove a query", "remove:querystring.q", "", "/x/7?q=a&r=1&%71=b", "", nil, "/x?r=1", ""},
		{"a query that is none", "append:querystring.q", "$request.querystring.r", "/x/7", "", nil, "/x", ""},
		{"a query with what it is made of", "append:querystring.q", "$request.querystring.r", "/x/7?r=a%26b%3Dc", "", nil, "/x?r=a%26b%3Dc&q=a%26b%3Dc", ""},

		{"path", "overwrite:path", "/changed/path", "/x/7?a=1", "", nil, "/changed/path?a=1", ""},
		{"path of parts", "overwrite:path", "/v1/${request.path.id}", "/x/a%20b%3F", "", nil, "/v1/a%20b%3F", ""},
		{"path without a slash", "overwrite:path", "there", "/x/7", "", nil, "/there", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			b := &backend{}
			s := proxied("http://b/x", "POST /x/{id}")
			s.Integrations[0].RequestParameters = map[string]string{row.key: row.value}
			w := newGateway(Config{Forwarder: b}, s).ask("POST", row.target, row.body, row.header...)
			if w.Code != 200 {
				t.Fatalf("status: got %d %s", w.Code, w.Body)
			}
			o := b.sent[0]
			if o.Target != row.wantTarget {
				t.Errorf("target: got %s, want %s", o.Target, row.wantTarget)
			}
			if got := strings.Join(o.Header.Values("X-M"), ","); got != row.wantHeader {
				t.Errorf("X-M: got %q, want %q", got, row.wantHeader)
			}
			if b.body != row.body {
				t.Errorf("body: got %q, want %q", b.body, row.body)
			}
		})
	}
}

func TestHostCanBeMapped(t *testing.T) {
	b := &backend{}
	s := proxied("http://b/x", "GET /x")
	s.Integrations[0].RequestParameters = map[string]string{"overwrite:header.Host": "other.example"}
	newGateway(Config{Forwarder: b}, s).ask("GET", "/x", "")
	if o := b.sent[0]; o.Host != "other.example" || o.Address != "b" {
		t.Errorf("got host %q at %q, want other.example at b", o.Host, o.Address)
	}
}

func TestResponseMappings(t *testing.T) {
	reply := func(*integration.Outgoing) (*integration.Incoming, error) {
		return said(404, `{"why":{"code":7}}`, "X-M", "old", "X-Gone", "1", "X-Amzn-Requestid", "theirs"), nil
	}
	for _, row := range []struct {
		name, status, key, value string
		wantStatus               int
		wantHeader               string // of X-M
	}{
		{"append", "404", "append:header.X-M", "new", 404, "old,new"},
		{"overwrite", "404", "overwrite:header.x-m", "$response.header.x-gone", 404, "1"},
		{"remove", "404", "remove:header.X-M", "''", 404, ""},
		{"another status", "200", "overwrite:header.X-M", "new", 404, "old"},
		{"status code", "404", "overwrite:statuscode", "403", 403, "old"},
		{"status code of the body", "404", "overwrite:statuscode", "20${response.body.why.code}", 207, "old"},
		{"no status code", "404", "overwrite:statuscode", "$response.header.x-m", 404, "old"},
		{"from the body", "404", "overwrite:header.X-M", "code ${response.body.why.code}", 404, "code 7"},
		{"from the whole body", "404", "overwrite:header.X-M", "$response.body", 404, `{"why":{"code":7}}`},
		{"from the request", "404", "overwrite:header.X-M", "$request.header.user-agent", 404, "tester"},
		{"from the request's body", "404", "overwrite:header.X-M", "$request.body.a", 404, "1"},
		{"from the context", "404", "overwrite:header.X-M", "${context.awsEndpointRequestId} ${context.integration.status}", 404, "theirs 404"},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := proxied("http://b/x", "POST /x")
			s.Integrations[0].ResponseParameters = map[string]map[string]string{row.status: {row.key: row.value}}
			w := newGateway(Config{Forwarder: &backend{reply: reply}}, s).ask("POST", "/x", `{"a":1}`, "User-Agent", "tester")
			if w.Code != row.wantStatus {
				t.Errorf("status: got %d, want %d", w.Code, row.wantStatus)
			}
			if got := strings.Join(w.Header().Values("X-M"), ","); got != row.wantHeader {
				t.Errorf("X-M: got %q, want %q", got, row.wantHeader)
			}
			if got := w.Body.String(); got != `{"why":{"code":7}}` {
				t.Errorf("body: got %s", got)
			}
		})
	}
}

func TestBrokenMappingsFailTheirRouteAlone(t *testing.T) {
	s := proxied("http://b/x", "GET /broken")
	s.Integrations[0].RequestParameters = map[string]string{"overwrite:header.Via": "x"}
	whole := proxied("http://b/x", "GET /whole")
	whole.Integrations[0].IntegrationId, whole.Routes[0].Target = "j", "integrations/j"
	s.Integrations, s.Routes = append(s.Integrations, whole.Integrations...), append(s.Routes, whole.Routes...)
	g := newGateway(Config{Forwarder: &backend{}}, s)
	for path, want := range map[string]int{"/broken": 500, "/whole": 200} {
		if w := g.ask("GET", path, ""); w.Code != want {
			t.Errorf("%s: got %d, want %d", path, w.Code, want)
		}
	}
}
