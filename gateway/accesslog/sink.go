package accesslog

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dragoman-gateway/dragoman/internal/tasks"
)

// sink is one file, or the standard output, with its queue. The queue is a buffer
// that one goroutine takes away whole and writes.
type sink struct {
	path   string // "-" is the standard output
	limit  int    // bytes that may wait
	logger *slog.Logger

	wake    chan struct{} // holds one
	hurry   chan struct{} // holds one: the queue has no time to gather
	tasks   tasks.Group   // ended when everything is written
	dropped atomic.Uint64 // lines
	reopen  atomic.Bool

	mu     sync.Mutex // Protects fields below.
	queue  []byte
	lines  uint64 // in queue
	closed bool

	// Of the writing goroutine alone.
	to     io.Writer
	broken bool // the last write failed, which was reported
}

func openSink(path string, o *Options) (*sink, error) {
	s := &sink{path: path, limit: o.Queue, logger: o.Logger, wake: make(chan struct{}, 1), hurry: make(chan struct{}, 1)}
	s.tasks.Reports = o.Reports
	if s.to = o.Stdout; path != "-" {
		f, err := openFile(path)
		if err != nil {
			return nil, err
		}
		s.to = f
	}
	s.tasks.Go("a log", s.run)
	return s, nil
}

// openFile appends, so that a log that was cut short by others goes on at its new
// end. Lines have addresses of clients and what authorizers said of them, so not
// everybody on the machine may read them.
func openFile(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o640)
}

// put queues a line, or drops it when the queue is full. It never waits for more
// than other lines being copied.
func (s *sink) put(line []byte) {
	s.mu.Lock()
	// A request must not wait for a disk: losing a line is the lesser evil.
	if s.closed || len(s.queue)+len(line) > s.limit {
		s.mu.Unlock()
		s.dropped.Add(1)
		return
	}
	before := len(s.queue)
	s.queue = append(s.queue, line...)
	after := len(s.queue)
	s.lines++
	s.mu.Unlock()
	if before == 0 {
		nudge(s.wake)
	}
	if half := s.limit / 2; before <= half && after > half {
		nudge(s.hurry)
	}
}

// nudge puts something into a channel that holds one.
func nudge(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default: // it is there already
	}
}

// rotate opens the file anew before the next line is written.
func (s *sink) rotate() {
	s.reopen.Store(true)
	nudge(s.wake)
}

// gathering is how long lines wait for others at most. Each batch costs a call of the system
// and the waking of a goroutine, which for a line alone are more than the line.
const gathering = 5 * time.Millisecond

// gather waits until a while after the last write; after a quiet time not at all. A queue that
// fills up and a sink that closes are not waited for.
func (s *sink) gather(last time.Time) {
	left := gathering - time.Since(last)
	if left <= 0 {
		return
	}
	timer := time.NewTimer(left)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-s.hurry:
	}
}

// run writes what is queued until the sink is closed.
func (s *sink) run() {
	var batch []byte
	var last time.Time
	for {
		<-s.wake
		for {
			s.gather(last)
			if s.reopen.Swap(false) {
				s.open()
			}
			var lines uint64
			var closed bool
			// The buffer that was just written becomes the queue: two of them are all that a log takes.
			batch, lines, closed = s.take(batch[:0])
			if len(batch) == 0 {
				if closed {
					s.end()
					return
				}
				break
			}
			if s.tasks.Reports.Do("writing a log", func() { s.write(batch, lines) }) != nil {
				s.dropped.Add(lines)
			}
			last = time.Now()
		}
	}
}

// take gives the queue away in exchange for an empty buffer.
func (s *sink) take(empty []byte) (batch []byte, lines uint64, closed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	batch, lines = s.queue, s.lines
	s.queue, s.lines = empty, 0
	return batch, lines, s.closed
}

// write gives a batch to the file. Lines that a full disk does not take are lost
// and counted as dropped.
func (s *sink) write(batch []byte, lines uint64) {
	if _, err := s.to.Write(batch); err != nil {
		s.dropped.Add(lines)
		// Once for each outage: otherwise every batch would have its line in the log
		// of the operator.
		if !s.broken {
			s.logger.Error("log lines are lost", "file", s.path, "error", err)
		}
		s.broken = true
		return
	}
	s.broken = false
}

// open takes a fresh file in the place of the one that was moved away. If there
// can be none, lines go on into the old one.
func (s *sink) open() {
	if s.path == "-" {
		return
	}
	f, err := openFile(s.path)
	if err != nil {
		s.logger.Error("a log was not reopened", "file", s.path, "error", err)
		return
	}
	s.end()
	s.to = f
}

func (s *sink) end() {
	if f, ok := s.to.(*os.File); ok && s.path != "-" {
		if err := f.Close(); err != nil {
			s.logger.Error("a log was not closed", "file", s.path, "error", err)
		}
	}
}

// close writes what is queued, or gives up when ctx ends.
func (s *sink) close(ctx context.Context) error {
	s.mu.Lock()
	// Marked first: what comes now counts as dropped, so that the end can be reached.
	s.closed = true
	s.mu.Unlock()
	nudge(s.hurry)
	nudge(s.wake)
	if s.tasks.WaitContext(ctx) != nil {
		return fmt.Errorf("the log %s was not written to its end", s.path)
	}
	return nil
}
