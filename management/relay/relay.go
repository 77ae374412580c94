package relay

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/hex"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/internal/tasks"
)

// How many WebSockets there may be, and how long they last without anybody. A person has a
// few tabs; each WebSocket may hold a few of the longest messages. Grace lets a page load
// anew, and is short enough that what a closed tab leaves behind is no lasting client.
// Idle is beyond the ten minutes after which the gateway itself ends a connection, so that
// its rule is the one that is seen.
const (
	mostSessions  = 64
	mostOfCaller  = 16
	Grace         = 10 * time.Second // without a reader
	idle          = 30 * time.Minute // without a message
	handshakeTime = 40 * time.Second // $connect has an authorizer and a backend
)

// Caller is for whom a client is.
type Caller struct {
	Key       string                // access key, "" where calls are not signed; it alone sees what it has opened
	Address   string                // as the gateway is to see it
	UserAgent string                // of requests that name none
	Reaches   func(api string) bool // APIs that it may call, "" for what is of none
}

// Dial connects to a data listener, to the one with TLS where secure is asked for and there
// is one; encrypted says whether TLS is spoken there. The connection may tell, by a method
// Connection, which WebSocket connection it has become.
type Dial func(ctx context.Context, secure bool, from Caller) (c net.Conn, encrypted bool, err error)

// Options are what a Relay needs.
type Options struct {
	Dial    Dial
	Message int             // bytes of a WebSocket's message
	Others  Others          // reach what other nodes hold; nil where there are none
	Reports *tasks.Reporter // is told of panics
}

// Relay has the clients of all callers.
type Relay struct {
	options Options
	tasks   tasks.Group
	leaving context.Context // ends with Part
	leave   context.CancelFunc

	mu       sync.Mutex // Protects fields below.
	sessions map[string]*Session
	streams  map[*carrier]bool // that WebSockets carry
	closed   bool
}

// New makes a relay without clients.
func New(o Options) *Relay {
	r := &Relay{options: o, tasks: tasks.Group{Reports: o.Reports}, sessions: map[string]*Session{}, streams: map[*carrier]bool{}}
	r.leaving, r.leave = context.WithCancel(context.Background())
	return r
}

// Part ends the streams of what other nodes hold, which do not end with what this node
// serves: whoever reads them comes back by another node.
func (r *Relay) Part() { r.leave() }

// Close ends all clients and waits for them.
func (r *Relay) Close() error {
	r.Part()
	r.mu.Lock()
	r.closed = true
	all := make([]*Session, 0, len(r.sessions))
	for _, s := range r.sessions {
		all = append(all, s)
	}
	for c := range r.streams {
		c.cancel()
	}
	r.mu.Unlock()
	for _, s := range all {
		s.cancel()
	}
	r.tasks.Close()
	r.tasks.Wait()
	return nil
}

// find is Find for what this node holds.
func (r *Relay) find(caller, id string) (*Session, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if s := r.sessions[id]; s != nil && s.owner == caller {
		return s, nil
	}
	return nil, errNoClient
}

// reserve makes room for a WebSocket, before its handshake: many that are under way at once
// would pass a bound that is asked after it.
func (r *Relay) reserve(caller string) (*Session, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	own := 0
	for _, s := range r.sessions {
		if s.owner == caller {
			own++
		}
	}
	switch {
	case r.closed:
		return nil, errEnding
	case own >= mostOfCaller, len(r.sessions) >= mostSessions:
		return nil, fault.New(fault.LimitExceeded, "There are too many clients: at most %d for each caller and %d in all. Disconnect one", mostOfCaller, mostSessions)
	}
	s := newSession(r, r.newID(), caller)
	r.sessions[s.ID] = s
	return s, nil
}

func (r *Relay) forget(s *Session) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.sessions, s.ID)
}

const randomBytes = 16

// random cannot be guessed, though callers are compared too: where calls are not signed all
// are the same caller.
func random() string {
	var b [randomBytes]byte
	_, _ = rand.Read(b[:]) // never fails, it ends the program instead
	return hex.EncodeToString(b[:])
}

// line makes the connection of one request, and remembers it.
type line struct {
	*Relay
	target *target
	from   Caller
	conn   net.Conn // nil before it was dialled
}

// transport sends one request over a line. Nothing is reused, followed or unpacked: the
// request is what the caller wrote, and the answer what the gateway said.
func (l *line) transport() *http.Transport {
	return &http.Transport{DialContext: l.dial, DisableKeepAlives: true, DisableCompression: true, MaxResponseHeaderBytes: mostHeader}
}

// dial ignores what it is asked to dial: see the room's promise.
func (l *line) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	c, encrypted, err := l.options.Dial(ctx, l.target.secure, l.from)
	if err != nil {
		return nil, err
	}
	l.conn = c
	if !encrypted {
		return c, nil
	}
	// Both ends are this process, so a certificate proves nothing here; it is chosen by
	// the name as for any client.
	secure := tls.Client(c, &tls.Config{ServerName: l.target.name(), InsecureSkipVerify: true, NextProtos: []string{"http/1.1"}}) //nolint:gosec // see above
	if err := secure.HandshakeContext(ctx); err != nil {
		_ = c.Close()
		return nil, err
	}
	return ending{secure, c}, nil
}

// ending is TLS whose end is that of the connection below: the alert that says so would
// wait for the gateway to read, which may be waiting for us to.
type ending struct {
	*tls.Conn
	below net.Conn
}

func (e ending) Close() error { return e.below.Close() }

// connection is the id of the WebSocket connection that the line has become.
func (l *line) connection() string {
	if named, ok := l.conn.(interface{ Connection() string }); ok {
		return named.Connection()
	}
	return ""
}
