package relay

import (
	"context"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/coder/websocket"

	"github.com/dragoman-gateway/dragoman/fault"
)

// goingAway closes what nobody needs any more (RFC 6455, 7.4.1).
const goingAway = 1001

// waiting is how many events wait for their reader, before the WebSocket is read no
// further.
const waiting = 8

// Event is something that happened to a WebSocket.
type Event struct {
	Name string    `json:"event"` // open, message, pong or close
	Time time.Time `json:"time"`

	Data   *string  `json:"data,omitempty"` // of a message
	Base64 bool     `json:"base64,omitempty"`
	Bytes  int      `json:"bytes,omitempty"`
	Took   *float64 `json:"took,omitempty"` // milliseconds, of a pong
	Code   int      `json:"code,omitempty"` // of a close; 1006 where there was no close frame
	Reason string   `json:"reason,omitempty"`
	By     string   `json:"by,omitempty"` // gateway or client
	*Opened
}

// Opened is what came of a handshake. One that was refused has an answer and no id.
type Opened struct {
	ID          string              `json:"id,omitempty"`
	Connection  string              `json:"connection,omitempty"` // its id in the gateway, also of one that was refused
	Subprotocol string              `json:"subprotocol,omitempty"`
	Status      int                 `json:"status"`
	Header      map[string][]string `json:"headers"`
	Handshake   float64             `json:"handshake"`         // milliseconds that it took
	Refusal     *Body               `json:"refusal,omitempty"` // the body of a refusal
}

// Handshake is what a WebSocket is opened with.
type Handshake struct {
	Address      string
	Header       map[string][]string
	Subprotocols []string
}

// Session is one WebSocket that a caller has opened. One goroutine reads it, and hands on what
// happens by events; ends have an order: the WebSocket, its events, their reader.
type Session struct {
	ID     string
	owner  string
	relay  *Relay
	conn   *websocket.Conn // nil while it is opened
	ctx    context.Context // of reading and writing
	cancel context.CancelFunc
	events chan Event // closed when nothing more happens
	last   Event      // how it ended; there once events is closed

	pinged atomic.Pointer[time.Time] // a ping that is not answered yet

	mu     sync.Mutex    // Protects fields below.
	parted *Event        // that the caller has closed it, and how
	over   bool          // events is closed
	reader chan struct{} // of whoever reads the events: closed when another does; nil: nobody does
	far    *far          // the reader at another node that began last; nil: there was none
	lonely *time.Timer
	idle   *time.Timer

	turn chan struct{} // Held by whoever reads for another node, protects fields below.
	kept []carried     // what a far reader was told last, and perhaps not seen
	told bool          // how it ended is among that, or was
}

// newSession has a context of its own: the WebSocket outlives the call that opens it.
func newSession(r *Relay, id, owner string) *Session {
	s := &Session{ID: id, owner: owner, relay: r, events: make(chan Event, waiting), turn: make(chan struct{}, 1)}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	return s
}

// Open opens a WebSocket for a caller. A handshake that the gateway refuses is an answer,
// not an error.
func (r *Relay) Open(ctx context.Context, from Caller, h *Handshake) (*Opened, error) {
	t, err := parse(h.Address, h.Header)
	if err != nil {
		return nil, err
	}
	s, err := r.reserve(from.Key)
	if err != nil {
		return nil, err
	}
	opened, err := s.open(ctx, from, t, h.Subprotocols)
	if err != nil || opened.ID == "" {
		s.cancel()
		r.forget(s)
	}
	return opened, err
}

func (s *Session) open(ctx context.Context, from Caller, t *target, subprotocols []string) (*Opened, error) {
	ctx, cancel := context.WithTimeout(ctx, handshakeTime)
	defer cancel()
	l := &line{Relay: s.relay, target: t, from: from}
	if t.header["User-Agent"] == nil {
		t.header.Set("User-Agent", from.UserAgent)
	}
	began := time.Now()
	//nolint:bodyclose // the library has read it
	conn, response, err := websocket.Dial(ctx, t.url("ws"), &websocket.DialOptions{
		HTTPClient: &http.Client{Transport: l.transport(), CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
		HTTPHeader: t.header, Host: t.host, Subprotocols: subprotocols, OnPongReceived: s.pong,
	})
	if response == nil {
		return nil, failure(ctx, err)
	}
	opened := &Opened{Connection: l.connection(), Status: response.StatusCode, Header: response.Header, Handshake: took(began)}
	if err != nil {
		return opened.refused(response, err)
	}
	// The gateway sends no longer ones; the library alone would stop at 32 KiB.
	conn.SetReadLimit(int64(s.relay.options.Message))
	opened.ID, opened.Subprotocol = s.ID, conn.Subprotocol()
	s.conn = conn
	return opened, s.begin(opened)
}

// refused tells of a handshake that made no WebSocket. A gateway that says 101 has still
// not made one where the answer is none that browsers take.
func (o *Opened) refused(response *http.Response, err error) (*Opened, error) {
	if response.StatusCode == http.StatusSwitchingProtocols {
		return nil, &fault.Error{Kind: fault.BadRequest, Message: "Clients do not take this handshake: " + err.Error(), Err: err}
	}
	body, _ := io.ReadAll(io.LimitReader(response.Body, mostKept)) // the beginning, which is kept
	shown := bodyOf(body, len(body))
	o.Refusal = &shown
	return o, nil
}

// begin reads the WebSocket from now on, for as long as somebody reads its events.
func (s *Session) begin(opened *Opened) error {
	s.events <- Event{Name: "open", Time: now(), Opened: opened}
	s.mu.Lock()
	s.lonely = time.AfterFunc(Grace, s.relay.options.Reports.Guard("a client without a reader", s.abandoned))
	s.idle = time.AfterFunc(idle, s.relay.options.Reports.Guard("a client without messages", func() { s.quit(goingAway, "idle") }))
	s.mu.Unlock()
	if !s.relay.tasks.Go("a client's WebSocket", s.receive) {
		_ = s.conn.CloseNow()
		return errEnding
	}
	return nil
}

func now() time.Time { return time.Now().UTC().Truncate(time.Millisecond) }

// receive is the reading side: it ends with the WebSocket, and the session with it.
func (s *Session) receive() {
	defer s.end()
	for {
		kind, data, err := s.conn.Read(s.ctx)
		if err != nil {
			s.last = s.ending(err)
			return
		}
		s.touch()
		e := Event{Name: "message", Time: now(), Bytes: len(data)}
		text := string(data)
		if kind == websocket.MessageBinary || !utf8.Valid(data) {
			text, e.Base64 = base64.StdEncoding.EncodeToString(data), true
		}
		e.Data = &text
		if !s.push(e) {
			return
		}
	}
}

// push hands an event to the reader, and waits for it while there is no room.
func (s *Session) push(e Event) bool {
	select {
	case s.events <- e:
		return true
	default:
	}
	select {
	case s.events <- e:
		return true
	case <-s.ctx.Done():
		return false
	}
}

// ending tells how a WebSocket has ended.
func (s *Session) ending(err error) Event {
	s.mu.Lock()
	parted := s.parted
	s.mu.Unlock()
	if parted != nil {
		return *parted
	}
	e := Event{Name: "close", Time: now(), Code: 1006, By: "gateway"}
	if close, ok := errors.AsType[websocket.CloseError](err); ok {
		e.Code, e.Reason = int(close.Code), close.Reason
	} else if s.ctx.Err() == nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		e.Reason = err.Error()
	}
	return e
}

// end closes the events. Whoever reads them has Grace to read the last ones.
func (s *Session) end() {
	_ = s.conn.CloseNow()
	close(s.events)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.over = true
	s.idle.Stop()
	if s.reader == nil {
		s.lonely.Reset(Grace)
	}
}

// abandoned ends what nobody reads.
func (s *Session) abandoned() {
	s.mu.Lock()
	if s.far != nil && s.reader == s.far.replaced { // its node asks no longer: it has left just now
		s.lonely.Reset(Grace)
		s.reader = nil
		s.mu.Unlock()
		return
	}
	read, over := s.reader != nil, s.over
	s.mu.Unlock()
	switch {
	case read:
	case over:
		s.relay.forget(s)
	default:
		s.quit(goingAway, "nobody reads")
	}
}

// touch notes a message. Pings are none, here as in the gateway: a page that is left open
// may send them for ever.
func (s *Session) touch() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.idle.Reset(idle)
}

// Write sends a message. It waits for the gateway to take it, which reads no further while
// messages of this client are under way: the caller feels that as any client does.
func (s *Session) Write(ctx context.Context, data []byte, binary bool) error {
	kind := websocket.MessageText
	if binary {
		kind = websocket.MessageBinary
	}
	s.touch()
	return gone(s.conn.Write(ctx, kind, data))
}

// Ping sends a ping, whose pong is an event. There is one at a time.
func (s *Session) Ping(context.Context) error {
	began := time.Now()
	if !s.pinged.CompareAndSwap(nil, &began) {
		return errPinged
	}
	started := s.relay.tasks.Go("a ping", func() {
		ctx, cancel := context.WithTimeout(s.ctx, handshakeTime)
		defer cancel()
		_ = s.conn.Ping(ctx) // how it went is told by an event, of the pong or of the end
		s.pinged.Store(nil)
	})
	if !started {
		return errEnding
	}
	return nil
}

// pong is called by the reading side.
func (s *Session) pong(context.Context, []byte) {
	if began := s.pinged.Load(); began != nil {
		t := took(*began)
		s.push(Event{Name: "pong", Time: now(), Took: &t})
	}
}

// gone words that a WebSocket is over.
func gone(err error) error {
	if err == nil {
		return nil
	}
	return &fault.Error{Kind: fault.Gone, Message: errEnded.Message, Err: err}
}

// Leave closes the WebSocket with a code and a reason; it does not wait for the gateway,
// whose answer may take as long as a closing handshake may. What is told of the end is what
// the caller asked for, however the gateway answers.
func (s *Session) Leave(_ context.Context, code int, reason string) error {
	s.quit(code, reason)
	return nil
}

func (s *Session) quit(code int, reason string) {
	s.mu.Lock()
	first := s.parted == nil && !s.over
	if first {
		s.parted = &Event{Name: "close", Time: now(), Code: code, Reason: reason, By: "client"}
	}
	s.mu.Unlock()
	if !first {
		return
	}
	started := s.relay.tasks.Go("leaving", func() {
		defer s.cancel() // after which nothing is read
		_ = s.conn.Close(websocket.StatusCode(code), reason)
	})
	if !started {
		s.cancel()
	}
}
