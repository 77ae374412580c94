package http2

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dragoman-gateway/dragoman/gateway/peer"
	"github.com/dragoman-gateway/dragoman/internal/budget"
	"github.com/dragoman-gateway/dragoman/internal/tasks"
)

// Server serves HTTP/2 on connections that somebody else has accepted, and on which it was
// agreed on. Its members must not change once it serves.
type Server struct {
	Handler http.Handler
	Limits  Limits

	// Base ends all requests when it ends; nil never.
	Base context.Context

	// Crowded says that no more connections can be let in: then those without a stream make
	// room sooner. Nil: never.
	Crowded func() bool

	// Bodies bounds what is held of requests beside the first of each connection, of heads that are
	// longer than most, and of bodies that nobody reads yet; nil bounds nothing.
	Bodies *budget.Budget

	RequestID func() string // names the requests that are refused; nil names none

	// Refused is told of each request that is refused before the handler, and says by which
	// trace its answer is to name that, "" for none. It keeps nothing up for long. Nil: nobody is.
	Refused func(peer.Refused) (trace string)

	Reports *tasks.Reporter // is told of handlers that panic

	begun    sync.Once
	epoch    time.Time // clocks count from here
	date     atomic.Pointer[date]
	draining atomic.Bool // connections end once nothing is under way
	tasks    tasks.Group // the clock and workers
	workers  workers

	mu    sync.Mutex // Protects fields below.
	stop  chan struct{}
	over  bool // lets nobody in
	conns map[*conn]struct{}
	empty chan struct{} // closed when conns becomes empty; nil when nobody waits
}

func (s *Server) begin() {
	s.begun.Do(func() {
		s.Limits.fill()
		s.epoch = time.Now().Add(-time.Second) // so that 0 stands for never
		s.mu.Lock()
		s.conns, s.stop = map[*conn]struct{}{}, make(chan struct{})
		s.mu.Unlock()
		s.tasks.Reports = s.Reports
		s.tasks.Go("the clock of HTTP/2", func() {
			for s.Reports.Do("the clock of HTTP/2", s.clock) != nil { // it ends with the server alone
			}
		})
	})
}

// now is the time since the server began, in nanoseconds.
func (s *Server) now() int64 { return int64(time.Since(s.epoch)) }

// Serve serves a connection from the client's preface to its end, and closes it. secure is
// what was agreed on by TLS; nil: it is plain.
func (s *Server) Serve(c net.Conn, secure *tls.ConnectionState) {
	s.begin()
	// The goroutine is the one that has accepted the connection, so that each has one and no more.
	made := newConn(s, c, secure)
	if !s.add(made) {
		_ = made.bare.Close()
		return
	}
	defer s.remove(made)
	made.serve()
}

func (s *Server) add(c *conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over {
		return false
	}
	s.conns[c] = struct{}{}
	return true
}

// remove forgets a connection, and tells whoever waits for the last one.
func (s *Server) remove(c *conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, c)
	// Nobody comes any more then, for whoever waits has closed the door first.
	if len(s.conns) == 0 && s.empty != nil {
		close(s.empty)
		s.empty = nil
	}
}

// Part tells all clients, and those that come yet, to connect to another process (GOAWAY),
// and ends connections on which nothing is under way. It goes on to serve what comes.
func (s *Server) Part() {
	s.begin()
	s.draining.Store(true)
	s.each((*conn).poke)
}

// Shutdown is Part, lets nobody in any more, and returns when all connections are over or
// with the error of ctx.
func (s *Server) Shutdown(ctx context.Context) error {
	s.begin()
	empty := s.leave()
	s.Part()
	if empty != nil {
		select {
		case <-empty:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	s.end()
	return s.tasks.WaitContext(ctx)
}

// Close ends everything at once, requests included; it does not wait for their handlers.
func (s *Server) Close() error {
	s.begin()
	s.leave()
	s.draining.Store(true)
	s.each(func(c *conn) { c.fail(errClosed) })
	s.end()
	return nil
}

var errClosed = errors.New("the server was closed")

// leave lets nobody in any more, and gives a channel that is closed when the last connection
// has ended; nil when there are none.
func (s *Server) leave() chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.over = true
	if len(s.conns) == 0 {
		return nil
	}
	if s.empty == nil {
		s.empty = make(chan struct{})
	}
	return s.empty
}

func (s *Server) end() {
	s.mu.Lock()
	select {
	case <-s.stop:
	default:
		close(s.stop)
	}
	s.mu.Unlock()
	s.workers.dismiss()
}

// each does f to every connection there is, outside the lock: f takes theirs.
func (s *Server) each(f func(*conn)) {
	s.mu.Lock()
	all := make([]*conn, 0, len(s.conns))
	for c := range s.conns {
		all = append(all, c)
	}
	s.mu.Unlock()
	for _, c := range all {
		f(c)
	}
}
