package server

import (
	"github.com/dragoman-gateway/dragoman/gateway/admission"
	"github.com/dragoman-gateway/dragoman/gateway/serving"
	"github.com/dragoman-gateway/dragoman/plan"
)

// serve makes what is served of a plan.
func (s *Server) serve(p *plan.Stage) *serving.Stage {
	rules := admission.Rules{Throttle: s.throttles, Authorizers: s.authorizers, Keys: s.usage, Notices: s.notices}
	return &serving.Stage{Stage: p, Admission: rules.Stage(p), Audience: s.observers.taps.Stage(p)}
}

// retire ends the connections of a stage that is served no more.
func (s *Server) retire(apiID, stage string) {
	if s.webSocket != nil { // nothing is connected while the server opens
		s.webSocket.Retire(apiID, stage)
		s.observers.metrics.Forget(apiID, stage)
	}
}
