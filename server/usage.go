package server

import (
	"context"

	"github.com/dragoman-gateway/dragoman/gateway/apikey"
)

// openKeys makes the table of API keys and usage plans, which deployed fills.
func (s *Server) openKeys() { s.usage = apikey.New(apikey.Config{Store: s.store, Logger: s.logger}) }

// countKeys writes what keys have used to the store.
func (s *Server) countKeys(ctx context.Context) {
	if err := s.usage.Sweep(ctx); err != nil && ctx.Err() == nil {
		s.logger.Error("counts of deleted usage plans were not removed", "error", err)
	}
	s.usage.Run(ctx)
}
