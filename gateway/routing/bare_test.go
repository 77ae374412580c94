package routing

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/dragoman-gateway/dragoman/gateway/peer"
	"github.com/dragoman-gateway/dragoman/gateway/serving"
	"github.com/dragoman-gateway/dragoman/plan"
)

func stagesOf(names ...string) map[string]*serving.Stage {
	all := map[string]*serving.Stage{}
	for _, name := range names {
		all[name] = &serving.Stage{Stage: &plan.Stage{Name: name}}
	}
	return all
}

// staged is say with the stage that was chosen already.
type staged string

func (s staged) Serve(w http.ResponseWriter, r *http.Request, v *Match) {
	say(s).Serve(w, r, v)
	if v.Stage != nil {
		_, _ = io.WriteString(w, " stage="+v.Stage.Name)
	}
}

// Under names of loopback that name no API, those answer that are named for it, and
// nothing is taken from what has an address of its own.
func TestBareAddress(t *testing.T) {
	web := &serving.Api{ID: "web1", Protocol: "HTTP", Stages: stagesOf("prod")}
	chat := &serving.Api{ID: "ws1", Protocol: "WEBSOCKET", Stages: stagesOf("live")}
	dev := &serving.Api{ID: "dev1", Protocol: "HTTP", Stages: stagesOf("$default", "v1")}
	h := &Handler{
		Apis: apis{"web1": web, "ws1": chat, "dev1": dev}, Domains: domains{dev}, WebSocket: staged("ws"), HTTP: staged("http"),
		Callbacks: called{}, Policy: &peer.Policy{}, Port: func() string { return "8080" },
	}
	for _, row := range []struct {
		bare               []string
		host, target, want string
		upgrade            bool
	}{
		{[]string{"ws1", "web1"}, "127.0.0.1:8080", "/a%2Fb?x=1", "http web1 path=/a%2Fb domain=127.0.0.1:8080 mapped=false stage=prod", false},
		{[]string{"ws1", "web1"}, "localhost:8080", "/prod/a", "http web1 path=/prod/a domain=localhost:8080 mapped=false", false},
		{[]string{"ws1", "web1"}, "[::1]:8080", "/", "http web1 path=/ domain=[::1]:8080 mapped=false stage=prod", false},
		{[]string{"dev1"}, "app.localhost", "/a", "http dev1 path=/a domain=app.localhost mapped=false", false},
		{[]string{"gone", "dev1", "web1"}, "localhost", "/v1/a", "http dev1 path=/v1/a domain=localhost mapped=false", false},
		{[]string{"web1", "ws1"}, "localhost:8080", "/live", "ws ws1 path=/live domain=localhost:8080 mapped=false", true},
		{[]string{"web1", "ws1"}, "localhost:8080", "/", "ws ws1 path=/ domain=localhost:8080 mapped=false stage=live", true},
		{[]string{"web1", "ws1"}, "localhost:8080", "/other", "ws ws1 path=/other domain=localhost:8080 mapped=false", true},
		{[]string{"web1", "ws1"}, "localhost:8080", "/live/@connections/a%3D", "callback /live/@connections/a%3D", false},
		{[]string{"web1", "ws1"}, "localhost:8080", "/live/%40connections/a", "callback /live/%40connections/a", true},
		{[]string{"web1"}, "localhost", "/_aws/execute-api/none/x", "403", false},
		{[]string{"web1"}, "localhost", "/_aws", "http web1 path=/_aws domain=localhost mapped=false stage=prod", false},
		{[]string{"web1"}, "none.execute-api.localhost", "/x", "403", false},
		{[]string{"web1"}, "ws1.execute-api.localhost", "/live", "ws ws1 path=/live domain=ws1.execute-api.localhost mapped=false", false},
		{[]string{"web1"}, "gateway:8080", "/x", "403", false},
		{[]string{"web1"}, "192.168.1.5", "/x", "403", false},
		{[]string{"web1"}, "localhost.evil.example", "/x", "403", false},
		{[]string{"web1"}, "api.example.com", "/x", "http dev1 path=/rest domain=api.example.com mapped=true", false},
		{[]string{"web1"}, "empty.example.com", "/x", "403", false},
		{[]string{"ws1"}, "localhost", "/live", "403", false},
		{[]string{"web1"}, "localhost", "/live", "403", true},
		{nil, "localhost", "/x", "403", false},
	} {
		h.Bare = func() []string { return row.bare }
		r := httptest.NewRequest("GET", row.target, nil)
		if r.Host = row.host; row.upgrade {
			r.Header.Set("Upgrade", "WebSocket")
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		got := w.Body.String()
		if w.Code == 403 {
			got = "403"
		}
		if got != row.want {
			t.Errorf("%s%s:\n got %s\nwant %s", row.host, row.target, got, row.want)
		}
	}
}
