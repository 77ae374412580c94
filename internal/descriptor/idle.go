package descriptor

import (
	"net"
	"net/http"
	"sync"
	"time"
)

// idle are connections that wait for a request, by when they began to. Where there
// are too many connections, they are the ones that miss least.
type idle struct {
	mu    sync.Mutex // Protects fields below.
	since map[net.Conn]time.Time
	tried time.Time
}

const (
	patience  = time.Second           // a connection may wait so long whatever happens
	tryEvery  = 20 * time.Millisecond // how often waiting connections are looked for
	mostEnded = 32                    // how many of them are ended at a time
)

// ConnState is told by an http.Server what becomes of its connections: with it the
// listener ends those that wait for a request when others find no room.
func (l *Listener) ConnState(c net.Conn, state http.ConnState) {
	w := &l.idle
	w.mu.Lock()
	defer w.mu.Unlock()
	switch state {
	case http.StateNew, http.StateIdle:
		if w.since == nil {
			w.since = map[net.Conn]time.Time{}
		}
		w.since[c] = time.Now()
	default:
		delete(w.since, c)
	}
}

// makeRoom ends some connections that wait for a request, if it can.
func (w *idle) makeRoom(now time.Time) bool {
	found := w.longest(now)
	for _, c := range found {
		if secure, ok := c.(interface{ NetConn() net.Conn }); ok {
			c = secure.NetConn() // TLS would wait for the client to take its alert
		}
		c.Close()
	}
	return len(found) > 0
}

func (w *idle) longest(now time.Time) (found []net.Conn) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if now.Sub(w.tried) < tryEvery {
		return nil
	}
	w.tried = now
	for c, since := range w.since {
		if now.Sub(since) >= patience {
			delete(w.since, c)
			if found = append(found, c); len(found) == mostEnded {
				break
			}
		}
	}
	return found
}
