package plane

import (
	"context"

	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/mishap"
	"github.com/dragoman-gateway/dragoman/wire"
)

// conflicting are the handlers of AWS's operations, of which those that write meet the write
// of somebody else where a rule asks for that. Nothing is written then, so that a client that
// tries again finds what was there before.
//
// Observed: the exception and its words, of calls that change an API while another does.
func conflicting(handlers map[string]wire.Handler, of *mishap.Injector) map[string]wire.Handler {
	if of == nil {
		return handlers
	}
	met := make(map[string]wire.Handler, len(handlers))
	for name, handle := range handlers {
		met[name] = func(ctx context.Context, r *wire.Request) (any, error) {
			if r.Operation.Write() && of.Conflicts(r.Operation.Name, r.Path["apiId"]) {
				return nil, fault.New(fault.Conflict, "Unable to complete operation due to concurrent modification. Please try again later.")
			}
			return handle(ctx, r)
		}
	}
	return met
}
