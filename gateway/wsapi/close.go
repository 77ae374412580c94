package wsapi

import (
	"context"

	"github.com/dragoman-gateway/dragoman/gateway/connection"
)

// Stop lets no new client in and takes no more messages of those that are there.
// They stay connected, and can be posted to.
func (p *Plane) Stop() {
	p.closing.Store(true)
	p.config.Registry.Range(func(c *connection.Connection) bool {
		c.Sender.Stop()
		return true
	})
}

// Finish returns when each message that was taken before Stop has been answered, or
// when ctx ends. It says how many are left.
func (p *Plane) Finish(ctx context.Context) (left int) {
	if p.config.Upgrader.Quiet(ctx) == nil {
		_ = p.tasks.WaitContext(ctx)
	}
	return p.tasks.Running()
}

// Close sends every client away with 1001 and waits for what is under way, their
// $disconnects included, at most until ctx ends. Call Finish before, so that
// messages under way have their time.
func (p *Plane) Close(ctx context.Context) {
	p.closing.Store(true)
	p.closeOnce.Do(func() { close(p.closed) })
	p.config.Registry.CloseAll(ctx, 1001, "Going away", 0)
	_ = p.config.Upgrader.Wait(ctx)
	p.tasks.Close()
	_ = p.tasks.WaitContext(ctx)
}
