package server

import (
	"context"
	"time"

	"github.com/dragoman-gateway/dragoman/internal/tasks"
	"github.com/dragoman-gateway/dragoman/management/state"
)

// lasting is something that goes on for as long as the server does.
type lasting struct {
	what string
	run  func(context.Context) // until the context ends
}

// lasting are the tasks behind the planes. A file that is served is only read, so
// nothing is deployed by itself, and what keys have used is counted in memory.
func (s *Server) lasting() []lasting {
	all := []lasting{
		{"following the store", s.deployed.Run},
		{"watching the store", s.readiness.Watch},
		{"watching access keys", func(ctx context.Context) { s.keys.Watch(ctx, s.logger) }},
		{"watching certificates", s.domains.Watch},
		{"counting connections", s.observers.Metrics.Hour.Watch},
		{"asking for the machine's role", s.backends.AWS.Probe},
	}
	if s.config.Fleet.Shared() {
		all = append(all, lasting{"keeping the configuration", func(ctx context.Context) { state.Keep(ctx, s.store, s.config.DataDir, s.logger) }})
	}
	if s.fleet != nil {
		all = append(all, lasting{"keeping the number of this node", s.fleet.Run})
	}
	if s.file != nil {
		return append(all, lasting{"watching the configuration file", func(ctx context.Context) { s.file.Watch(ctx, s.changed) }})
	}
	return append(all, lasting{"deploying by itself", s.plane.Run}, lasting{"counting keys", s.rules.Run})
}

// changed takes over what the configuration file has become.
func (s *Server) changed() {
	s.deployed.Hint()
	if err := s.ReplaceFunctions(s.file.Functions(s.config.Local)...); err != nil {
		s.logger.Error("functions of the configuration file were not taken; those before go on", "error", err)
	}
}

// again is how long a task rests that has panicked.
const again = time.Second

// keep runs a task until ctx ends. One that panics begins again after a rest: a
// gateway that no longer follows its store would serve what is old for ever.
func (s *Server) keep(ctx context.Context, task lasting) {
	for s.reports.Do(task.what, func() { task.run(ctx) }) != nil {
		if tasks.Pause(ctx, again) != nil {
			return
		}
	}
}
