package routing

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
)

// serve answers each request with the spelling of the names in header X-Ask.
func serve(t *testing.T) net.Conn {
	t.Helper()
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		var names []string
		for name := range strings.FieldsSeq(r.Header.Get("X-Ask")) {
			names = append(names, Spelled(r, name))
		}
		_, _ = fmt.Fprintf(w, "%s|%d", strings.Join(names, " "), len(body))
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

const ask = "x-ASK: X-Ask X-Token Sec-Websocket-Key Sec-Websocket-Protocol User-Agent\r\n"

func TestSpelled(t *testing.T) {
	for _, row := range []struct {
		name  string
		parts []string
		want  string
	}{
		{"at once", []string{"GET / HTTP/1.1\r\nHost: h\r\n" + ask + "x-token: 1\r\nsec-websocket-KEY: k\r\n\r\n"},
			"x-ASK x-token sec-websocket-KEY Sec-WebSocket-Protocol User-Agent|0"},
		{"in pieces", []string{"GET / HT", "TP/1.1\r\nHost: h\r\n" + ask + "x-to", "ken: 1\r", "\n\r", "\n"},
			"x-ASK x-token Sec-WebSocket-Key Sec-WebSocket-Protocol User-Agent|0"},
		{"bare line ends", []string{"GET / HTTP/1.1\nHost: h\n" + strings.TrimSuffix(ask, "\r\n") + "\nx-token: 1\n\n"},
			"x-ASK x-token Sec-WebSocket-Key Sec-WebSocket-Protocol User-Agent|0"},
		{"with a body", []string{"POST / HTTP/1.1\r\nHost: h\r\ncontent-length: 12\r\n" + ask + "X-TOKEN: 1\r\n\r\nx-token: no\r\n"},
			"x-ASK X-TOKEN Sec-WebSocket-Key Sec-WebSocket-Protocol User-Agent|12"},
		{"first of two spellings", []string{"GET / HTTP/1.1\r\nHost: h\r\n" + ask + "x-token: 1\r\nX-TOKEN: 2\r\n\r\n"},
			"x-ASK x-token Sec-WebSocket-Key Sec-WebSocket-Protocol User-Agent|0"},
		{"a value with a colon", []string{"GET / HTTP/1.1\r\nHost: h\r\nOther: x-token: 1\r\n" + ask + "\r\n"},
			"x-ASK X-Token Sec-WebSocket-Key Sec-WebSocket-Protocol User-Agent|0"},
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
// its end.
func TestSecondRequestIsNotRemembered(t *testing.T) {
	c := serve(t)
	from := bufio.NewReader(c)
	for i, want := range []string{"x-ASK x-token", "X-Ask X-Token"} {
		_, _ = io.WriteString(c, "GET / HTTP/1.1\r\nHost: h\r\n"+ask+"x-token: 1\r\n\r\n")
		if got := answer(t, from); !strings.HasPrefix(got, want) {
			t.Errorf("request %d: got %s, want %s", i+1, got, want)
		}
	}
}

// A server that does not remember spells names as clients commonly do.
func TestSpelledWithoutListener(t *testing.T) {
	r := httptest.NewRequest("GET", "/", nil)
	for name, want := range map[string]string{"Sec-Websocket-Key": "Sec-WebSocket-Key", "X-Token": "X-Token"} {
		if got := Spelled(r, name); got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
}

// What is kept of a head has a bound.
func TestHeadIsBounded(t *testing.T) {
	here, there := net.Pipe()
	defer here.Close()
	c := &conn{Conn: there}
	go func() { _, _ = here.Write([]byte(strings.Repeat("x", maxHead+2))); _ = here.Close() }()
	if _, err := io.Copy(io.Discard, struct{ io.Reader }{c}); err != nil {
		t.Fatal(err)
	}
	if c.head != nil || !c.complete.Load() {
		t.Errorf("kept %d bytes of a head without an end", len(c.head))
	}
}
