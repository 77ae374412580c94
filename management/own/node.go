package own

import (
	"context"

	"github.com/dragoman-gateway/dragoman/roster"
	"github.com/dragoman-gateway/dragoman/wire"
)

// FleetPath is where the nodes that share a store are shown.
const FleetPath = "/_dragoman/fleet"

// Nodes is the one operation that shows them; nil has none. A process that has its state for
// itself is its only node.
func Nodes(of func(context.Context) []roster.Node) []wire.Row {
	if of == nil {
		return nil
	}
	return []wire.Row{{
		Operation: &wire.Operation{Name: "GetFleet", Method: "GET", Path: FleetPath, Status: 200},
		Handle: func(ctx context.Context, _ *wire.Request) (any, error) {
			return map[string]any{"nodes": of(ctx)}, nil
		},
	}}
}
