package conformance

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"

	"github.com/dragoman-gateway/dragoman/server"
)

// target is a line of the path corpus.
type target struct{ sent, want string }

func corpus(t *testing.T) (list []target) {
	t.Helper()
	text, err := os.ReadFile("testdata/paths/corpus.txt")
	must(t, err)
	for line := range strings.SplitSeq(string(text), "\n") {
		if line == "" || line[0] == '#' {
			continue
		}
		sent, want, ok := strings.Cut(line, " ")
		if want = strings.TrimSpace(want); !ok || want == "" {
			t.Fatalf("the corpus says nothing of %q", line)
		}
		list = append(list, target{sent, want})
	}
	if len(list) < 100 {
		t.Fatalf("the corpus has %d targets", len(list))
	}
	return list
}

// guard is a JWT authorizer whose issuer nobody asks: no request shows a token.
func (a *webApi) guard() func(*apigatewayv2.CreateRouteInput) {
	id := a.jwtAuthorizer(&openID{url: "http://127.0.0.1:1"})
	return func(in *apigatewayv2.CreateRouteInput) { in.AuthorizationType, in.AuthorizerId = "JWT", &id }
}

// shielded is the API of the path corpus in front of a backend, deployed to the
// stages $default and dev.
func (g *gateway) shielded(at string) *webApi {
	a := g.webApi()
	guarded := a.guard()
	overwriting := func(path string) string {
		in := proxyTo(at)
		in.RequestParameters = map[string]string{"overwrite:path": path}
		return a.integrate(in)
	}
	a.route("GET /p/{proxy+}", a.integrate(proxyTo(at+"/public/{proxy}")))
	a.route("GET /p/admin.txt", a.integrate(proxyTo(at+"/public/admin.txt")), guarded)
	a.route("GET /u/{id}", a.integrate(proxyTo(at+"/users/{id}")))
	a.route("GET /u/root", a.integrate(proxyTo(at+"/users/root")), guarded)
	a.route("ANY /private/{proxy+}", a.integrate(proxyTo(at+"/private/{proxy}")), guarded)
	a.route("GET /q", overwriting("/public/${request.querystring.f}"))
	a.route("GET /v/{id}", overwriting("/users/${request.path.id}"))
	a.route("$default", a.integrate(proxyTo(at)))
	return a.deploy("$default").deploy("dev")
}

// face is a way to the API: what stands before each target, the host, and who
// carries it.
type face struct {
	name, prefix, host string
	carry              func(t *testing.T, at, host, target string) (status int, body string)
}

func (f face) ask(t *testing.T, at, sent string) (status int, body string) {
	t.Helper()
	return f.carry(t, at, f.host, f.prefix+sent)
}

// rawly sends a target byte by byte over HTTP/1.1.
func rawly(t *testing.T, at, host, target string) (status int, body string) {
	t.Helper()
	c, err := net.DialTimeout("tcp", at, 10*time.Second)
	must(t, err)
	defer c.Close()
	must(t, c.SetDeadline(time.Now().Add(30*time.Second)))
	_, err = fmt.Fprintf(c, "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", target, host)
	must(t, err)
	return answerOf(t)(http.ReadResponse(bufio.NewReader(c), nil))
}

// absolutely sends a target in absolute form.
func absolutely(t *testing.T, at, host, target string) (status int, body string) {
	t.Helper()
	return rawly(t, at, host, "http://"+host+target)
}

// overHTTP2 sends a target by prior knowledge of HTTP/2.
func overHTTP2(t *testing.T, at, host, target string) (status int, body string) {
	t.Helper()
	var protocols http.Protocols
	protocols.SetUnencryptedHTTP2(true)
	transport := &http.Transport{Protocols: &protocols}
	defer transport.CloseIdleConnections()
	r := &http.Request{Method: "GET", Host: host, Header: http.Header{}, URL: &url.URL{Scheme: "http", Host: at, Opaque: "//" + host + target}}
	return answerOf(t)(transport.RoundTrip(r.WithContext(t.Context())))
}

func answerOf(t *testing.T) func(*http.Response, error) (int, string) {
	return func(response *http.Response, err error) (int, string) {
		t.Helper()
		must(t, err)
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		must(t, err)
		return response.StatusCode, string(body)
	}
}

// meant is an answer as the corpus words it: the gateway's own status, or what the
// backend says that it means.
func meant(status int, body string) string {
	if status != http.StatusOK {
		if !strings.HasPrefix(body, `{"message":"`) {
			return fmt.Sprintf("a backend's %d: %s", status, body)
		}
		return fmt.Sprint(status)
	}
	if len(body) > 1 {
		body = strings.TrimSuffix(body, "/")
	}
	return body
}

// TestPathsMeanOneThing holds what backends of three kinds mean by a path against
// what the gateway has chosen by it: they mean the same, or nobody is asked.
func TestPathsMeanOneThing(t *testing.T) {
	list := corpus(t)
	for _, m := range meanings {
		t.Run(m.name, func(t *testing.T) {
			at := m.url(t)
			g := start(t)
			a := g.shielded(at)
			host := face{host: a.id + ".execute-api.localhost", carry: rawly}
			for _, row := range list {
				if got := meant(host.ask(t, g.DataAddr(), row.sent)); got != row.want {
					t.Errorf("%s: got %s, want %s", row.sent, got, row.want)
				}
			}
		})
	}
}

// TestPathsOnEveryFace sends the corpus by every address, front and protocol.
func TestPathsOnEveryFace(t *testing.T) {
	list, at := corpus(t), goMeans(t)
	for _, front := range []string{"own", "net/http"} {
		t.Run(front, func(t *testing.T) {
			g := start(t, func(c *server.Config) { c.Front = front })
			a := g.shielded(at)
			g.domain("api.example.com")
			g.domain("whole.example.com")
			g.mapped("api.example.com", "shop", a.id, "dev")
			g.mapped("api.example.com", "shop/deep", a.id, "$default")
			g.mapped("whole.example.com", "", a.id, "$default")
			host := a.id + ".execute-api.localhost"
			for _, f := range []face{
				{"by host", "", host, rawly},
				{"by host, stage", "/dev", host, rawly},
				{"by path", "/_aws/execute-api/" + a.id, "127.0.0.1", rawly},
				{"by path, stage", "/_aws/execute-api/" + a.id + "/dev", "127.0.0.1", rawly},
				{"custom domain", "", "whole.example.com", rawly},
				{"custom domain, base path", "/shop", "api.example.com", rawly},
				{"custom domain, long base path", "/shop/deep", "api.example.com", rawly},
				{"absolute form", "", host, absolutely},
				{"HTTP/2", "", host, overHTTP2},
				{"HTTP/2, base path", "/shop", "api.example.com", overHTTP2},
			} {
				t.Run(f.name, func(t *testing.T) {
					for _, row := range list {
						if got := meant(f.ask(t, g.DataAddr(), row.sent)); got != row.want {
							t.Errorf("%s: got %s, want %s", row.sent, got, row.want)
						}
					}
				})
			}
		})
	}
}

// TestPathsToFunctions sends the corpus to functions: whatever way one reads the
// path that it is shown, decodes it once more and resolves it, nothing guarded
// comes of it.
func TestPathsToFunctions(t *testing.T) {
	f := newWebFunctions(t, map[string]func([]byte) (string, bool){"talk": says(`"served"`)})
	for _, raw := range []string{"decoded", "encoded"} {
		t.Run(raw, func(t *testing.T) {
			g := start(t, f.as, func(c *server.Config) { c.RawPath = raw })
			a := g.webApi()
			guarded, open := a.guard(), a.integrate(invoking("2.0"))
			for _, key := range []string{"GET /p/{proxy+}", "GET /u/{id}", "$default"} {
				a.route(key, open)
			}
			for _, key := range []string{"GET /p/admin.txt", "GET /u/root", "ANY /private/{proxy+}"} {
				a.route(key, open, guarded)
			}
			a.deploy("$default")
			served := 0
			for _, row := range corpus(t) {
				before := f.count("talk")
				status, _ := rawly(t, g.DataAddr(), a.id+".execute-api.localhost", row.sent)
				if f.count("talk") == before {
					if status == http.StatusOK {
						t.Errorf("%s: answered, and no function was asked", row.sent)
					}
					continue
				}
				served++
				var event struct{ RawPath string }
				f.last(t, "talk", &event)
				for _, reading := range functionReadings(event.RawPath) {
					if reading == "/p/admin.txt" || reading == "/u/root" || strings.HasPrefix(reading, "/private/") {
						t.Errorf("%s: a function that is shown %q may mean %s", row.sent, event.RawPath, reading)
					}
				}
			}
			if served < 30 {
				t.Errorf("%d targets reached the function", served)
			}
		})
	}
}

// functionReadings are what frameworks of functions make of the path in an event.
func functionReadings(raw string) (list []string) {
	for range 3 {
		for _, ends := range []string{"", "?", "?#"} {
			read := raw
			if at := strings.IndexAny(read, ends); ends != "" && at >= 0 {
				read = read[:at]
			}
			list = append(list, path.Clean("/"+read), path.Clean("/"+strings.ReplaceAll(read, `\`, "/")))
		}
		next, err := url.PathUnescape(raw)
		if err != nil {
			return list
		}
		raw = next
	}
	return list
}

// TestAllowDotSegments lets the first kind pass as it was sent, and never the
// second.
func TestAllowDotSegments(t *testing.T) {
	at := backend(t, func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.RequestURI) })
	g := start(t, func(c *server.Config) { c.AllowDotSegments = true })
	a := g.shielded(at)
	for sent, want := range map[string]string{
		"/p/./admin.txt": "/public/./admin.txt", "/p/x/../admin.txt": "/public/x/../admin.txt", "/p/%2e%2e/private/s.txt": "/public/%2e%2e/private/s.txt",
		"/p/..%2fprivate/s.txt": "/public/..%2fprivate/s.txt", "/p/%252e/x": "/public/%252e/x", "/p/..;a/x": "/public/..;a/x",
		"/u/%2e%2e": "/users/%2e%2e", "/q?f=..%2fx": "/public/../x", "/other/../x": "/other/../x",
		"/p//admin.txt": "400", "/p/%2561dmin.txt": "400", "/p/admin.txt": "401", "/p/admin.txt;x": "400",
	} {
		status, body := rawly(t, g.DataAddr(), a.id+".execute-api.localhost", sent)
		body, _, _ = strings.Cut(body, "?")
		if got := meant(status, body); got != want {
			t.Errorf("%s: got %s, want %s", sent, got, want)
		}
	}
}

// TestPathsOfOtherTargets: no spelling of a base path or a stage leads past what
// guards it.
func TestPathsOfOtherTargets(t *testing.T) {
	at := goMeans(t)
	g := start(t)
	open, shut := g.webApi(), g.webApi()
	open.route("$default", open.integrate(proxyTo(at)))
	open.deploy("$default")
	shut.route("$default", shut.integrate(proxyTo(at+"/shop")), shut.guard())
	shut.deploy("$default")
	g.domain("one.example.com")
	g.domain("many.example.com")
	for _, domain := range []string{"one.example.com", "many.example.com"} {
		g.mapped(domain, "", open.id, "$default")
		g.mapped(domain, "shop", shut.id, "$default")
	}
	g.mapped("many.example.com", "a/b/c", shut.id, "$default")
	for _, row := range []struct{ host, sent, want string }{
		{"one.example.com", "/other", "/other"},
		{"one.example.com", "/shop/x", "401"},
		{"one.example.com", "//shop/x", "401"},
		{"one.example.com", "/%73hop/x", "401"},
		{"one.example.com", "/shop%2Fx", "400"},
		{"one.example.com", "/%2573hop/x", "400"},
		{"one.example.com", "/shop;v=1/x", "400"},
		{"one.example.com", "/shop%5Cx", "400"},
		{"one.example.com", "/x/../shop/x", "400"},
		{"one.example.com", "/shopping", "/shopping"},
		{"many.example.com", "/a/b/c/x", "401"},
		{"many.example.com", "/a/%62/c/x", "401"},
		{"many.example.com", "/a//b/c/x", "400"},
		{"many.example.com", "/a/b%2Fc/x", "400"},
		{"many.example.com", "/a/b/x", "/a/b/x"},
	} {
		if got := meant(rawly(t, g.DataAddr(), row.host, row.sent)); got != row.want {
			t.Errorf("%s%s: got %s, want %s", row.host, row.sent, got, row.want)
		}
	}

	// The stage dev has a guard that $default does not know.
	guarded := open.guard()
	open.route("ANY /secret", open.integrate(proxyTo(at)), guarded)
	open.deploy("dev")
	host := open.id + ".execute-api.localhost"
	for sent, want := range map[string]string{
		"/secret": "/secret", "/dev/secret": "401", "//dev/secret": "401", "/%64ev/secret": "401",
		"/dev%2Fsecret": "400", "/%2564ev/secret": "400", "/dev//secret": "401", "/dev;x/secret": "400",
		"/_aws/execute-api/" + open.id + "/dev/secret": "401", "/_aws/execute-api/" + open.id + "/$default/secret": "/secret",
		"/_aws/execute-api/" + open.id + "/$default/dev/secret": "400", "/_aws/execute-api/" + open.id + "/%24default//dev/secret": "400",
		"/_aws/execute-api/" + open.id + "/$default/dev/other": "/dev/other",
	} {
		if got := meant(rawly(t, g.DataAddr(), host, sent)); got != want {
			t.Errorf("%s: got %s, want %s", sent, got, want)
		}
	}
}

// TestPathsOfPrivateIntegrations: with the stage in the path, or mapped.
func TestPathsOfPrivateIntegrations(t *testing.T) {
	at := goMeans(t)
	arn := "arn:aws:elasticloadbalancing:us-east-1:000000000000:listener/app/a/1/2"
	g := start(t, func(c *server.Config) { c.VpcLinks = map[string][]string{arn: {strings.TrimPrefix(at, "http://")}} })
	link, err := g.sdk.CreateVpcLink(t.Context(), &apigatewayv2.CreateVpcLinkInput{Name: aws.String("inner"), SubnetIds: []string{"subnet-1"}})
	must(t, err)
	a := g.webApi()
	in := proxyTo(arn)
	in.ConnectionType, in.ConnectionId = "VPC_LINK", link.VpcLinkId
	a.route("ANY /p/{proxy+}", a.integrate(in))
	a.route("ANY /p/admin.txt", a.integrate(in), a.guard())
	in.RequestParameters = map[string]string{"overwrite:path": "$request.header.x-path"}
	a.route("GET /mapped", a.integrate(in))
	a.deploy("dev")
	host := a.id + ".execute-api.localhost"
	for sent, want := range map[string]string{
		"/dev/p/x": "/dev/p/x", "/dev/p/../x": "400", "/dev/p/%2e%2e/x": "400", "/dev/p//admin.txt": "400", "/dev/p/%2561dmin.txt": "400",
		"/dev/p/a%2Fb": "/dev/p/a/b", "//dev/p/x": "/dev/p/x", "/dev//p/x": "/dev/p/x",
	} {
		if got := meant(rawly(t, g.DataAddr(), host, sent)); got != want {
			t.Errorf("%s: got %s, want %s", sent, got, want)
		}
	}
	for mapped, want := range map[string]string{
		"/fine/x": "/fine/x", "/a/../x": "400", "..%2fx": "400", "/%2e%2e/x": "400", "//evil/x": "/evil/x", "/a%zz": "/a%zz", "/a?b": "/a?b",
	} {
		got := a.call("GET", "/dev/mapped", "", "X-Path", mapped)
		if meant(got.StatusCode, got.body) != want {
			t.Errorf("mapped to %s: got %d %s, want %s", mapped, got.StatusCode, got.body, want)
		}
	}
}
