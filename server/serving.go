package server

import (
	"github.com/dragoman-gateway/dragoman/gateway/serving"
	"github.com/dragoman-gateway/dragoman/plan"
)

// serve makes what is served of a plan.
func (s *Server) serve(p *plan.Stage) *serving.Stage {
	return &serving.Stage{Stage: p, Admission: s.rules.Admission().Stage(p), Audience: s.observers.Taps.Stage(p)}
}

// retire ends the connections of a stage that is served no more.
func (s *Server) retire(apiID, stage string) {
	if s.webSocket != nil { // nothing is connected while the server opens
		s.webSocket.Retire(apiID, stage)
		s.observers.Metrics.Forget(apiID, stage)
	}
}

// compile makes plans whose templates share one memory, and are as long as the
// management plane allows.
func (s *Server) compile(in plan.Input, known ...*plan.Stage) *plan.Stage {
	in.Renderings, in.MaxTemplate = s.bounds.Templates, s.config.MaxTemplate
	return plan.Compile(in, known...)
}
