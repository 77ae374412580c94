package routing

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"testing"

	"github.com/dragoman-gateway/dragoman/gateway/http1"
)

// The own front remembers the spelling of every request, not of the first alone.
func TestSpelledBehindTheFront(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &http1.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, Spelled(r, "X-My-Name"), " ", Spelled(r, "Host"), " ", Spelled(r, "Sec-Websocket-Key"), " ", Spelled(r, "Accept"))
	})}
	ended := make(chan struct{})
	go func() { _ = s.Serve(l); close(ended) }()
	defer func() { _ = s.Close(); <-ended }()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	answers := bufio.NewReader(c)
	for _, row := range []struct{ lines, want string }{
		{"hOST: h\r\nx-MY-name: 1\r\n", "x-MY-name hOST Sec-WebSocket-Key Accept"},
		{"Host: h\r\nX-my-name: 1\r\nSEC-WEBSOCKET-KEY: x\r\naccept: x\r\n", "X-my-name Host SEC-WEBSOCKET-KEY accept"},
	} {
		if _, err := io.WriteString(c, "GET / HTTP/1.1\r\n"+row.lines+"\r\n"); err != nil {
			t.Fatal(err)
		}
		resp, err := http.ReadResponse(answers, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := io.ReadAll(resp.Body); string(got) != row.want {
			t.Errorf("got %q, want %q", got, row.want)
		}
	}
}
