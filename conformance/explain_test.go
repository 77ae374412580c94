package conformance

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/coder/websocket"

	"github.com/dragoman-gateway/dragoman/server"
)

// With --explain-errors failures name their records, success leaves none, and bodies over
// HTTP stay AWS's; with the header alone all answers that have one name it.
func TestErrorsAreExplained(t *testing.T) {
	for _, front := range []string{"own", "net/http"} {
		g := start(t, func(c *server.Config) { c.Front, c.Observe.ExplainErrors = front, true })
		a := g.socketApi(mock(), mockReply("pong"))
		conn, opened, err := websocket.Dial(t.Context(), "ws://"+g.DataAddr()+a.path(), nil)
		must(t, err)
		t.Cleanup(func() { _ = conn.CloseNow() })
		if id := opened.Header.Get("dragoman-trace"); id != "" {
			t.Errorf("%s: a handshake without a record names %q", front, id)
		}
		if got := a.ask(conn, `{"action":"ask"}`); got != "pong" {
			t.Errorf("%s: got %s", front, got)
		}
		var frame struct {
			Message, ConnectionId, RequestId string
			Dragoman                         struct{ Trace, Because string }
		}
		must(t, json.Unmarshal([]byte(a.ask(conn, `{"action":"nope"}`)), &frame))
		found := g.traces("limit=10")
		if len(found) != 1 || frame.Message != "Forbidden" || frame.Dragoman.Trace != found[0].ID || frame.Dragoman.Because != found[0].Summary || !strings.Contains(found[0].Summary, "nope") {
			t.Errorf("%s: got the frame %+v and the records %+v", front, frame, found)
		}
		web := g.webApi()
		web.route("GET /", web.integrate(proxyTo("http://127.0.0.1:1")))
		web.route("GET /fine", web.integrate(proxyTo(backend(t, echo))))
		web.deploy("$default")
		names := func(got heard, status int, body string) {
			t.Helper()
			id := got.Header.Get("dragoman-trace")
			if got.StatusCode != status || got.body != body || (id != "") != (status >= 400) {
				t.Errorf("%s: got %d %q, trace %q", front, got.StatusCode, got.body, id)
			}
			if id != "" && len(g.traces("limit=1&text="+id)) != 1 {
				t.Errorf("%s: the trace %s is not there", front, id)
			}
		}
		names(web.call("GET", "/", ""), 503, `{"message":"Service Unavailable"}`)
		names(web.call("GET", "/nothing", ""), 404, `{"message":"Not Found"}`)
		names(web.call("GET", "/fine", ""), 200, "")
		names(web.call("GET", "/x", "", "Host", "nobody.example"), 403, `{"message":"Forbidden"}`)
		_, refused, _ := websocket.Dial(t.Context(), "ws://"+g.DataAddr()+"/_aws/execute-api/"+a.id+"/none", nil)
		if refused == nil || refused.StatusCode != 403 || refused.Header.Get("dragoman-trace") == "" {
			t.Errorf("%s: a refused handshake: got %v", front, refused)
		}
		gone, err := http.Post("http://"+g.DataAddr()+a.path()+"/@connections/AAAAAAAAAAAAAAA=", "text/plain", strings.NewReader("x"))
		must(t, err)
		must(t, gone.Body.Close())
		if id := gone.Header.Get("dragoman-trace"); gone.StatusCode != 410 || id == "" || len(g.traces("limit=1&text="+id)) != 1 {
			t.Errorf("%s: @connections: got %d, trace %q", front, gone.StatusCode, id)
		}
	}

	g := start(t, recording, func(c *server.Config) { c.Observe.TraceHeader = true })
	a := g.socketApi(mock(), mockReply("pong"))
	conn, opened, err := websocket.Dial(t.Context(), "ws://"+g.DataAddr()+a.path(), nil)
	must(t, err)
	t.Cleanup(func() { _ = conn.CloseNow() })
	if id := opened.Header.Get("dragoman-trace"); id == "" || g.traces("text=" + id)[0].Kind != "connect" {
		t.Errorf("the handshake names %q", id)
	}
	if got := a.ask(conn, `{"action":"nope"}`); strings.Contains(got, "dragoman") {
		t.Errorf("a frame without being asked for: %s", got)
	}
	web := g.webApi()
	web.route("GET /fine", web.integrate(proxyTo(backend(t, echo))))
	web.deploy("$default")
	if got := web.call("GET", "/fine", ""); got.StatusCode != http.StatusOK || got.Header.Get("dragoman-trace") == "" {
		t.Errorf("got %d %v", got.StatusCode, got.Header)
	}
}

// Over HTTP/2 a failure names its record as over HTTP/1.1.
func TestErrorsAreExplainedOverHTTP2(t *testing.T) {
	s := newSigner(t)
	pair := s.write(t, t.TempDir(), "first", "*.example.com")
	g := start(t, func(c *server.Config) {
		c.Observe.ExplainErrors = true
		c.Domains.Listen, c.Domains.Certificates = "127.0.0.1:0", map[string]string{ownCertificate: pair}
	})
	web := g.webApi()
	web.route("GET /closed", web.integrate(proxyTo("http://127.0.0.1:1")))
	web.route("GET /fine", web.integrate(proxyTo(backend(t, echo))))
	web.deploy("$default")
	g.domain("api.example.com")
	g.mapped("api.example.com", "", web.id, "$default")
	for path, status := range map[string]int{"/closed": 503, "/nothing": 404, "/fine": 200} {
		response, err := g.secureClient(s).Get("https://api.example.com" + path)
		must(t, err)
		must(t, response.Body.Close())
		id := response.Header.Get("dragoman-trace")
		if response.ProtoMajor != 2 || response.StatusCode != status || (id != "") != (status >= 400) || id != "" && len(g.traces("limit=1&text="+id)) != 1 {
			t.Errorf("%s: got %s %d, trace %q", path, response.Proto, response.StatusCode, id)
		}
	}
}
