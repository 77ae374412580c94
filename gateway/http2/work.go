package http2

import "sync"

// idleWorkers is how many goroutines wait for requests at most: their stacks have grown to
// what a handler needs, and growing costs more than waiting.
const idleWorkers = 256

// workers run handlers.
type workers struct {
	mu   sync.Mutex // Protects fields below.
	free []chan *stream
	over bool
}

// run has a worker serve a stream: the one that was used last, whose stack is in the caches.
func (s *Server) run(st *stream) {
	w := &s.workers
	w.mu.Lock()
	if n := len(w.free); n > 0 {
		next := w.free[n-1]
		w.free = w.free[:n-1]
		w.mu.Unlock()
		next <- st // it has room for one
		return
	}
	w.mu.Unlock()
	s.tasks.Go("a request", func() { s.work(st) })
}

// work serves a stream, and then others that come. A panic of a handler is caught with its
// stream, so that the worker goes on.
func (s *Server) work(st *stream) {
	// Room for one: whoever hands a stream over holds the lock of its connection and must not wait.
	mine := make(chan *stream, 1)
	for ; st != nil; st = <-mine {
		st.serve()
		st = nil
		if !s.workers.rest(mine) {
			return
		}
	}
}

// rest has a worker wait for the next stream; false when there are enough that wait.
func (w *workers) rest(mine chan *stream) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	// Beyond that a goroutine that ends costs less than its stack.
	if w.over || len(w.free) >= idleWorkers {
		return false
	}
	w.free = append(w.free, mine)
	return true
}

// thin ends a part of the workers that wait: after a burst their stacks are not kept.
func (w *workers) thin() {
	w.mu.Lock()
	defer w.mu.Unlock()
	// An eighth each second: what the load needs is there again before it is missed.
	for n := (len(w.free) + 7) / 8; n > 0; n-- { // the ones that have waited for longest
		w.free[0] <- nil
		w.free = append(w.free[:0], w.free[1:]...)
	}
}

// dismiss ends those that wait, and whoever comes to wait.
func (w *workers) dismiss() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.over = true
	for _, c := range w.free {
		c <- nil
	}
	w.free = nil
}
