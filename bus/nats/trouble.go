package nats

import (
	"errors"
	"log/slog"
	"strings"
	"sync"

	"github.com/nats-io/nats.go"
)

// mostTroubles bounds what is remembered of one absence: a cluster has as many reasons as servers.
const mostTroubles = 32

// troubles are why the broker is not reached. Each try has a reason, two of them a second; one is
// told again only after the broker was there.
type troubles struct {
	mu   sync.Mutex
	last string
	told map[string]bool
}

// note keeps why a try failed, and says whether that is new.
func (t *troubles) note(why string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.last = why
	why = strings.ToLower(why) // the client words what a broker says in two ways
	if t.told[why] || len(t.told) >= mostTroubles {
		return false
	}
	if t.told == nil {
		t.told = map[string]bool{}
	}
	t.told[why] = true
	return true
}

func (t *troubles) over() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.last, t.told = "", nil
}

// Why is why the last try to reach the broker failed, as the client or the broker words it: refused,
// not believed, a user who is not let in. It is "" while the broker is there.
func (b *Bus) Why() string {
	b.troubles.mu.Lock()
	defer b.troubles.mu.Unlock()
	return b.troubles.last
}

// failed tells why the broker is not reached. An error that says that nothing is known is none.
func (b *Bus) failed(err error) {
	if err == nil || errors.Is(err, nats.ErrReconnectBufExceeded) || b.since.Load() != 0 {
		return
	}
	if b.troubles.note(err.Error()) {
		b.log(slog.LevelWarn, "the bus is away", err)
	}
}
