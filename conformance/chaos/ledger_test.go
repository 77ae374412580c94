package chaos

import (
	"fmt"
	"sync"
	"time"
)

// life is one process of a node, from its start to its kill.
type life struct {
	node   int
	began  time.Time
	mu     sync.Mutex // Protects killed.
	killed time.Time  // zero: it lives
}

// dead is when it was killed; zero: it lives.
func (l *life) dead() time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.killed
}

func (l *life) dies() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.killed = time.Now()
}

// socket is a WebSocket connection as its client knows it.
type socket struct {
	id     string
	life   *life
	opened time.Time
	closed time.Time // zero: it is open
	code   int       // that it was closed with; -1: without one
	asked  time.Time // what was not answered yet; zero: nothing
}

// post is a message to a connection, as whoever posted it knows it.
type post struct {
	to          string
	by          int       // the node that was asked
	sent, heard time.Time // of the request and of its answer
	status      int       // 0: there was no answer
	got         []receipt
}

// receipt is that a connection received a post.
type receipt struct {
	by string
	at time.Time
}

// told is what a client heard of the configuration.
type told struct {
	by          string // a connection
	sent, heard time.Time
	version     int
}

// counter is something of the configuration that one writer counts up.
type counter struct {
	acknowledged, attempted int
	created                 []string // names that were acknowledged
}

// ledger has everything that was asked, answered and received in a run.
type ledger struct {
	mu         sync.Mutex // Protects fields below.
	sockets    map[string]*socket
	open       []string // ids, in no order, for who looks for somebody
	closed     []string // ids, in their order
	calledGone []string // ids, in their order
	posts      []*post
	deleting   map[string]time.Time // when the first call to close it was sent
	deleted    map[string]time.Time // when one was acknowledged
	gone       map[string]time.Time // when it was first said
	asks       []told
	deployed   []told // acknowledged versions
	counters   []counter
	whole      []span // when the fleet was
	failed     []failure
	breaches   []string
	counts     map[string]int
}

// span is a time; its end is zero while it lasts.
type span struct{ from, to time.Time }

func newLedger(keys int) *ledger {
	return &ledger{sockets: map[string]*socket{}, deleting: map[string]time.Time{}, deleted: map[string]time.Time{}, gone: map[string]time.Time{}, counters: make([]counter, keys), counts: map[string]int{}}
}

// breach notes a promise that is broken and can be seen at once.
func (l *ledger) breach(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.note(format, args...)
}

func (l *ledger) note(format string, args ...any) {
	l.breaches = append(l.breaches, time.Now().Format("15:04:05.000 ")+fmt.Sprintf(format, args...))
}

func (l *ledger) count(what string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.counts[what]++
}

func (l *ledger) opens(s *socket) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.sockets[s.id] != nil {
		l.note("two clients are connected as %s", s.id)
	}
	l.sockets[s.id] = s
	l.open = append(l.open, s.id)
	l.counts["sockets"]++
}

func (l *ledger) closes(s *socket, code int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	s.closed, s.code = time.Now(), code
	l.closed = append(l.closed, s.id)
	l.counts[fmt.Sprint("sockets closed with ", code)]++
	for i, id := range l.open {
		if id == s.id {
			l.open[i] = l.open[len(l.open)-1]
			l.open = l.open[:len(l.open)-1]
			break
		}
	}
}

// anybody is a connection that is open, mostly, and sometimes one that was closed or called gone
// a while ago: what is over must stay so, whichever node is asked.
func (l *ledger) anybody(n int) (id string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	from := l.open
	switch n % 10 {
	case 0:
		from = l.calledGone[max(0, len(l.calledGone)-200):]
	case 1:
		from = l.closed[max(0, len(l.closed)-200):]
	}
	if len(from) == 0 {
		return ""
	}
	return from[n/10%len(from)]
}

// isGone notes that somebody was called gone.
func (l *ledger) isGone(id string) {
	if l.gone[id].IsZero() {
		l.gone[id] = time.Now()
		l.calledGone = append(l.calledGone, id)
	}
}

// posting notes a post before it is sent, and answers its number.
func (l *ledger) posting(to string, by int) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.posts = append(l.posts, &post{to: to, by: by, sent: time.Now()})
	return len(l.posts) - 1
}

// posted notes what a post was answered.
func (l *ledger) posted(n, status int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	p := l.posts[n]
	p.heard, p.status = time.Now(), status
	l.counts[fmt.Sprint("posts answered ", status)]++
	if status == 410 {
		l.isGone(p.to)
	}
}

// received notes a post that a client was sent.
func (l *ledger) received(n int, by string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if n < 0 || n >= len(l.posts) {
		l.note("%s received the post %d, which nobody sent", by, n)
		return
	}
	l.posts[n].got = append(l.posts[n].got, receipt{by, time.Now()})
}

// deletes notes that a connection is asked to be closed, before that is sent.
func (l *ledger) deletes(id string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.deleting[id].IsZero() {
		l.deleting[id] = time.Now()
	}
}

// deletedIs notes what that was answered.
func (l *ledger) deletedIs(id string, status int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.counts[fmt.Sprint("deletes answered ", status)]++
	switch {
	case status == 204:
		l.deleted[id] = time.Now()
	case status == 410:
		l.isGone(id)
	}
}

// is notes whether the fleet is whole from now on.
func (l *ledger) is(whole bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := len(l.whole)
	switch open := n > 0 && l.whole[n-1].to.IsZero(); {
	case whole && !open:
		l.whole = append(l.whole, span{from: time.Now()})
	case !whole && open:
		l.whole[n-1].to = time.Now()
	}
}
