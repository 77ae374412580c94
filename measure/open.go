package measure

import (
	"context"
	"time"
)

// between is how often Watch looks at what is open: a crowd that comes and goes between two
// looks is missed, a minute has a dozen of them.
const between = 5 * time.Second

// Watch looks at the connections that are open, again and again until ctx ends. A count at
// each handshake and each end would need both to be told without fail, also of what dies with its
// stage; looking cannot drift.
func (h *Hour) Watch(ctx context.Context) {
	ticker := time.NewTicker(between)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			h.look()
		}
	}
}

// look counts what is open now, in the series of its stage that has no route: a connection
// belongs to none.
func (h *Hour) look() {
	if h.Open == nil {
		return
	}
	at := h.now()
	for stage, n := range h.Open() {
		s := h.Series(Key{API: stage.API, Stage: stage.Name})
		s.mu.Lock()
		m := s.minute(at)
		m.open = max(m.open, uint32(n))
		s.mu.Unlock()
	}
}
