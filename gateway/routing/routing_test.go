package routing

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/dragoman-gateway/dragoman/gateway/serving"
	"github.com/dragoman-gateway/dragoman/plan"
)

type apis map[string]*serving.Api

func (a apis) Api(id string) *serving.Api { return a[id] }

// say answers with what a plane was given.
type say string

func (s say) Serve(w http.ResponseWriter, _ *http.Request, v *Match) {
	_, _ = fmt.Fprintf(w, "%s %s path=%s domain=%s mapped=%v", s, v.Api.ID, v.Path, v.Domain, v.Mapped)
}

type domains struct{ api *serving.Api }

func (d domains) Route(host string, _ *http.Request) (*Match, bool, bool) {
	switch host {
	case "api.example.com":
		return &Match{Api: d.api, Path: "/rest", Mapped: true}, true, true
	case "empty.example.com":
		return nil, true, false
	}
	return nil, false, false
}

func TestFind(t *testing.T) {
	ws, web := &serving.Api{ID: "ws1", Protocol: "WEBSOCKET"}, &serving.Api{ID: "web1", Protocol: "HTTP"}
	port := "8080"
	h := &Handler{
		Apis: apis{"ws1": ws, "web1": web}, Domains: domains{web}, WebSocket: say("ws"), HTTP: say("http"),
		Port: func() string { return port },
	}
	for _, row := range []struct{ host, target, want string }{
		{"ws1.execute-api.localhost:8080", "/prod?x=1", "ws ws1 path=/prod domain=ws1.execute-api.localhost:8080 mapped=false"},
		{"ws1.execute-api.us-east-1.amazonaws.com", "/prod/%40connections/a%3D", "ws ws1 path=/prod/%40connections/a%3D domain=ws1.execute-api.us-east-1.amazonaws.com mapped=false"},
		{"WS1.EXECUTE-API.localhost:443", "/prod", "ws ws1 path=/prod domain=WS1.EXECUTE-API.localhost mapped=false"},
		{"web1.execute-api.localhost:80", "/", "http web1 path=/ domain=web1.execute-api.localhost mapped=false"},
		{"anything", "/_aws/execute-api/ws1/prod", "ws ws1 path=/prod domain=ws1.execute-api.localhost:8080 mapped=false"},
		{"127.0.0.1:9000", "/_aws/execute-api/ws1/prod", "ws ws1 path=/prod domain=127.0.0.1:9000 mapped=false"},
		{"anything", "/_aws/execute-api/ws1", "ws ws1 path=/ domain=ws1.execute-api.localhost:8080 mapped=false"},
		{"anything", "/_aws/execute-api/web1/a/b%2Fc", "http web1 path=/a/b%2Fc domain=web1.execute-api.localhost:8080 mapped=false"},
		{"api.example.com:8443", "/v1/rest", "http web1 path=/rest domain=api.example.com:8443 mapped=true"},
		{"API.example.com.", "/v1/rest", "http web1 path=/rest domain=API.example.com. mapped=true"},
		{"empty.example.com", "/", "403"},
		{"none1.execute-api.localhost", "/prod", "403"},
		{"a.b.execute-api.localhost", "/prod", "403"},
		{".execute-api.localhost", "/prod", "403"},
		{"anything", "/_aws/execute-api/none1/prod", "403"},
		{"anything", "/prod", "403"},
	} {
		r := httptest.NewRequest("GET", row.target, nil)
		r.Host = row.host
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		got := w.Body.String()
		if w.Code == 403 && got == `{"message":"Forbidden"}` && w.Header().Get("x-amzn-errortype") == "ForbiddenException" {
			got = "403"
		}
		if got != row.want {
			t.Errorf("%s%s:\n got %s\nwant %s", row.host, row.target, got, row.want)
		}
	}
	port = "443"
	r := httptest.NewRequest("GET", "/_aws/execute-api/ws1/prod", nil)
	v, _ := h.find(r, r.URL.EscapedPath())
	if h.tell(r, v); v.Domain != "ws1.execute-api.localhost" {
		t.Errorf("by path on port 443: got %s", v.Domain)
	}
}

// TestDefaultStageByPath: an address by path may name the stage $default.
func TestDefaultStageByPath(t *testing.T) {
	stage := &serving.Stage{Stage: &plan.Stage{Name: "$default"}}
	h := &Handler{Apis: apis{
		"a1": {ID: "a1", Stages: map[string]*serving.Stage{"$default": stage, "prod": {Stage: &plan.Stage{Name: "prod"}}}}, "a2": {ID: "a2"},
	}, Port: func() string { return "80" }}
	for _, row := range []struct {
		host, target, path string
		stage              *serving.Stage
	}{
		{"h", "/_aws/execute-api/a1/$default/a/b%2Fc", "/a/b%2Fc", stage},
		{"h", "/_aws/execute-api/a1/%24default/a/", "/a/", stage},
		{"h", "/_aws/execute-api/a1/$default", "/", stage},
		{"h", "/_aws/execute-api/a1/$default/", "/", stage},
		{"h", "/_aws/execute-api/a1/$default/prod/x", "/prod/x", stage},
		{"h", "/_aws/execute-api/a1/$default/$default/x", "/$default/x", stage},
		{"h", "/_aws/execute-api/a1/prod/x", "/prod/x", nil},
		{"h", "/_aws/execute-api/a1/$defaults/x", "/$defaults/x", nil},
		{"h", "/_aws/execute-api/a2/$default/x", "/$default/x", nil},
		{"a1.execute-api.localhost", "/$default/x", "/$default/x", nil},
	} {
		r := httptest.NewRequest("GET", row.target, nil)
		r.Host = row.host
		if v, _ := h.find(r, r.URL.EscapedPath()); v == nil || v.Path != row.path || v.Stage != row.stage || v.Mapped {
			t.Errorf("%s%s: got %+v, want %s", row.host, row.target, v, row.path)
		}
	}
}

func TestPortals(t *testing.T) {
	h := &Handler{Apis: apis{}, Port: func() string { return "8080" }}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", "/_dragoman/portals/p1", nil))
	if w.Code != 403 {
		t.Errorf("without portals: got %d", w.Code)
	}
	h.Portals = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusTeapot) })
	w = httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", "/_dragoman/portals/p1", nil))
	if w.Code != http.StatusTeapot {
		t.Errorf("with portals: got %d", w.Code)
	}
}

func FuzzFind(f *testing.F) {
	f.Add("ws1.execute-api.localhost:8080", "/prod")
	f.Add("", "/_aws/execute-api/%zz/")
	f.Add("[::1]:80", "/_aws/execute-api/ws1/%2F")
	f.Add("", "/_aws/execute-api/ws1/%24default/x")
	h := &Handler{
		Apis: apis{"ws1": {ID: "ws1", Protocol: "WEBSOCKET"}}, Domains: domains{&serving.Api{ID: "web1"}},
		Port: func() string { return "8080" },
	}
	f.Fuzz(func(t *testing.T, host, path string) {
		r := httptest.NewRequest("GET", "/", nil)
		r.Host = host
		v, _ := h.find(r, path)
		if v == nil {
			return
		}
		if v.Api == nil || v.Path != "" && !strings.HasPrefix(v.Path, "/") && !strings.HasPrefix(path, v.Path) {
			t.Errorf("%q %q: got %+v", host, path, v)
		}
	})
}
