package bounds

import (
	"bytes"
	"log/slog"
	"math"
	"runtime/debug"
	"strings"
	"testing"
)

// However few open files there are, some are left for the management listener and
// for backends.
func TestDivide(t *testing.T) {
	for _, row := range []struct {
		name                string
		limit, open, wanted int
		want                files
	}{
		{"very few", 64, 16, 0, files{clients: 20, backends: 23, both: 28, managing: 8, refusals: 4}},
		{"hardly any", 32, 16, 0, files{clients: 1, backends: 1, both: 2, managing: 8, refusals: 4}},
		{"the common limit", 1024, 20, 0, files{clients: 828, backends: 685, both: 892, managing: 64, refusals: 16}},
		{"many", 20000, 30, 0, files{clients: 19074, backends: 14817, both: 19586, managing: 256, refusals: 64}},
		{"fewer are asked for", 1024, 20, 100, files{clients: 100, backends: 867, both: 892, managing: 64, refusals: 16}},
		{"more are asked for", 1024, 20, 1000, files{clients: 828, backends: 685, both: 892, managing: 64, refusals: 16}},
		{"nothing is known", 0, 0, 0, files{clients: 15488, backends: 12128, both: 16000, managing: 256, refusals: 64}},
	} {
		if got := divide(row.limit, row.open, row.wanted); got != row.want {
			t.Errorf("%s: got %+v, want %+v", row.name, got, row.want)
		}
	}
	for limit := 64; limit < 1<<20; limit += 1 + limit/7 {
		f := divide(limit, 16, 0)
		if f.clients+8 > f.both || f.both+f.managing+f.refusals+16+8 > limit || f.clients < limit/4 {
			t.Errorf("of %d: %+v leaves too little for somebody", limit, f)
		}
	}
}

// What is asked for and cannot be is told.
func TestMoreConnectionsThanFiles(t *testing.T) {
	var log bytes.Buffer
	b := New(Options{Connections: math.MaxInt32, Logger: slog.New(slog.NewTextHandler(&log, nil))})
	if most := b.Clients.Most(); most < 1 || most > 1<<20 || !strings.Contains(log.String(), "--max-connections is lower than asked for") {
		t.Errorf("got %d connections and the log %s", most, log.String())
	}
}

func TestMemoryLimit(t *testing.T) {
	before := debug.SetMemoryLimit(-1)
	t.Cleanup(func() { debug.SetMemoryLimit(before) })
	t.Setenv("GOMEMLIMIT", "")
	whole := memoryLimit()
	if whole < 64<<20 {
		t.Errorf("got %d bytes", whole)
	}
	debug.SetMemoryLimit(100 << 20)
	if got := memoryLimit(); got != whole {
		t.Errorf("got %d, want %d: nobody asked for less", got, whole)
	}
	t.Setenv("GOMEMLIMIT", "100MiB")
	if got := memoryLimit(); got != 100<<20 {
		t.Errorf("got %d, want what the user has set", got)
	}
}

// The budgets of those who may be anybody are parts of that of all.
func TestBoundMemory(t *testing.T) {
	for _, row := range []struct{ most, strangers, managers int64 }{
		{1 << 20, 256 << 10, 512 << 10},
		{1 << 30, 86 << 20, 86 << 20},
	} {
		b := &Bounds{options: Options{Logger: slog.New(slog.DiscardHandler)}}
		b.memory(row.most)
		if b.Bodies.Limit() != row.most || b.Strangers.Limit() != row.strangers || b.Managers.Limit() != row.managers {
			t.Errorf("of %d: got %d and %d", row.most, b.Strangers.Limit(), b.Managers.Limit())
		}
	}
	b := &Bounds{options: Options{Logger: slog.New(slog.DiscardHandler)}}
	if b.memory(0); b.Bodies.Limit() != memoryLimit()/4 {
		t.Errorf("got %d, want a quarter of %d", b.Bodies.Limit(), memoryLimit())
	}
}
