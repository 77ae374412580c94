package private

import (
	"sync/atomic"
	"time"
)

// group is the targets of one link.
type group struct {
	members []*member
	next    atomic.Uint32 // where the search begins, so that equals take turns
}

// pick takes the member with the fewest calls under way; nil when none is alive.
// Those that are passed over are taken when nobody else is left: a call that may
// fail is better than one that must.
func (g *group) pick(now time.Time) *member {
	var best *member
	var fewest int32
	var passed bool
	start, n := g.next.Add(1), uint32(len(g.members))
	for i := range n {
		m := g.members[(start+i)%n]
		if !m.alive.Load() {
			continue
		}
		busy, out := m.calls.Load(), m.isOut(now)
		if best == nil || passed && !out || passed == out && busy < fewest {
			best, fewest, passed = m, busy, out
		}
	}
	if best != nil {
		best.calls.Add(1)
	}
	return best
}

// A member that fails failsInRow calls in a row is passed over for a time that
// grows with each further failure.
const (
	failsInRow = 3
	passOver   = 10 * time.Second
	maxPassed  = 60 * time.Second
)

// member is one target. It is its own integration.Target, which costs nothing.
type member struct {
	address string
	alive   atomic.Bool  // what checks say
	calls   atomic.Int32 // under way
	fails   atomic.Int32 // calls that failed in a row
	outTill atomic.Int64 // Unix nanoseconds; passed over until then
	misses  int          // checks that failed in a row; the checker's own
}

// Address is host:port.
func (m *member) Address() string { return m.address }

// Release gives the member back.
func (m *member) Release(failed bool) {
	m.calls.Add(-1)
	if !failed {
		if m.fails.Load() != 0 {
			m.fails.Store(0)
		}
		return
	}
	if n := m.fails.Add(1); n >= failsInRow {
		out := min(maxPassed, passOver*time.Duration(n-failsInRow+1))
		m.outTill.Store(time.Now().Add(out).UnixNano())
	}
}

func (m *member) isOut(now time.Time) bool {
	till := m.outTill.Load()
	return till != 0 && now.UnixNano() < till
}

// missesToDie is how many checks in a row must fail; one that succeeds revives.
// One lost packet must not take a target out.
const missesToDie = 2

// checked notes the outcome of a check.
func (m *member) checked(err error) {
	if err == nil {
		m.misses = 0
		m.alive.Store(true)
		return
	}
	if m.misses++; m.misses >= missesToDie {
		m.alive.Store(false)
	}
}
