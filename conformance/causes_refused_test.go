package conformance

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/dragoman-gateway/dragoman/server"
)

// speak sends bytes to the data listener and reads one answer.
func (g *gateway) speak(raw string) heard {
	g.t.Helper()
	c, err := net.Dial("tcp", g.DataAddr())
	must(g.t, err)
	defer c.Close()
	must(g.t, c.SetDeadline(time.Now().Add(30*time.Second)))
	_, err = io.WriteString(c, raw)
	must(g.t, err)
	response, err := http.ReadResponse(bufio.NewReader(c), nil)
	must(g.t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	must(g.t, err)
	return heard{Response: response, body: string(body)}
}

// What is refused before any API is looked for leaves a record like any other, that says what
// in it was wrong and keeps nothing that was sent; one API alone has none of it.
func TestCausesOfRequestsThatAreNone(t *testing.T) {
	g := start(t, recording, func(c *server.Config) { c.Observe.ExplainErrors = true })
	const secret = "hunter2222"
	for _, row := range []struct {
		name, raw string
		status    int
		words     []string
	}{
		{"two lengths", "POST /" + secret + " HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx", 400, []string{"Content-Length", "2 times"}},
		{"an octet", "GET / HTTP/1.1\r\nHost: h\r\nAuthorization: " + secret + "\x01\r\n\r\n", 400, []string{"Authorization", "0x01"}},
		{"no name", "GET / HTTP/1.1\r\nHost: h\r\n" + secret + "\r\n\r\n", 400, []string{"line 3", "no colon"}},
		{"a bare line", "GET / HTTP/1.1\nCookie: a=" + secret + "\n\n", 400, []string{"line 1", "0x0A"}},
		{"TLS", "\x16\x03\x01\x00\n" + secret + "\r\n\r\n", 400, []string{"TLS", "https://"}},
		{"a user", "GET / HTTP/1.1\r\nHost: " + secret + "@h\r\n\r\n", 400, []string{"Host", "0x40"}},
		{"a long target", "GET /?k=" + secret + strings.Repeat("x", 70<<10) + " HTTP/1.1\r\nHost: h\r\n\r\n", 414, []string{"target", "32768"}},
		{"an expectation", "GET / HTTP/1.1\r\nHost: h\r\nExpect: " + secret + "\r\n\r\n", 417, []string{"Expect", "100-continue"}},
		{"many headers", "GET / HTTP/1.1\r\nHost: h\r\n" + strings.Repeat("A: "+secret+"\r\n", 300) + "\r\n", 431, []string{"256"}},
		{"a long header", "GET / HTTP/1.1\r\nHost: h\r\nCookie: a=" + secret + strings.Repeat("x", 70<<10) + "\r\n\r\n", 431, []string{"65536", "Cookie"}},
		{"a coding", "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: " + secret + "\r\n\r\n", 501, []string{"Transfer-Encoding", "chunked"}},
		{"a version", "GET /" + secret + " HTTP/1.9\r\nHost: h\r\n\r\n", 505, []string{"version", "HTTP/1.1"}},
	} {
		got := g.speak(row.raw)
		if got.StatusCode != row.status {
			t.Errorf("%s: got %d %s, want %d", row.name, got.StatusCode, got.body, row.status)
		}
		found := g.cause(row.name, "http", row.status, row.words...)
		if found.Api != "" || len(found.Steps) != 2 || found.Steps[0].Name != "receive" || found.Steps[1].Name != "frame" || found.ID != got.Header.Get("Dragoman-Trace") || strings.Contains(found.text, secret) {
			t.Errorf("%s: got %s of the answer %v", row.name, found.text, got.Header)
		}
	}
	// HTTP/2 by prior knowledge: what is answered, and what has its stream reset.
	two := &http.Transport{Protocols: new(http.Protocols)}
	two.Protocols.SetUnencryptedHTTP2(true)
	defer two.CloseIdleConnections()
	r, err := http.NewRequestWithContext(t.Context(), "GET", "http://"+g.DataAddr()+"/?k="+secret+strings.Repeat("x", 40<<10), nil)
	must(t, err)
	response, err := two.RoundTrip(r)
	must(t, err)
	response.Body.Close()
	if found := g.cause("a long target of HTTP/2", "http", 414, ":path", "32768"); response.StatusCode != 414 || found.ID != response.Header.Get("Dragoman-Trace") || strings.Contains(found.text, secret) {
		t.Errorf("a long target of HTTP/2: got %d %v and %s", response.StatusCode, response.Header, found.text)
	}
	if all := g.traces("limit=1000"); len(all) != 13 {
		t.Errorf("got %d records, want one of each", len(all))
	}
	// A body that goes wrong behind its head is its API's affair, and told there.
	a := g.webApi()
	a.route("POST /orders", a.integrate(proxyTo(backend(t, echo))))
	a.deploy("$default")
	got := g.speak("POST /_aws/execute-api/" + a.id + "/orders HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nhunter2222\r\n")
	if found := g.cause("a chunk without a size", "http", 400, "not well chunked", "size of a chunk"); got.StatusCode != 400 || found.Api != a.id || strings.Contains(found.text, secret) {
		t.Errorf("a chunk without a size: got %d and %s", got.StatusCode, found.text)
	}
}
