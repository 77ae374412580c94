package httpapi

import (
	"encoding/json"
	"testing"

	"github.com/dragoman-gateway/dragoman/integration"
	"github.com/dragoman-gateway/dragoman/plan"
	"github.com/dragoman-gateway/dragoman/resource"
)

func TestCovers(t *testing.T) {
	route := func(kind, id string, scopes ...string) *plan.HTTPRoute {
		return &plan.HTTPRoute{RouteConfig: plan.RouteConfig{Resource: &resource.Route{AuthorizationType: kind, AuthorizerId: id, AuthorizationScopes: scopes}}}
	}
	for _, row := range []struct {
		name       string
		one, other *plan.HTTPRoute
		want       bool
	}{
		{"both open", route("NONE", ""), route("", ""), true},
		{"the other open", route("JWT", "a"), route("NONE", ""), true},
		{"the other guarded", route("NONE", ""), route("JWT", "a"), false},
		{"by another", route("JWT", "a"), route("JWT", "b"), false},
		{"by another kind", route("CUSTOM", "a"), route("AWS_IAM", ""), false},
		{"by the same", route("CUSTOM", "a"), route("CUSTOM", "a"), true},
		{"signed", route("AWS_IAM", ""), route("AWS_IAM", ""), true},
		{"scopes that are not asked for", route("JWT", "a"), route("JWT", "a", "admin"), false},
		{"fewer scopes", route("JWT", "a", "admin"), route("JWT", "a", "admin", "root"), true},
		{"more scopes", route("JWT", "a", "admin", "read"), route("JWT", "a", "admin"), false},
		{"scopes besides", route("JWT", "a", "read"), route("JWT", "a"), true},
	} {
		if got := covers(row.one, row.other); got != row.want {
			t.Errorf("%s: got %v, want %v", row.name, got, row.want)
		}
	}
}

// What a function is shown of a path: both formats, and the client's spelling where
// that is asked for.
func TestPathsOfEvents(t *testing.T) {
	type event struct {
		RawPath, RawQueryString, Path string
		PathParameters                map[string]string
		RequestContext                struct {
			Path string
			HTTP struct{ Path string }
		}
	}
	for _, row := range []struct {
		target, version string
		encoded         bool
		want            event // "" is not compared
	}{
		{"/capture/question%3Fvalue?a=%2F&b", "2.0", false, event{RawPath: "/capture/question", RawQueryString: "a=%2F&b"}},
		{"/capture/literal%252Fvalue", "2.0", false, event{RawPath: "/capture/literal/value"}},
		{"/capture/question%3Fvalue?a=%2F&b", "2.0", true, event{RawPath: "/capture/question%3Fvalue", RawQueryString: "a=%2F&b"}},
		{"/capture/percent%25done", "2.0", true, event{RawPath: "/capture/percent%25done"}},
		{"/capture/space%20value", "1.0", false, event{Path: "/capture/space%20value"}},
		{"/capture/literal%252Fvalue", "1.0", false, event{Path: "/capture/literal%252Fvalue"}},
	} {
		i := &invoker{}
		g := newGateway(Config{Function: i, EncodedPath: row.encoded}, lambdas(row.version, "$default"))
		if w := g.ask("GET", row.target, ""); w.Code != 200 && row.version == "2.0" {
			t.Fatalf("%s: got %d %s", row.target, w.Code, w.Body)
		}
		var got event
		if err := json.Unmarshal(i.event, &got); err != nil {
			t.Fatal(err)
		}
		if got.RawPath != row.want.RawPath || got.RawQueryString != row.want.RawQueryString || got.Path != row.want.Path {
			t.Errorf("%s %s: got %+v", row.version, row.target, got)
		}
		if got.RequestContext.HTTP.Path != row.want.RawPath {
			t.Errorf("%s %s: http.path is %q", row.version, row.target, got.RequestContext.HTTP.Path)
		}
	}
	for _, version := range []string{"1.0", "2.0"} {
		i := &invoker{}
		g := newGateway(Config{Function: i}, lambdas(version, "$default"))
		if w := g.ask("GET", "/capture/percent%25done", ""); w.Code != 400 || i.event != nil {
			t.Errorf("%s: got %d, and the function was asked with %s", version, w.Code, i.event)
		}
	}
	b := &backend{}
	g := newGateway(Config{Forwarder: b}, proxied("http://b", "$default"))
	if w := g.ask("GET", "/capture/percent%25done", ""); w.Code != 200 || b.sent[0].Target != "/capture/percent%25done" {
		t.Errorf("an HTTP backend: got %d", w.Code)
	}
}

// A path that a mapping makes for a function is held to the rule too.
func TestMappedPathsOfEvents(t *testing.T) {
	for _, row := range []struct {
		header string
		allow  bool
		want   int
	}{{"/a/../b", false, 400}, {"/a/%2e%2e/b", false, 400}, {"/a/../b", true, 200}, {"/a/b", false, 200}} {
		i := &invoker{}
		s := lambdas("2.0", "$default")
		s.Integrations[0].RequestParameters = map[string]string{"overwrite:path": "$request.header.x-path"}
		g := newGateway(Config{Function: i, AllowDots: row.allow}, s)
		if w := g.ask("GET", "/x", "", "X-Path", row.header); w.Code != row.want || (i.event != nil) != (row.want == 200) {
			t.Errorf("%s: got %d, event %s", row.header, w.Code, i.event)
		}
	}
}

// Parameters of a service that become segments of its path.
func TestPathsOfServices(t *testing.T) {
	s := proxied("", "GET /x")
	s.Integrations[0].IntegrationType, s.Integrations[0].IntegrationSubtype = "AWS_PROXY", "AppConfig-GetConfiguration"
	s.Integrations[0].RequestParameters = map[string]string{
		"Application": "$request.querystring.app", "Environment": "e", "Configuration": "c", "ClientId": "..",
	}
	called := &service{reply: integration.Reply{Status: 200}}
	g := newGateway(Config{Service: called}, s)
	for app, want := range map[string]int{"..": 400, "%2e%2e%2Fx": 400, "shop": 200} {
		if w := g.ask("GET", "/x?app="+app, ""); w.Code != want {
			t.Errorf("%s: got %d, want %d", app, w.Code, want)
		}
	}
}

// An integration's address may have dots of its own, as long as nobody else has a
// part in the path.
func TestURIsWithDots(t *testing.T) {
	for _, row := range []struct {
		uri, key string
		want     int
	}{
		{"http://b/a/../x", "GET /x/{id}", 200},
		{"http://b/a/../x?q={id}", "GET /x/{id}", 200},
		{"http://b/a/../{id}", "GET /x/{id}", 400},
		{"http://b/a/..", "$default", 400},
	} {
		b := &backend{}
		g := newGateway(Config{Forwarder: b}, proxied(row.uri, row.key))
		if w := g.ask("GET", "/x/1", ""); w.Code != row.want {
			t.Errorf("%s: got %d, want %d", row.uri, w.Code, row.want)
		}
	}
}

// The empty rest of a greedy route is its own, unless another route names the path
// without the slash.
func TestPathsThatEndInASlash(t *testing.T) {
	for _, row := range []struct {
		guarded, path string
		want          int
	}{
		{"$default", "/files/", 200},
		{"ANY /{proxy+}", "/files/", 200},
		{"GET /files", "/files/", 400},
		{"$default", "/files//", 400},
		{"GET /files/a", "/files/a/", 400},
	} {
		s := proxied("http://b", "GET /files/{proxy+}", row.guarded)
		s.Routes[1].AuthorizationType = "AWS_IAM"
		g := newGateway(Config{Forwarder: &backend{}}, s)
		if w := g.ask("GET", row.path, ""); w.Code != row.want {
			t.Errorf("%s beside a guarded %s: got %d, want %d", row.path, row.guarded, w.Code, row.want)
		}
	}
}
