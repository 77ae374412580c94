package server

import (
	"context"
	"fmt"
	"os"

	"github.com/dragoman-gateway/dragoman/gateway/fleet"
	"github.com/dragoman-gateway/dragoman/internal/readiness"
	"github.com/dragoman-gateway/dragoman/management/state"
)

// openBus joins the bus of the fleet, or makes one for this process alone.
func (s *Server) openBus(ctx context.Context) (err error) {
	var leave func() error
	if s.bus, leave, err = fleet.Connect(ctx, s.config.Bus, s.store, &s.config.Fleet, s.logger, s.reports); err == nil {
		s.closers = append(s.closers, leave)
	}
	return err
}

// openFleet takes a number among the nodes that share the store, before anything is
// loaded, or draws one for a process that has it alone.
func (s *Server) openFleet(ctx context.Context) (err error) {
	if s.config.Bus == nil && !s.config.Fleet.Shared() {
		s.node = fleet.Draw()
		return nil
	}
	s.fleet, err = fleet.Join(ctx, fleet.Config{
		Store: s.store, Bus: s.bus, Self: s.self, Away: state.Served(s.store) != s.store, Alone: s.config.Bus == nil && s.config.Fleet.Bus == "", Resized: func(nodes int) { s.rules.Nodes(nodes) },
		Differ: func(flags []string) { s.readiness.Are(readiness.Flags, flags) },
		Lost:   func() { s.planes.WebSocket.Lose() },
		Draw:   s.config.seams.draw,
		Logger: s.logger, Reports: s.reports,
	})
	if err != nil {
		return fmt.Errorf("joining the fleet: %w", err)
	}
	s.node, s.closers = s.fleet.Node(), append(s.closers, s.fleet.Close)
	return nil
}

// self is what this process tells of itself.
func (s *Server) self() fleet.Self {
	name, _ := os.Hostname() // a node without a name has its number
	return fleet.Self{
		Name: name, Version: s.config.Version, Data: s.listeners.Data(), Management: s.listeners.Management(),
		Started: s.started, Connections: s.planes.Len(), Flags: s.config.Alike(),
	}
}

// serveFleet tells other nodes what this one serves, and metrics how the engines are.
func (s *Server) serveFleet() error {
	s.fleet.Observe(s.observers.Metrics.Gauge, s.bus, s.store)
	if s.fleet == nil {
		return nil
	}
	return s.fleet.Serve(s.deployed)
}

// announce returns when every node that lives serves a revision of the store.
func (s *Server) announce(ctx context.Context, revision int64) error {
	if s.fleet == nil {
		return s.deployed.Announce(ctx, revision)
	}
	return s.fleet.Announce(ctx, revision)
}
