package accesslog

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dragoman-gateway/dragoman/exchange"
	"github.com/dragoman-gateway/dragoman/internal/tasks"
)

// cursed is an output whose first writes panic.
type cursed struct {
	mu    sync.Mutex // Protects fields below.
	left  int
	wrote strings.Builder
}

func (c *cursed) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.left > 0 {
		c.left--
		panic("of the output")
	}
	return c.wrote.Write(p)
}

// What a write that panics had in hand is lost and counted; the log goes on.
func TestAPanicOfTheOutputLosesItsLinesAlone(t *testing.T) {
	out, reports := &cursed{left: 2}, tasks.NewReporter(quiet())
	l := open(t, Options{Targets: map[string]string{Any: "-"}, Stdout: out, Reports: reports})
	s := stage(group, `{"id":"$context.requestId"}`)
	lost := func() uint64 { return l.Dropped()["-"] }
	for n := uint64(1); n <= 2; n++ {
		record(l, exchange.Begin(exchange.Message), s)
		for end := time.Now().Add(10 * time.Second); lost() < n; time.Sleep(time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("%d lines are counted as lost, want %d", lost(), n)
			}
		}
	}
	record(l, exchange.Begin(exchange.Message), s)
	finish(t, l)
	if got := strings.Count(out.wrote.String(), "\n"); got != 1 || reports.Panics() != 2 {
		t.Errorf("%d lines were written after %d panics, want 1 after 2", got, reports.Panics())
	}
}
