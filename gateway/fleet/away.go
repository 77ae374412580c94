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

// Why is why a broker is away, in words for /readyz, "" where nothing is known of it.
func Why(b bus.Bus) string {
	if joined, ok := b.(interface{ Why() string }); ok {
		return joined.Why()
	}
	return ""
}

// Observe tells gauges of the fleet, also of a nil one: a process that is alone is one node, whose
// lease has no age. Those of engines are 1 while they are there, and 0 while they are away.
func (f *Fleet) Observe(gauge func(name, help string, value func() float64), b bus.Bus, s store.Store) {
	up := func(is bool) float64 {
		if is {
			return 1
		}
		return 0
	}
	gauge("fleet_nodes", "Nodes that live and share the store, this one included.", func() float64 { return float64(f.living()) })
	gauge("lease_age_seconds", "Since the lease of this node was last renewed; 0 where there is none.", func() float64 {
		if f == nil {
			return 0
		}
		return f.sinceRenewal().Seconds()
	})
	gauge("bus_up", "Whether the broker of the nodes is there; 1 where there is none.", func() float64 { return up(!Away(b)) })
	// A store that knows no ailments holds everything in this process: it cannot go away.
	gauge("store_up", "Whether the store did what it was asked for last.", func() float64 {
		ailing, ok := s.(store.Ailing)
		return up(!ok || ailing.Ailment() == nil)
	})
}

// living counts the nodes that lived when the lease was last renewed.
func (f *Fleet) living() (n int) {
	if n = 1; f == nil {
		return n
	}
	if known := f.known.Load(); known != nil {
		for i := range *known {
			if (*known)[i].Live() {
				n++
			}
		}
	}
	return n
}
