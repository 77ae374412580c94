package control

import (
	"context"

	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/wire"
)

// write runs fn in one transaction and waits, so long as it is reasonable, until this
// process serves the change. It is for what belongs to no single API.
func (c *Control) write(ctx context.Context, r *wire.Request, fn func(t *change) error) error {
	revision, err := c.Store.Update(ctx, func(tx store.Tx) error {
		return fn(&change{Control: c, r: r, tx: tx, region: r.Region})
	})
	if err != nil {
		return fault.E("control."+r.Operation.Name, err)
	}
	c.announce(ctx, revision)
	return nil
}

// view reads one moment of the store.
func (c *Control) view(ctx context.Context, r *wire.Request, fn func(reader store.Reader) error) error {
	return fault.E("control."+r.Operation.Name, c.Store.View(ctx, fn))
}
