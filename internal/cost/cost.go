package cost

import (
	"runtime"
	"strings"
	"testing"
	"time"
)

// Size is how long the worst input is that the bounds are for: a WebSocket message.
const Size = 128 << 10

// The bounds.
const (
	Time  = 200 * time.Millisecond
	Bytes = 32 << 20
)

// Spent is what a function cost. Bytes are all that were allocated, so no less than
// were held at once.
type Spent struct {
	Time  time.Duration // of the processor, in the function's own thread; 0 where that is not known
	Bytes uint64
}

// Of runs f in the present goroutine, which must start no others.
func Of(f func()) Spent {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	began := threadTime()
	f()
	took := threadTime() - began
	runtime.ReadMemStats(&after)
	return Spent{took, after.TotalAlloc - before.TotalAlloc}
}

// Within fails a test whose function costs more than the bounds. What others do
// to the caches and to allocations is left out by the best of a few runs.
func Within(t testing.TB, f func()) {
	t.Helper()
	best := Of(f)
	for range 4 {
		if !best.over() {
			return
		}
		again := Of(f)
		best = Spent{min(best.Time, again.Time), min(best.Bytes, again.Bytes)}
	}
	if best.over() {
		t.Errorf("%v of processor time and %d KiB, want at most %v and %d KiB", best.Time, best.Bytes>>10, Time, Bytes>>10)
	}
}

func (s Spent) over() bool { return !Raced && s.Time > Time || s.Bytes > Bytes }

// Stretched is a text of the worst size with a part as often as fits between its
// ends: what grows faster than a text is seen by it, however short the parts are
// that a fuzzer finds. An empty part is not repeated.
func Stretched(head, part, tail string) string {
	head, part, tail = head[:min(len(head), Size/4)], part[:min(len(part), Size/4)], tail[:min(len(tail), Size/4)]
	if part == "" {
		return head + tail
	}
	return head + strings.Repeat(part, (Size-len(head)-len(tail))/len(part)) + tail
}

// Fuzzed fails a fuzz test whose function costs a multiple of the bounds: a fuzzer
// counts branches and fills the machine.
func Fuzzed(t testing.TB, f func()) {
	t.Helper()
	const times = 6
	if spent := Of(f); spent.Time > times*Time || spent.Bytes > times*Bytes {
		if again := Of(f); again.Time > times*Time || again.Bytes > times*Bytes { // and not because of others
			t.Errorf("%v of processor time and %d KiB", again.Time, again.Bytes>>10)
		}
	}
}
