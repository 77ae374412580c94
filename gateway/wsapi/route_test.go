package wsapi

import (
	"strings"
	"testing"

	"github.com/coder/websocket"

	"github.com/dragoman-gateway/dragoman/resource"
)

// routes is a snapshot whose routes answer with their own keys.
func routes(selection string, keys ...string) *resource.Snapshot {
	i := kinds["MOCK"]
	s := socketApi(i, always("$context.routeKey"))
	s.Api.RouteSelectionExpression = selection
	s.Routes, s.RouteResponses = nil, map[string][]resource.RouteResponse{}
	for _, key := range keys {
		s.Routes = append(s.Routes, resource.Route{RouteId: key, RouteKey: key, Target: "integrations/i1"})
		s.RouteResponses[key] = []resource.RouteResponse{{RouteResponseKey: "$default"}}
	}
	return s
}

func TestRouteChoice(t *testing.T) {
	const forbidden = "error: Forbidden"
	for _, row := range []struct{ name, selection, keys, message, want string }{
		{"exact", "$request.body.action", "join", `{"action":"join"}`, "join"},
		{"case counts", "$request.body.action", "join", `{"action":"Join"}`, forbidden},
		{"no match", "$request.body.action", "join $default", `{"action":"leave"}`, "$default"},
		{"no such member", "$request.body.action", "join $default", `{}`, "$default"},
		{"not JSON", "$request.body.action", "join $default", `join`, "$default"},
		{"broken JSON", "$request.body.action", "join $default", `{"action":"join"`, "$default"},
		{"empty message", "$request.body.action", "join $default", ``, "$default"},
		{"not JSON, no $default", "$request.body.action", "join", `join`, forbidden},
		{"number", "$request.body.action", "5", `{"action":5}`, "5"},
		{"truth", "$request.body.action", "true", `{"action":true}`, "true"},
		{"array", "$request.body.action", "[a,_b]", `{"action":["a","b"]}`, "[a, b]"},
		{"deep", "$request.body.a.b[1].c", "join", `{"a":{"b":[{},{"c":"join"}]}}`, "join"},
		{"mixed", "${request.body.service}/${request.body.action}", "chat/join", `{"service":"chat","action":"join"}`, "chat/join"},
		{"mixed, one missing", "${request.body.action}-${request.body.none}", "join-", `{"action":"join"}`, "join-"},
		{"static", "join", "join", `whatever`, "join"},
		{"a message cannot select $connect", "$request.body.action", "$connect", `{"action":"$connect"}`, forbidden},
		{"nor $disconnect", "$request.body.action", "$disconnect $default", `{"action":"$disconnect"}`, "$default"},
		{"$default by its name", "$request.body.action", "$default", `{"action":"$default"}`, "$default"},
	} {
		t.Run(row.name, func(t *testing.T) {
			keys := strings.Fields(row.keys)
			for i := range keys {
				keys[i] = strings.ReplaceAll(keys[i], "_", " ")
			}
			r := newRig(t, routes(row.selection, keys...))
			wants(t, "frame", errorOf(t, r.ask(r.dial(), row.message)), row.want)
		})
	}
}

// Models stand between the route and its backend, proxy or not.
func TestModels(t *testing.T) {
	for _, row := range []struct {
		name, selection string
		models          map[string]string
		message, want   string
		calls           int
	}{
		{"valid", "$request.body.kind", map[string]string{"order": "Order"}, `{"action":"ask","kind":"order","id":1}`, "fine", 1},
		{"invalid", "$request.body.kind", map[string]string{"order": "Order"}, `{"action":"ask","kind":"order"}`, "error: Invalid request body", 0},
		{"falls to $default", "$request.body.kind", map[string]string{"$default": "Order"}, `{"action":"ask","id":1}`, "fine", 1},
		{"falls to $default, invalid", "$request.body.kind", map[string]string{"$default": "Order"}, `{"action":"ask"}`, "error: Invalid request body", 0},
		{"selects none", "$request.body.kind", map[string]string{"order": "Order"}, `{"action":"ask","id":1}`, "error: Invalid request body", 0},
		{"static", "order", map[string]string{"order": "Order"}, `{"action":"ask"}`, "error: Invalid request body", 0},
		{"without an expression nothing is held", "", map[string]string{"$default": "Order"}, `{"action":"ask"}`, "fine", 1},
		{"no such model", "order", map[string]string{"order": "None"}, `{"action":"ask"}`, "error: Internal server error", 0},
		{"model that is no schema", "order", map[string]string{"order": "Broken"}, `{"action":"ask"}`, "error: Internal server error", 0},
	} {
		for _, kind := range []string{"HTTP", "HTTP_PROXY"} {
			t.Run(kind+" "+row.name, func(t *testing.T) {
				s := socketApi(kinds[kind], always("fine"))
				s.Routes[0].ModelSelectionExpression, s.Routes[0].RequestModels = row.selection, row.models
				s.Models = []resource.Model{
					{Name: "Order", Schema: `{"type":"object","required":["id"]}`}, {Name: "Broken", Schema: `{"type":1}`},
				}
				r := newRig(t, s)
				r.backend = answers(200, "fine")
				wants(t, "frame", errorOf(t, r.ask(r.dial(), row.message)), row.want)
				if got := len(r.calls); got != row.calls {
					t.Errorf("the backend was called %d times, want %d", got, row.calls)
				}
				r.exchange() // $connect
				if x := r.exchange(); (x.Error.Validation != "") != strings.Contains(row.want, "body") {
					t.Errorf("$context.error.validationErrorString: got %q", x.Error.Validation)
				}
			})
		}
	}
}

// A real client that offers permessage-deflate is spoken to with it, both ways.
func TestCompression(t *testing.T) {
	i := kinds["MOCK"]
	r := newRig(t, socketApi(i, always("$input.body")))
	long := strings.Repeat("the same again, ", 2000)
	s := socketApi(kinds["HTTP_PROXY"], nil)
	r.deploy(s)
	r.backend = answers(200, long)
	conn, response, err := r.try("", &websocket.DialOptions{CompressionMode: websocket.CompressionContextTakeover, CompressionThreshold: 1})
	if err != nil {
		t.Fatal(err)
	}
	if got := response.Header.Get("Sec-Websocket-Extensions"); !strings.HasPrefix(got, "permessage-deflate") {
		t.Errorf("extensions: got %q", got)
	}
	message := `{"action":"ask","data":"` + long + `"}`
	wants(t, "reply", r.ask(conn, message), long)
	wants(t, "message", string(r.call().Body), message)
}
