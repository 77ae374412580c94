package server

import (
	"context"
	"math"

	"github.com/dragoman-gateway/dragoman/gateway/apikey"
	"github.com/dragoman-gateway/dragoman/gateway/throttle"
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

// connectRate is the limit of new connections, nil when it is off.
// Assumed: as many may come at once as in a second.
func (s *Server) connectRate() *throttle.Rate {
	rate := s.config.WebSocket.ConnectRate
	if rate == 0 {
		return nil
	}
	return &throttle.Rate{PerSecond: rate, Burst: int(math.Ceil(rate))}
}
