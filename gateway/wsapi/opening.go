package wsapi

import "context"

// opening notes that a client is being told of its 101, from which moment its
// backends may post to it although it is not registered yet. The connection is
// there, or gave up, when the answer is called.
func (p *Plane) opening(id string) (done func()) {
	ready := make(chan struct{})
	p.handshakes.Store(id, ready)
	return func() {
		p.handshakes.Delete(id)
		close(ready)
	}
}

// opened waits for a connection that is just being opened; writing a 101 takes no
// time that is worth a bound of its own.
func (p *Plane) opened(ctx context.Context, id string) {
	ready, ok := p.handshakes.Load(id)
	if !ok {
		return
	}
	select {
	case <-ready.(chan struct{}):
	case <-ctx.Done():
	}
}
