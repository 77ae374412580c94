package http1

import (
	"context"
	"crypto/tls"
	"errors"
	"log"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dragoman-gateway/dragoman/gateway/peer"
	"github.com/dragoman-gateway/dragoman/internal/budget"
	"github.com/dragoman-gateway/dragoman/internal/tasks"
)

// Server serves HTTP/1.1. Its members must not change once it serves.
type Server struct {
	Handler http.Handler
	Limits  Limits

	// Streams gets connections that speak HTTP/2: from the beginning, or because a
	// handshake of TLS has ended so. Nil refuses them. It is shut down with the server.
	Streams Streams

	// ErrorLog is told of handshakes that fail; nil tells nobody.
	ErrorLog *log.Logger

	// Base ends all requests when it ends, as that of http.Server does; nil never.
	Base context.Context

	// Crowded says that no more connections can be let in: then those that wait for a
	// request make room sooner. Nil: never.
	Crowded func() bool

	// Bodies bounds what is held of heads that are longer than most; nil bounds
	// nothing.
	Bodies *budget.Budget

	// Refused is told of each request that is refused before the handler, and says by which
	// trace its answer is to name that, "" for none. It must not block; nil is told nothing.
	Refused func(peer.Refused) (trace string)

	RequestID func() string   // names the requests that are refused; nil names none
	Reports   *tasks.Reporter // is told of handlers that panic

	begun    sync.Once
	epoch    time.Time // clocks count from here
	date     atomic.Pointer[date]
	draining atomic.Bool // every answer is the last of its connection
	closing  atomic.Bool
	tasks    tasks.Group // the clock
	serving  tasks.Group // connections, which conns counts
	stop     chan struct{}
	watch    watch

	mu        sync.Mutex // Protects fields below.
	listeners map[net.Listener]struct{}
	conns     map[*conn]struct{}
	empty     chan struct{} // closed when conns becomes empty; nil when nobody waits
}

// Streams serves HTTP/2. Its other methods mean what those of Server mean.
type Streams interface {
	// Serve serves a connection to its end and closes it; secure is what was agreed on by
	// TLS, nil for none. What was read of the connection is read from it once more.
	Serve(c net.Conn, secure *tls.ConnectionState)
	Part()
	Shutdown(ctx context.Context) error
	Close() error
}

// begin makes ready what serving and ending both need, whichever comes first.
func (s *Server) begin() {
	s.begun.Do(func() {
		s.Limits.fill()
		s.epoch = time.Now().Add(-time.Second) // so that 0 stands for never
		s.stop = make(chan struct{})
		s.watch.wake = make(chan struct{}, 1)
		s.mu.Lock()
		s.listeners, s.conns = map[net.Listener]struct{}{}, map[*conn]struct{}{}
		s.mu.Unlock()
		s.tasks.Reports, s.serving.Reports = s.Reports, s.Reports
		s.tasks.Go("the clock of connections", func() {
			for s.Reports.Do("the clock of connections", s.clock) != nil { // it ends with the server alone
			}
		})
	})
}

// now is the time since the server began.
func (s *Server) now() time.Duration { return time.Since(s.epoch) }

// Serve serves the clients of a listener until Shutdown or Close, and then
// returns http.ErrServerClosed. It closes the listener.
func (s *Server) Serve(l net.Listener) error {
	s.begin()
	defer l.Close()
	if !s.listen(l) {
		return http.ErrServerClosed
	}
	defer s.forget(l)
	var pause time.Duration
	for {
		c, err := l.Accept()
		switch {
		case err == nil:
			pause = 0
			s.accepted(c)
			continue
		case s.closing.Load():
			return http.ErrServerClosed
		case !temporary(err):
			return err
		}
		// Out of descriptors: those that are open must end first.
		pause = min(max(2*pause, 5*time.Millisecond), time.Second)
		select {
		case <-time.After(pause):
		case <-s.stop:
			return http.ErrServerClosed
		}
	}
}

// Temporary is deprecated and still the only way in which package net tells that
// a listener goes on after an error.
func temporary(err error) bool {
	var t interface{ Temporary() bool }
	return errors.As(err, &t) && t.Temporary()
}

// accepted begins to serve a connection. A panic is that connection's alone.
func (s *Server) accepted(c net.Conn) {
	defer func() {
		if value := recover(); value != nil {
			_ = s.Reports.Report("accepting a connection", value)
			_ = c.Close()
		}
	}()
	s.serve(c)
}

func (s *Server) serve(c net.Conn) {
	made := newConn(s, c)
	if !s.add(made) {
		c.Close()
		return
	}
	s.serving.Go("a connection", made.serve)
}

// listen notes a listener that is to be closed with the server; false when it is closing.
func (s *Server) listen(l net.Listener) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing.Load() {
		return false
	}
	s.listeners[l] = struct{}{}
	return true
}

func (s *Server) forget(l net.Listener) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.listeners, l)
}

// add notes a connection, false when the server is closing: nobody would end it then.
func (s *Server) add(c *conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing.Load() {
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
	if len(s.conns) == 0 && s.empty != nil {
		close(s.empty)
		s.empty = nil
	}
}

// Part makes every answer from now on the last of its connection, which clients
// read in it (Connection: close). The server goes on to listen, and to serve what
// comes: a load balancer may not have noticed yet.
func (s *Server) Part() {
	s.draining.Store(true)
	if s.Streams != nil {
		s.Streams.Part()
	}
}

// Shutdown stops listening, ends connections that wait for a request, lets the
// others answer theirs with Connection: close, and returns when all are over or
// with the error of ctx. Hijacked connections are not its concern.
func (s *Server) Shutdown(ctx context.Context) error {
	s.begin()
	if s.Streams != nil { // now: its clients need not wait for those of HTTP/1.1 to be told
		s.Streams.Part()
	}
	empty := s.close(func(c *conn) { c.dismiss() })
	if empty != nil {
		select {
		case <-empty:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return s.end(func(h Streams) error { return h.Shutdown(ctx) })
}

// Close ends everything at once, requests included; it does not wait for their
// handlers.
func (s *Server) Close() error {
	s.begin()
	s.close(func(c *conn) { c.bare().Close() })
	return s.end(Streams.Close)
}

// close stops listening and does each to every connection. It gives a channel
// that is closed when the last one has ended; nil when there are none.
func (s *Server) close(each func(*conn)) chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closing.Store(true)
	s.draining.Store(true)
	for l := range s.listeners {
		l.Close()
	}
	for c := range s.conns {
		each(c)
	}
	if len(s.conns) == 0 {
		return nil
	}
	if s.empty == nil {
		s.empty = make(chan struct{})
	}
	return s.empty
}

// end stops the clock and HTTP/2, once.
func (s *Server) end(stop func(Streams) error) error {
	s.mu.Lock()
	select {
	case <-s.stop:
	default:
		close(s.stop)
	}
	s.mu.Unlock()
	var err error
	if s.Streams != nil {
		err = stop(s.Streams)
	}
	s.tasks.Wait()
	return err
}
