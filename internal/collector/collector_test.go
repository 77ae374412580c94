package collector

import (
	"context"
	"math"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"testing"
	"time"
)

const mib = 1 << 20

func TestHeapsGrowToTheFloor(t *testing.T) {
	for _, row := range []struct {
		live, roots uint64
		want        int
	}{
		{0, 0, usual}, // nothing was collected yet
		{1 * mib, 0, most},
		{4 * mib, 0, 700},
		{7 * mib, 1 * mib, 312},
		{16 * mib, 0, usual},
		{20 * mib, 0, usual},
		{500 * mib, 9 * mib, usual},
		{32 * mib, 0, usual},
	} {
		if got := grow(32*mib, reading{live: row.live, roots: row.roots}); got != row.want {
			t.Errorf("%d bytes live, %d roots: got %d, want %d", row.live, row.roots, got, row.want)
		}
	}
}

func TestSmallChangesAreNone(t *testing.T) {
	k := keeper{floor: 32 * mib, percent: 700}
	for live, want := range map[uint64]int{4 * mib: 700, 4*mib + mib/4: 700, 5 * mib: 540, 40 * mib: usual} {
		if got, _, _ := k.look(reading{live: live}); got != want {
			t.Errorf("%d bytes live: got %d, want %d", live, got, want)
		}
	}
}

// A heap that has grown between two looks grows by no more than it is worth: right after
// a collection the percentage only ever gets lower.
func TestAGrownHeapIsSeenAtOnce(t *testing.T) {
	k := keeper{floor: 32 * mib, percent: 700}
	for live, want := range map[uint64]int{1 * mib: 700, 4 * mib: 700, 5 * mib: 540, 30 * mib: usual, 300 * mib: usual} {
		if got := k.after(reading{live: live}); got != want {
			t.Errorf("%d bytes live: got %d, want %d", live, got, want)
		}
	}
	defer debug.SetGCPercent(debug.SetGCPercent(usual))
	limit := debug.SetMemoryLimit(math.MaxInt64)
	defer debug.SetMemoryLimit(limit)
	t.Setenv("GOGC", "")
	runtime.GC()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { defer close(ended); run(ctx, 64*mib, time.Hour) }()
	percent := func(until func(uint64) bool) (now uint64) {
		for by := time.Now().Add(time.Minute); time.Now().Before(by); time.Sleep(time.Millisecond) {
			sample := []metrics.Sample{{Name: "/gc/gogc:percent"}}
			metrics.Read(sample)
			if now = sample[0].Value.Uint64(); until(now) {
				break
			}
		}
		return now
	}
	if got := percent(func(p uint64) bool { return p > 2*usual }); got <= 2*usual {
		t.Errorf("a heap that is nearly empty: %d percent", got)
	}
	kept = make([]byte, 80*mib)
	runtime.GC()
	if got := percent(func(p uint64) bool { return p == usual }); got != usual {
		t.Errorf("a heap beyond the floor, an hour before the next look: %d percent", got)
	}
	cancel()
	<-ended
	kept = nil
}

// Memory is given back once after a burst, when that has been over for a while, and not at
// all where there is little.
func TestMemoryIsGivenBackAfterBursts(t *testing.T) {
	k := keeper{floor: 32 * mib, percent: usual}
	var allocated uint64
	second := func(bytes, unused uint64) bool {
		allocated += bytes
		_, _, free := k.look(reading{live: 40 * mib, unused: unused, allocated: allocated})
		return free
	}
	for range 20 {
		if second(50*mib, 60*mib) {
			t.Fatal("memory is given back within a burst")
		}
	}
	for n := 1; n <= 60; n++ {
		if free := second(100<<10, 60*mib); free != (n == patience) {
			t.Errorf("%d quiet seconds after a burst: %v", n, free)
		}
	}
	for _, unused := range []uint64{2 * mib, 90 * mib} {
		second(5*mib, unused)
		given := false
		for range 2 * patience {
			given = second(0, unused) || given
		}
		if given != (unused > worth) {
			t.Errorf("of %d bytes: %v", unused, given)
		}
	}
}

var kept []byte

// The floor holds while it runs, lower under a memory limit, and all is as before at the
// end. A user's own GOGC stays.
func TestRunKeepsTheFloor(t *testing.T) {
	for _, row := range []struct {
		name, environment string
		limit             int64
		small             bool // the heap is larger than the floor
	}{
		{"no limit", "", math.MaxInt64, false},
		{"a limit", "", 16 * mib, true},
		{"the user's own", "50", math.MaxInt64, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Setenv("GOGC", row.environment)
			before, limit := debug.SetGCPercent(90), debug.SetMemoryLimit(row.limit)
			defer func() { debug.SetGCPercent(before); debug.SetMemoryLimit(limit) }()
			kept = make([]byte, 4*mib)
			runtime.GC()
			ctx, cancel := context.WithCancel(context.Background())
			ended := make(chan struct{})
			go func() { defer close(ended); run(ctx, 64*mib, time.Millisecond) }()
			wait, percent := 10*time.Second, uint64(0)
			if row.small {
				wait = 50 * time.Millisecond
			}
			for by := time.Now().Add(wait); time.Now().Before(by) && percent <= 2*usual; time.Sleep(5 * time.Millisecond) {
				now := []metrics.Sample{{Name: "/gc/gogc:percent"}}
				metrics.Read(now)
				percent = now[0].Value.Uint64()
			}
			cancel()
			<-ended
			if after := debug.SetGCPercent(90); after != 90 || row.small && percent > usual || !row.small && percent <= 2*usual {
				t.Errorf("%d percent while it ran, %d after it", percent, after)
			}
			kept = nil
		})
	}
}

// What a start has left goes back before anybody is served, where it is much.
func TestStartsGiveBackWhatTheyLeave(t *testing.T) {
	t.Setenv("GOGC", "")
	held := func() uint64 { // of what the system has given for the heap
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapSys - m.HeapReleased
	}
	runtime.GC()
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // what is left was in no collection yet
	left := make([]byte, 2*started)
	for i := range left {
		left[i] = 1 // or the system would not have given it yet
	}
	before := held()
	runtime.KeepAlive(left)
	left = nil
	Started()
	if after := held(); after+started > before {
		t.Errorf("%d MB are held after it and %d before, want %d MB less", after/mib, before/mib, 2*started/mib)
	}
}
