package conformance

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/coder/websocket"

	"github.com/dragoman-gateway/dragoman/server"
	"github.com/dragoman-gateway/dragoman/sigv4"
)

// callBack calls the data listener by a host, signed with keys unless they are empty.
func (g *gateway) callBack(keys aws.Credentials, region, method, host, path, body string) heard {
	g.t.Helper()
	r, err := http.NewRequestWithContext(g.t.Context(), method, "http://"+g.DataAddr()+path, strings.NewReader(body))
	must(g.t, err)
	r.Host = host
	if keys.AccessKeyID != "" {
		must(g.t, v4.NewSigner().SignHTTP(g.t.Context(), keys, r, sigv4.HashBytes([]byte(body)), "execute-api", region, time.Now()))
	}
	response, err := http.DefaultTransport.RoundTrip(r)
	must(g.t, err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	must(g.t, err)
	return heard{response, string(text)}
}

// A handler finds its client by the id of the connection, whatever host it calls the
// gateway by.
func TestCallbacksByTheConnectionAlone(t *testing.T) {
	t.Parallel()
	file := writeKeys(t, keyFile)
	g := start(t, asking(file))
	g.sdk = g.as(full, "us-east-1")
	a, conn, id := connected(t, g)
	_, err := g.sdk.CreateStage(t.Context(), &apigatewayv2.CreateStageInput{ApiId: &a.id, StageName: aws.String("test")})
	must(t, err)
	other, _, _ := connected(t, g)
	web := g.webApi()
	web.route("GET /", web.integrate(proxyTo("http://127.0.0.1:1")))
	web.deploy("$default")
	g.domain("ws.example.com")
	g.mapped("ws.example.com", "", a.id, "prod")
	g.domain("empty.example.com")
	appendFile(t, file, "\n[limited]\naws_access_key_id=AKIDLIMITED\naws_secret_access_key=l\ndragoman_apis="+other.id+"\n")
	limited := aws.Credentials{AccessKeyID: "AKIDLIMITED", SecretAccessKey: "l"}
	reader := aws.Credentials{AccessKeyID: "AKIDREADER", SecretAccessKey: readerSecret}
	eventually(t, "the limited key", func() bool {
		return g.callBack(limited, "us-east-1", "GET", g.DataAddr(), "/prod/@connections/"+id, "").Header.Get("X-Amzn-Errortype") == "ForbiddenException"
	})

	own := port(g.DataAddr())
	for _, host := range []string{
		g.DataAddr(), "127.0.0.1", "localhost:" + own, "[::1]:" + own, "gateway:9000", "10.1.2.3:80", "anything.example", "none.execute-api.localhost", "none.execute-api.us-east-1.amazonaws.com",
	} {
		for _, path := range []string{"/prod/@connections/" + id, "/prod/%40connections/" + strings.ReplaceAll(id, "=", "%3D")} {
			if got := g.callBack(full, "us-east-1", "POST", host, path, "by "+host); got.StatusCode != 200 || got.body != "" {
				t.Fatalf("POST %s by %s: got %d %s", path, host, got.StatusCode, got.body)
			}
			if _, frame, err := conn.Read(t.Context()); err != nil || string(frame) != "by "+host {
				t.Fatalf("POST %s by %s: the client got %q (%v)", path, host, frame, err)
			}
		}
		if got := g.callBack(reader, "us-east-1", "GET", host, "/prod/@connections/"+id, ""); got.StatusCode != 200 || !strings.Contains(got.body, `"sourceIp":"127.0.0.1"`) {
			t.Errorf("GET by %s: got %d %s", host, got.StatusCode, got.body)
		}
	}
	const lost = "AAAAAAAAAAAAAAA="
	for _, row := range []struct {
		name, method, host, path string
		keys                     aws.Credentials
		region                   string
		status                   int
		exception, body          string
	}{
		{"another stage of the API", "POST", "127.0.0.1", "/test/@connections/" + id, full, "", 410, "GoneException", ""},
		{"no stage of the API", "POST", "127.0.0.1", "/dev/@connections/" + id, full, "", 403, "ForbiddenException", `{"message":"Forbidden"}`},
		{"nobody", "POST", "127.0.0.1", "/prod/@connections/" + lost, full, "", 410, "GoneException", ""},
		{"nonsense", "GET", "127.0.0.1", "/prod/@connections/a/b", full, "", 410, "GoneException", ""},
		{"another method", "PUT", "127.0.0.1", "/prod/@connections/" + id, full, "", 403, "ForbiddenException", `{"message":"Forbidden"}`},
		{"no stage", "POST", "127.0.0.1", "/@connections/" + id, full, "", 403, "ForbiddenException", `{"message":"Forbidden"}`},
		{"without a signature", "POST", "127.0.0.1", "/prod/@connections/" + id, aws.Credentials{}, "", 403, "MissingAuthenticationTokenException", `{"message":"Missing Authentication Token"}`},
		{"without a signature, nobody", "POST", "127.0.0.1", "/prod/@connections/" + lost, aws.Credentials{}, "", 403, "MissingAuthenticationTokenException", `{"message":"Missing Authentication Token"}`},
		{"an unknown key", "GET", "127.0.0.1", "/prod/@connections/" + id, aws.Credentials{AccessKeyID: "AKIDNOBODY", SecretAccessKey: "x"}, "", 403, "UnrecognizedClientException", ""},
		{"another region", "GET", "127.0.0.1", "/prod/@connections/" + id, full, "eu-west-1", 403, "InvalidSignatureException", `{"message":"Credential should be scoped to a valid region. "}`},
		{"a reader posts", "POST", "127.0.0.1", "/prod/@connections/" + id, reader, "", 403, "ForbiddenException", `{"message":"Forbidden"}`},
		{"a key for another API", "GET", "127.0.0.1", "/prod/@connections/" + id, limited, "", 403, "ForbiddenException", `{"message":"Forbidden"}`},
		{"another API's host", "POST", other.id + ".execute-api.localhost", "/prod/@connections/" + id, full, "", 410, "GoneException", ""},
		{"an HTTP API's host", "POST", web.id + ".execute-api.localhost", "/prod/@connections/" + id, full, "", 404, "", `{"message":"Not Found"}`},
		{"a custom domain", "POST", "ws.example.com", "/prod/@connections/" + id, full, "", 404, "NotFoundException", `{"message":"Not Found"}`},
		{"a custom domain with a port", "POST", "WS.example.com.:" + own, "/prod/@connections/" + id, full, "", 404, "NotFoundException", `{"message":"Not Found"}`},
		{"a custom domain of nothing", "POST", "empty.example.com", "/prod/@connections/" + id, full, "", 404, "NotFoundException", `{"message":"Not Found"}`},
		{"a custom domain, as its mapping says", "GET", "ws.example.com", "/@connections/" + id, full, "", 200, "", ""},
		{"its own host", "GET", a.id + ".execute-api.localhost", "/prod/@connections/" + id, full, "", 200, "", ""},
		{"gone", "DELETE", "127.0.0.1", "/prod/@connections/" + id, full, "", 204, "", ""},
		{"gone again", "DELETE", "127.0.0.1", "/prod/@connections/" + id, full, "", 410, "GoneException", ""},
	} {
		region := row.region
		if region == "" {
			region = "us-east-1"
		}
		got := g.callBack(row.keys, region, row.method, row.host, row.path, "")
		if got.StatusCode != row.status || got.Header.Get("X-Amzn-Errortype") != row.exception || row.body != "" && got.body != row.body {
			t.Errorf("%s: got %d %s %s, want %d %s %s", row.name, got.StatusCode, got.Header.Get("X-Amzn-Errortype"), got.body, row.status, row.exception, row.body)
		}
	}
}

// A stage whose default endpoint is disabled is called back by its custom domain alone.
func TestCallbacksOfADisabledEndpoint(t *testing.T) {
	t.Parallel()
	g := start(t)
	a, _, id := connected(t, g)
	if got := g.callBack(full, "us-east-1", "GET", g.DataAddr(), "/prod/@connections/"+id, ""); got.StatusCode != 200 {
		t.Errorf("before: got %d %s", got.StatusCode, got.body)
	}
	_, err := g.sdk.UpdateApi(t.Context(), &apigatewayv2.UpdateApiInput{ApiId: &a.id, DisableExecuteApiEndpoint: aws.Bool(true)})
	must(t, err)
	a.deploy()
	if got := g.callBack(full, "us-east-1", "GET", g.DataAddr(), "/prod/@connections/"+id, ""); got.StatusCode != 403 {
		t.Errorf("after: got %d %s, want 403", got.StatusCode, got.body)
	}
}

// told is what an event and the templates of an API say of the host that was used.
func (g *gateway) told(f *webFunctions, web *webApi, socket *socketApi, host string) string {
	g.t.Helper()
	var v1 events.APIGatewayProxyRequest
	var v2 events.APIGatewayV2HTTPRequest
	for path, event := range map[string]any{"/one": &v1, "/two": &v2} {
		r := web.request("GET", "/_aws/execute-api/"+web.id+path, "", "Host", host)
		if got := web.do(r); got.StatusCode != 200 {
			g.t.Fatalf("%s by %s: got %d %s", path, host, got.StatusCode, got.body)
		}
		f.last(g.t, "talk", event)
	}
	conn, _, err := websocket.Dial(g.t.Context(), "ws://"+g.DataAddr()+socket.path(), &websocket.DialOptions{Host: host})
	must(g.t, err)
	defer conn.CloseNow()
	one, two, three := v1.RequestContext.DomainName, v2.RequestContext.DomainName, socket.ask(conn, `{"action":"ask"}`)
	if v1.RequestContext.DomainPrefix != web.id || v2.RequestContext.DomainPrefix != web.id {
		g.t.Errorf("by %s: domainPrefix is %s and %s, want the API's id", host, v1.RequestContext.DomainPrefix, v2.RequestContext.DomainPrefix)
	}
	today := strings.NewReplacer(web.id+".", "{api}.", socket.id+".", "{api}.")
	if today.Replace(one) != today.Replace(two) || today.Replace(one) != today.Replace(three) {
		g.t.Errorf("by %s: payload 1.0 says %s, 2.0 %s, a template %s", host, one, two, three)
	}
	return today.Replace(one)
}

func TestDomainNameIsTheClientsHost(t *testing.T) {
	t.Parallel()
	const today = "{api}.execute-api.localhost:PORT"
	for _, row := range []struct {
		name   string
		change func(*server.Config)
		hosts  map[string]string
	}{
		{"on loopback", func(*server.Config) {}, map[string]string{
			"127.0.0.1:PORT": "127.0.0.1:PORT", "127.0.0.1:9000": "127.0.0.1:9000", "localhost:9000": "localhost:9000", "LOCALHOST": "LOCALHOST", "[::1]:9000": "[::1]:9000", "x.localhost": "x.localhost",
			"gateway:9000": "gateway:9000", "gateway": "gateway", "10.1.2.3:9000": "10.1.2.3:9000", "[fd00::1]:9000": "[fd00::1]:9000", "api.example.com": "api.example.com", "api.example.com:9000": "api.example.com:9000",
			"evil.example": today, "evil.example:9000": today, "127.0.0.1.nip.io": today, "localhost.evil.example:PORT": today, "none.execute-api.evil.example": today,
		}},
		{"for everybody", func(c *server.Config) { c.Listen = "0.0.0.0:0" }, map[string]string{
			"127.0.0.1:PORT": "127.0.0.1:PORT", "localhost:9000": "localhost:9000", "api.example.com": "api.example.com",
			"gateway:9000": today, "10.1.2.3:9000": today, "evil.example": today,
		}},
		{"with a name given", func(c *server.Config) { c.DomainName = "{apiId}.gw.internal:{port}" }, map[string]string{
			"127.0.0.1:PORT": "{api}.gw.internal:PORT", "evil.example": "{api}.gw.internal:PORT", "api.example.com": "{api}.gw.internal:PORT",
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			var log lines
			f := newWebFunctions(t, map[string]func([]byte) (string, bool){"talk": says(`{"statusCode":200}`)})
			g := start(t, f.as, log.into, row.change)
			own := port(g.DataAddr())
			web, socket := g.webApi(), mockApi(g, "$context.domainName")
			web.route("GET /one", web.integrate(invoking("1.0")))
			web.route("GET /two", web.integrate(invoking("2.0")))
			web.deploy("$default")
			g.domain("api.example.com")
			place := strings.NewReplacer("PORT", own)
			for host, want := range row.hosts {
				if got := g.told(f, web, socket, place.Replace(host)); got != place.Replace(want) {
					t.Errorf("by %s: handlers are told %s, want %s", host, got, place.Replace(want))
				}
			}
			if hinted := strings.Contains(log.String(), "is not told to handlers"); hinted != (row.name != "with a name given") {
				t.Errorf("the log hints of --domain-name: %v", hinted)
			}
		})
	}
}

// Handlers that are given a name that nobody else has call back by it without keys.
func TestCallbacksByAGivenName(t *testing.T) {
	t.Parallel()
	for form, want := range map[string]struct {
		host   string
		status int
	}{
		"host.docker.internal:{port}": {"host.docker.internal:9", 200}, "{apiId}.gw.internal": {"a1b2.gw.internal", 200}, "gateway": {"GATEWAY:1", 200}, "10.1.2.3:80": {"10.1.2.3", 200},
		"api.example.com": {"api.example.com", 403}, "203.0.113.9": {"203.0.113.9", 403}, "{apiId}.gw.example": {"a1b2.gw.example", 403}, "x.internal": {"y.internal", 403},
	} {
		g := start(t, func(c *server.Config) { c.DomainName = form })
		_, _, id := connected(t, g)
		if got := g.callBack(aws.Credentials{}, "", "GET", want.host, "/prod/@connections/"+id, ""); got.StatusCode != want.status {
			t.Errorf("%s, by %s: got %d %s, want %d", form, want.host, got.StatusCode, got.body, want.status)
		}
	}
	for _, form := range []string{"http://gateway", "gateway/x", "a b", "{apiId", "gateway:port"} {
		config := server.Default()
		if config.DomainName = form; config.Validate() == nil {
			t.Errorf("--domain-name %q is taken", form)
		}
	}
}

// The context of templates and logs says the API's id as domainPrefix.
func TestDomainPrefix(t *testing.T) {
	t.Parallel()
	f := newWebFunctions(t, map[string]func([]byte) (string, bool){"talk": says(`{"statusCode":200}`)})
	g := start(t, f.as)
	web := g.webApi()
	in := invoking("2.0")
	in.RequestParameters = map[string]string{"append:header.x-prefix": "$context.domainPrefix"}
	web.route("GET /", web.integrate(in))
	web.deploy("$default")
	g.domain("api.example.com")
	g.mapped("api.example.com", "", web.id, "$default")
	for _, host := range []string{web.id + ".execute-api.localhost", "api.example.com", strings.ToUpper(web.id) + ".execute-api.localhost"} {
		var e struct {
			Headers        map[string]string
			RequestContext struct{ DomainName, DomainPrefix string }
		}
		if got := web.do(web.request("GET", "/", "", "Host", host)); got.StatusCode != 200 {
			t.Fatalf("%s: got %d %s", host, got.StatusCode, got.body)
		}
		f.last(t, "talk", &e)
		if got, want := fmt.Sprint(e.Headers["x-prefix"], " ", e.RequestContext.DomainPrefix, " ", e.RequestContext.DomainName), web.id+" "+web.id+" "+host; got != want {
			t.Errorf("%s: got %s, want %s", host, got, want)
		}
	}
}

// A machine is called by its own address where no other name is known.
func TestDomainNameIsTheListenersAddress(t *testing.T) {
	t.Parallel()
	own := ""
	addresses, err := net.InterfaceAddrs()
	must(t, err)
	for _, a := range addresses {
		if ip, ok := a.(*net.IPNet); ok && ip.IP.To4() != nil && !ip.IP.IsLoopback() && !ip.IP.IsLinkLocalUnicast() {
			own = ip.IP.String()
		}
	}
	if own == "" {
		t.Skip("this machine has no address but that of loopback")
	}
	g := start(t, func(c *server.Config) { c.Listen = "0.0.0.0:0" })
	a := mockApi(g, "$context.domainName")
	at := net.JoinHostPort(own, port(g.DataAddr()))
	for host, want := range map[string]string{at: at, net.JoinHostPort(own, "1"): a.id + ".execute-api.localhost:" + port(g.DataAddr()), own: a.id + ".execute-api.localhost:" + port(g.DataAddr())} {
		conn, _, err := websocket.Dial(t.Context(), "ws://"+at+a.path(), &websocket.DialOptions{Host: host})
		must(t, err)
		if got := a.ask(conn, `{"action":"ask"}`); got != want {
			t.Errorf("by %s: got %s, want %s", host, got, want)
		}
		_ = conn.CloseNow()
	}
}
