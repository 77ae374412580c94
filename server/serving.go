package server

import (
	"github.com/dragoman-gateway/dragoman/mapping/vtl"
	"github.com/dragoman-gateway/dragoman/plan"
)

// compile makes the plan of a stage within this server's limits.
func (s *Server) compile(in plan.Input, previous *plan.Stage) *plan.Stage {
	in.Limits = vtl.Limits{}
	return plan.Compile(in, previous)
}

// retire ends the connections of a stage that is served no more.
func (s *Server) retire(apiID, stage string) {
	if s.webSocket != nil { // nothing is connected while the server opens
		s.webSocket.Retire(apiID, stage)
		s.observers.metrics.Forget(apiID, stage)
	}
}
