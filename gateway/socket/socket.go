package socket

import (
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/gobwas/ws"

	"github.com/dragoman-gateway/dragoman/internal/budget"
	"github.com/dragoman-gateway/dragoman/internal/descriptor"
	"github.com/dragoman-gateway/dragoman/internal/poller"
)

// Handler is told what becomes of one socket; its methods are never called at
// the same time.
type Handler interface {
	// Message brings a message, possibly empty: text in valid UTF-8, and where
	// Limits.Binary says so any bytes. They
	// are the handler's from then on. The next message is not read before it
	// returns: that is how a gateway slows a client down. A socket that was
	// closed meanwhile still reports Closed only after Message returned. A panic
	// ends the socket with 1011.
	Message(data []byte)

	// Refused stands for a message that there was no memory for. It was read and is
	// lost; the next one may find room.
	Refused()

	// Closed is the last call, and always comes once: the code and reason of
	// whichever side closed first. 1005 stands for a close frame without a code,
	// 1006 for a connection that broke. It should return at once: the client's
	// answer to a close frame is read only afterwards.
	Closed(code int, reason string)
}

// The errors of writing; after neither has anything been sent.
var (
	ErrClosed     = errors.New("the socket is closed")
	ErrOutboxFull = errors.New("the client does not take its messages fast enough")
	ErrTooLong    = errors.New("the message is longer than a socket may send")
)

// readAhead is what a socket reads of its client at once. Those that have no poller keep
// it while they are idle, so it is sized for a small message.
const readAhead = 512

// Socket is the server's end of one WebSocket connection. Serve must be called
// on it once; every other method may be called at any time, by anybody.
type Socket struct {
	up       *Upgrader
	limits   *Limits
	conn     net.Conn
	window   uint8         // bits of window for compressed messages; 0 is no compression
	born     time.Duration // since up.epoch, as is active
	active   atomic.Int64
	received flow
	sent     flow
	handler  Handler
	raw      syscall.RawConn // what the poller waits for; nil: a goroutine waits
	ticket   poller.Ticket
	stopping atomic.Bool // Stop was called
	resting  atomic.Bool // the handler is given no more; the reading side sets it

	// Fields of the reading side.
	lent       *lent         // while it has a goroutine
	in         []byte        // what was read ahead and not yet used
	message    []byte        // what came of a fragmented message
	length     int           // of what came of it
	taken      int           // bytes of the budget that it takes
	watch      *budget.Watch // of a message that is not tiny
	fragmented bool
	compressed bool
	binary     bool          // the message that comes is
	left       bool          // leave was called
	by         party         // who has ended it, once left
	refused    bool          // there is no memory for it
	eager      bool          // what is there is read without waiting, and then it is parked
	heard      bool          // something was received since the last tick
	begun      bool          // a part of a frame was received
	slow       time.Duration // when a tick first came within the frame; 0 is none
	spoke      time.Duration // when it last became silent again; before linger when it has not spoken yet
	pinged     time.Duration // when the client last was, or would have been; mu protects it
	paced      time.Duration // when frames that carry next to nothing are back at their rate

	mu       sync.Mutex    // Protects fields below.
	out      *buffer       // frames that nobody writes yet; nil when none
	queued   int           // bytes in out and in the writer's hand
	messages int           // messages of them
	handed   time.Duration // when the writer got what it has in its hand
	owed     int           // bytes of the budget that out takes
	inHand   int           // the same of what the writer has in its hand
	pongs    int           // pongs in out
	late     []byte        // a ping that is answered when out has been written
	writing  bool
	written  chan struct{} // closed when the writer stops; nil when nobody waits
	room     chan struct{} // closed when there may be room again; nil when nobody waits
	broken   bool          // nothing more can be written
	stopped  chan struct{} // closed when the socket has ended; nil unless Stop was called
	ended    bool          // a close frame is in out, or broken
	code     int           // why it ended
	reason   string
	parked   bool // no goroutine reads: the poller waits
}

// Serve begins to read and returns at once.
func (s *Socket) Serve(h Handler) {
	if s.handler = h; poller.Supported {
		s.raw = descriptor.Raw(s.conn)
	}
	s.spoke = -s.up.linger // the handshake is no message
	if len(s.in) > 0 || !s.park() {
		s.up.tasks.Go("a socket", s.run)
	}
}

// WriteText sends a text message, in frames of at most Limits.Frame. It does not
// wait for the client and does not keep data. Errors are ErrClosed, ErrOutboxFull
// and ErrTooLong. Messages of one goroutine keep their order.
func (s *Socket) WriteText(data []byte) error { return s.write(ws.OpText, data) }

// WriteBinary sends a binary message in the manner of WriteText.
func (s *Socket) WriteBinary(data []byte) error { return s.write(ws.OpBinary, data) }

// LastActive is when the last message passed in either direction, or the
// handshake. Pings are no messages.
func (s *Socket) LastActive() time.Time {
	return s.up.epoch.Add(time.Duration(s.active.Load()))
}

// Traffic is what has passed: messages, and their bytes, decompressed.
type Traffic struct {
	MessagesIn, MessagesOut uint64 // In is what the client sent
	BytesIn, BytesOut       uint64
}

// Traffic counts what has passed until now.
func (s *Socket) Traffic() Traffic {
	return Traffic{s.received.messages.Load(), s.sent.messages.Load(), s.received.bytes.Load(), s.sent.bytes.Load()}
}

// flow counts the messages of one direction.
type flow struct{ messages, bytes atomic.Uint64 }

func (f *flow) add(n int) {
	f.messages.Add(1)
	f.bytes.Add(uint64(n))
}

// Compressed reports whether permessage-deflate was agreed to.
func (s *Socket) Compressed() bool { return s.window != 0 }

// Who has ended a socket.
const (
	ByClient  = "client"
	ByGateway = "gateway" // by Close or Drop
	ByRule    = "rule"    // the gateway too: a rule or limit was broken, or the time was over
	ByNobody  = "nobody"  // the connection broke
)

// EndedBy is who has ended the socket. It is for handlers that are told it is Closed.
func (s *Socket) EndedBy() string {
	switch s.by {
	case client:
		return ByClient
	case network:
		return ByNobody
	case rule:
		return ByRule
	}
	return ByGateway
}

// touch notes a message.
func (s *Socket) touch() { s.active.Store(int64(time.Since(s.up.epoch))) }

// expiry is when the socket has been idle or alive for too long; zero is never.
func (s *Socket) expiry() time.Time {
	var earliest time.Time
	consider := func(limit time.Duration, since time.Duration) {
		at := s.up.epoch.Add(since + limit)
		if limit > 0 && (earliest.IsZero() || at.Before(earliest)) {
			earliest = at
		}
	}
	consider(s.limits.Idle, time.Duration(s.active.Load()))
	consider(s.limits.Lifetime, s.born)
	return earliest
}

// leave ends the socket for a reason, once. The handler hears of it before the client has
// answered: RFC 6455, 7.1.5, takes the code from the first close frame, so nothing that
// still comes could change what is told.
func (s *Socket) leave(h Handler, end *ending) {
	s.left, s.by, s.eager = true, end.by, false
	s.giveBack()
	s.rest()
	code, reason := s.settle(end)
	s.tell(h, code, reason)
	s.part(end)
}

// over ends the socket unless it is only quiet. It also ends what a panic may have left
// open, one of the handler or our own.
func (s *Socket) over(quiet *bool) {
	if *quiet {
		return
	}
	defer s.up.open.add(-1)
	defer s.up.poller.Release(&s.ticket)
	defer s.handBack()
	defer s.Drop()
	defer s.rest()
	if value := recover(); value != nil {
		_ = s.up.tasks.Reports.Report("a message of a socket", value)
		if !s.left {
			s.leave(s.handler, &ending{rule, int(ws.StatusInternalServerError), broken, lostFraming})
		}
	}
}

// tell is the last call of the handler. A panic of it must not keep the client
// from its close frame.
func (s *Socket) tell(h Handler, code int, reason string) {
	defer s.up.tasks.Reports.Catch("the end of a socket", nil)
	h.Closed(code, reason)
}
