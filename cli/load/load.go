package load

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dragoman-gateway/dragoman/internal/tasks"
)

// Options say what is asked, and how much.
type Options struct {
	URL         string // http:, https:, ws: or wss:
	Connections int
	Rate        float64 // requests or messages a second over all connections; 0: as many as are answered
	Duration    time.Duration
	WarmUp      time.Duration // before it, which does not count
	Timeout     time.Duration // of one request, and of a handshake
	Method      string        // of HTTP
	Body        []byte        // of a request, or the message
	Header      map[string]string
	Insecure    bool // believe any certificate
}

// Bounds of what may be asked.
const (
	mostConnections = 100_000
	mostRate        = 10_000_000
	mostErrors      = 20 // kinds of errors that are told apart
)

// Validate says what is wrong with options.
func (o *Options) Validate() error {
	scheme, rest, ok := strings.Cut(o.URL, "://")
	switch {
	case !ok || rest == "" || scheme != "http" && scheme != "https" && scheme != "ws" && scheme != "wss":
		return fmt.Errorf("%q: want a URL with http, https, ws or wss", o.URL)
	case o.Connections < 1 || o.Connections > mostConnections:
		return fmt.Errorf("--connections %d: want 1 to %d", o.Connections, mostConnections)
	case o.Rate < 0 || o.Rate > mostRate:
		return fmt.Errorf("--rate %v: want 0 to %d", o.Rate, mostRate)
	case o.Duration <= 0 || o.WarmUp < 0 || o.Timeout <= 0 || o.Timeout > time.Minute:
		return errors.New("want a duration, a warm-up that is not negative, and a timeout of at most a minute")
	}
	return nil
}

// client asks once, and waits for the answer. An error ends nothing but this request.
type client interface {
	ask(ctx context.Context) error
	close()
}

// Run asks until the duration is over or ctx ends.
func Run(ctx context.Context, o *Options) (*Report, error) {
	r := &run{Options: o}
	workers := make([]*worker, o.Connections)
	opening := time.Now()
	if err := r.open(ctx, workers); err != nil {
		return nil, err
	}
	opened := time.Since(opening)
	r.start = time.Now()
	r.counted, r.end = r.start.Add(o.WarmUp), r.start.Add(o.WarmUp+o.Duration)
	var group tasks.Group
	for _, w := range workers {
		group.Go("asking", func() { r.work(ctx, w) })
	}
	group.Wait()
	took := max(0, time.Since(r.counted))
	for _, w := range workers {
		w.client.close()
	}
	return r.report(workers, opened, min(took, o.Duration+o.Timeout)), ctx.Err()
}

// run is one in progress.
type run struct {
	*Options
	start, counted, end time.Time
	next                atomic.Int64 // which request is due
}

// worker is a connection with what it has measured.
type worker struct {
	client client
	histogram
	errors map[string]uint64
	others uint64 // errors of kinds beyond those that are told apart
}

// opens is how many handshakes are under way at a time.
const opens = 64

// open connects all before anything counts.
func (r *run) open(ctx context.Context, workers []*worker) error {
	shared := r.shared()
	turns := make(chan struct{}, opens)
	var group tasks.Group
	var once sync.Once
	var failed error
	for i := range workers {
		turns <- struct{}{}
		group.Go("connecting", func() {
			defer func() { <-turns }()
			c, err := r.client(ctx, shared)
			if err != nil {
				once.Do(func() { failed = err })
				return
			}
			workers[i] = &worker{client: c, errors: map[string]uint64{}}
		})
	}
	group.Wait()
	if failed == nil {
		return nil
	}
	for _, w := range workers {
		if w != nil {
			w.client.close()
		}
	}
	return failed
}

// work asks, each time when it is due.
func (r *run) work(ctx context.Context, w *worker) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	<-timer.C
	for {
		due := time.Now()
		if r.Rate > 0 {
			due = r.start.Add(time.Duration(float64(r.next.Add(1)-1) / r.Rate * float64(time.Second)))
		}
		if !due.Before(r.end) {
			return
		}
		if wait := time.Until(due); wait > 0 {
			timer.Reset(wait)
			select {
			case <-timer.C:
			case <-ctx.Done():
				return
			}
		}
		// A server that answers too slowly is asked late; what is due after the end by
		// then is not asked at all.
		if now := time.Now(); ctx.Err() != nil || now.After(r.end.Add(r.Timeout)) {
			return
		}
		asking, cancel := context.WithTimeout(ctx, r.Timeout)
		err := w.client.ask(asking)
		cancel()
		if due.Before(r.counted) || ctx.Err() != nil {
			continue
		}
		if err != nil {
			w.failed(err)
			continue
		}
		w.add(time.Since(due))
	}
}

func (w *worker) failed(err error) {
	text := plain(err)
	if _, known := w.errors[text]; !known && len(w.errors) >= mostErrors {
		w.others++
		return
	}
	w.errors[text]++
}
