package authorize

import (
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/dragoman-gateway/dragoman/exchange"
	"github.com/dragoman-gateway/dragoman/plan"
)

// What identifies callers is told wherever it stands; what was called is not.
func TestPrivate(t *testing.T) {
	stage := &plan.Stage{
		Variables: map[string]string{"tenant": "blue"},
		Identity: []string{
			"route.request.header.X-Token", "$request.querystring.key", "stageVariables.tenant", "$context.identity.userAgent", "context.routeKey",
			"$request.header.Host", "$request.header.None", "nonsense",
		},
	}
	r := httptest.NewRequest("GET", "http://h/p?key=k1&key=k2", nil)
	r.Header["X-Token"] = []string{"a", "b"}
	x := &exchange.Exchange{RouteKey: "GET /", Identity: exchange.Identity{UserAgent: "curl"}}
	var got []string
	tell := func(name, value string) { got = append(got, name+"="+value) }
	Private(stage, r, nil, x, tell)
	if want := []string{"X-Token=a", "X-Token=b", "key=k1", "key=k2", "=blue", "=curl", "Host=h"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	got = nil
	stage.Identity = []string{"route.request.body.auth.token", "route.request.body.none", "route.request.header.X-Token"}
	Private(stage, nil, []byte(`{"auth":{"token":"t"}}`), x, tell)
	if want := []string{"=t"}; !slices.Equal(slices.DeleteFunc(got, func(s string) bool { return s == "=" }), want) {
		t.Errorf("of a message: got %q, want %q", got, want)
	}
	got = nil
	if Private(nil, r, nil, nil, tell); got != nil {
		t.Errorf("without a stage: got %q", got)
	}
}
