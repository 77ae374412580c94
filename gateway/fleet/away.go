package fleet

import (
	"time"

	"github.com/dragoman-gateway/dragoman/bus"
	"github.com/dragoman-gateway/dragoman/store"
)

// Away says whether a bus has a broker that is away. One within a process has none.
// /readyz asks it; messages do not, for each has a bound of its own within which the broker may
// be back.
func Away(b bus.Bus) bool {
	joined, ok := b.(interface{ Connected() time.Duration })
	return ok && joined.Connected() == 0
}

// Observe tells a gauge for each engine: 1 while it is there, and 0 while it is away.
func Observe(gauge func(name, help string, value func() float64), b bus.Bus, s store.Store) {
	up := func(is bool) float64 {
		if is {
			return 1
		}
		return 0
	}
	gauge("bus_up", "Whether the broker of the nodes is there; 1 where there is none.", func() float64 { return up(!Away(b)) })
	// A store that knows no ailments holds everything in this process: it cannot go away.
	gauge("store_up", "Whether the store did what it was asked for last.", func() float64 {
		ailing, ok := s.(store.Ailing)
		return up(!ok || ailing.Ailment() == nil)
	})
}
