package conformance

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/dragoman-gateway/dragoman/server"
)

// managed sends a call of the management API with a Host and header lines.
func (g *gateway) managed(method, path, host, body string, header http.Header) heard {
	g.t.Helper()
	r, err := http.NewRequestWithContext(g.t.Context(), method, "http://"+g.ManagementAddr()+path, strings.NewReader(body))
	must(g.t, err)
	if r.Header = header; header == nil {
		r.Header = http.Header{}
	}
	r.Host = host
	response, err := http.DefaultTransport.RoundTrip(r)
	must(g.t, err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	must(g.t, err)
	return heard{response, string(text)}
}

const newApi = `{"name":"n","protocolType":"HTTP"}`

// A name that was made to mean this machine manages nothing, whoever asks by it.
func TestNamesThatMayManage(t *testing.T) {
	t.Parallel()
	var log lines
	g := start(t, log.into, func(c *server.Config) {
		c.Peers.ManagementNames = []string{"gateway.test", "Dragoman:8081", "10.1.2.3"}
	})
	own := port(g.ManagementAddr())
	for host, ok := range map[string]bool{
		"127.0.0.1:" + own: true, "127.0.0.1": true, "127.0.0.1:1": true, "127.3.2.1:8081": true, "[::1]:" + own: true, "[::1]": true, "[::ffff:127.0.0.1]:8081": true,
		"localhost": true, "localhost:8081": true, "LOCALHOST:8081": true, "localhost.": true, "localhost.:8081": true, "a.localhost": true, "a.b.localhost:8081": true,
		"gateway.test": true, "GATEWAY.test:9": true, "gateway.test.:9": true, "dragoman": true, "dragoman:8081": true, "10.1.2.3:8081": true,

		"evil.example": false, "evil.example:" + own: false, "evil.example.:" + own: false, "localhost.evil.example": false, "127.0.0.1.nip.io": false, "a.gateway.test": false,
		"notlocalhost": false, "mylocalhost:8081": false, "gateway:8081": false, "10.1.2.4": false, "192.168.1.1:8081": false, "0.0.0.0:8081": false, "[::]:8081": false,
		"[fe80::1]": false, "2130706433": false, "0x7f000001": false, "127.1:8081": false, "0177.0.0.1": false, "a1.execute-api.evil.example": false, "localhost-": false,
	} {
		for _, path := range []string{"/v2/apis", "/_dragoman/configuration", "/metrics", "/", "/nothing"} {
			got := g.managed("GET", path, host, "", http.Header{"User-Agent": {"aws-cli/2"}})
			if allowed := got.StatusCode != 403; allowed != ok {
				t.Errorf("GET %s by %s: got %d, want it allowed: %v", path, host, got.StatusCode, ok)
			}
		}
		want := 403
		if ok {
			want = 201
		}
		got := g.managed("POST", "/v2/apis", host, newApi, nil)
		if got.StatusCode != want {
			t.Errorf("POST by %s: got %d %s, want %d", host, got.StatusCode, got.body, want)
		}
		var said struct{ Message string }
		if !ok && (got.Header.Get("X-Amzn-Errortype") != "AccessDeniedException" || json.Unmarshal([]byte(got.body), &said) != nil || said.Message == "" || got.Header.Get("X-Amzn-Requestid") == "") {
			t.Errorf("by %s: not worded as AWS does: %v %s", host, got.Header, got.body)
		}
		for _, path := range []string{"/healthz", "/readyz"} {
			if got := g.managed("GET", path, host, "", nil); got.StatusCode != 200 {
				t.Errorf("%s by %s: got %d, want 200", path, host, got.StatusCode)
			}
		}
	}
	for _, row := range []struct {
		name, text string
		status     int
	}{
		{"no Host", "GET /v2/apis HTTP/1.0\r\n\r\n", 403},
		{"HTTP/1.0", "GET /v2/apis HTTP/1.0\r\nHost: localhost\r\n\r\n", 403},
		{"the health by HTTP/1.0", "GET /healthz HTTP/1.0\r\n\r\n", 200},
		{"user information", "GET /v2/apis HTTP/1.1\r\nHost: localhost@evil.example\r\n\r\n", 400},
		{"user information before", "GET /v2/apis HTTP/1.1\r\nHost: evil.example@localhost\r\n\r\n", 400},
		{"two Hosts", "GET /v2/apis HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n", 400},
		{"an empty Host", "GET /v2/apis HTTP/1.1\r\nHost:\r\n\r\n", 400},
		{"no Host in HTTP/1.1", "GET /healthz HTTP/1.1\r\n\r\n", 400},
		{"a target of another host", "GET http://evil.example/v2/apis HTTP/1.1\r\nHost: localhost\r\n\r\n", 400},
		{"through a proxy", "GET /v2/apis HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: 1.2.3.4\r\n\r\n", 403},
		{"through another", "GET /v2/apis HTTP/1.1\r\nHost: localhost\r\nVia: 1.1 p\r\n\r\n", 403},
		{"through a proxy that was named", "GET /v2/apis HTTP/1.1\r\nHost: gateway.test\r\nX-Forwarded-For: 1.2.3.4\r\n\r\n", 200},
	} {
		if got := raw(t, g.ManagementAddr(), row.text); got != row.status {
			t.Errorf("%s: got %d, want %d", row.name, got, row.status)
		}
	}
	for _, want := range []string{"by a name that may be anybody's", "give --management-name NAME", "was called through a proxy"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log does not say %q", want)
		}
	}
}

// Pages of other origins manage nothing, nor forms and other calls that browsers
// send without asking.
func TestWebPagesDoNotManage(t *testing.T) {
	t.Parallel()
	var log lines
	g := start(t, log.into, func(c *server.Config) {
		c.Peers.ManagementOrigins = []string{"https://Console.example:443/", "http://localhost:3000"}
	})
	own := port(g.ManagementAddr())
	here := "http://" + g.ManagementAddr()
	form := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
	for _, row := range []struct {
		name, host string
		header     http.Header
		allowed    bool
	}{
		{"a program", "", http.Header{"User-Agent": {"aws-cli/2"}}, true},
		{"a program that says it is a browser", "", http.Header{"User-Agent": {"Mozilla/5.0"}}, true},
		{"a form of nobody's", "", form, true},
		{"its own page", "", http.Header{"Origin": {here}, "Sec-Fetch-Site": {"same-origin"}}, true},
		{"its own page by name", "localhost:" + own, http.Header{"Origin": {"http://localhost:" + own}}, true},
		{"its own page without a port", "localhost", http.Header{"Origin": {"http://localhost"}}, true},
		{"typed into the address bar", "", http.Header{"Sec-Fetch-Site": {"none"}}, true},
		{"a page that may", "", http.Header{"Origin": {"https://console.example"}, "Sec-Fetch-Site": {"cross-site"}}, true},
		{"another page that may", "", http.Header{"Origin": {"http://localhost:3000"}, "Sec-Fetch-Site": {"same-site"}}, true},

		{"another site", "", http.Header{"Origin": {"https://evil.example"}, "Sec-Fetch-Site": {"cross-site"}}, false},
		{"another site's form", "", http.Header{"Origin": {"https://evil.example"}, "Content-Type": {"text/plain"}}, false},
		{"another site's form data", "", http.Header{"Origin": {"https://evil.example"}, "Content-Type": {"multipart/form-data; boundary=x"}}, false},
		{"another site that hides its origin", "", http.Header{"Sec-Fetch-Site": {"cross-site"}}, false},
		{"a page without an origin", "", http.Header{"Origin": {"null"}}, false},
		{"an empty origin", "", http.Header{"Origin": {""}}, false},
		{"another port of this machine", "", http.Header{"Origin": {"http://127.0.0.1:3000"}, "Sec-Fetch-Site": {"same-site"}}, false},
		{"another port, an older browser", "", http.Header{"Origin": {"http://127.0.0.1:3000"}}, false},
		{"same site, no origin", "", http.Header{"Sec-Fetch-Site": {"same-site"}}, false},
		{"another name of this machine", "", http.Header{"Origin": {"http://localhost:" + own}}, false},
		{"its own page over TLS", "", http.Header{"Origin": {"https://" + g.ManagementAddr()}}, false},
		{"an unknown word", "", http.Header{"Sec-Fetch-Site": {"perhaps"}}, false},
		{"two origins", "", http.Header{"Origin": {here, "https://evil.example"}}, false},
		{"two origins in a line", "", http.Header{"Origin": {here + ", https://evil.example"}}, false},
		{"one that may and one that may not", "", http.Header{"Origin": {"https://console.example", "https://evil.example"}}, false},
		{"one that only begins so", "", http.Header{"Origin": {"https://console.example.evil.example"}}, false},
		{"one that may, by another scheme", "", http.Header{"Origin": {"http://console.example"}}, false},
		{"a name made to mean this machine", "evil.example:" + own, http.Header{"Origin": {"http://evil.example:" + own}, "Sec-Fetch-Site": {"same-origin"}}, false},
		{"such a name, by a page that may", "evil.example:" + own, http.Header{"Origin": {"https://console.example"}}, false},
	} {
		for _, call := range []struct{ method, path, body string }{
			{"GET", "/v2/apis", ""}, {"HEAD", "/v2/apis", ""}, {"POST", "/v2/apis", newApi}, {"PUT", "/_dragoman/configuration?dryRun=true", "apis: {}"}, {"DELETE", "/v2/apis/none", ""},
			{"OPTIONS", "/v2/apis", ""}, {"GET", "/metrics", ""},
		} {
			got := g.managed(call.method, call.path, row.host, call.body, row.header.Clone())
			if allowed := got.StatusCode != 403; allowed != row.allowed {
				t.Errorf("%s, %s %s: got %d %s, want it allowed: %v", row.name, call.method, call.path, got.StatusCode, got.body, row.allowed)
			}
		}
	}
	if want := "refused: a web page may not call the management API"; !strings.Contains(log.String(), want) || !strings.Contains(log.String(), "https://evil.example") {
		t.Errorf("the log does not say %q and of which page", want)
	}
}

// The page that may call reads the answers, and asks before it writes.
func TestAPageThatMayManage(t *testing.T) {
	t.Parallel()
	g := start(t, func(c *server.Config) { c.Peers.ManagementOrigins = []string{"https://console.example"} })
	page := http.Header{"Origin": {"https://console.example"}}
	asks := http.Header{"Origin": page["Origin"], "Access-Control-Request-Method": {"POST"}, "Access-Control-Request-Headers": {"authorization,content-type,x-amz-date"}, "Access-Control-Request-Private-Network": {"true"}}
	got := g.managed("OPTIONS", "/v2/apis", "", "", asks)
	h := got.Header
	if got.StatusCode != 204 || h.Get("Access-Control-Allow-Origin") != "https://console.example" || !strings.Contains(h.Get("Access-Control-Allow-Methods"), "PATCH") ||
		h.Get("Access-Control-Allow-Headers") != "authorization,content-type,x-amz-date" || h.Get("Access-Control-Allow-Private-Network") != "true" || h.Get("Vary") != "Origin" {
		t.Errorf("the question: got %d %v", got.StatusCode, h)
	}
	if got := g.managed("POST", "/v2/apis", "", newApi, page.Clone()); got.StatusCode != 201 || got.Header.Get("Access-Control-Allow-Origin") != "https://console.example" {
		t.Errorf("the call: got %d %v", got.StatusCode, got.Header)
	}
	for name, header := range map[string]http.Header{"nobody": {}, "its own page": {"Origin": {"http://" + g.ManagementAddr()}}} {
		if got := g.managed("GET", "/v2/apis", "", "", header); got.StatusCode != 200 || got.Header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s: got %d %v", name, got.StatusCode, got.Header)
		}
	}
	asks.Set("Origin", "https://evil.example")
	if got := g.managed("OPTIONS", "/v2/apis", "", "", asks); got.StatusCode != 403 || got.Header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("another page asks: got %d %v", got.StatusCode, got.Header)
	}
}

// Where signatures are verified, no page and no name has one by itself.
func TestStrangersWithKeysManage(t *testing.T) {
	t.Parallel()
	var log lines
	g := startAsking(t, log.into, func(c *server.Config) { c.Peers.TrustedProxies = []string{"127.0.0.1"} })
	signed := g.craft(crafted{method: "POST", target: "/v2/apis", body: newApi, before: func(r *http.Request) {
		r.Header.Set("Origin", "https://console.example")
		r.Host = "gateway.example"
	}, after: func(r *http.Request) { r.Header.Set("X-Forwarded-For", "203.0.113.9") }})
	if signed.StatusCode != 201 {
		t.Errorf("a page that has a key: got %d %s, want 201", signed.StatusCode, signed.body)
	}
	if got := g.managed("GET", "/v2/apis", "gateway.example", "", nil); got.StatusCode != 403 || got.Header.Get("X-Amzn-Errortype") != "MissingAuthenticationTokenException" {
		t.Errorf("without a key: got %d %v", got.StatusCode, got.Header)
	}
	if writes := log.writes(); len(writes) != 1 || writes[0].From != "203.0.113.9" {
		t.Errorf("audited: got %+v, want the client that the trusted proxy speaks for", writes)
	}
}

func TestStrangersConfig(t *testing.T) {
	for _, row := range []struct{ name, origin, wrong string }{
		{"evil.example/x", "", "--management-name"}, {"", "", "--management-name"}, {"a b", "", "--management-name"},
		{"a", "console.example", "--management-origin"}, {"a", "null", "--management-origin"}, {"a", "https://console.example/page", "--management-origin"}, {"a", "*", "--management-origin"},
	} {
		config := server.Default()
		config.Peers.ManagementNames = []string{row.name}
		if row.origin != "" {
			config.Peers.ManagementOrigins = []string{row.origin}
		}
		if err := config.Validate(); err == nil || !strings.Contains(err.Error(), row.wrong) {
			t.Errorf("%+v: got %v", row, err)
		}
	}
}
