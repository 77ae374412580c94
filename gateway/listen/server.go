package listen

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/dragoman-gateway/dragoman/exchange"
	"github.com/dragoman-gateway/dragoman/gateway/http1"
	"github.com/dragoman-gateway/dragoman/gateway/http2"
	"github.com/dragoman-gateway/dragoman/gateway/peer"
	"github.com/dragoman-gateway/dragoman/internal/budget"
	"github.com/dragoman-gateway/dragoman/internal/recovery"
	"github.com/dragoman-gateway/dragoman/internal/tasks"
)

// Options are what a Server needs; members that say so may be nil.
type Options struct {
	Handler http.Handler
	Work    context.Context           // of all requests
	TLS     *tls.Config               // nil: there is none
	Beside  *tls.Config               // TLS on the same socket as plain HTTP; nil: there is none. Not with TLS
	Own     bool                      // our own servers speak HTTP/1.1 and HTTP/2 and make handshakes of TLS
	Inside  *peer.Inside              // clients of this process itself; nil: there are none
	Guests  http.Handler              // serves those
	Refused func(peer.Refused) string // is told of requests that our own server refuses by itself, and names their traces; nil: nobody is
	Head    int                       // bytes of a head that are read at all
	Answer  time.Duration             // how long a request may take that nothing moves on

	State   func(net.Conn, http.ConnState) // hears of connections
	Crowded func() bool                    // says that idle connections are to make room
	Bodies  *budget.Budget

	Logger  *slog.Logger
	Reports *tasks.Reporter // is told of panics
}

// Server serves one socket.
type Server struct {
	socket net.Listener
	std    *http.Server  // nil: own alone
	own    *http1.Server // before std; nil: std alone
	inside *Server       // of this process's own clients; nil: there are none
	tasks  tasks.Group   // which serves those
	ending []func()      // what is done when it begins to end
}

// OnShutdown has something done when the server begins to end, such as the end of answers that
// would go on for ever. It is called before Serve.
func (s *Server) OnShutdown(do func()) { s.ending = append(s.ending, do) }

// New makes a server of a socket that is open.
func New(l net.Listener, o Options) *Server {
	s := serverOf(l, o)
	if o.Inside != nil {
		// The same server for clients of this process, but for their handler: what is true of a request
		// must not depend on the way by which it came.
		guests := o
		guests.Handler, guests.State, guests.Crowded = o.Guests, nil, nil // they have no descriptors
		s.inside, s.tasks.Reports = serverOf(o.Inside, guests), o.Reports
	}
	return s
}

func serverOf(l net.Listener, o Options) *Server {
	s := &Server{socket: l, std: &http.Server{
		Handler: recovery.Handler(o.Handler, o.Reports), BaseContext: func(net.Listener) context.Context { return o.Work }, ConnContext: peer.ConnContext,
		// A client that sends its head byte by byte holds a connection for as long as this, and no more.
		ReadHeaderTimeout: 10 * time.Second, WriteTimeout: o.Answer, IdleTimeout: 2 * time.Minute,
		MaxHeaderBytes: o.Head, HTTP2: streams(), ConnState: o.State, ErrorLog: recovery.ErrorLog(o.Logger, o.Reports),
	}}
	switch {
	case o.TLS != nil && !o.Own:
		// net/http makes the handshake itself, for it then knows which protocol was agreed on.
		s.std.TLSConfig = o.TLS
		return s
	case o.TLS != nil:
		s.socket = tls.NewListener(l, agreeing(o.TLS))
	case o.Beside != nil:
		s.socket = beside(l, agreeing(o.Beside), o.Reports)
	}
	s.std.Protocols = new(http.Protocols)
	s.std.Protocols.SetHTTP2(o.TLS != nil || o.Beside != nil)
	s.std.Protocols.SetHTTP1(true)
	// HTTP/2 without TLS for proxies that speak it so (RFC 9113, 3.3); over TLS it is agreed on.
	s.std.Protocols.SetUnencryptedHTTP2(o.TLS == nil)
	if o.Own {
		s.own = &http1.Server{
			Handler: o.Handler, ErrorLog: s.std.ErrorLog,
			Streams: &http2.Server{
				Handler: o.Handler, Base: o.Work, Crowded: o.Crowded, Bodies: o.Bodies, RequestID: exchange.NewRequestID, Refused: o.Refused, Reports: o.Reports,
				Limits: http2.Limits{HeadBytes: o.Head, Target: o.Head / 2, Head: s.std.ReadHeaderTimeout, Idle: s.std.IdleTimeout, Answer: o.Answer},
			},
			Limits: http1.Limits{
				// Half of the head for its first line: the other half is for the headers that every client sends.
				HeadBytes: o.Head, Target: o.Head / 2, Head: s.std.ReadHeaderTimeout, Idle: s.std.IdleTimeout, Answer: o.Answer,
			},
			Base: o.Work, Crowded: o.Crowded, Bodies: o.Bodies, RequestID: exchange.NewRequestID, Refused: o.Refused, Reports: o.Reports,
		}
	}
	return s
}

// agreeing is a configuration of TLS that offers HTTP/2 and HTTP/1.1, as net/http makes it
// of one that offers nothing.
func agreeing(config *tls.Config) *tls.Config {
	// Whoever has said what is offered, as for certificates by TLS-ALPN-01, is not overruled.
	if len(config.NextProtos) > 0 {
		return config
	}
	config = config.Clone()
	config.NextProtos = []string{"h2", "http/1.1"}
	return config
}

// streams bounds what a connection of HTTP/2 can have the server keep.
// Documented: 128 streams at a time.
func streams() *http.HTTP2Config {
	return &http.HTTP2Config{MaxConcurrentStreams: 128, MaxReceiveBufferPerConnection: 256 << 10, MaxReceiveBufferPerStream: 128 << 10}
}

// Serve serves until Shutdown.
func (s *Server) Serve() error {
	if s.inside != nil {
		s.tasks.Go("clients of this process", func() { _ = s.inside.Serve() }) // it ends with Shutdown alone
	}
	switch {
	case s.own != nil:
		return s.own.Serve(s.socket)
	case s.std.TLSConfig != nil:
		return s.std.ServeTLS(s.socket, "", "")
	}
	return s.std.Serve(peer.Spelling(s.std, s.socket))
}

// Part tells clients, in each answer, to connect to another process.
func (s *Server) Part() {
	if s.own != nil {
		s.own.Part()
	}
	if s.std != nil { // it says so by Connection: close, and what is under way ends in peace
		s.std.SetKeepAlivesEnabled(false)
	}
	if s.inside != nil {
		s.inside.Part()
	}
}

// Shutdown ends serving: of its own once nothing is under way, by force when ctx ends.
func (s *Server) Shutdown(ctx context.Context) {
	for _, do := range s.ending {
		do()
	}
	if s.inside != nil {
		// First: functions that call back are part of requests that the socket still answers.
		s.inside.Shutdown(ctx)
		_ = s.tasks.WaitContext(ctx)
	}
	if s.own != nil {
		if err := s.own.Shutdown(ctx); err != nil {
			_ = s.own.Close()
		}
		return
	}
	if err := s.std.Shutdown(ctx); err != nil {
		_ = s.std.Close()
	}
}
