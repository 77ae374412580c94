package server

import (
	"github.com/dragoman-gateway/dragoman/config"
	"github.com/dragoman-gateway/dragoman/gateway/httpapi"
)

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
