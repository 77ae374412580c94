package function

import (
	"context"
	"fmt"
	"slices"

	"github.com/dragoman-gateway/dragoman/message"
)

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

// Only sends on calls of functions that one of some has, and refuses all others: nothing that
// nobody has named is called in an account of the user's.
func Only(all Invoker, some ...Local) Invoker { return chosen{all, some} }

type chosen struct {
	all  Invoker
	some []Local
}

// Invoke makes one call.
func (c chosen) Invoke(ctx context.Context, call *Call) (*Result, error) {
	if !slices.ContainsFunc(c.some, func(l Local) bool { return l.Has(call.Function) }) {
		return nil, message.Fail(message.ErrConfiguration, fmt.Errorf("no function %q is here", call.Function))
	}
	return c.all.Invoke(ctx, call)
}
