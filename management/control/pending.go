package control

import "sync"

// maxPending bounds how many deployments are remembered as not yet served.
const maxPending = 1000

// pending remembers the deployments that this process did not serve in time, with
// the revision that it must reach. A process that starts serves everything.
type pending struct {
	mu    sync.Mutex // protects fields below
	until map[string]int64
}

func (p *pending) add(id string, revision int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.until == nil {
		p.until = map[string]int64{}
	}
	if len(p.until) < maxPending {
		p.until[id] = revision
	}
}

func (p *pending) get(id string) (revision int64, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	revision, ok = p.until[id]
	return revision, ok
}

func (p *pending) remove(id string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.until, id)
}
