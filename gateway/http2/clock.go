package http2

import (
	"net/http"
	"os"
	"time"

	"golang.org/x/net/http2"
)

// date is a Date header's value and the second that it is of.
type date struct {
	second int64
	text   string
}

// today is the value of Date headers now (RFC 9110 section 6.6.1), written once a second.
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
	tick        = time.Second // how often limits are looked at
	crowdedWait = time.Second // how long a connection may rest while there are too many
)

// clock keeps the limits of all connections. A timer for each would be set anew with every
// request.
func (s *Server) clock() {
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	for {
		select {
		case <-s.stop:
			return
		case <-ticker.C:
		}
		now := s.now()
		crowded := s.Crowded != nil && s.Crowded()
		s.each(func(c *conn) { c.expire(now, crowded) })
		s.workers.thin()
	}
}

// expire ends what has taken too long.
func (c *conn) expire(now int64, crowded bool) {
	limits := &c.server.Limits
	c.mu.Lock()
	defer c.mu.Unlock()
	late := func(since int64, limit time.Duration) bool { return since != 0 && now-since > int64(limit) }
	switch {
	case c.err != nil:
		return
	// What waits for the client is gone with it: there is no way to tell it anything.
	case late(c.stuck, limits.Wait):
		c.failed(errStuck)
		return
	case late(c.began, limits.Head), late(c.heading, limits.Head):
		c.failed(errSlow)
		return
	}
	// Those that are reset here leave the map, which Go allows while it is walked.
	for _, st := range c.streams {
		st.expire(now)
	}
	none := len(c.streams) == 0 && c.running == 0
	c.idle = none && (late(c.quiet, limits.Idle) || crowded && late(c.quiet, crowdedWait))
	// The clock writes nothing itself: one client that takes nothing would stop it for all.
	if c.idle || c.server.draining.Load() && (!c.told || none) {
		c.poked = true
		_ = c.net.SetReadDeadline(longAgo)
	}
}

// expire ends an answer that is due, and a wait for more of a request.
func (st *stream) expire(now int64) {
	b := &st.body
	if st.due != 0 && now > st.due {
		st.reset(http2.ErrCodeInternal, os.ErrDeadlineExceeded)
		return
	}
	if b.stream == nil {
		return
	}
	// A handler that has said how long it waits is believed, and the others have the bound of the
	// server, from the moment at which they began to wait.
	own := b.by > 0 && now > b.by
	if own || b.since != 0 && b.by <= 0 && now-b.since > int64(st.conn.server.Limits.Wait) {
		b.expired()
	}
}

// expired has reads of a body fail from now on.
func (b *body) expired() {
	if b.err == nil {
		b.err = errSlowBody
	}
	b.stream.turn.Broadcast()
}

// SetReadDeadline bounds reading the rest of the request's body, to a second.
func (a *answer) SetReadDeadline(t time.Time) error {
	c, b := a.stream.conn, &a.stream.body
	c.mu.Lock()
	defer c.mu.Unlock()
	switch left := time.Until(t); {
	case b.stream == nil:
	case t.IsZero():
		b.by = 0
	case left <= 0:
		b.expired()
	default:
		b.by = c.server.now() + int64(left)
	}
	return nil
}

// SetWriteDeadline bounds sending the answer, to a second. When it has passed the stream is
// reset: a part of an answer must not look like the whole.
func (a *answer) SetWriteDeadline(t time.Time) error {
	st := a.stream
	c := st.conn
	c.mu.Lock()
	defer c.mu.Unlock()
	switch left := time.Until(t); {
	case t.IsZero():
		st.due = 0
	// A time that has passed is how a plane ends an answer at once.
	case left <= 0:
		st.reset(http2.ErrCodeInternal, os.ErrDeadlineExceeded)
		c.flush()
	default:
		st.due = c.server.now() + int64(left)
	}
	return nil
}
