package conformance

import (
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"

	"github.com/dragoman-gateway/dragoman/server"
)

// adminSpellings are ways to say /p/admin.txt that some backend understands.
var adminSpellings = []string{
	"/p/admin.txt", "p/admin.txt", "//p/admin.txt", "/p//admin.txt", "/p/admin.txt/", "/p/%61dmin.txt", "/p/%2561dmin.txt", "/p/%252561dmin.txt",
	"/p%2Fadmin.txt", "/p%252fadmin.txt", "/p%5cadmin.txt", `/p\admin.txt`, "/p/admin.txt;v=1", "/p;v=1/admin.txt", "/p/admin.txt%3Bv", "/p/;/admin.txt",
	"/p/admin.txt?x", "/p/admin.txt%3Fx", "/p/admin.txt%23x", "/p/admin.txt%00.jpg", "/%70/admin.txt", "/dev/p/admin.txt", "/dev//p/%2561dmin.txt",
}

// mapper is a route whose mapping makes the path of what a client says.
type mapper struct {
	name, key, overwrite string
	say                  func(what string) (target, body string, header []string)
}

func byQuery(what string) (string, string, []string) {
	return "/query?x=" + url.QueryEscape(what), "", nil
}

func byBody(what string) (string, string, []string) {
	return "/body", `{"x":"` + strings.ReplaceAll(what, `\`, `\\`) + `"}`, nil
}

func bySegment(what string) (string, string, []string) {
	return "/segment/" + url.PathEscape(what), "", nil
}

func byRest(what string) (string, string, []string) {
	return "/rest/" + url.PathEscape(what), "", nil
}

var mappers = []mapper{
	{"a query parameter", "GET /query", "$request.querystring.x", byQuery},
	{"a query parameter behind a slash", "GET /query", "/${request.querystring.x}", byQuery},
	{"a query parameter behind a stage variable", "GET /query", "${stageVariables.root}${request.querystring.x}", byQuery},
	{"a header", "GET /header", "$request.header.x-path", func(what string) (string, string, []string) {
		return "/header", "", []string{"X-Path", what}
	}},
	{"a variable of the path", "GET /segment/{x}", "$request.path.x", bySegment},
	{"the rest of the path", "GET /rest/{x+}", "$request.path.x", byRest},
	{"a member of the body", "POST /body", "$request.body.x", byBody},
}

// guardAdmin gives an API its guarded routes and its stages.
func (a *webApi) guardAdmin(in apigatewayv2.CreateIntegrationInput) {
	a.t.Helper()
	guarded, target := a.guard(), a.integrate(in)
	for _, key := range []string{"GET /p/admin.txt", "POST /p/admin.txt", "POST /p/post.txt", "ANY /whole/{proxy+}"} {
		a.route(key, target, guarded)
	}
	variables := func(in *apigatewayv2.CreateStageInput) {
		in.StageVariables = map[string]string{"root": "/", "admin": "p/admin.txt"}
	}
	a.deploy("$default", variables).deploy("dev", variables)
}

// TestMappedPathsPassNoGuard: a path that a mapping makes of what a client says
// leads to nothing that another route guards, however it is spelled, and whatever
// is handed it.
func TestMappedPathsPassNoGuard(t *testing.T) {
	var asked atomic.Int64
	at := backend(t, func(http.ResponseWriter, *http.Request) { asked.Add(1) })
	f := newWebFunctions(t, map[string]func([]byte) (string, bool){"talk": func([]byte) (string, bool) { asked.Add(1); return `{"statusCode":200}`, false }})
	arn := "arn:aws:elasticloadbalancing:us-east-1:000000000000:listener/app/a/1/2"
	for _, dots := range []bool{false, true} {
		g := start(t, f.as, func(c *server.Config) {
			c.VpcLinks, c.AllowDotSegments = map[string][]string{arn: {strings.TrimPrefix(at, "http://")}}, dots
		})
		link, err := g.sdk.CreateVpcLink(t.Context(), &apigatewayv2.CreateVpcLinkInput{Name: aws.String("inner"), SubnetIds: []string{"subnet-1"}})
		must(t, err)
		private := proxyTo(arn)
		private.ConnectionType, private.ConnectionId = "VPC_LINK", link.VpcLinkId
		for name, in := range map[string]apigatewayv2.CreateIntegrationInput{
			"HTTP": proxyTo(at), "private": private, "function 1.0": invoking("1.0"), "function 2.0": invoking("2.0"),
		} {
			for _, m := range mappers {
				a := g.webApi()
				mapped := in
				mapped.RequestParameters = map[string]string{"overwrite:path": m.overwrite}
				a.route(m.key, a.integrate(mapped))
				a.guardAdmin(in)
				method, _, _ := strings.Cut(m.key, " ")
				for _, stage := range []string{"", "/dev"} {
					for _, what := range adminSpellings {
						before := asked.Load()
						target, body, header := m.say(what)
						if got := a.call(method, stage+target, body, header...); got.StatusCode != 400 || asked.Load() != before {
							t.Errorf("%s, by %s: %s: got %d, the backend was asked %d times", name, m.name, stage+what, got.StatusCode, asked.Load()-before)
						}
					}
					target, body, header := m.say("/p/readme.txt")
					if got := a.call(method, stage+target, body, header...); got.StatusCode != 200 {
						t.Errorf("%s, by %s: what nobody guards: got %d %s", name, m.name, got.StatusCode, got.body)
					}
				}
			}
		}
	}
}

// TestPathsOfAddressesPassNoGuard: the same for variables in the address of an
// integration, and for what $default appends to it.
func TestPathsOfAddressesPassNoGuard(t *testing.T) {
	at := goMeans(t)
	a := start(t).webApi()
	a.route("GET /one/{x}", a.integrate(proxyTo(at+"/p/{x}")))
	a.route("GET /within/{x}", a.integrate(proxyTo(at+"/p/ad{x}")))
	a.route("GET /all/{x+}", a.integrate(proxyTo(at+"/{x}")))
	a.route("GET /staged/{x+}", a.integrate(proxyTo(at+"/${stageVariables.root}/{x}")))
	a.route("$default", a.integrate(proxyTo(at+"/p")))
	posting := proxyTo(at + "/p/{x}")
	posting.IntegrationMethod = aws.String("POST")
	a.route("GET /post/{x}", a.integrate(posting))
	a.guardAdmin(proxyTo(at))
	for sent, want := range map[string]string{
		"/one/readme.txt": "/p/readme.txt", "/within/min.md": "/p/admin.md", "/all/p/readme.txt": "/p/readme.txt", "/x/y": "/p/x/y", "/post/x.txt": "/p/x.txt",
		"/one/admin.txt": "400", "/one/%61dmin.txt": "400", "/one/%2561dmin.txt": "400", "/one/admin.txt;v": "400", "/one/%2Fadmin.txt": "400", "/one/admin.txt%3Fx": "400",
		"/within/min.txt": "400", "/within/%6din.txt": "400",
		"/all/p/admin.txt": "400", "/all//p/admin.txt": "400", "/all/p//admin.txt": "400", "/all/p%2Fadmin.txt": "400", "/all/p%5Cadmin.txt": "400", "/all/dev/p/admin.txt": "400",
		"/staged/p/admin.txt": "400", "/all/whole/x": "400", "/all/whole%2Fx": "400",
		"/admin.txt": "400", "//admin.txt": "400", "/%61dmin.txt": "400", "/admin.txt/": "400",
		"/post/post.txt": "400",
	} {
		for _, stage := range []string{"", "/dev"} {
			if got := meant(rawly(t, a.DataAddr(), a.id+".execute-api.localhost", stage+sent)); got != want {
				t.Errorf("%s: got %s, want %s", stage+sent, got, want)
			}
		}
	}
}

// TestOwnersMapWhereTheyWant: what no client has a say in is the decision of the
// API's owner, and so is a guarded route that a mapping names whatever the client
// says.
func TestOwnersMapWhereTheyWant(t *testing.T) {
	at := goMeans(t)
	a := start(t).webApi()
	mapping := func(path string) string {
		in := proxyTo(at)
		in.RequestParameters = map[string]string{"overwrite:path": path}
		return a.integrate(in)
	}
	a.route("GET /text", mapping("/p/admin.txt"))
	a.route("GET /variable", mapping("/${stageVariables.admin}"))
	a.route("GET /admin.txt", mapping("/p$request.path"))
	a.route("GET /staged", mapping("/$context.stage/p/admin.txt"))
	a.route("GET /else", mapping("$request.header.x-path"))
	a.route("GET /address", a.integrate(proxyTo(at+"/p/admin.txt")))
	a.route("GET /addressed/{x}", a.integrate(proxyTo(at+"/${stageVariables.admin}?x={x}")))
	a.route("GET /alias/{x}", a.integrate(proxyTo(at+"/whole/{x}")))
	a.route("GET /aliases/{x+}", a.integrate(proxyTo(at+"/whole/{x}")))
	a.route("GET /aliased", mapping("/whole/$request.querystring.x"))
	a.guardAdmin(proxyTo(at))
	for sent, want := range map[string]string{
		"/text": "/p/admin.txt", "/variable": "/p/admin.txt", "/admin.txt": "/p/admin.txt", "/address": "/p/admin.txt", "/addressed/y": "/p/admin.txt",
		"/else": "/", "/alias/y": "/whole/y", "/aliases/y/z": "/whole/y/z", "/aliased?x=y": "/whole/y",
	} {
		if got := meant(rawly(t, a.DataAddr(), a.id+".execute-api.localhost", sent)); got != want {
			t.Errorf("%s: got %s, want %s", sent, got, want)
		}
	}
	if got := meant(rawly(t, a.DataAddr(), a.id+".execute-api.localhost", "/dev/staged")); got != "/dev/p/admin.txt" {
		t.Errorf("/dev/staged: got %s", got)
	}
}
