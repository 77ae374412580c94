package conformance

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"
	"github.com/google/go-cmp/cmp"

	"github.com/dragoman-gateway/dragoman/awsconfig/awstest"
	"github.com/dragoman-gateway/dragoman/management/tree"
	"github.com/dragoman-gateway/dragoman/server"
	"github.com/dragoman-gateway/dragoman/wire"
)

// recorder stands before a server and remembers which operations it is asked for.
type recorder struct {
	url string

	mu     sync.Mutex // Protects fields below.
	called map[string]int
}

// record puts a recorder before a management listener. deny may answer instead of it,
// and says so.
func record(t *testing.T, address string, deny func(operation string, w http.ResponseWriter, r *http.Request) bool) *recorder {
	t.Helper()
	to := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(&url.URL{Scheme: "http", Host: address})
	}}
	rec := &recorder{called: map[string]int{}}
	rec.url = backend(t, func(w http.ResponseWriter, r *http.Request) {
		operation := operationOf(r)
		rec.mu.Lock()
		rec.called[operation]++
		rec.mu.Unlock()
		if deny == nil || !deny(operation, w, r) {
			to.ServeHTTP(w, r)
		}
	})
	return rec
}

// operationOf names the operation of a request, or the request if it is none.
func operationOf(r *http.Request) string {
	asked := strings.Split(r.URL.EscapedPath(), "/")
	for _, o := range wire.Operations() {
		fits := func() bool {
			for i, part := range strings.Split(o.Path, "/") {
				if !strings.HasPrefix(part, "{") && part != asked[i] {
					return false
				}
			}
			return true
		}
		if o.Method == r.Method && strings.Count(o.Path, "/")+1 == len(asked) && fits() {
			return o.Name
		}
	}
	return r.Method + " " + r.URL.Path
}

// onlyRead holds what was called to the operations that read.
func (rec *recorder) onlyRead(t *testing.T) {
	t.Helper()
	rec.mu.Lock()
	defer rec.mu.Unlock()
	if len(rec.called) < 5 {
		t.Errorf("only %v were called, which shows nothing", rec.called)
	}
	for name := range rec.called {
		if o := wire.Lookup(name); o == nil || o.V1 || o.Method != http.MethodGet ||
			!strings.HasPrefix(name, "Get") && !strings.HasPrefix(name, "List") && name != "ExportApi" {
			t.Errorf("%s was called, which no clone may", name)
		}
	}
}

// cloned runs dragoman clone of a server, and wants success.
func cloned(t *testing.T, from string, args ...string) (out, report string) {
	t.Helper()
	out, report, status := dragoman(t, "", append([]string{"clone", "--endpoint-url", from}, args...)...)
	if status != 0 {
		t.Fatalf("clone %v: status %d: %s", args, status, report)
	}
	return out, report
}

// exported is the configuration of a gateway.
func (g *gateway) exported() string {
	g.t.Helper()
	text, stderr, status := dragoman(g.t, "", "export", "--endpoint-url", "http://"+g.ManagementAddr())
	if status != 0 {
		g.t.Fatal(stderr)
	}
	return text
}

// membersOf is a document without the order of its members.
func membersOf(t *testing.T, text string) map[string]any {
	t.Helper()
	n, err := tree.Parse([]byte(text))
	must(t, err)
	b, err := n.JSON(tree.Limits{Bytes: 64 << 20})
	must(t, err)
	var members map[string]any
	must(t, json.Unmarshal(b, &members))
	return members
}

// at finds a member by its way, nil for none.
func at(members any, way ...string) any {
	for _, name := range way {
		m, _ := members.(map[string]any)
		members = m[name]
	}
	return members
}

// settled waits until the stage $default of an API has deployed itself.
func (g *gateway) settled(id string) {
	g.t.Helper()
	eventually(g.t, "the stage serves the API as it is", func() bool {
		in := apigatewayv2.ExportApiInput{ApiId: &id, Specification: aws.String("OAS30"), OutputType: aws.String("JSON")}
		now, err := g.sdk.ExportApi(g.t.Context(), &in)
		must(g.t, err)
		in.StageName = aws.String("$default")
		served, err := g.sdk.ExportApi(g.t.Context(), &in)
		return err == nil && string(now.Body) == string(served.Body)
	})
}

// A gateway with something of everything, as the calls of TestOperations leave it, is
// copied with all of it that the V2 API tells; twice it is the same copy, and a copy of
// the copy is the same again. Nothing but operations that read is called.
func TestCloneOfEverything(t *testing.T) {
	awstest.Isolate(t)
	g := start(t)
	c := &conformity{gateway: g, saved: map[string]string{}, called: map[string]bool{}, members: map[string]bool{}}
	for _, family := range families {
		if family.name == "deletions" {
			break
		}
		for _, s := range family.steps {
			c.run(s)
		}
	}
	g.settled(c.saved["quick"])
	before := g.exported()
	rec := record(t, g.ManagementAddr(), nil)
	first, report := cloned(t, rec.url, "--all")
	second, _ := cloned(t, rec.url, "--all")
	rec.onlyRead(t)
	if first != second {
		t.Errorf("two copies differ:\n%s", cmp.Diff(first, second))
	}
	if after := g.exported(); after != before {
		t.Errorf("the clone changed its source:\n%s", cmp.Diff(before, after))
	}
	want, got := at(membersOf(t, before), "regions", "us-east-1"), at(membersOf(t, first), "regions", "us-east-1")
	// Nobody is told where the logo of a portal lies.
	for _, p := range at(want, "portals").(map[string]any) {
		delete(p.(map[string]any), "logoUri")
		delete(at(p, "portalContent", "theme").(map[string]any), "logoLastUploaded")
	}
	for _, part := range []string{"domains", "vpcLinks", "portalProducts", "portals"} {
		if diff := cmp.Diff(at(want, part), at(got, part)); diff != "" || at(want, part) == nil {
			t.Errorf("%s differ:\n%s", part, diff)
		}
	}
	for id := range at(want, "apis").(map[string]any) {
		for _, part := range []string{"name", "tags", "corsConfiguration", "authorizers", "models", "integrations", "routes"} {
			if diff := cmp.Diff(at(want, "apis", id, part), at(got, "apis", id, part)); diff != "" {
				t.Errorf("%s of the API %s differ:\n%s", part, id, diff)
			}
		}
	}
	for _, said := range []string{
		"copied 4 APIs, ", " VPC links, ", "2 portals, 2 portal products, 2 product endpoint pages, 2 product pages, ", ": its logo, which AWS gives to nobody", " 2 routing rules, 1 sharing policy and ", "the private key of the client certificate c2",
		"domain a.example.com: its truststore of mutual TLS, which lies in S3: serve --truststore s3://b/l=FILE",
		"domain a.example.com: the private key of its certificate", "function f: its code", "--vpc-link " + c.saved["link"],
		"API socket (" + c.saved["socket"] + "): the configuration as it is now is deployed to stage prod: what a deployment of a WebSocket API holds is told to nobody",
	} {
		if !strings.Contains(report, said) {
			t.Errorf("the report does not say %q:\n%s", said, report)
		}
	}

	file := filepath.Join(t.TempDir(), "gateway.yaml")
	must(t, os.WriteFile(file, []byte(first), 0o600))
	again := start(t, func(c *server.Config) { c.File, c.DataDir = file, "" })
	if third, _ := cloned(t, "http://"+again.ManagementAddr(), "--all"); third != first {
		t.Errorf("a copy of the copy differs:\n%s", cmp.Diff(first, third))
	}
}

// answering makes an HTTP API whose stages serve different things: v1 and v2 with
// configurations of their own, live what the API is now, and an own one for itself.
func (g *gateway) answering(name string) *webApi {
	a := g.webApi(func(in *apigatewayv2.CreateApiInput) {
		in.Name, in.CorsConfiguration = &name, &types.Cors{AllowOrigins: []string{"https://one.example.com"}}
	})
	echo := backend(g.t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, r.Method+" "+r.URL.Path+" "+r.Header.Get("Version"))
	})
	marked := func(version string) string {
		integration := proxyTo(echo)
		integration.Description = aws.String("integration of " + version)
		integration.RequestParameters = map[string]string{"overwrite:header.version": version + " $stageVariables.mood", "overwrite:path": "$request.path"}
		return a.integrate(integration)
	}
	mood := func(in *apigatewayv2.CreateStageInput) { in.StageVariables = map[string]string{"mood": "calm"} }
	one := marked("one")
	pets := a.route("GET /pets", one)
	old := a.route("GET /old/{id}", one)
	a.deploy("v1", mood)
	_, err := a.sdk.DeleteRoute(g.t.Context(), &apigatewayv2.DeleteRouteInput{ApiId: &a.id, RouteId: &old})
	must(g.t, err)
	two := marked("two")
	target := "integrations/" + two
	_, err = a.sdk.UpdateRoute(g.t.Context(), &apigatewayv2.UpdateRouteInput{ApiId: &a.id, RouteId: &pets, Target: &target})
	must(g.t, err)
	_, err = a.sdk.UpdateApi(g.t.Context(), &apigatewayv2.UpdateApiInput{ApiId: &a.id, CorsConfiguration: &types.Cors{AllowOrigins: []string{"https://two.example.com"}}})
	must(g.t, err)
	a.deploy("v2", mood)
	three := marked("three")
	for _, key := range []string{"GET /new", "ANY /any/{rest+}"} {
		a.route(key, three)
	}
	a.deploy("live", mood)
	_, err = a.sdk.CreateStage(g.t.Context(), &apigatewayv2.CreateStageInput{ApiId: &a.id, StageName: aws.String("$default"), AutoDeploy: aws.Bool(true)})
	must(g.t, err)
	g.settled(a.id)
	_, err = a.sdk.CreateStage(g.t.Context(), &apigatewayv2.CreateStageInput{ApiId: &a.id, StageName: aws.String("idle")})
	must(g.t, err)
	return a
}

// answers asks an HTTP API everything that tells its configurations apart.
func (a *webApi) answers() map[string]string {
	a.t.Helper()
	heard := map[string]string{}
	for _, stage := range []string{"/v1", "/v2", "/live", "", "/idle"} {
		for _, path := range []string{"/pets", "/old/7", "/new", "/any/a/b"} {
			got := a.call("GET", stage+path, "", "Origin", "https://one.example.com")
			heard[stage+path] = got.Status + " " + got.body + " " + got.Header.Get("Access-Control-Allow-Origin")
		}
	}
	return heard
}

// What stages serve is served by the copy too, each its own, and messages are answered
// as before.
func TestCloneAnswersTheSame(t *testing.T) {
	awstest.Isolate(t)
	g := start(t)
	web := g.answering("pets")
	socket := g.socketApi(apigatewayv2.CreateIntegrationInput{
		IntegrationType: types.IntegrationTypeMock, RequestTemplates: map[string]string{"$default": `{"statusCode":200}`}, TemplateSelectionExpression: aws.String(`\$default`),
	}, apigatewayv2.CreateIntegrationResponseInput{
		IntegrationResponseKey: aws.String("/2../"), ResponseTemplates: map[string]string{"$default": `{"you":"said $input.path('$.what')"}`},
		TemplateSelectionExpression: aws.String(`\$default`),
	})
	said := socket.ask(socket.dial(nil), `{"action":"ask","what":"hello"}`)
	want := web.answers()
	for _, differs := range [][2]string{{"/v1/pets", "/v2/pets"}, {"/v1/old/7", "/v2/old/7"}, {"/v2/new", "/live/new"}, {"/live/pets", "/idle/pets"}} {
		if want[differs[0]] == want[differs[1]] {
			t.Fatalf("%s and %s answer the same, %s: the test would show nothing", differs[0], differs[1], want[differs[0]])
		}
	}

	file := filepath.Join(t.TempDir(), "gateway.yaml")
	out, report := cloned(t, "http://"+g.ManagementAddr(), "--api-id", web.id, "--api-id", socket.id, "--to", file)
	if out != "" || !strings.Contains(report, "serve it: dragoman serve --config "+file) {
		t.Errorf("got %q, %s", out, report)
	}
	second := start(t, func(c *server.Config) { c.File, c.DataDir = file, "" })
	copied := newWebApi(second, web.id)
	if diff := cmp.Diff(want, copied.answers()); diff != "" {
		t.Errorf("the copy answers differently:\n%s", diff)
	}
	moved := &socketApi{gateway: second, id: socket.id}
	if got := moved.ask(moved.dial(nil), `{"action":"ask","what":"hello"}`); got != said {
		t.Errorf("got %s, want %s", got, said)
	}
	// What did not change between deployments keeps its id in all of them.
	text, err := os.ReadFile(file)
	must(t, err)
	api := at(membersOf(t, string(text)), "regions", "us-east-1", "apis", web.id)
	frozen, _ := at(api, "deployments").(map[string]any)
	if len(frozen) != 2 {
		t.Fatalf("got %d deployments with a configuration of their own, want those of v1 and v2:\n%s", len(frozen), text)
	}
	for id := range frozen {
		routes := at(frozen[id], "configuration", "routes").(map[string]any)
		for name := range routes {
			if at(routes[name], "routeKey") == "GET /pets" && at(api, "routes", name, "routeKey") != "GET /pets" {
				t.Errorf("deployment %s: the route GET /pets has the id %s, which the API has for another", id, name)
			}
		}
	}
	if third, _ := cloned(t, "http://"+second.ManagementAddr(), "--all"); third != string(text) {
		t.Errorf("a copy of the copy differs:\n%s", cmp.Diff(string(text), third))
	}
}
