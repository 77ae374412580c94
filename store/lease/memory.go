package lease

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"
)

// Memory is a Table of one process: that of gateways which are several nodes within it, as in
// tests. The zero value is empty.
type Memory struct {
	mu   sync.Mutex // Protects fields below.
	rows map[uint32]*row
}

// row is a lease, with times of the table's clock.
type row struct {
	Lease
	renewed, unbroken time.Time
}

var _ Table = (*Memory)(nil)

// Take implements Table.
func (m *Memory) Take(_ context.Context, draw func(all []Lease) (Lease, error)) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := time.Now()
	maps.DeleteFunc(m.rows, func(_ uint32, r *row) bool { return !r.Live() && now.Sub(r.renewed) >= Reserved })
	taken, err := draw(m.all(now))
	if err != nil {
		return err
	}
	if m.rows == nil {
		m.rows = map[uint32]*row{}
	}
	m.rows[taken.Node] = &row{taken, now, now}
	return nil
}

// Renew implements Table.
func (m *Memory) Renew(_ context.Context, own Lease) ([]Lease, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r, now := m.rows[own.Node], time.Now()
	if r == nil || r.Instance != own.Instance {
		return nil, ErrNone
	}
	if now.Sub(r.renewed).Abs() >= Broken {
		r.unbroken = now
	}
	r.renewed, r.About, r.Yielded = now, own.About, own.Yielded
	return m.all(now), nil
}

// All implements Table.
func (m *Memory) All(context.Context) ([]Lease, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.all(time.Now()), nil
}

func (m *Memory) all(now time.Time) (all []Lease) {
	for _, node := range slices.Sorted(maps.Keys(m.rows)) {
		all = append(all, m.rows[node].at(now))
	}
	return all
}

func (r *row) at(now time.Time) Lease {
	l := r.Lease
	l.Age, l.Steady = now.Sub(r.renewed), now.Sub(r.unbroken)
	return l
}

// Lose implements Table.
func (m *Memory) Lose(_ context.Context, node uint32) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r := m.rows[node]
	if r == nil || !r.Live() {
		return false, nil
	}
	r.Lost++
	return true, nil
}

// Expire implements Table.
func (m *Memory) Expire(_ context.Context, judge uint32) (lost []uint32, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now, by := time.Now(), m.rows[judge]
	if by == nil {
		return nil, nil
	}
	if at := by.at(now); !at.MayJudge() {
		return nil, nil
	}
	for _, node := range slices.Sorted(maps.Keys(m.rows)) {
		r := m.rows[node]
		if at := r.at(now); at.Overdue() {
			r.Lost++
			lost = append(lost, node)
		}
	}
	return lost, nil
}

// Leave implements Table.
func (m *Memory) Leave(_ context.Context, own Lease) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if r := m.rows[own.Node]; r != nil && r.Instance == own.Instance {
		delete(m.rows, own.Node)
	}
	return nil
}
