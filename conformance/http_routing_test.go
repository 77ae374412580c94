package conformance

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"

	"github.com/dragoman-gateway/dragoman/server"
)

// Every route of an API answers with its own key.
func TestHTTPRoutesAreChosen(t *testing.T) {
	at := backend(t, echo)
	a := start(t).webApi()
	for _, key := range []string{"GET /pets/dog/1", "GET /pets/dog/{id}", "GET /pets/{proxy+}", "ANY /{proxy+}", "$default", "POST /form", "GET /"} {
		in := proxyTo(at + "/x")
		in.RequestParameters = map[string]string{"overwrite:header.X-Route": "$context.routeKey", "overwrite:path": "/fixed"}
		a.route(key, a.integrate(in))
	}
	a.deploy("$default")
	for _, row := range []struct{ method, path, want string }{
		{"GET", "/pets/dog/1", "GET /pets/dog/1"},
		{"GET", "/pets/dog/2", "GET /pets/dog/{id}"},
		{"GET", "/pets/cat/1", "GET /pets/{proxy+}"},
		{"POST", "/test/5", "ANY /{proxy+}"},
		{"POST", "/form", "POST /form"},
		{"PUT", "/form", "ANY /{proxy+}"},
		{"GET", "/", "GET /"},
		{"GET", "//pets/dog/1", "GET /pets/dog/1"},
		{"GET", "/pets/dog/%31", "GET /pets/dog/1"},
	} {
		if got := a.call(row.method, row.path, "").Header.Get("X-Got-X-Route"); got != row.want {
			t.Errorf("%s %s: got the route %q, want %q", row.method, row.path, got, row.want)
		}
	}
}

func TestHTTPStagesAreChosenByTheFirstSegment(t *testing.T) {
	at := backend(t, echo)
	a := start(t).webApi()
	in := proxyTo(at + "/x")
	in.RequestParameters = map[string]string{"overwrite:header.X-At": "${context.stage} ${context.path} ${request.path}"}
	a.route("GET /dog", a.integrate(in))
	in.RequestParameters = map[string]string{"overwrite:header.X-At": "long ${context.stage}"}
	a.route("GET /pets/dog", a.integrate(in))
	a.deploy("pets")
	if got := a.call("GET", "/pets/dog", "").Header.Get("X-Got-X-At"); got != "pets /pets/dog /dog" {
		t.Errorf("with a stage: got %q", got)
	}
	gatewayError(t, a.call("GET", "/dog", ""), 404, "Not Found") // there is no $default stage
	a.deploy("$default")
	if got := a.call("GET", "/dog", "").Header.Get("X-Got-X-At"); got != "$default /dog /dog" {
		t.Errorf("without: got %q", got)
	}
	if got := a.call("GET", "/pets/dog", "").Header.Get("X-Got-X-At"); got != "pets /pets/dog /dog" {
		t.Errorf("a stage hides a route of $default: got %q", got)
	}
	if got := a.call("GET", "/pets/pets/dog", "").Header.Get("X-Got-X-At"); got != "long pets" {
		t.Errorf("inside the stage: got %q", got)
	}
	if got := a.call("GET", "/_aws/execute-api/"+a.id+"/pets/dog", "", "Host", "127.0.0.1").Header.Get("X-Got-X-At"); got != "pets /pets/dog /dog" {
		t.Errorf("by path: got %q", got)
	}
}

// Errors of the gateway's own are compact JSON with the request's id.
func TestHTTPGatewayErrors(t *testing.T) {
	at := backend(t, echo)
	g := start(t, func(c *server.Config) { c.HTTP.Limits.Body = 100 })
	a := g.webApi()
	target := a.integrate(proxyTo(at))
	a.route("POST /here", target)
	route, err := a.sdk.CreateRoute(t.Context(), &apigatewayv2.CreateRouteInput{ApiId: &a.id, RouteKey: aws.String("GET /nowhere")})
	must(t, err)
	if route.Target != nil {
		t.Errorf("target: got %q", *route.Target)
	}
	a.deploy("$default")
	for _, row := range []struct {
		name, method, path, body string
		header                   []string
		status                   int
		message                  string
	}{
		{"no route", "GET", "/missing", "", nil, 404, "Not Found"},
		{"another method", "GET", "/here", "", nil, 404, "Not Found"},
		{"trailing slash", "POST", "/here/", "", nil, 404, "Not Found"},
		{"other case", "POST", "/HERE", "", nil, 404, "Not Found"},
		{"no target", "GET", "/nowhere", "", nil, 500, "Internal Server Error"},
		{"long body", "POST", "/here", strings.Repeat("x", 101), nil, 413, "Request Entity Too Large"},
		{"long header", "POST", "/here", "", []string{"X-Long", strings.Repeat("x", 10_200)}, 431, "Request Header Fields Too Large"},
		{"long line", "POST", "/here?" + strings.Repeat("x", 10_240), "", nil, 431, "Request Header Fields Too Large"},
	} {
		t.Run(row.name, func(t *testing.T) {
			gatewayError(t, a.call(row.method, row.path, row.body, row.header...), row.status, row.message)
		})
	}
	if got := a.call("POST", "/here", strings.Repeat("x", 100)); got.StatusCode != 200 {
		t.Errorf("a body as long as is allowed: got %d", got.StatusCode)
	}
	if got := a.call("POST", "/here", "", "X-Long", strings.Repeat("x", 10_000)); got.StatusCode != 200 {
		t.Errorf("a header as long as is allowed: got %d", got.StatusCode)
	}
	long := a.request("POST", "/here", "")
	long.Body, long.ContentLength = io.NopCloser(strings.NewReader(strings.Repeat("x", 5000))), -1
	gatewayError(t, a.do(long), 413, "Request Entity Too Large")
}

func TestHTTPDisabledEndpoint(t *testing.T) {
	a := start(t).webApi()
	a.route("GET /x", a.integrate(proxyTo(backend(t, echo))))
	a.deploy("$default")
	if got := a.call("GET", "/x", ""); got.StatusCode != 200 {
		t.Fatalf("before: got %d", got.StatusCode)
	}
	_, err := a.sdk.UpdateApi(t.Context(), &apigatewayv2.UpdateApiInput{ApiId: &a.id, DisableExecuteApiEndpoint: aws.Bool(true)})
	must(t, err)
	if got := a.call("GET", "/x", ""); got.StatusCode != 200 {
		t.Errorf("before a deployment: got %d, want it served on", got.StatusCode)
	}
	a.deploy("$default")
	gatewayError(t, a.call("GET", "/x", ""), 404, "Not Found")
}

func TestHTTPQuickCreate(t *testing.T) {
	g := start(t)
	at := backend(t, func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.Method, " ", r.RequestURI) })
	api, err := g.sdk.CreateApi(t.Context(), &apigatewayv2.CreateApiInput{Name: aws.String("quick"), ProtocolType: "HTTP", Target: aws.String(at + "/base")})
	must(t, err)
	a := newWebApi(g, *api.ApiId)
	eventually(t, "the $default stage deploys by itself", func() bool { return a.call("GET", "/store/checkout?a=1", "").StatusCode == 200 })
	if got := a.call("PUT", "/store/checkout?a=1", "").body; got != "PUT /base/store/checkout?a=1" {
		t.Errorf("got %q", got)
	}
	// A change is deployed without anybody's asking.
	other := backend(t, func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "other ", r.RequestURI) })
	_, err = g.sdk.UpdateApi(t.Context(), &apigatewayv2.UpdateApiInput{ApiId: api.ApiId, Target: &other})
	must(t, err)
	eventually(t, "the new target is served", func() bool { return a.call("GET", "/y", "").body == "other /y" })
}
