package wsapi

import (
	"context"
	"time"
)

// leavingReason is why clients are sent away by a gateway that ends.
const leavingReason = "Going away"

// Stop lets no new client in. Those that are there are served as before.
func (p *Plane) Stop() { p.closing.Store(true) }

// Leave sends the clients away with 1001, evenly over the time of spread, each when its
// messages under way are answered. It returns when all are, or when ctx ends, and says
// how many messages are left. Call Stop before: who comes later is not among them.
func (p *Plane) Leave(ctx context.Context, spread time.Duration) (left int) {
	return p.config.Registry.Leave(ctx, goingAway, leavingReason, spread)
}

// Lose sends every client away at once: another node has called them gone, or serves them
// better.
func (p *Plane) Lose() {
	if closed := p.config.Registry.Lose(goingAway, leavingReason); closed > 0 {
		p.config.Logger.Warn("this node was lost, or is fenced; its clients are sent away", "clients", closed)
	}
}

// serves says whether this node may serve its clients at this moment. What it knows may else be
// from before it was stopped, and its clients called gone.
func (p *Plane) serves() bool { return p.config.Fence == nil || p.config.Fence.Serves() }

// Close sends every client away that is left, with 1001, and waits for what is under
// way, their $disconnects included, at most until ctx ends. Call Leave before, so that
// messages under way have their time.
func (p *Plane) Close(ctx context.Context) {
	p.closing.Store(true)
	p.closeOnce.Do(func() { close(p.closed) })
	p.config.Registry.CloseAll(goingAway, leavingReason)
	_ = p.config.Upgrader.Wait(ctx)
	p.tasks.Close()
	_ = p.tasks.WaitContext(ctx)
}
