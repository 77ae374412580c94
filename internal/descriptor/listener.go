package descriptor

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dragoman-gateway/dragoman/internal/tasks"
)

// Options say how a Listener refuses.
type Options struct {
	Name string // of the listener, for the log
	// Answer is sent to clients that are refused, once their request has begun; nil
	// closes their connections at once.
	Answer []byte
	// Answers is how many may be about to be answered; the one that has taken longest
	// is closed for the next. Each takes a descriptor that is in no share.
	Answers int
	Logger  *slog.Logger
	Reports *tasks.Reporter
}

// Listener accepts connections as long as its share has room for them.
type Listener struct {
	net.Listener
	share   *Share
	options Options
	errors  atomic.Uint64
	refused atomic.Uint64
	tasks   tasks.Group
	idle    idle

	mu      sync.Mutex // Protects fields below.
	waiting []net.Conn // of clients that are about to be answered, the oldest first

	refusals, failures said // when the log was told; of the accepting goroutine alone
}

// Listen makes the connections of l count.
func Listen(l net.Listener, s *Share, o Options) *Listener {
	made := &Listener{Listener: l, share: s, options: o}
	made.tasks.Reports = o.Reports
	return made
}

// Errors counts the accepts that failed.
func (l *Listener) Errors() uint64 { return l.errors.Load() }

// Refused counts the clients that there was no room for.
func (l *Listener) Refused() uint64 { return l.refused.Load() }

// Name is the listener's name.
func (l *Listener) Name() string { return l.options.Name }

// Accept waits for a connection that there is room for.
func (l *Listener) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			l.failed(err)
			return nil, err
		}
		if l.share.Take() {
			return counted(c, l.share), nil
		}
		if l.idle.makeRoom(time.Now()) && l.share.Take() {
			return counted(c, l.share), nil
		}
		l.turnAway(c)
	}
}

// failed tells of an accept that failed; that of a listener that is closed did not.
func (l *Listener) failed(err error) {
	if errors.Is(err, net.ErrClosed) {
		return
	}
	l.errors.Add(1)
	if n := l.failures.again(time.Now()); n > 0 && l.options.Logger != nil {
		l.options.Logger.Error("connections cannot be accepted", "listener", l.options.Name, "times", n, "open", l.share.Open(), "error", err)
	}
}

// turnAway refuses a client. It never waits for it here.
func (l *Listener) turnAway(c net.Conn) {
	l.refused.Add(1)
	if n := l.refusals.again(time.Now()); n > 0 && l.options.Logger != nil {
		l.options.Logger.Warn("connections are refused: as many as may be are open", "listener", l.options.Name, "times", n, "open", l.share.Open())
	}
	if l.options.Answers == 0 {
		c.Close()
		return
	}
	l.enter(c)
	started := l.tasks.Go("a refusal", func() {
		defer l.leave(c)
		l.answer(c)
	})
	if !started {
		l.leave(c)
	}
}

// enter makes room for one more client that is about to be answered.
func (l *Listener) enter(c net.Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.waiting) >= l.options.Answers {
		l.waiting[0].Close() // which ends its task
		l.waiting = slices.Delete(l.waiting, 0, 1)
	}
	l.waiting = append(l.waiting, c)
}

func (l *Listener) leave(c net.Conn) {
	c.Close()
	l.mu.Lock()
	defer l.mu.Unlock()
	if i := slices.Index(l.waiting, c); i >= 0 {
		l.waiting = slices.Delete(l.waiting, i, i+1)
	}
}

// refusalTime is how long a client that is refused may take, and refusalHead how
// long the head of its request may be.
const (
	refusalTime = time.Second
	refusalHead = 16 << 10
)

// answer waits for a request before it is answered: clients do not expect an answer
// to none. Then it waits for the client to leave, since a connection that is closed
// with bytes unread may lose what was sent.
func (l *Listener) answer(c net.Conn) {
	if c.SetDeadline(time.Now().Add(refusalTime)) != nil {
		return
	}
	head := make([]byte, 0, refusalHead)
	for !bytes.Contains(head, []byte("\r\n\r\n")) && len(head) < cap(head) {
		n, err := c.Read(head[len(head):cap(head)])
		if err != nil {
			return
		}
		head = head[:len(head)+n]
	}
	if _, err := c.Write(l.options.Answer); err != nil {
		return
	}
	if half, ok := c.(interface{ CloseWrite() error }); ok && half.CloseWrite() == nil {
		_, _ = io.Copy(io.Discard, io.LimitReader(c, 1<<20))
	}
}

// Close stops accepting.
func (l *Listener) Close() error {
	l.tasks.Close()
	return l.Listener.Close()
}

// said counts what happens often and is logged seldom.
type said struct {
	at    time.Time
	times int
}

// sayEvery is how often the same is logged at most.
const sayEvery = 10 * time.Second

// again counts once more. It answers how often it was since the last line, 0 if it
// is too early for another one.
func (s *said) again(now time.Time) int {
	s.times++
	if !s.at.IsZero() && now.Sub(s.at) < sayEvery {
		return 0
	}
	n := s.times
	s.at, s.times = now, 0
	return n
}
