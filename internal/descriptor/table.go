package descriptor

import (
	"sync"
	"sync/atomic"
	"time"
)

// Table is a number of descriptors that several shares have together.
type Table struct {
	total int64
	used  atomic.Int64

	mu      sync.Mutex // Protects fields below.
	reclaim []func()
	tried   time.Time
}

// NewTable makes a table of so many descriptors.
func NewTable(total int) *Table { return &Table{total: int64(total)} }

// Reclaim has f called when the descriptors are all taken: f closes connections
// that nobody uses at the moment, and returns soon. It is called at most once a
// second.
func (t *Table) Reclaim(f func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.reclaim = append(t.reclaim, f)
}

// Share makes a share of at most so many of them.
func (t *Table) Share(most int) *Share { return &Share{table: t, most: int64(most)} }

// take takes one, after connections that nobody uses were closed if need be.
func (t *Table) take() bool {
	if t.used.Add(1) <= t.total {
		return true
	}
	t.used.Add(-1)
	if !t.collect() {
		return false
	}
	if t.used.Add(1) <= t.total {
		return true
	}
	t.used.Add(-1)
	return false
}

// collect closes what nobody uses; false if that was tried just now.
func (t *Table) collect() bool {
	t.mu.Lock()
	all := t.reclaim
	if now := time.Now(); len(all) == 0 || now.Sub(t.tried) < time.Second {
		all = nil
	} else {
		t.tried = now
	}
	t.mu.Unlock()
	for _, f := range all {
		f()
	}
	return all != nil
}

// Share is what one kind of connections may take of a table. A nil Share bounds
// nothing.
type Share struct {
	table   *Table
	most    int64
	open    atomic.Int64
	refused atomic.Uint64
}

// Take takes one descriptor and says whether there was one. Give gives it back.
func (s *Share) Take() bool {
	if s == nil {
		return true
	}
	if s.open.Add(1) <= s.most && s.table.take() {
		return true
	}
	s.open.Add(-1)
	s.refused.Add(1)
	return false
}

// Give gives one back.
func (s *Share) Give() {
	if s != nil {
		s.open.Add(-1)
		s.table.used.Add(-1)
	}
}

// Full says that none is left to take.
func (s *Share) Full() bool {
	return s != nil && (s.open.Load() >= s.most || s.table.used.Load() >= s.table.total)
}

// Most is how many there are at most.
func (s *Share) Most() int { return int(s.most) }

// Open is how many are taken.
func (s *Share) Open() int { return int(s.open.Load()) }

// Refused counts the refusals.
func (s *Share) Refused() uint64 { return s.refused.Load() }
