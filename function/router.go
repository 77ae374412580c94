package function

import "context"

// Local runs some functions itself.
type Local interface {
	Invoker
	// Has tells whether it runs the function of this name or ARN.
	Has(function string) bool
}

// Route sends calls of functions that local has to it, and all others to the rest.
func Route(local Local, rest Invoker) Invoker { return router{local, rest} }

type router struct {
	local Local
	rest  Invoker
}

// Invoke makes one call.
func (r router) Invoke(ctx context.Context, c *Call) (*Result, error) {
	if r.local.Has(c.Function) {
		return r.local.Invoke(ctx, c)
	}
	return r.rest.Invoke(ctx, c)
}
