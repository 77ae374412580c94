package throttle

import (
	"fmt"
	"runtime"
	"testing"
)

// hand is a clock that stands until it is moved.
type hand struct{ now int64 }

func (h *hand) clock() int64 { return h.now }

func through(g *Gate, n int) int {
	got := 0
	for range n {
		if g.Allow() {
			got++
		}
	}
	return got
}

func TestGates(t *testing.T) {
	h := &hand{}
	s := NewSet(Options{Account: &Rate{1, 10}, Connect: &Rate{1, 3}, Clock: h.clock})
	four, closed, wideRate := &Rate{1, 4}, &Rate{0, 0}, &Rate{100, 100}
	a, b := s.Gate("api", "dev", "a", four), s.Gate("api", "dev", "b", four)
	if got := through(s.Gate("api", "dev", "closed", closed), 10); got != 0 {
		t.Errorf("closed: got %d, want 0", got)
	}
	if got := through(a, 10); got != 4 {
		t.Errorf("route a: got %d, want 4", got)
	}
	if got := through(b, 10); got != 4 {
		t.Errorf("route b has a bucket of its own: got %d, want 4", got)
	}
	wide := s.Gate("api", "dev", "wide", wideRate)
	if got := through(wide, 50); got != 2 {
		t.Errorf("the account has 2 left: got %d", got)
	}
	h.now += second
	if got := through(wide, 50); got != 1 {
		t.Errorf("a second later the account has 1: got %d", got)
	}
	got := 0
	for range 10 {
		if s.Connect() {
			got++
		}
	}
	if got != 3 {
		t.Errorf("connections: got %d, want 3", got)
	}
}

// TestAccountRefusalsCostTheRouteNothing: what the account refuses goes back
// into the bucket of the route.
func TestAccountRefusalsCostTheRouteNothing(t *testing.T) {
	h := &hand{}
	s := NewSet(Options{Account: &Rate{1, 1}, Clock: h.clock})
	g := s.Gate("api", "dev", "a", &Rate{1e-3, 3})
	through(g, 100)
	for i := range 2 {
		h.now += second
		if got := through(g, 100); got != 1 {
			t.Errorf("second %d: got %d, want 1", i+1, got)
		}
	}
	h.now += second
	if got := through(g, 100); got != 0 {
		t.Errorf("the route had three: got %d more", got)
	}
}

func TestRates(t *testing.T) {
	for _, row := range []struct {
		rate Rate
		want int
	}{{Rate{1e-3, 3}, 3}, {Rate{0, 3}, 0}} {
		s := NewSet(Options{})
		if got := through(s.Gate("api", "dev", "a", &row.rate), 10); got != row.want {
			t.Errorf("%v let %d through, want %d", row.rate, got, row.want)
		}
	}
}

func TestNoLimits(t *testing.T) {
	s := NewSet(Options{Clock: func() int64 { panic("the clock was read for nothing") }})
	if got := through(s.Gate("api", "dev", "a", nil), 1000); got != 1000 {
		t.Errorf("got %d of 1000", got)
	}
	if !s.Connect() || !(*Gate)(nil).Allow() {
		t.Error("something was refused")
	}
}

// TestDeploymentsKeepBuckets: the gate of the next deployment shares the bucket,
// and the old gate takes the new rate while it is still used.
func TestDeploymentsKeepBuckets(t *testing.T) {
	h := &hand{}
	s := NewSet(Options{Clock: h.clock})
	old := s.Gate("api", "dev", "a", &Rate{1.0, 5})
	if got := through(old, 3); got != 3 {
		t.Fatalf("got %d, want 3", got)
	}
	next := s.Gate("api", "dev", "a", &Rate{1.0, 7})
	if got := through(next, 100); got != 4 {
		t.Errorf("the next deployment: got %d, want the 4 that 7 leave of 3", got)
	}
	if got := through(old, 100); got != 0 {
		t.Errorf("the old gate has a bucket of its own: got %d", got)
	}
	if got := through(s.Gate("api", "prod", "a", &Rate{1.0, 2}), 100); got != 2 {
		t.Errorf("another stage: got %d, want 2", got)
	}
	runtime.KeepAlive(old)
	runtime.KeepAlive(next)
}

func TestNodesShareLimits(t *testing.T) {
	h := &hand{}
	s := NewSet(Options{Clock: h.clock, Connect: &Rate{1, 1}})
	s.Nodes(4)
	g := s.Gate("api", "dev", "a", &Rate{4.0, 8})
	if got := through(g, 100); got != 2 {
		t.Errorf("a quarter of the burst: got %d, want 2", got)
	}
	h.now += second
	if got := through(g, 100); got != 1 {
		t.Errorf("a quarter of the rate: got %d, want 1", got)
	}
	if !s.Connect() {
		t.Error("a burst of one lets nothing through on a node")
	}
	s.Nodes(1)
	h.now += 2 * second
	if got := through(g, 100); got != 8 {
		t.Errorf("alone again: got %d, want 8", got)
	}
}

// TestSetForgetsRoutesThatAreGone: ten thousand routes come and go, and the set
// holds about as many as are in use.
func TestSetForgetsRoutesThatAreGone(t *testing.T) {
	s := NewSet(Options{})
	rate := &Rate{1.0, 1}
	kept := s.Gate("api", "dev", "kept", rate)
	kept.Allow()
	for i := range 10_000 {
		s.Gate("api", "dev", fmt.Sprint(i), rate)
		if i%500 == 0 {
			runtime.GC()
		}
	}
	s.mu.Lock()
	held := len(s.known)
	s.mu.Unlock()
	if held > 2000 {
		t.Errorf("%d limiters are held for one gate", held)
	}
	if again := s.Gate("api", "dev", "kept", rate); again.Allow() {
		t.Error("a bucket in use was forgotten")
	}
	runtime.KeepAlive(kept)
}

func BenchmarkGate(b *testing.B) {
	s := NewSet(Options{Account: &Rate{1e9, 1 << 30}})
	g := s.Gate("api", "dev", "a", &Rate{1e9, 1 << 30})
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			g.Allow()
		}
	})
}
