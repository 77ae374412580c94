package collector

import (
	"context"
	"math"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// Floor is what a heap may grow to before Go collects. A gateway that proxies at full
// speed collects a sixth as often with it as without; at twice as much the rest is too
// small to be seen.
const Floor = 32 << 20

const (
	tick     = time.Second // how often is looked
	usual    = 100         // GOGC's own default
	most     = 1000        // percent, for a heap that is nearly empty
	calm     = 1 << 20     // bytes a tick that a process without work allocates at most
	patience = 5           // calm ticks before memory is given back
	worth    = 8 << 20     // bytes that are worth a collection
)

// Run keeps a floor, in bytes, until ctx ends; then all is as it was before. A memory
// limit makes it lower. Where GOGC is set in the environment it does nothing.
func Run(ctx context.Context, floor uint64) { run(ctx, floor, tick) }

// started is how much memory without use is given back right after the start, in bytes: a
// gateway of a few APIs is served sooner without.
const started = 32 << 20

// Started gives back what a start has left, which for ten thousand APIs is as much as lives.
// It takes a collection, and does nothing where little was left.
func Started() {
	if os.Getenv("GOGC") == "" && read().unused > started {
		debug.FreeOSMemory()
	}
}

func run(ctx context.Context, floor uint64, every time.Duration) {
	if os.Getenv("GOGC") != "" {
		return
	}
	if limit := debug.SetMemoryLimit(-1); limit != math.MaxInt64 {
		floor = min(floor, uint64(limit)/8)
	}
	before := debug.SetGCPercent(usual)
	defer debug.SetGCPercent(before)
	k := keeper{floor: floor, percent: usual}
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	collected := make(chan struct{}, 1)
	onCollection(ctx, collected)
	for looked := true; ; {
		var next int
		if looked {
			var calmed, free bool
			next, calmed, free = k.look(read())
			if free {
				debug.FreeOSMemory()
			}
			if calmed {
				releaseProgram()
			}
		} else {
			next = k.after(read())
		}
		if next != k.percent {
			k.percent = next
			debug.SetGCPercent(next)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			looked = true
		case <-collected:
			looked = false
		}
	}
}

// sentinel is garbage from the beginning. It has a pointer, so that it shares its
// memory with nothing that lives.
type sentinel struct{ _ *sentinel }

// onCollection says so after each collection until ctx ends.
func onCollection(ctx context.Context, collected chan<- struct{}) {
	runtime.AddCleanup(new(sentinel), func(collected chan<- struct{}) {
		if ctx.Err() != nil {
			return
		}
		select {
		case collected <- struct{}{}:
		default: // one is waiting, and reads what holds by then
		}
		onCollection(ctx, collected)
	}, collected)
}

// keeper is what is remembered between two looks.
type keeper struct {
	floor     uint64
	percent   int
	allocated uint64 // when it looked last
	quiet     int    // looks since anything was done
	busy      bool   // there was a burst whose memory was not given back yet
}

// reading is what the runtime tells, in bytes.
type reading struct {
	live, roots uint64 // of the last collection: the heap, and what else is scanned
	unused      uint64 // of what the system has given: garbage, and what is free
	allocated   uint64 // ever
}

// look says by how many percent the heap may grow, whether a burst is over, and whether
// memory is to be given back then.
// A percentage is changed only where it makes a difference: changing it stops the world
// for a moment.
func (k *keeper) look(r reading) (percent int, calmed, free bool) {
	percent = grow(k.floor, r)
	if near(percent, k.percent) {
		percent = k.percent
	}
	if r.allocated-k.allocated > calm {
		k.quiet, k.busy = 0, true
	} else {
		k.quiet++
	}
	k.allocated = r.allocated
	if k.busy && k.quiet >= patience {
		k.busy = false
		calmed, free = true, r.unused > worth
	}
	return percent, calmed, free
}

// after says it right after a collection. What was right for a heap that was nearly empty
// would let one that has grown meanwhile grow by many times the floor, within less than
// a tick: so it is lowered at once, and raised at the next look.
func (k *keeper) after(r reading) (percent int) {
	percent = grow(k.floor, r)
	if percent > k.percent || near(percent, k.percent) {
		return k.percent
	}
	return percent
}

// grow is the percentage by which a heap reaches the floor. Go adds it to the heap that
// lives, of that and of the roots (A Guide to the Go Garbage Collector, GOGC).
func grow(floor uint64, r reading) int {
	base := r.live + r.roots
	if r.live >= floor || base == 0 {
		return usual
	}
	return int(min(max((floor-r.live)*100/base, usual), most))
}

func near(a, b int) bool {
	return a == b || a > usual && b > usual && max(a, b)-min(a, b) <= min(a, b)/8
}

// The names of what is read, in the order of read.
var names = []string{
	"/gc/heap/live:bytes", "/gc/scan/stack:bytes", "/gc/scan/globals:bytes", "/gc/heap/allocs:bytes",
	"/memory/classes/heap/objects:bytes", "/memory/classes/heap/free:bytes", "/memory/classes/heap/unused:bytes",
}

func read() reading {
	samples := make([]metrics.Sample, len(names))
	for i, name := range names {
		samples[i].Name = name
	}
	metrics.Read(samples)
	value := func(i int) uint64 {
		if samples[i].Value.Kind() != metrics.KindUint64 { // a Go that does not know the name
			return 0
		}
		return samples[i].Value.Uint64()
	}
	r := reading{live: value(0), roots: value(1) + value(2), allocated: value(3)}
	objects := value(4)
	r.unused = value(5) + value(6) + objects - min(objects, r.live)
	return r
}
