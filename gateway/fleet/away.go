package fleet

import (
	"time"

	"github.com/dragoman-gateway/dragoman/bus"
)

// Away says whether a bus has a broker that is away. One within a process has none.
func Away(b bus.Bus) bool {
	joined, ok := b.(interface{ Connected() time.Duration })
	return ok && joined.Connected() == 0
}
