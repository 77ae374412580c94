package throttle

import (
	"math"
	"sync/atomic"
	"time"
)

// Clock tells nanoseconds since some fixed moment; it never goes back.
type Clock func() int64

// Monotonic is the clock of the machine, beginning now.
func Monotonic() Clock {
	begin := time.Now()
	return func() int64 { return int64(time.Since(begin)) }
}

// Rate is how many a second, and how many at once after a pause. A rate or a
// burst of zero lets nothing through.
type Rate struct {
	PerSecond float64
	Burst     int
}

// Share is one node's part of a rate that so many keep together. A burst is rounded up:
// what lets something through lets at least one through on each node.
func (r Rate) Share(nodes int) Rate {
	if nodes > 1 && r.Burst > 0 {
		r.PerSecond /= float64(nodes)
		r.Burst = 1 + (r.Burst-1)/nodes // without an overflow
	}
	return r
}

// Limiter is a token bucket, kept as one number: the time at which it would be
// full again (the generic cell rate algorithm, ITU-T I.371). Its zero value
// lets nothing through. It must not be copied after first use.
type Limiter struct {
	full      atomic.Int64 // when the bucket is full again
	interval  atomic.Int64 // in which one token comes; 0 for never
	tolerance atomic.Int64 // how far full may lie ahead: burst intervals
}

// NewLimiter makes a limiter with a full bucket.
func NewLimiter(r Rate) *Limiter {
	l := &Limiter{}
	l.Set(r)
	return l
}

// longest keeps sums of two times within 64 bits.
const longest = 1 << 60

// Set changes the rate while the limiter is in use. Tokens that were taken are
// not given back; the bucket holds the new burst at most.
func (l *Limiter) Set(r Rate) {
	if !(r.PerSecond > 0) || r.Burst <= 0 {
		l.interval.Store(0)
		return
	}
	interval := math.Max(1, math.Min(math.Round(float64(time.Second)/r.PerSecond), longest))
	l.tolerance.Store(int64(math.Min(interval*float64(r.Burst), longest)))
	l.interval.Store(int64(interval))
}

// Allow takes a token, or answers false if there is none.
func (l *Limiter) Allow(now int64) bool {
	interval, tolerance := l.interval.Load(), l.tolerance.Load()
	if interval == 0 {
		return false
	}
	for {
		full := l.full.Load()
		if full > now+tolerance {
			// It had a larger burst before: from now on it is empty, no more.
			l.full.CompareAndSwap(full, now+tolerance)
			return false
		}
		next := max(now, full) + interval
		if next-now > tolerance {
			return false
		}
		if l.full.CompareAndSwap(full, next) {
			return true
		}
	}
}

// Left is how many tokens there are now, and Burst how many there can be.
func (l *Limiter) Left(now int64) (left, burst int) {
	interval, tolerance := l.interval.Load(), l.tolerance.Load()
	if interval == 0 {
		return 0, 0
	}
	return int(max(0, now+tolerance-max(now, l.full.Load())) / interval), int(tolerance / interval)
}

// PerSecond is how many tokens come in a second.
func (l *Limiter) PerSecond() float64 {
	interval := l.interval.Load()
	if interval == 0 {
		return 0
	}
	return float64(time.Second) / float64(interval)
}

// Refund gives back a token that was taken for something that did not happen.
func (l *Limiter) Refund() { l.full.Add(-l.interval.Load()) }
