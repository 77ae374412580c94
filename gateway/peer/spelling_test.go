package peer

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/dragoman-gateway/dragoman/message"
)

// serve answers each request with the names of its header, as they were sent, and
// the length of its body.
func serve(t *testing.T) net.Conn {
	t.Helper()
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		_, _ = fmt.Fprintf(w, "%s|%d", names((*Policy)(nil).Client(r).Header), len(body))
	}))
	s.Listener = Spelling(s.Config, s.Listener)
	s.Start()
	t.Cleanup(s.Close)
	c, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	_ = c.SetDeadline(time.Now().Add(10 * time.Second))
	return c
}

func names(h message.Header) string {
	var names []string
	for _, f := range h {
		names = append(names, f.Name)
	}
	return strings.Join(names, " ")
}

func answer(t *testing.T, from *bufio.Reader) string {
	t.Helper()
	response, err := http.ReadResponse(from, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, _ := io.ReadAll(response.Body)
	return string(body)
}

func TestSpelled(t *testing.T) {
	for _, row := range []struct {
		name  string
		parts []string
		want  string
	}{
		{"at once", []string{"GET / HTTP/1.1\r\nx-token: 1\r\nhOST: h\r\nsec-websocket-KEY: k\r\nAccept: x\r\n\r\n"}, "x-token hOST sec-websocket-KEY Accept|0"},
		{"in pieces", []string{"GET / HT", "TP/1.1\r\nHost: h\r\nx-to", "ken: 1\r", "\n\r", "\n"}, "Host x-token|0"},
		{"bare line ends", []string{"GET / HTTP/1.1\nHost: h\nx-token: 1\n\n"}, "Host x-token|0"},
		{"with a body", []string{"POST / HTTP/1.1\r\nHost: h\r\ncontent-length: 12\r\nX-TOKEN: 1\r\n\r\nx-token: no\r\n"}, "Host content-length X-TOKEN|12"},
		{"several spellings", []string{"GET / HTTP/1.1\r\nHost: h\r\nx-token: 1\r\nB: 1\r\nX-TOKEN: 2\r\n\r\n"}, "Host x-token x-token B|0"},
		{"a value with a colon", []string{"GET / HTTP/1.1\r\nHost: h\r\nOther: x-token: 1\r\nX-Token: 2\r\n\r\n"}, "Host Other X-Token|0"},
	} {
		t.Run(row.name, func(t *testing.T) {
			c := serve(t)
			for _, part := range row.parts {
				if _, err := io.WriteString(c, part); err != nil {
					t.Fatal(err)
				}
			}
			if got := answer(t, bufio.NewReader(c)); got != row.want {
				t.Errorf("got %s, want %s", got, row.want)
			}
		})
	}
}

// Only the first request of a connection is remembered, and it is forgotten with
// its end: then names are spelled as clients commonly do, in their order.
func TestSecondRequestIsNotRemembered(t *testing.T) {
	c := serve(t)
	from := bufio.NewReader(c)
	for i, want := range []string{"x-token sec-websocket-key accept host|0", "Host Accept Sec-WebSocket-Key X-Token|0"} {
		_, _ = io.WriteString(c, "GET / HTTP/1.1\r\nx-token: 1\r\nsec-websocket-key: 1\r\naccept: 1\r\nhost: h\r\n\r\n")
		if got := answer(t, from); got != want {
			t.Errorf("request %d: got %s, want %s", i+1, got, want)
		}
	}
}

// What is kept of a head has a bound.
func TestHeadIsBounded(t *testing.T) {
	here, there := net.Pipe()
	defer here.Close()
	c := &speltConn{Conn: there}
	go func() { _, _ = here.Write([]byte(strings.Repeat("x", maxKept+2))); _ = here.Close() }()
	if _, err := io.Copy(io.Discard, struct{ io.Reader }{c}); err != nil {
		t.Fatal(err)
	}
	if c.head != nil || !c.complete.Load() {
		t.Errorf("kept %d bytes of a head without an end", len(c.head))
	}
}
