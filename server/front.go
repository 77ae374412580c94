package server

import (
	"context"
	"net/http"

	"github.com/dragoman-gateway/dragoman/config"
	"github.com/dragoman-gateway/dragoman/exchange"
	"github.com/dragoman-gateway/dragoman/gateway/http1"
	"github.com/dragoman-gateway/dragoman/gateway/peer"
	"github.com/dragoman-gateway/dragoman/internal/recovery"
)

// openFront puts the own server before that of net/http, which keeps HTTP/2.
func (s *Server) openFront() {
	var protocols http.Protocols
	protocols.SetHTTP1(true)
	protocols.SetUnencryptedHTTP2(true)
	s.data.Server.Protocols = &protocols
	served := s.data.Handler
	s.data.Handler = recovery.Handler(served, s.reports)
	if s.config.Front == config.FrontNet {
		return
	}
	s.front = &http1.Server{
		Handler: served, Fallback: s.data.Server,
		Limits: http1.Limits{
			HeadBytes: s.data.MaxHeaderBytes, Target: s.data.MaxHeaderBytes / 2, Head: s.data.ReadHeaderTimeout,
			Idle: s.data.IdleTimeout, Answer: s.data.WriteTimeout,
		},
		Base: s.work, Crowded: s.bounds.Clients.Full, Bodies: s.bounds.Bodies,
		RequestID: exchange.NewRequestID, Reports: s.reports,
	}
}

// serveData serves the data listener until it is shut down.
func (s *Server) serveData() error {
	if s.front != nil {
		return s.front.Serve(s.data.Listener)
	}
	return s.data.Serve(peer.Spelling(s.data.Server, s.data.Listener))
}

func (s *Server) drainData(ctx context.Context) {
	if s.front != nil {
		if err := s.front.Shutdown(ctx); err != nil {
			_ = s.front.Close()
		}
		return
	}
	if err := s.data.Shutdown(ctx); err != nil {
		_ = s.data.Server.Close()
	}
}

// streams bounds what a connection of HTTP/2 can have the server keep.
// Documented: 128 streams at a time.
func streams() *http.HTTP2Config {
	return &http.HTTP2Config{MaxConcurrentStreams: 128, MaxReceiveBufferPerConnection: 256 << 10, MaxReceiveBufferPerStream: 128 << 10}
}
