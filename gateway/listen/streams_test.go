package listen

import (
	"io"
	"net"
	"net/http"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
)

// counting counts what is written to connections, whatever is between.
type counting struct {
	net.Listener
	writes *atomic.Int64
}

func (l counting) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	return counted{c, l.writes}, err
}

type counted struct {
	net.Conn
	writes *atomic.Int64
}

func (c counted) Write(p []byte) (int, error) {
	c.writes.Add(1)
	return c.Conn.Write(p)
}

// Many answers on a connection of HTTP/2 are written together. net/http alone writes each by
// itself, even where a single processor has them all at once.
func TestAnswersOfOneConnectionAreWrittenTogether(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	for _, secure := range []bool{false, true} {
		var writes atomic.Int64
		l, err := Open("listen", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		s := serveOn(t, counting{l, &writes}, true, secure, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "fine") })
		c := s.client(2)
		if got := s.get(c); got != "HTTP/2.0 200 false fine" {
			t.Fatal(got)
		}
		writes.Store(0)
		const each, many = 50, 32
		var group sync.WaitGroup
		for range many {
			group.Go(func() {
				for range each {
					if got := s.get(c); got != "HTTP/2.0 200 false fine" {
						t.Error(got)
					}
				}
			})
		}
		group.Wait()
		if n := writes.Load(); n > each*many/3 {
			t.Errorf("with TLS %v: %d answers were written in %d parts", secure, each*many, n)
		}
	}
}
