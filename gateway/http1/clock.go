package http1

import (
	"net/http"
	"sync"
	"time"
)

// date is a Date header's value and the second that it is of.
type date struct {
	second int64
	text   string
}

// today is the value of Date headers now (RFC 9110 section 6.6.1). It is written
// once a second, not for each answer.
func (s *Server) today() string {
	now := time.Now()
	if d := s.date.Load(); d != nil && d.second == now.Unix() {
		return d.text
	}
	d := &date{now.Unix(), now.UTC().Format(http.TimeFormat)}
	s.date.Store(d)
	return d.text
}

const (
	tick = time.Second            // how often limits are looked at
	look = 100 * time.Millisecond // how often, at most, clients are looked for
)

// clock keeps the limits of all connections, and looks for clients while somebody
// wants to know whether they are there. A timer for each connection would be set
// anew with every request.
func (s *Server) clock() {
	slow := time.NewTicker(tick)
	defer slow.Stop()
	quick := time.NewTicker(look)
	defer quick.Stop()
	quick.Stop()
	for unused := 0; ; {
		select {
		case <-s.stop:
			return
		case <-slow.C:
			s.expire()
		case <-s.watch.wake:
			unused = 0
			quick.Reset(look)
		case <-quick.C:
			if unused++; s.watch.look(s.now()) {
				unused = 0
			}
			if unused > 50 && s.watch.sleep() {
				quick.Stop()
			}
		}
	}
}

// expire wakes connections that have waited for too long; what becomes of them
// they decide themselves: the clock sees what was there a moment ago.
func (s *Server) expire() {
	now := int64(s.now())
	crowded := s.Crowded != nil && s.Crowded()
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		if crowded {
			c.makeRoom(now)
		}
		if until := c.readUntil.Load(); until != 0 && until < now {
			c.wakeReader(now)
		}
		if until := c.writeUntil.Load(); until != 0 && until < now {
			c.wakeWriter(now)
		}
	}
}

// watch looks whether clients are still there while somebody waits for the end of
// their requests' contexts. Nothing else tells: a connection whose handler runs
// is not read.
type watch struct {
	wake chan struct{} // of size 1

	mu    sync.Mutex // Protects fields below, and those of exchanges that are for it.
	first *roundtrip
	awake bool
}

// add begins to look for the client of x. The list is of the exchanges themselves, so that
// neither adding nor removing allocates.
func (w *watch) add(x *roundtrip) {
	w.mu.Lock()
	defer w.mu.Unlock()
	x.watched, x.lookAt, x.lookAfter = true, 0, look
	x.next = w.first
	if w.first != nil {
		w.first.previous = x
	}
	w.first = x
	if !w.awake {
		w.awake = true
		w.wake <- struct{}{}
	}
}

// remove ends that.
func (w *watch) remove(x *roundtrip) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !x.watched {
		return
	}
	x.watched = false
	if x.previous != nil {
		x.previous.next = x.next
	} else {
		w.first = x.next
	}
	if x.next != nil {
		x.next.previous = x.previous
	}
	x.next, x.previous = nil, nil
}

// sleep says whether there is nobody to look for, so that the next add wakes.
func (w *watch) sleep() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.awake = w.first != nil
	return !w.awake
}

// look looks for the clients whose turn it is: soon after their requests began to
// be watched, and at least once a second later on. It says whether there were any.
func (w *watch) look(now time.Duration) bool {
	gone, some := w.due(now)
	for _, x := range gone {
		x.context.cancel()
		w.remove(x)
	}
	return some
}

// due are those whose turn it was and whose clients are gone; some says whether
// anybody is watched.
func (w *watch) due(now time.Duration) (gone []*roundtrip, some bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	some = w.first != nil
	for x := w.first; x != nil; x = x.next {
		switch {
		case x.lookAt == 0: // new: most requests are over before the next tick
			x.lookAt = now + x.lookAfter/2
		case now >= x.lookAt:
			x.lookAfter = min(x.lookAfter*5/4, time.Second)
			x.lookAt = now + x.lookAfter
			if x.conn.gone() {
				gone = append(gone, x)
			}
		}
	}
	return gone, some
}
