package conformance

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"
	"github.com/coder/websocket"
)

// at calls a path of a host of the data listener; host "" is the listener's own.
func (g *gateway) at(method, host, path, body string) heard {
	g.t.Helper()
	r, err := http.NewRequestWithContext(g.t.Context(), method, "http://"+g.DataAddr()+path, strings.NewReader(body))
	must(g.t, err)
	if host != "" {
		r.Host = host
	}
	return newWebApi(g, "").do(r)
}

// TestDefaultStageOfAWebSocketApi: the stage $default is served at the root of an
// API and at its own name, by host and by path; any other first segment that is no
// stage is refused.
func TestDefaultStageOfAWebSocketApi(t *testing.T) {
	f := lambda(t, func(events.APIGatewayWebsocketProxyRequest) (string, bool) {
		return `{"statusCode":200,"body":"pong"}`, false
	})
	g := start(t, f.as)
	a := g.socketApi(proxy(), none).with("$connect", false)
	_, err := g.sdk.CreateStage(t.Context(), &apigatewayv2.CreateStageInput{ApiId: &a.id, StageName: aws.String("$default")})
	must(t, err)
	_, err = g.sdk.CreateDeployment(t.Context(), &apigatewayv2.CreateDeploymentInput{ApiId: &a.id, StageName: aws.String("$default")})
	must(t, err)
	host, byPath := a.id+".execute-api.localhost", "/_aws/execute-api/"+a.id
	for _, row := range []struct{ host, path, stage string }{
		{host, "/", "$default"}, {host, "", "$default"}, {host, "/?token=x", "$default"}, {host, "/$default", "$default"}, {host, "/$default/", "$default"},
		{host, "/%24default", "$default"}, {host, "/prod", "prod"}, {"", byPath, "$default"}, {"", byPath + "/", "$default"},
		{"", byPath + "/$default", "$default"}, {"", byPath + "/$default/", "$default"}, {"", byPath + "/prod", "prod"},
	} {
		conn, _, err := websocket.Dial(t.Context(), "ws://"+g.DataAddr()+row.path, &websocket.DialOptions{Host: row.host})
		if err != nil {
			t.Errorf("%s%s: %v", row.host, row.path, err)
			continue
		}
		if got := a.ask(conn, `{"action":"ask"}`); got != "pong" {
			t.Errorf("%s%s: got %s, want pong", row.host, row.path, got)
		}
		seen := f.seen("CONNECT")
		last := seen[len(seen)-1].RequestContext
		if last.Stage != row.stage {
			t.Errorf("%s%s: the event's stage is %s, want %s", row.host, row.path, last.Stage, row.stage)
		}
		callbacks := []string{"/" + row.stage + "/@connections/"}
		if row.stage == "$default" {
			callbacks = append(callbacks, "/@connections/", "/%24default/%40connections/")
		}
		for _, callback := range callbacks {
			if got := g.at("POST", host, callback+last.ConnectionID, "to you"); got.StatusCode != 200 {
				t.Errorf("%s: got %d %s", callback, got.StatusCode, got.body)
				continue
			}
			if _, frame, err := conn.Read(t.Context()); err != nil || string(frame) != "to you" {
				t.Errorf("%s: got %s %v", callback, frame, err)
			}
		}
		_ = conn.CloseNow()
	}
	for _, path := range []string{"/other", "/other/", "/$default/x", "/$default/prod", "/prod/$default", "//", "/$defaults", "/prod/x", "/$connect"} {
		for _, row := range []struct{ host, path string }{{host, path}, {"", byPath + path}} {
			_, answer, err := websocket.Dial(t.Context(), "ws://"+g.DataAddr()+row.path, &websocket.DialOptions{Host: row.host})
			if err == nil || answer == nil || answer.StatusCode != 403 {
				t.Errorf("%s%s: got %v, want 403", row.host, row.path, err)
			}
		}
	}
	_, err = g.sdk.DeleteStage(t.Context(), &apigatewayv2.DeleteStageInput{ApiId: &a.id, StageName: aws.String("$default")})
	must(t, err)
	for _, path := range []string{"/", "/$default", "/@connections/x", byPath, byPath + "/$default"} {
		if got := g.at("GET", map[bool]string{true: "", false: host}[strings.HasPrefix(path, "/_aws")], path, ""); got.StatusCode != 403 {
			t.Errorf("%s without the stage: got %d, want 403", path, got.StatusCode)
		}
	}
}

// TestDefaultStageOfAnHTTPApiByPath: an address by path may name the stage $default
// of an HTTP API; handlers see the path without it.
func TestDefaultStageOfAnHTTPApiByPath(t *testing.T) {
	a := start(t).webApi()
	a.route("GET /pets/{id}", a.integrate(proxyTo(backend(t, func(w http.ResponseWriter, r *http.Request) { _, _ = fmt.Fprint(w, "pet ", r.Header.Get("X-Path")) }))))
	target := proxyTo(backend(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = fmt.Fprint(w, r.URL.Path, " ", r.Header.Get("X-Path"))
	}))
	target.RequestParameters = map[string]string{"append:header.x-path": "$context.path$context.stage"}
	a.route("$default", a.integrate(target))
	a.deploy("$default").deploy("prod")
	byPath := "/_aws/execute-api/" + a.id
	for path, want := range map[string]string{
		byPath + "/pets/1":                "pet ",
		byPath + "/$default/pets/1":       "pet ",
		byPath + "/%24default/pets/1":     "pet ",
		byPath + "/prod/pets/1":           "pet ",
		byPath + "/$default":              "/ /$default",
		byPath + "/$default/":             "/ /$default",
		byPath + "/$default/prod/pets/1":  "/prod/pets/1 /prod/pets/1$default",
		byPath + "/prod/$default/pets/1":  "/$default/pets/1 /prod/$default/pets/1prod",
		byPath + "/$default/a?x=1":        "/a /a$default",
		byPath + "/$default/$default/a/b": "/$default/a/b /$default/a/b$default",
	} {
		if got := a.at("GET", "", path, ""); got.StatusCode != 200 || got.body != want {
			t.Errorf("%s: got %d %q, want %q", path, got.StatusCode, got.body, want)
		}
	}
}

// TestEmptyCors: an empty configuration is one, which allows nobody; an update with
// one changes nothing.
func TestEmptyCors(t *testing.T) {
	at := backend(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Access-Control-Allow-Origin", "theirs")
		if r.Method == http.MethodOptions {
			w.WriteHeader(http.StatusTeapot)
		}
	})
	g := start(t)
	id := g.made("POST", "/apis", `{"name":"a","protocolType":"HTTP","corsConfiguration":{}}`, "apiId")
	empty := func(what string) {
		t.Helper()
		got := g.ask("GET", "/apis/"+id, "").members["corsConfiguration"]
		if asJSON(got) != "{}" {
			t.Errorf("%s: CORS reads back as %s, want {}", what, asJSON(got))
		}
	}
	empty("created")
	a := newWebApi(g, id)
	a.route("GET /x", a.integrate(proxyTo(at)))
	a.deploy("$default")
	asked := a.call("OPTIONS", "/x", "", "Origin", "https://a.example", "Access-Control-Request-Method", "GET")
	if asked.StatusCode != 204 || len(corsOf(asked)) != 0 {
		t.Errorf("a preflight: got %d %v, want 204 without headers of CORS", asked.StatusCode, asked.Header)
	}
	if served := a.call("GET", "/x", "", "Origin", "https://a.example"); served.StatusCode != 200 || len(corsOf(served)) != 0 {
		t.Errorf("a request: got %d %v, want 200 without headers of CORS", served.StatusCode, served.Header)
	}
	g.made("PATCH", "/apis/"+id, `{"corsConfiguration":{}}`, "")
	g.made("PATCH", "/apis/"+id, `{"description":"d"}`, "")
	empty("after updates that change nothing")
	_, document := fetched(t, "http://"+g.ManagementAddr()+"/_dragoman/configuration")
	if !strings.Contains(document, "corsConfiguration: {}") {
		t.Errorf("the document lost it:\n%s", document)
	}
	exported, err := g.sdk.ExportApi(t.Context(), &apigatewayv2.ExportApiInput{ApiId: &id, Specification: aws.String("OAS30"), OutputType: aws.String("JSON")})
	must(t, err)
	var openapi struct {
		Cors json.RawMessage `json:"x-amazon-apigateway-cors"`
	}
	if must(t, json.Unmarshal(exported.Body, &openapi)); strings.TrimSpace(string(openapi.Cors)) != "{}" {
		t.Errorf("the export has %s, want {}", openapi.Cors)
	}
	again, err := g.sdk.ImportApi(t.Context(), &apigatewayv2.ImportApiInput{Body: aws.String(string(exported.Body))})
	must(t, err)
	if again.CorsConfiguration == nil || len(again.CorsConfiguration.AllowOrigins) != 0 {
		t.Errorf("imported again: got %+v, want an empty configuration", again.CorsConfiguration)
	}
	g.made("PATCH", "/apis/"+id, `{"corsConfiguration":{"allowOrigins":["https://a.example"]}}`, "")
	g.made("PATCH", "/apis/"+id, `{"corsConfiguration":{}}`, "")
	if got := asJSON(g.ask("GET", "/apis/"+id, "").members["corsConfiguration"]); got != `{"allowOrigins":["https://a.example"]}` {
		t.Errorf("an empty update changed %s", got)
	}
	g.made("DELETE", "/apis/"+id+"/cors", "", "")
	a.deploy("$default")
	if _, there := g.ask("GET", "/apis/"+id, "").members["corsConfiguration"]; there {
		t.Error("DeleteCorsConfiguration left something")
	}
	if got := a.call("GET", "/x", "", "Origin", "https://a.example").Header.Get("Access-Control-Allow-Origin"); got != "theirs" {
		t.Errorf("without a configuration: got %q, want the backend's own", got)
	}
	sdk, err := g.sdk.CreateApi(t.Context(), &apigatewayv2.CreateApiInput{Name: aws.String("b"), ProtocolType: types.ProtocolTypeHttp, CorsConfiguration: &types.Cors{}})
	must(t, err)
	if sdk.CorsConfiguration == nil {
		t.Error("through the SDK: got none, want an empty configuration")
	}
}

func corsOf(h heard) (found []string) {
	for name := range h.Header {
		if strings.HasPrefix(name, "Access-Control-") {
			found = append(found, name)
		}
	}
	return found
}
