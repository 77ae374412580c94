package http1

import (
	"io"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/dragoman-gateway/dragoman/internal/tasks"
)

// A handler that panics is answered for while nothing of an answer was made, and
// its connection goes on; later its client is cut off. The neighbours hear nothing.
func TestAPanicOfAHandler(t *testing.T) {
	reports := tasks.NewReporter(slog.New(slog.DiscardHandler))
	address := serveOwn(t, &Server{Reports: reports, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/once":
			w.Header().Set("X-Half", "done")
			panic("in the test")
		case "/read":
			_, _ = io.ReadFull(r.Body, make([]byte, 2))
			panic("in the test")
		case "/late":
			w.WriteHeader(200)
			panic("in the test")
		case "/abort":
			panic(http.ErrAbortHandler)
		}
		_, _ = io.WriteString(w, "fine")
	})})
	const sorry = `500 {"message":"Internal Server Error"}`
	request := func(path string) string { return "GET " + path + " HTTP/1.1\r\nHost: h\r\n\r\n" }
	neighbour := dial(t, address)
	for _, row := range []struct {
		name, raw string
		want      []string
		panics    uint64
	}{
		{"before the answer", request("/once") + request("/fine") + request("/once"), []string{sorry, "200 fine", sorry}, 2},
		{"with a body half read", "POST /read HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello" + request("/fine"), []string{sorry, "200 fine"}, 1},
		{"of HEAD", "HEAD /once HTTP/1.1\r\nHost: h\r\n\r\n" + request("/fine"), []string{"500 ", "200 fine"}, 1},
		{"within the answer", request("/late") + request("/fine"), []string{"no answer"}, 1},
		{"on purpose", request("/abort") + request("/fine"), []string{"no answer"}, 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			before := reports.Panics()
			var methods []string
			for range row.want {
				methods = append(methods, strings.Fields(row.raw)[0])
			}
			for i := range methods[1:] {
				methods[i+1] = "GET"
			}
			raw := row.raw
			if row.want[0] != "no answer" {
				raw = strings.TrimSuffix(raw, "\r\n") + "Connection: close\r\n\r\n"
			}
			if got := answers(converse(t, address, raw), methods); !slices.Equal(got, row.want) {
				t.Errorf("got %q, want %q", got, row.want)
			}
			if got := reports.Panics() - before; got != row.panics {
				t.Errorf("%d panics are counted, want %d", got, row.panics)
			}
		})
	}
	send(t, neighbour, "GET /fine HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
	if got := rest(t, neighbour); !strings.HasSuffix(got, "fine") {
		t.Errorf("the neighbour got %q", got)
	}
}

// cursedConn panics when it is asked whose it is, as a connection of a listener that
// is broken may.
type cursedConn struct{ net.Conn }

func (cursedConn) RemoteAddr() net.Addr { panic("of the connection") }

// cursedListener accepts such a connection first.
type cursedListener struct {
	net.Listener
	calm bool
}

func (l *cursedListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil || l.calm {
		return c, err
	}
	l.calm = true
	return cursedConn{c}, nil
}

// A connection that panics while it is accepted is closed; the next one is served.
func TestAPanicOfAccepting(t *testing.T) {
	reports := tasks.NewReporter(slog.New(slog.DiscardHandler))
	s := &Server{Reports: reports, Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "fine") })}
	l := listen(t)
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(&cursedListener{Listener: l}) }()
	first := dial(t, l.Addr().String())
	if got, err := io.ReadAll(first); len(got) > 0 {
		t.Errorf("the first is told %q (%v)", got, err)
	}
	request := "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
	if got := converse(t, l.Addr().String(), request); !strings.HasSuffix(got, "fine") {
		t.Errorf("the next is told %q", got)
	}
	_ = s.Close()
	if err := <-ended; err != http.ErrServerClosed || reports.Panics() != 1 {
		t.Errorf("Serve ended with %v after %d panics", err, reports.Panics())
	}
}
