package chaos

import (
	"fmt"
	"time"
)

// outbox is how long what was acknowledged may sit in the memory of the node that has the
// client: what was acknowledged within it before that node is killed may be lost.
const outbox = 2 * time.Second

// underWay is how long a frame may be on its way to a client on a busy machine. What arrives so
// long after its client was called gone was taken for it after that.
const underWay = 5 * time.Second

// judge answers every promise that the ledger shows broken, when all clients have been heard
// and the fleet is whole.
func (l *ledger) judge() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	found := append([]string(nil), l.breaches...)
	wrong := func(format string, args ...any) { found = append(found, fmt.Sprintf(format, args...)) }
	for n, p := range l.posts {
		l.judgePost(n, p, wrong)
		l.judgeRefusal(n, p, wrong)
	}
	for id, at := range l.gone {
		if s := l.sockets[id]; s != nil && s.closed.IsZero() {
			wrong("%s was called gone at %s, and is open", id, clock(at))
		}
	}
	for id, at := range l.deleted {
		if s := l.sockets[id]; s != nil && s.closed.IsZero() {
			wrong("%s was deleted at %s, and is open", id, clock(at))
		}
	}
	for _, s := range l.sockets {
		l.judgeSocket(s, wrong)
	}
	l.judgeVersions(wrong)
	return found
}

func clock(at time.Time) string { return at.Format("15:04:05.000") }

// judgePost: what was acknowledged reached its client once, what was not at most once, and
// nobody else received it; who was called gone takes nothing any more.
func (l *ledger) judgePost(n int, p *post, wrong func(string, ...any)) {
	for _, got := range p.got {
		if got.by != p.to {
			wrong("post %d was for %s, and reached %s", n, p.to, got.by)
		}
		if gone := l.gone[p.to]; !gone.IsZero() && got.at.After(gone.Add(underWay)) {
			wrong("post %d, which was sent at %s, reached %s at %s, which had been called gone at %s", n, clock(p.sent), p.to, clock(got.at), clock(gone))
		}
	}
	if len(p.got) > 1 {
		wrong("post %d for %s arrived %d times", n, p.to, len(p.got))
	}
	if gone := l.gone[p.to]; !gone.IsZero() && p.sent.After(gone) {
		if len(p.got) > 0 {
			wrong("post %d reached %s, which had been called gone at %s", n, p.to, clock(gone))
		}
		if p.status == 200 {
			wrong("post %d for %s was acknowledged, and it had been called gone at %s", n, p.to, clock(gone))
		}
	}
	if p.status == 200 && len(p.got) == 0 && !l.excused(p) {
		wrong("post %d for %s was acknowledged at %s, and never arrived; %s", n, p.to, clock(p.heard), l.story(p.to))
	}
}

// excused says that an acknowledged post may be lost: it was in the outbox of a node that was
// killed, or its client was deleted meanwhile.
func (l *ledger) excused(p *post) bool {
	if at := l.deleting[p.to]; !at.IsZero() && p.heard.After(at) {
		return true
	}
	s := l.sockets[p.to]
	if s == nil || s.life.dead().IsZero() {
		return false
	}
	return p.heard.After(s.life.dead().Add(-outbox)) && p.sent.Before(s.life.dead())
}

// story is what became of a connection, for people.
func (l *ledger) story(id string) string {
	s := l.sockets[id]
	switch {
	case s == nil:
		return "no client is known by that name"
	case s.closed.IsZero():
		return fmt.Sprintf("its client is connected to node %d", s.life.node)
	}
	return fmt.Sprintf("its client of node %d was closed with %d at %s", s.life.node, s.code, clock(s.closed))
}

// judgeSocket: a client is closed with a code unless its node was killed, and whoever asks is
// answered or closed.
func (l *ledger) judgeSocket(s *socket, wrong func(string, ...any)) {
	if !s.closed.IsZero() && s.code < 0 && s.life.dead().IsZero() {
		wrong("%s of node %d was closed without a code at %s, and its node was not killed", s.id, s.life.node, clock(s.closed))
	}
	if s.closed.IsZero() && !s.asked.IsZero() {
		wrong("%s of node %d has no answer to what it asked at %s, and is open", s.id, s.life.node, clock(s.asked))
	}
}

// judgeVersions: while the fleet is whole nobody is told what was there before the last
// deployment that was acknowledged.
func (l *ledger) judgeVersions(wrong func(string, ...any)) {
	for _, a := range l.asks {
		if !l.wholeOver(a.sent, a.heard) {
			continue
		}
		for _, d := range l.deployed {
			if d.heard.Before(a.sent) && d.version > a.version {
				wrong("%s was told of version %d at %s; version %d was acknowledged at %s, and the fleet was whole", a.by, a.version, clock(a.heard), d.version, clock(d.heard))
				break
			}
		}
	}
}

func (l *ledger) wholeOver(from, to time.Time) bool {
	for _, s := range l.whole {
		if s.from.Before(from) && (s.to.IsZero() || s.to.After(to)) {
			return true
		}
	}
	return false
}

// attempts notes that a key is counted up, and answers to what.
func (l *ledger) attempts(k int) (value int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.counters[k].attempted++
	return l.counters[k].attempted
}

func (l *ledger) acknowledges(k, value int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.counters[k].acknowledged = value
	l.counts["writes acknowledged"]++
}

// acknowledged is what a read that begins now must see at least.
func (l *ledger) acknowledged(k int) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.counters[k].acknowledged
}

// reads judges what a node answered to a read that began when the key was known as least.
func (l *ledger) reads(node string, k, least, value int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.counts["reads"]++
	if value < least || value > l.counters[k].attempted {
		l.note("%s says %d of key %d, of which %d was acknowledged and %d tried", node, value, k, least, l.counters[k].attempted)
	}
}

func (l *ledger) creates(k int, name string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.counters[k].created = append(l.counters[k].created, name)
}

// created judges what a node has of what was created.
func (l *ledger) created(node string, k int, there map[string]bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, name := range l.counters[k].created {
		if !there[name] {
			l.note("%s has no %s of key %d, which was acknowledged", node, name, k)
		}
	}
}
