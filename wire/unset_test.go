package wire_test

import (
	"context"
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/dragoman-gateway/dragoman/wire"
)

// got is what a handler was given as the body of a call.
func got(t *testing.T, o *wire.Operation, target, body string) (status int, members map[string]json.RawMessage, message string) {
	t.Helper()
	handlers := map[string]wire.Handler{o.Name: func(_ context.Context, r *wire.Request) (any, error) {
		members = r.Body
		return nil, nil
	}}
	w := httptest.NewRecorder()
	wire.NewServer(wire.Config{Handlers: handlers}).ServeHTTP(w, httptest.NewRequest(o.Method, target, strings.NewReader(body)))
	var answer struct{ Message string }
	_ = json.Unmarshal(w.Body.Bytes(), &answer) // nothing after a success
	return w.Code, members, answer.Message
}

// TestEmptyTextsAtCreate sends an empty text for each optional member that is a text
// of each operation that makes something: it is not set.
func TestEmptyTextsAtCreate(t *testing.T) {
	rows := 0
	for _, o := range wire.Operations() {
		if !strings.HasPrefix(o.Name, "Create") {
			continue
		}
		for i := range o.Input {
			m := &o.Input[i]
			if m.In != wire.InBody || m.Required || m.Shape.Type != wire.String {
				continue
			}
			rows++
			target, body := valid(o)
			body[m.Wire] = ""
			status, members, message := got(t, o, target, text(body))
			if _, there := members[m.Wire]; status != o.Status || there {
				t.Errorf("%s %s: got %d %s %v, want it as if it were not sent", o.Name, m.Wire, status, message, members)
			}
		}
	}
	if rows < 40 {
		t.Errorf("got %d rows, want 40 at least", rows)
	}
}

func TestEmptyTextsBelow(t *testing.T) {
	for _, row := range []struct{ operation, member, value, want string }{
		{"CreateStage", "accessLogSettings", `{"destinationArn":"","format":""}`, ``},
		{"CreateStage", "accessLogSettings", `{}`, ``},
		{"CreateIntegration", "tlsConfig", `{}`, `{}`},
		{"CreateApi", "corsConfiguration", `{}`, `{}`},
		{"CreateStage", "routeSettings", `{"GET /":{"loggingLevel":"","throttlingRateLimit":1.50}}`, `{"GET /":{"throttlingRateLimit":1.50}}`},
		{"CreateStage", "stageVariables", `{"a":""}`, `{"a":""}`},
		{"CreateStage", "tags", `{"a":"x \"\" y"}`, `{"a":"x \"\" y"}`},
		{"CreateIntegration", "tlsConfig", `{"serverNameToVerify":""}`, ``},
		{"CreateIntegration", "requestTemplates", `{"$default":""}`, `{"$default":""}`},
		{"CreateAuthorizer", "jwtConfiguration", `{"issuer":"","audience":["a"]}`, `{"audience":["a"]}`},
		{"CreateAuthorizer", "identitySource", `[""]`, `[""]`},
		{"CreateDomainName", "domainNameConfigurations", `[{"certificateArn":"","endpointType":""}]`, `[{}]`},
	} {
		o := wire.Lookup(row.operation)
		target, body := valid(o)
		delete(body, row.member)
		sent := strings.TrimSuffix(text(body), "}") + "," + quoted(row.member) + ":" + row.value + "}"
		status, members, message := got(t, o, target, strings.Replace(sent, "{,", "{", 1))
		if status != o.Status || string(members[row.member]) != row.want {
			t.Errorf("%s %s %s: got %d %s %s, want %s", row.operation, row.member, row.value, status, message, members[row.member], row.want)
		}
	}
}

// TestEmptyTextsInMaps: what stands in a map is judged, also at create.
func TestEmptyTextsInMaps(t *testing.T) {
	c := &calm{}
	status, _, message := c.ask(t, "POST", "/v2/apis/x/integrations", `{"integrationType":"HTTP_PROXY","requestParameters":{"remove:header.a":""}}`)
	if status != 400 || !strings.Contains(message, "requestParameters.remove:header.a") {
		t.Errorf("got %d %s, want a complaint", status, message)
	}
}
