package accesslog

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dragoman-gateway/dragoman/exchange"
)

// counting counts the writes of a log.
type counting struct{ writes, bytes atomic.Int64 }

func (c *counting) Write(p []byte) (int, error) {
	c.writes.Add(1)
	c.bytes.Add(int64(len(p)))
	return len(p), nil
}

// Lines that come one after the other are written together, a few milliseconds later at most;
// a line after a quiet time is written at once, and so is a queue that fills up.
func TestLinesAreWrittenTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &counting{}
		l := open(t, Options{Targets: map[string]string{group: "-"}, Stdout: w, Queue: 1000})
		s := stage(group, "$context.requestId")
		write := func(lines int, each time.Duration) {
			for range lines {
				record(l, &exchange.Exchange{RequestID: "line-0000"}, s)
				time.Sleep(each)
			}
		}
		written := func(when string, writes, lines int64) {
			t.Helper()
			synctest.Wait()
			if w.writes.Load() != writes || w.bytes.Load() != 10*lines {
				t.Errorf("%s: %d bytes in %d writes, want %d lines in %d", when, w.bytes.Load(), w.writes.Load(), lines, writes)
			}
		}
		write(1, 0)
		written("the first line", 1, 1)
		write(50, 100*time.Microsecond)
		written("50 lines within 5 ms", 2, 51)
		time.Sleep(time.Second)
		write(1, 0)
		written("after a quiet time", 3, 52)
		write(50, 0)
		written("a queue that is half full", 3, 52)
		write(1, 0)
		written("and more than half full", 4, 103)
		write(1, 0)
		finish(t, l)
		written("in the end", 5, 104)
		if l.Dropped()["-"] != 0 {
			t.Error("lines were dropped")
		}
	})
}
