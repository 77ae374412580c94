package chaos

import "time"

// failure is when a fault was there; its end is zero while it lasts.
type failure struct {
	fault
	from, to time.Time
}

// fails notes that a fault comes, and mends that it has gone.
func (l *ledger) fails(x fault) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.failed = append(l.failed, failure{fault: x, from: time.Now()})
}

func (l *ledger) mends(x fault) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range l.failed {
		if f := &l.failed[i]; f.fault == x && f.to.IsZero() {
			f.to = time.Now()
		}
	}
}

const (
	// comesBack is how long after its last fault a node or a broker may be until all hear each
	// other again: it finds out that a link hangs, joins anew, and judges nobody for 5 s.
	comesBack = 12 * time.Second
	// forgets is how long after a fault of its node a client may be called gone: a lease is over
	// after 15 s, and a node that was lost tells its clients when it is back.
	forgets = 30 * time.Second
	// fences is how long a node is without the database, at least, until it sends its clients away.
	fences = 8 * time.Second
)

// deaf says that a node did not hear others, or others did not hear it, at some moment between two
// or shortly before.
func (l *ledger) deaf(node int, from, to time.Time, before time.Duration) bool {
	for _, f := range l.failed {
		if f.from.After(to) || !f.to.IsZero() && f.to.Before(from.Add(-before)) {
			continue
		}
		switch f.kind {
		case broker:
			return true
		case kill, stop, apart:
			if f.node == node {
				return true
			}
		case cut, hang, slow:
			// Without the database alone a node is deaf to nobody, until it is fenced.
			if f.node == node && (f.engine == "bus" || f.lasts >= fences && f.kind != slow) {
				return true
			}
		}
	}
	return false
}

// whyGone says why a client may be called gone; "" for no reason.
func (l *ledger) whyGone(p *post) string {
	s := l.sockets[p.to]
	switch at, gone := l.deleting[p.to], l.gone[p.to]; {
	case s == nil:
		return "" // nobody is posted to before he is known
	case !gone.IsZero() && gone.Before(p.heard):
		return "it was called gone before"
	case !at.IsZero() && at.Before(p.heard):
		return "it is deleted"
	case !s.closed.IsZero() && s.closed.Before(p.heard):
		return "it has left"
	case !s.life.dead().IsZero() && s.life.dead().Before(p.heard):
		return "its node was killed"
	case l.deaf(s.life.node, p.sent, p.heard, forgets):
		return "its node was away"
	}
	return ""
}

// mayNotKnow says that nobody can know what becomes of a post: one of the two nodes does not hear
// the other, or the client's is no more, and the asker cannot look at its lease.
func (l *ledger) mayNotKnow(p *post) bool {
	s := l.sockets[p.to]
	if s == nil {
		return false
	}
	if l.deaf(s.life.node, p.sent, p.heard, comesBack) || l.deaf(p.by, p.sent, p.heard, comesBack) {
		return true
	}
	died := s.life.dead()
	return !died.IsZero() && died.Before(p.heard) && l.blind(p.by, p.sent, p.heard)
}

// blind says that a node did not reach the database at some moment between two or shortly before.
func (l *ledger) blind(node int, from, to time.Time) bool {
	for _, f := range l.failed {
		if f.from.After(to) || !f.to.IsZero() && f.to.Before(from.Add(-comesBack)) {
			continue
		}
		if f.kind == restart || f.node == node && (f.kind == apart || f.engine == "store") {
			return true
		}
	}
	return false
}

// judgeRefusal: a post is refused for a reason. Who is called gone has gone, or his node could not
// be heard, or was fenced or lost; nobody knows only of one whose node did not hear the asker.
func (l *ledger) judgeRefusal(n int, p *post, wrong func(string, ...any)) {
	switch p.status {
	case 410:
		why := l.whyGone(p)
		if why == "" {
			wrong("post %d, asked of node %d at %s, was answered 410 at %s, and nothing had happened to its client: %s", n, p.by, clock(p.sent), clock(p.heard), l.story(p.to))
		}
		l.counts["posts answered 410: "+why]++
	case 500:
		if !l.mayNotKnow(p) {
			wrong("post %d, asked of node %d at %s, was answered 500 at %s, and it could be known what became of it: %s", n, p.by, clock(p.sent), clock(p.heard), l.story(p.to))
		}
	}
}
