package server

import (
	"github.com/dragoman-gateway/dragoman/authorizer/jwt"
	"github.com/dragoman-gateway/dragoman/config"
	"github.com/dragoman-gateway/dragoman/gateway/authorize"
	"github.com/dragoman-gateway/dragoman/gateway/httpapi"
	"github.com/dragoman-gateway/dragoman/gateway/throttle"
)

// openAdmission makes the authorizers and throttles that both planes share.
func (s *Server) openAdmission() {
	issuers := jwt.NewIssuers(jwt.Options{Deny: s.backends.Deny})
	s.bounds.Table.Reclaim(issuers.CloseIdle)
	s.closers = append(s.closers, func() error { issuers.CloseIdle(); return nil })
	s.authorizers = authorize.New(authorize.Config{
		Issuers: issuers, Functions: s.backends.Invoke, Verifier: s.verifier, Notices: s.notices,
	})
	s.throttles = throttle.NewSet(throttle.Options{Account: s.config.HTTP.AccountLimit(), Connect: s.config.WebSocket.ConnectLimit()})
}

// openHTTP makes the plane of HTTP APIs.
func (s *Server) openHTTP() *httpapi.Plane {
	b, tracer := s.backends, s.observers.Tracer
	return httpapi.New(httpapi.Config{
		Forwarder: tracer.Forwarder(b.Web), Function: tracer.Invoker(b.Functions), Service: tracer.Service(b.Services),
		AllowDots: s.config.AllowDotSegments, EncodedPath: s.config.RawPath == config.RawPathEncoded,
		Bodies: s.bounds.Bodies, Unproven: s.bounds.Strangers,
		Limits: s.config.HTTP.Limits, Taps: s.observers.Taps, Logger: s.logger, Reports: s.reports, Notices: s.notices,
	})
}
