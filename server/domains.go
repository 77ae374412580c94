package server

import (
	"context"
	"net/http"
	"path/filepath"
	"strings"

	"github.com/dragoman-gateway/dragoman/gateway/domain"
	"github.com/dragoman-gateway/dragoman/gateway/peer"
	"github.com/dragoman-gateway/dragoman/gateway/routing"
	"github.com/dragoman-gateway/dragoman/internal/recovery"
)

// openDomains makes the table of custom domains, which deployed fills, and opens the
// TLS listener.
func (s *Server) openDomains() error {
	s.domains = domain.New(s.logger)
	c := &s.config.Domains
	if c.Listen == "" {
		return nil
	}
	options := domain.Options{Certificates: map[string]domain.Pair{}, Truststores: c.Truststores}
	for arn, pair := range c.Certificates {
		cert, key, _ := strings.Cut(pair, ",")
		options.Certificates[arn] = domain.Pair{Certificate: cert, Key: key}
	}
	if c.AcmeDirectory != "" || c.AcmeEmail != "" {
		options.ACME = &domain.ACME{Directory: c.AcmeDirectory, Email: c.AcmeEmail}
		if s.config.DataDir != "" {
			options.ACME.Cache = filepath.Join(s.config.DataDir, "acme")
		}
	}
	if err := s.domains.OpenTLS(options); err != nil {
		return err
	}
	var err error
	s.secure.Listener, err = listenOn("listen-tls", c.Listen)
	return err
}

// openSecure gives the TLS listener the handler of the data listener, and that
// one the challenges of ACME servers.
func (s *Server) openSecure(handler *routing.Handler) {
	s.domains.Serve(s.deployed)
	if s.secure.Listener == nil {
		return
	}
	own := *handler
	own.Policy = s.policy(s.secure.Listener)
	plain := s.data.Server
	s.secure.Server = &http.Server{
		Handler: recovery.Handler(s.requests.count(&own), s.reports), BaseContext: s.base, ConnContext: peer.ConnContext, TLSConfig: s.domains.Config(),
		ReadHeaderTimeout: plain.ReadHeaderTimeout, WriteTimeout: plain.WriteTimeout, IdleTimeout: plain.IdleTimeout,
		MaxHeaderBytes: plain.MaxHeaderBytes, HTTP2: streams(), ConnState: s.secure.state, ErrorLog: recovery.ErrorLog(s.logger, s.reports),
	}
	plain.Handler = s.domains.Challenge(plain.Handler)
}

// serveSecure serves the TLS listener until it is shut down.
func (s *Server) serveSecure() error { return s.secure.ServeTLS(s.secure.Listener, "", "") }

func (s *Server) drainSecure(ctx context.Context) {
	if s.secure.Server == nil {
		return
	}
	if err := s.secure.Shutdown(ctx); err != nil {
		_ = s.secure.Server.Close()
	}
}

// SecureAddr is where APIs are served over TLS, host:port; "" when they are not.
func (s *Server) SecureAddr() string {
	if s.secure.Listener == nil {
		return ""
	}
	return s.secure.Listener.Addr().String()
}
