package throttle

import (
	"math"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

const second = int64(time.Second)

// taken counts how many of n tries at one moment get through.
func taken(l *Limiter, now int64, n int) int {
	got := 0
	for range n {
		if l.Allow(now) {
			got++
		}
	}
	return got
}

func TestLimiter(t *testing.T) {
	tests := []struct {
		name string
		rate Rate
		at   []int64 // moments
		want []int   // of 1,000 tries at each
	}{
		{"burst, then nothing", Rate{10, 5}, []int64{0, 0, 1}, []int{5, 0, 0}},
		{"one comes back each interval", Rate{10, 5}, []int64{0, second / 10, second/10*2 - 1, second / 10 * 2}, []int{5, 1, 0, 1}},
		{"no more than the burst after a pause", Rate{10, 5}, []int64{0, 3600 * second}, []int{5, 5}},
		{"slower than one a second", Rate{0.5, 1}, []int64{0, second, 2 * second}, []int{1, 0, 1}},
		{"one of one", Rate{1, 1}, []int64{7, 8, 7 + second}, []int{1, 0, 1}},
		{"fast", Rate{1e6, 100}, []int64{0, 10_000}, []int{100, 10}},
		{"faster than the clock", Rate{1e12, 3}, []int64{0, 1}, []int{3, 1}},
		{"rate zero", Rate{0, 5}, []int64{0, second}, []int{0, 0}},
		{"burst zero", Rate{5, 0}, []int64{0, second}, []int{0, 0}},
		{"negative", Rate{-1, -1}, []int64{0, second}, []int{0, 0}},
		{"not a number", Rate{math.NaN(), 5}, []int64{0, second}, []int{0, 0}},
		{"never again", Rate{1e-300, 2}, []int64{0, 3600 * second}, []int{1, 0}},
		{"without bounds", Rate{math.Inf(1), math.MaxInt}, []int64{0}, []int{1000}},
		{"a clock that stands far on", Rate{1, 2}, []int64{1 << 59, 1<<59 + second}, []int{2, 1}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := NewLimiter(tt.rate)
			for i, now := range tt.at {
				if got := taken(l, now, 1000); got != tt.want[i] {
					t.Errorf("at %v: got %d through, want %d", time.Duration(now), got, tt.want[i])
				}
			}
		})
	}
	var zero Limiter
	if zero.Allow(second) {
		t.Error("the zero limiter lets something through")
	}
}

func TestLimiterChangesInPlace(t *testing.T) {
	l := NewLimiter(Rate{1, 10})
	if got := taken(l, 0, 100); got != 10 {
		t.Fatalf("got %d, want 10", got)
	}
	l.Set(Rate{1, 20})
	if got := taken(l, 0, 100); got != 10 {
		t.Errorf("a larger burst gives what it has more: got %d, want 10", got)
	}
	l.Set(Rate{1, 2})
	if got := taken(l, 0, 100) + taken(l, second, 100); got != 1 {
		t.Errorf("a smaller burst is empty, one comes back: got %d, want 1", got)
	}
	l.Set(Rate{0, 2})
	if got := taken(l, 3600*second, 100); got != 0 {
		t.Errorf("closed: got %d, want 0", got)
	}
	l.Set(Rate{100, 2})
	if got := taken(l, 3600*second, 100); got != 2 {
		t.Errorf("open again: got %d, want 2", got)
	}
}

func TestRefund(t *testing.T) {
	l := NewLimiter(Rate{1, 3})
	l.Allow(0)
	l.Allow(0)
	l.Refund()
	if got := taken(l, 0, 10); got != 2 {
		t.Errorf("got %d after a refund, want 2", got)
	}
}

// TestLimiterIsExactUnderContention: many goroutines together get the burst and
// not one more.
func TestLimiterIsExactUnderContention(t *testing.T) {
	l := NewLimiter(Rate{1, 1000})
	var got atomic.Int64
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() { got.Add(int64(taken(l, 5, 500))) })
	}
	wg.Wait()
	if got.Load() != 1000 {
		t.Errorf("got %d through, want 1000", got.Load())
	}
}

func TestMonotonic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		clock := Monotonic()
		l := NewLimiter(Rate{2, 1})
		for i, want := range []bool{true, false, true} {
			if got := l.Allow(clock()); got != want {
				t.Errorf("try %d: got %v, want %v", i, got, want)
			}
			time.Sleep(250 * time.Millisecond)
		}
	})
}

func BenchmarkLimiter(b *testing.B) {
	l := NewLimiter(Rate{1e9, math.MaxInt32})
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		now := int64(0)
		for pb.Next() {
			now++
			l.Allow(now)
		}
	})
}
