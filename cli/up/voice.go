package up

import (
	"context"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dragoman-gateway/dragoman/function/local"
	"github.com/dragoman-gateway/dragoman/gateway/notice"
	"github.com/dragoman-gateway/dragoman/internal/tasks"
	"github.com/dragoman-gateway/dragoman/template/source"
)

// voice tells people, or programs, what happens. Its methods are safe for concurrent
// use; those for requests, logs and functions return at once.
type voice interface {
	ready(*scene)
	checked(*scene)
	changed(*scene, *change)
	faults([]source.Fault)
	request(*requestEvent)
	function(name string, l local.Line)
	inspect(local.Inspection)
	log(slog.Record)
	close()
}

// writer writes lines one after the other. Whoever is told of requests must not wait
// for a terminal that stands still.
type writer struct {
	to      io.Writer
	lines   chan []byte
	lost    atomic.Int64
	losing  func(n int64) []byte // words it
	writing tasks.Group
	once    sync.Once
	done    chan struct{}
}

// queued is how many lines wait for a slow reader before they are lost.
const queued = 4096

// closing is how long the end waits for a slow reader.
const closing = time.Second

func newWriter(to io.Writer, losing func(n int64) []byte) *writer {
	w := &writer{to: to, lines: make(chan []byte, queued), losing: losing, done: make(chan struct{})}
	w.writing.Go("printing", w.write)
	return w
}

func (w *writer) write() {
	for {
		select {
		case line := <-w.lines:
			w.put(line)
		case <-w.done:
			for {
				select {
				case line := <-w.lines:
					w.put(line)
				default:
					return
				}
			}
		}
	}
}

func (w *writer) put(line []byte) {
	if n := w.lost.Swap(0); n > 0 {
		_, _ = w.to.Write(w.losing(n))
	}
	_, _ = w.to.Write(line) // nobody is left to be told
}

// say writes a line when there is room for it.
func (w *writer) say(line []byte) {
	select {
	case w.lines <- line:
	default:
		w.lost.Add(1)
	}
}

// must writes what no reader may miss, and waits for room.
func (w *writer) must(line []byte) {
	select {
	case w.lines <- line:
	case <-w.done:
	}
}

func (w *writer) close() {
	w.once.Do(func() { close(w.done) })
	ctx, cancel := context.WithTimeout(context.Background(), closing)
	defer cancel()
	_ = w.writing.WaitContext(ctx)
}

// handler is the gateway's own log as a session tells it: what troubles it. Lines of
// every write and the like are for those who serve others.
type handler struct {
	voice voice
	with  []slog.Attr
}

func (h *handler) Enabled(_ context.Context, level slog.Level) bool { return level >= slog.LevelWarn }

func (h *handler) Handle(_ context.Context, r slog.Record) error {
	// A request for nothing that is there, or that failed, has its own line.
	if r.Message == string(notice.UnknownPath) || r.Message == "execution failed" {
		return nil
	}
	if len(h.with) > 0 {
		r = r.Clone()
		r.AddAttrs(h.with...)
	}
	h.voice.log(r)
	return nil
}

func (h *handler) WithAttrs(with []slog.Attr) slog.Handler {
	return &handler{h.voice, append(h.with[:len(h.with):len(h.with)], with...)}
}

// WithGroup keeps the names as they are: no line is that long.
func (h *handler) WithGroup(string) slog.Handler { return h }
