package conformance

import (
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"

	"github.com/dragoman-gateway/dragoman/server"
)

// Behind a key of several levels every header name of an event is in small
// letters, and the event shows the path that the client asked for; behind a key of
// one level names stay as they were.
func TestHTTPMappingsOfSeveralLevels(t *testing.T) {
	f := newWebFunctions(t, map[string]func([]byte) (string, bool){"talk": func([]byte) (string, bool) { return `{"statusCode":200}`, false }})
	g := start(t, func(c *server.Config) { c.Functions = map[string]string{"talk": f.url} })
	a := g.webApi()
	a.route("GET /pets/{id}", a.integrate(invoking("1.0")))
	url, requests := tap(t)
	a.route("GET /backend", a.integrate(proxyTo(url)))
	a.deploy("$default")
	g.domain("api.example.com")
	g.mapped("api.example.com", "shop", a.id, "$default")
	g.mapped("api.example.com", "shop/v2/all", a.id, "$default")
	for key, lower := range map[string]bool{"shop": false, "shop/v2/all": true} {
		if got := a.call("GET", "/"+key+"/pets/7", "", "Host", "api.example.com", "X-Own", "1"); got.StatusCode != 200 {
			t.Fatalf("%s: got %d %s, want 200", key, got.StatusCode, got.body)
		}
		var event events.APIGatewayProxyRequest
		f.last(t, "talk", &event)
		if event.Path != "/"+key+"/pets/7" || event.PathParameters["id"] != "7" {
			t.Errorf("%s: path %q and parameters %v", key, event.Path, event.PathParameters)
		}
		for name := range event.Headers {
			if lower && name != strings.ToLower(name) {
				t.Errorf("%s: header %s, want small letters", key, name)
			}
		}
		want := "X-Own"
		if lower {
			want = "x-own"
		}
		if event.Headers[want] != "1" {
			t.Errorf("%s: got headers %v, want %s", key, event.Headers, want)
		}
		a.call("GET", "/"+key+"/backend", "", "Host", "api.example.com", "X-Own", "1")
		if got := <-requests; !strings.Contains(got, "\r\n"+want+": 1\r\n") {
			t.Errorf("%s: the backend got %q, want %s", key, got, want)
		}
	}
}
