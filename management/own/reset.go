package own

import (
	"context"

	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/management/control"
	"github.com/dragoman-gateway/dragoman/management/document"
	"github.com/dragoman-gateway/dragoman/wire"
)

// ResetPath is where a gateway for tests is emptied.
const ResetPath = "/_dragoman/reset"

// Reset is the operation that removes the whole configuration, for the next test. A gateway
// that was not started for that refuses it.
func Reset(c *control.Control, allowed bool) []wire.Row {
	whole := &configuration{Control: c}
	return []wire.Row{{
		Operation: &wire.Operation{Name: "ResetConfiguration", Method: "POST", Path: ResetPath, Status: 204},
		Handle: func(ctx context.Context, _ *wire.Request) (any, error) {
			// No key is enough, be it the administrator's: a test that is pointed at the wrong gateway must
			// not be able to empty it.
			if !allowed {
				return nil, fault.New(fault.AccessDenied, "This gateway may not be emptied: start it with --allow-reset")
			}
			// By way of a document without anything: what the fleet keeps for itself stays.
			revision, err := document.Replace(ctx, c.Store, nil)
			if err == nil {
				whole.announce(ctx, revision)
			}
			return nil, fault.E("own.ResetConfiguration", err)
		},
	}}
}
