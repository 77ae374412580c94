package server

import (
	"crypto/x509"
	"time"

	"github.com/dragoman-gateway/dragoman/gateway/authorize"
	"github.com/dragoman-gateway/dragoman/gateway/httpapi"
	"github.com/dragoman-gateway/dragoman/gateway/throttle"
)

// HTTPConfig is what concerns HTTP APIs and their backends. The zero value means
// AWS's limits.
type HTTPConfig struct {
	Limits  httpapi.Limits
	RootCAs *x509.CertPool // verify the certificates of backends; nil for the system's

	AccountRate  float64 // requests and messages a second over all APIs; 0: no limit
	AccountBurst int
}

// answerTime bounds how long a request may take that nothing moves on: the
// longest integration with the longest wait for a client. A client that takes a
// long answer is given more while it takes it.
const answerTime = 70 * time.Second

// openHTTP makes the plane of HTTP APIs and the authorizers and throttles that
// both planes share.
func (s *Server) openHTTP() *httpapi.Plane {
	b, tracer := &s.backends, s.observers.tracer
	s.authorizers = authorize.New(authorize.Config{
		Functions: b.invoke, Verifier: s.verifier,
		Unverified: s.verifier == nil && loopback(s.config.Listen),
	})
	s.throttles = throttle.NewSet(throttle.Options{Account: s.accountRate(), Connect: s.connectRate()})
	return httpapi.New(httpapi.Config{
		Forwarder: tracer.Forwarder(b.web), Function: tracer.Invoker(b.functions), Service: tracer.Service(b.services), Trace: s.observers.begin(),
		Authorize: s.authorizers, Throttle: s.throttles, Port: s.dataPort,
		Limits: s.config.HTTP.Limits, Done: s.requestDone, Logger: s.logger,
	})
}

// accountRate is the limit of the account, nil when it is off.
func (s *Server) accountRate() *throttle.Rate {
	c := &s.config.HTTP
	if c.AccountRate == 0 {
		return nil
	}
	burst := c.AccountBurst
	if burst == 0 {
		burst = max(1, int(c.AccountRate/2)) // the proportion of AWS's own
	}
	return &throttle.Rate{PerSecond: c.AccountRate, Burst: burst}
}
