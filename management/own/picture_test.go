package own

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/dragoman-gateway/dragoman/health"
	"github.com/dragoman-gateway/dragoman/management/control"
	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/wire"
)

// gallery is a management API that shows APIs whole; whatever has "broken" in its description
// is.
type gallery struct {
	t       *testing.T
	door    *wire.Server
	checked int
	limit   func(api string) bool // which APIs the caller's key reaches; nil: all
}

func newGallery(t *testing.T) *gallery {
	s := &gallery{t: t}
	c := control.New(control.Config{Store: memory(t), Account: "123456789012"})
	s.door = wire.NewServer(wire.Config{Authenticate: func(*http.Request) (*wire.Claim, error) {
		return &wire.Claim{Identity: func([]byte) (wire.Identity, error) { return wire.Identity{Reaches: s.limit}, nil }}, nil
	}, Handlers: c.Handlers(), Region: "us-east-1", Account: "123456789012", Own: Pictures(c, Insight{
		Check: func(snapshot *resource.Snapshot) []health.Broken {
			s.checked++
			if strings.Contains(snapshot.Api.Description, "broken") {
				return []health.Broken{{Key: "it", Message: "is broken"}}
			}
			return nil
		},
		Pulses: func(_ context.Context, apis []string) (map[string]health.Pulse, []string, error) {
			all := map[string]health.Pulse{}
			for _, api := range apis {
				all[api] = health.Pulse{Count: []int64{1}, Routes: []health.Route{{Key: api}}}
			}
			return all, []string{"00000a"}, nil
		},
	})})
	return s
}

// ask asks, and reads the answer.
func (s *gallery) ask(method, path, body string, status int, into any) {
	s.t.Helper()
	w := httptest.NewRecorder()
	s.door.ServeHTTP(w, httptest.NewRequest(method, path, strings.NewReader(body)))
	if w.Code != status {
		s.t.Fatalf("%s %s: got %d %s, want %d", method, path, w.Code, w.Body, status)
	}
	if err := json.Unmarshal(w.Body.Bytes(), into); err != nil {
		s.t.Fatalf("%s %s: got %s", method, path, w.Body)
	}
}

func (s *gallery) made(path, body, member string) string {
	s.t.Helper()
	made := map[string]any{}
	s.ask("POST", path, body, 201, &made)
	return made[member].(string)
}

// A picture is the configuration, or what a stage serves, in one piece.
func TestPicture(t *testing.T) {
	s := newGallery(t)
	id := s.made("/v2/apis", `{"name":"web","protocolType":"HTTP"}`, "apiId")
	at := "/v2/apis/" + id
	s.made(at+"/routes", `{"routeKey":"GET /old"}`, "routeId")
	s.made(at+"/stages", `{"stageName":"prod"}`, "stageName")
	s.made(at+"/stages", `{"stageName":"empty"}`, "stageName")
	deployment := s.made(at+"/deployments", `{"stageName":"prod"}`, "deploymentId")
	s.made(at+"/routes", `{"routeKey":"GET /new"}`, "routeId")
	var now, served struct {
		Api          resource.Api
		Routes       []resource.Route
		Stages       []stageState
		DeploymentId string
		Broken       []health.Broken
		Pulse        health.Pulse
		Silent       []string
	}
	s.ask("GET", "/_dragoman/apis/"+id+"/picture", "", 200, &now)
	if now.Api.Name != "web" || len(now.Routes) != 2 || now.DeploymentId != "" || len(now.Broken) != 0 || now.Pulse.Routes[0].Key != id || len(now.Silent) != 1 {
		t.Errorf("got %+v", now)
	}
	states := map[string]stageState{}
	for _, stage := range now.Stages {
		states[stage.Name] = stage
	}
	if prod := states["prod"]; prod.Deployment != deployment || !prod.Pending || len(states) != 2 {
		t.Errorf("got stages %+v", now.Stages)
	}
	s.ask("GET", "/_dragoman/apis/"+id+"/picture?stage=prod", "", 200, &served)
	if len(served.Routes) != 1 || served.Routes[0].RouteKey != "GET /old" || served.DeploymentId != deployment {
		t.Errorf("got %+v", served)
	}
	var refused map[string]string
	for path, status := range map[string]int{id + "/picture?stage=empty": 400, id + "/picture?stage=nope": 404, "nope/picture": 404} {
		s.ask("GET", "/_dragoman/apis/"+path, "", status, &refused)
	}
}

// Home has every API with what is broken of it, found out once for each version.
func TestHome(t *testing.T) {
	s := newGallery(t)
	id := s.made("/v2/apis", `{"name":"web","protocolType":"HTTP","description":"broken"}`, "apiId")
	var home struct {
		Apis   []apiState
		Silent []string
	}
	for range 3 {
		s.ask("GET", HomePath, "", 200, &home)
	}
	if len(home.Silent) != 1 || len(home.Apis) != 1 || home.Apis[0].ApiId != id || len(home.Apis[0].Broken) != 1 || home.Apis[0].Pulse.Count[0] != 1 || s.checked != 1 {
		t.Errorf("got %+v, checked %d times", home.Apis, s.checked)
	}
	var patched map[string]any
	s.ask("PATCH", "/v2/apis/"+id, `{"description":"whole"}`, 200, &patched)
	s.ask("GET", HomePath, "", 200, &home)
	if len(home.Apis[0].Broken) != 0 || s.checked != 2 {
		t.Errorf("after it was mended: got %+v, checked %d times", home.Apis, s.checked)
	}
}

// A key that is limited to some APIs is shown those.
func TestHomeOfALimitedKey(t *testing.T) {
	s := newGallery(t)
	mine := s.made("/v2/apis", `{"name":"mine","protocolType":"HTTP"}`, "apiId")
	s.made("/v2/apis", `{"name":"theirs","protocolType":"HTTP"}`, "apiId")
	s.limit = func(api string) bool { return api == mine }
	var home struct{ Apis []apiState }
	s.ask("GET", HomePath, "", 200, &home)
	if len(home.Apis) != 1 || home.Apis[0].Name != "mine" {
		t.Errorf("got %+v", home.Apis)
	}
}
