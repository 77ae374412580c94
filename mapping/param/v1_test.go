package param

import (
	"errors"
	"strings"
	"testing"

	"github.com/dragoman-gateway/dragoman/mapping/expr"
)

// vars answers every variable with its name, absent ones with nothing.
type vars struct{ body string }

func (v vars) Variable(kind expr.Kind, name string) string {
	switch {
	case name == "absent":
		return ""
	case kind == expr.RequestPath:
		return "/the/path"
	}
	return "<" + name + ">"
}

func (v vars) Body(expr.Kind) []byte { return []byte(v.body) }

func TestV1Request(t *testing.T) {
	for _, tt := range []struct {
		name, key, value string
		place            Place
		param, want      string
		ok               bool
	}{
		{"context", "integration.request.header.X-Id", "context.connectionId", Header, "X-Id", "<connectionId>", true},
		{"nested context", "integration.request.header.t", "context.authorizer.tenantid", Header, "t", "<authorizer.tenantid>", true},
		{"query string", "integration.request.querystring.a", "route.request.querystring.b", Query, "a", "<b>", true},
		{"multi query string", "integration.request.querystring.a", "route.request.multivaluequerystring.b", Query, "a", "<b>", true},
		{"path", "integration.request.path.room", "route.request.body.room", Path, "room", "7", true},
		{"body", "integration.request.header.b", "route.request.body", Header, "b", `{"room":7}`, true},
		{"method spelling", "integration.request.header.b", "method.request.header.X", Header, "b", "<X>", true},
		{"multi header", "integration.request.header.b", "route.request.multivalueheader.X", Header, "b", "<X>", true},
		{"stage variable", "integration.request.header.b", "stageVariables.v", Header, "b", "<v>", true},
		{"static", "integration.request.header.b", "'it is'", Header, "b", "it is", true},
		{"empty static", "integration.request.header.b", "''", Header, "b", "", true},
		{"dotted name", "integration.request.header.a.b", "'x'", Header, "a.b", "x", true},
		{"missing body field", "integration.request.header.b", "route.request.body.none", Header, "b", "", false},
		{"missing variable", "integration.request.header.b", "context.absent", Header, "b", "", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m, err := ParseV1Request(tt.key, tt.value)
			if err != nil {
				t.Fatal(err)
			}
			got, ok, err := m.Value(vars{`{"room":7}`})
			if m.Place != tt.place || m.Name != tt.param || got != tt.want || ok != tt.ok || err != nil {
				t.Errorf("got %d %q = %q, %v, %v, want %d %q = %q, %v", m.Place, m.Name, got, ok, err, tt.place, tt.param, tt.want, tt.ok)
			}
		})
	}
}

func TestV1Refuses(t *testing.T) {
	response := func(k, v string) (*V1, error) { return ParseV1Response(k, v) }
	for _, tt := range []struct {
		name       string
		parse      func(k, v string) (*V1, error)
		key, value string
		member     string
		want       string
	}{
		{"no prefix", ParseV1Request, "header.X", "'a'", RequestParameters, "must have the form integration.request"},
		{"unknown place", ParseV1Request, "integration.request.cookie.X", "'a'", RequestParameters, "must have the form"},
		{"no name", ParseV1Request, "integration.request.header", "'a'", RequestParameters, "must have the form"},
		{"empty name", ParseV1Request, "integration.request.header.", "'a'", RequestParameters, "{name} must match"},
		{"bad name", ParseV1Request, "integration.request.header.a b", "'a'", RequestParameters, "{name} must match"},
		{"bare value", ParseV1Request, "integration.request.header.X", "text", RequestParameters, "static value in single quotes"},
		{"open quote", ParseV1Request, "integration.request.header.X", "'", RequestParameters, "static value in single quotes"},
		{"dollar value", ParseV1Request, "integration.request.header.X", "$context.x", RequestParameters, "static value"},
		{"response source in a request", ParseV1Request, "integration.request.header.X", "integration.response.body", RequestParameters, "static value"},
		{"bad source name", ParseV1Request, "integration.request.header.X", "route.request.header.a b", RequestParameters, "static value"},
		{"bad JSON path", ParseV1Request, "integration.request.header.X", "route.request.body.a[", RequestParameters, "static value"},
		{"empty value", ParseV1Request, "integration.request.header.X", "", RequestParameters, "1 to 512 characters"},
		{"long value", ParseV1Request, "integration.request.header.X", "'" + strings.Repeat("é", 511) + "'", RequestParameters, "1 to 512 characters"},
		{"HTTP API key", ParseV1Request, "append:header.X", "'a'", RequestParameters, "must have the form"},
		{"response key", response, "integration.response.header.X", "'a'", ResponseParameters, "method.response.header.{name} or route.response.header.{name}"},
		{"response query", response, "method.response.querystring.X", "'a'", ResponseParameters, "method.response.header.{name}"},
		{"response bad name", response, "method.response.header.a/b", "'a'", ResponseParameters, "{name} must match"},
		{"request source in a response", response, "method.response.header.X", "route.request.header.X", ResponseParameters, "integration.response.header.{name}"},
		{"source without integration", response, "method.response.header.X", "response.header.X", ResponseParameters, "integration.response.header.{name}"},
		{"status is no source", response, "method.response.header.X", "integration.response.statuscode", ResponseParameters, "integration.response.header.{name}"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m, err := tt.parse(tt.key, tt.value)
			var e *Error
			if !errors.As(err, &e) || e.Member != tt.member || e.Key != tt.key || !strings.Contains(e.Rule, tt.want) {
				t.Errorf("got %v, %v, want %s: %q", m, err, tt.member, tt.want)
			}
		})
	}
}

func TestV1Response(t *testing.T) {
	for _, tt := range []struct{ name, key, value, param, want string }{
		{"header", "method.response.header.A", "integration.response.header.B", "A", "<B>"},
		{"route spelling", "route.response.header.A", "integration.response.header.B", "A", "<B>"},
		{"multi header", "method.response.header.A", "integration.response.multivalueheader.B", "A", "<B>"},
		{"body", "method.response.header.A", "integration.response.body", "A", `{"p":"x"}`},
		{"body path", "method.response.header.Sec-WebSocket-Protocol", "integration.response.body.p", "Sec-WebSocket-Protocol", "x"},
		{"context", "method.response.header.A", "context.requestId", "A", "<requestId>"},
		{"stage variable", "method.response.header.A", "stageVariables.v", "A", "<v>"},
		{"static", "method.response.header.A", "'s'", "A", "s"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m, err := ParseV1Response(tt.key, tt.value)
			if err != nil {
				t.Fatal(err)
			}
			if got, ok, err := m.Value(vars{`{"p":"x"}`}); m.Place != Header || m.Name != tt.param || got != tt.want || !ok || err != nil {
				t.Errorf("got %q = %q, %v, %v, want %q = %q", m.Name, got, ok, err, tt.param, tt.want)
			}
		})
	}
}

func TestV1BodyThatIsNotJSON(t *testing.T) {
	m, err := ParseV1Request("integration.request.header.X", "route.request.body.a")
	if err != nil {
		t.Fatal(err)
	}
	if got, ok, err := m.Value(vars{"plain text"}); got != "" || ok || err != nil {
		t.Errorf("got %q, %v, %v, want nothing", got, ok, err)
	}
}
