package http1

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dragoman-gateway/dragoman/internal/budget"
)

// While there are too many connections, those that wait for a request make room:
// those that have had one as well as those that never sent a byte. Whoever is
// served stays, and while there is room everybody does.
func TestCrowdedServersEndWhoWaits(t *testing.T) {
	var crowded atomic.Bool
	entered, leave := make(chan struct{}), make(chan struct{})
	address := serveOwn(t, &Server{Crowded: crowded.Load, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/long" {
			entered <- struct{}{}
			<-leave
		}
		fmt.Fprint(w, "done")
	})})
	silent, used, served := dial(t, address), dial(t, address), dial(t, address)
	send(t, used, "GET / HTTP/1.1\r\nHost: h\r\n\r\n")
	for got := ""; !strings.HasSuffix(got, "done"); {
		b := make([]byte, 512)
		n, err := used.Read(b)
		if err != nil {
			t.Fatal(err)
		}
		got += string(b[:n])
	}
	send(t, served, "GET /long HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
	<-entered

	// A moment with room: nothing happens.
	if err := silent.SetReadDeadline(time.Now().Add(100 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	if _, err := silent.Read(make([]byte, 1)); err == io.EOF {
		t.Error("a silent client is sent away although there is room")
	}
	crowded.Store(true)
	for name, c := range map[string]interface {
		io.Reader
		SetReadDeadline(time.Time) error
	}{"silent": silent, "used": used} {
		if err := c.SetReadDeadline(time.Now().Add(8 * time.Second)); err != nil { // sooner than any other limit
			t.Fatal(err)
		}
		if n, err := c.Read(make([]byte, 1)); n != 0 || err != io.EOF {
			t.Errorf("%s: got %d bytes and %v, want an end", name, n, err)
		}
	}
	close(leave)
	if got := rest(t, served); !strings.HasSuffix(got, "done") {
		t.Errorf("got %q, want the answer", got)
	}
}

// Long heads count, together, for as long as their requests take; there is room
// for short ones always.
func TestLongHeadsCount(t *testing.T) {
	bodies := budget.New(64<<10, budget.Options{})
	entered, leave := make(chan int64, 1), make(chan struct{})
	address := serveOwn(t, &Server{Bodies: bodies, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/long" {
			entered <- bodies.Used()
			<-leave
		}
		fmt.Fprint(w, "done")
	})})
	long := "GET /long HTTP/1.1\r\nHost: h\r\nConnection: close\r\nX: " + strings.Repeat("x", 7<<10) + "\r\n\r\n"
	first := dial(t, address)
	send(t, first, long)
	if held := <-entered; held != 3*8<<10 {
		t.Errorf("got %d bytes held for a head of 7 KB, want %d", held, 3*8<<10)
	}
	if got := converse(t, address, strings.Replace(long, "xxxx", strings.Repeat("y", 20<<10), 1)); !strings.HasPrefix(got, "HTTP/1.1 503 Service Unavailable\r\n") ||
		!strings.HasSuffix(got, `{"message":"Service Unavailable"}`) {
		t.Errorf("got %q, want 503", got)
	}
	if got := converse(t, address, "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"); !strings.HasSuffix(got, "done") {
		t.Errorf("got %q, want an answer to a short head", got)
	}
	close(leave)
	rest(t, first)
	for deadline := time.Now().Add(10 * time.Second); bodies.Used() != 0 && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond)
	}
	if bodies.Used() != 0 {
		t.Errorf("%d bytes are still held", bodies.Used())
	}
}
