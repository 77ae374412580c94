package budget

import (
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dragoman-gateway/dragoman/internal/tasks"
)

// ErrFull says that there is no room for more.
var ErrFull = errors.New("there is no memory for more bodies at the moment")

// Sizes of holds. Each hold costs at least least, so that very many small ones
// count too. One of up to tiny may use the whole budget, one of up to small all
// but an eighth, larger ones three quarters: as many as can come at a time of
// those that are on their way to be large do not shut out what is tiny. When there
// is no room, one of the large may use as much as the small, and waits for that,
// until it is freed: many that grow side by side would else all be refused, each
// by the memory of the others, and nobody served.
const (
	least = 512
	tiny  = 4 << 10
	small = 64 << 10
)

// patience is how long the favoured hold waits for room.
const patience = time.Second

// Options say how a Budget behaves when it is full.
type Options struct {
	// Slow is how long a body may be on its way while others find no room: 10 s
	// when zero.
	Slow time.Duration
	// Full is told of every refusal, with the bytes that were in use; nil tells
	// nobody. It must return at once.
	Full    func(used int64)
	Reports *tasks.Reporter
}

// Budget is a number of bytes that many share. A nil Budget has room for all.
type Budget struct {
	limit   int64
	options Options
	used    atomic.Int64
	refused atomic.Uint64
	favour  atomic.Bool   // one Hold has it
	given   chan struct{} // something was given back while it had
	tasks   tasks.Group   // which cut off what is slow

	mu      sync.Mutex // Protects fields below.
	watched map[*Watch]struct{}
	swept   time.Time
}

// New makes a budget of limit bytes.
func New(limit int64, o Options) *Budget {
	if o.Slow == 0 {
		o.Slow = 10 * time.Second
	}
	b := &Budget{limit: limit, options: o, given: make(chan struct{}, 1), watched: map[*Watch]struct{}{}}
	b.tasks.Reports = o.Reports
	return b
}

// Limit is how many bytes there are.
func (b *Budget) Limit() int64 { return b.limit }

// Used is how many of them are held.
func (b *Budget) Used() int64 { return b.used.Load() }

// Refused counts what found no room.
func (b *Budget) Refused() uint64 { return b.refused.Load() }

// Take takes n bytes for something of size bytes in all, and says whether there
// was room. Give gives them back. Holds call both; others do who count themselves.
func (b *Budget) Take(n, size int) bool {
	if b == nil || b.take(n, b.room(size)) {
		return true
	}
	b.refuse()
	return false
}

// take takes n bytes unless more than room would be in use then.
func (b *Budget) take(n int, room int64) bool {
	for used := b.used.Load(); used+int64(n) <= room; used = b.used.Load() {
		if b.used.CompareAndSwap(used, used+int64(n)) {
			return true
		}
	}
	return false
}

func (b *Budget) refuse() {
	b.refused.Add(1)
	b.sweep()
	if b.options.Full != nil {
		b.options.Full(b.used.Load())
	}
}

// room is how much of the budget something of this size may use.
func (b *Budget) room(size int) int64 {
	switch {
	case size <= tiny:
		return b.limit
	case size <= small:
		return b.limit - b.limit/8
	}
	return b.limit - b.limit/4
}

// Give gives back what Take took.
func (b *Budget) Give(n int) {
	if b == nil {
		return
	}
	b.used.Add(int64(-n))
	if b.favour.Load() {
		select {
		case b.given <- struct{}{}:
		default: // it has not looked since the last time
		}
	}
}

// Hold is what one owner has of a budget. The zero Hold is of no budget and bounds
// nothing. It is used by one goroutine at a time.
type Hold struct {
	budget   *Budget
	size     int
	favoured bool // this one has the budget's favour
}

// Hold begins to hold, nothing yet.
func (b *Budget) Hold() Hold { return Hold{budget: b} }

// Grow takes n bytes more. It waits for room, a second at most, if no other hold
// does. An error is ErrFull, and leaves the hold as it was.
func (h *Hold) Grow(n int) error {
	if h.budget == nil || n == 0 {
		return nil
	}
	b, more := h.budget, cost(h.size+n)-cost(h.size)
	if !b.take(more, b.room(h.size+n)) && !h.favour(more) {
		b.refuse()
		return ErrFull
	}
	h.size += n
	return nil
}

// favour takes n bytes of what else only the small may use, if nobody else does,
// and waits for others to give some back.
func (h *Hold) favour(n int) bool {
	b := h.budget
	if h.size+n <= small || int64(h.size+n) > b.room(small) || !h.favoured && !b.favour.CompareAndSwap(false, true) {
		return false
	}
	h.favoured = b.wait(n, b.room(small))
	if !h.favoured {
		b.favour.Store(false)
	}
	return h.favoured
}

// wait takes n bytes as soon as there is room.
func (b *Budget) wait(n int, room int64) bool {
	if b.take(n, room) {
		return true
	}
	b.sweep()
	over := time.NewTimer(patience)
	defer over.Stop()
	for {
		select {
		case <-b.given:
			if b.take(n, room) {
				return true
			}
		case <-over.C:
			return false
		}
	}
}

// Shrink gives n bytes back, which Grow took.
func (h *Hold) Shrink(n int) {
	if h.budget != nil {
		h.budget.Give(cost(h.size) - cost(h.size-n))
		h.size -= n
	}
}

// cost is what something of size bytes takes of a budget.
func cost(size int) int {
	if size == 0 {
		return 0
	}
	return max(least, size)
}

// Size is how many bytes are held.
func (h *Hold) Size() int { return h.size }

// Free gives everything back; the hold can be used again.
func (h *Hold) Free() {
	if h.size != 0 {
		h.budget.Give(cost(h.size))
		h.size = 0
	}
	if h.favoured {
		h.favoured = false
		h.budget.favour.Store(false)
	}
}
