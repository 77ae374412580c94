package nats

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/dragoman-gateway/dragoman/bus"
	"github.com/dragoman-gateway/dragoman/internal/boottime"
	"github.com/dragoman-gateway/dragoman/internal/tasks"
)

// Options are what a bus needs. URLs may hold a user and a password, which are never told.
type Options struct {
	URLs        string                         // of the servers of one cluster, with commas between them
	Credentials string                         // a file with a user's JWT and its NKey; "" for none
	NKey        string                         // a file with the seed of an NKey; "" for none
	Login       func() (user, password string) // where URLs have none; asked for each connection, so that a password can be changed; nil for none
	CA          string                         // a file of certificates that servers are believed by besides the system's; "" for none
	Cert, Key   string                         // files of the client's own certificate; "" for none

	Fleet  string // the fleet's random id: what others say is not heard
	Secret []byte // the fleet's key: messages without its MAC are dropped

	Logger  *slog.Logger
	Reports *tasks.Reporter // is told of panics; may be nil
}

// Bounds of a connection. A broker that has gone is noticed within two pings.
const (
	pingEvery     = 3 * time.Second
	pingsMissed   = 2
	reconnectWait = 400 * time.Millisecond
	jitter        = 100 * time.Millisecond
	dialTime      = 2 * time.Second
	flushTime     = 2 * time.Second
	// askTime is how long an asker waits who gives no deadline.
	askTime = 30 * time.Second
	// pending is how many bytes may wait for a subscription; beyond that they are lost, and
	// their askers are told nothing.
	pending = 64 << 20
)

// Bus is a bus.Bus on a NATS server or a cluster of them.
type Bus struct {
	options  Options
	conn     *nats.Conn
	prefix   string
	sender   [senderSize]byte
	number   atomic.Uint64
	order    sync.Mutex // is held while an announcement is numbered and sent
	awake    *wakefulness
	since    atomic.Int64 // when the connection was made, by boottime; 0 while there is none
	tasks    tasks.Group
	troubles troubles
	quit     chan struct{}
	closing  sync.Once

	forged  atomic.Uint64 // messages that were dropped: no MAC of ours, or heard already
	expired atomic.Uint64 // requests that were read too late

	joining   sync.Mutex // Protects field below.
	audiences map[string]*audience

	mu       sync.Mutex // Protects fields below.
	closed   bool
	stops    map[*nats.Subscription]func()
	handlers map[string]bool // by subject
}

var _ bus.Bus = (*Bus)(nil)

// Open joins the broker, or goes on trying beside: a node serves without it. The error says
// that the options are wrong.
func Open(o Options) (*Bus, error) {
	if o.Fleet == "" || len(o.Secret) == 0 {
		return nil, errors.New("a bus of several processes needs the id and the key of its fleet")
	}
	b := &Bus{options: o, prefix: "dragoman." + o.Fleet + ".", awake: newWakefulness(), quit: make(chan struct{}), stops: map[*nats.Subscription]func(){}, handlers: map[string]bool{}, audiences: map[string]*audience{}}
	b.tasks.Reports = o.Reports
	_, _ = rand.Read(b.sender[:]) // it never fails
	options, err := b.connection()
	if err != nil {
		return nil, err
	}
	if b.conn, err = nats.Connect(o.URLs, options...); err != nil {
		return nil, fmt.Errorf("--bus: %w", err)
	}
	b.tasks.Go("staying awake", b.beat)
	return b, nil
}

// connection is how the connection is made and kept.
func (b *Bus) connection() ([]nats.Option, error) {
	up := func(*nats.Conn) {
		b.troubles.over()
		b.since.Store(int64(boottime.Now()))
	}
	options := []nats.Option{
		nats.Name("dragoman"), nats.CustomInboxPrefix(b.prefix + "i"),
		nats.Timeout(dialTime), nats.PingInterval(pingEvery), nats.MaxPingsOutstanding(pingsMissed),
		nats.MaxReconnects(-1), nats.ReconnectWait(reconnectWait), nats.ReconnectJitter(jitter, jitter), nats.RetryOnFailedConnect(true),
		// A broker that refuses a user twice is given up otherwise, for good: one whose users are
		// changed while it runs would lose the nodes that knew the old ones.
		nats.IgnoreAuthErrorAbort(),
		// What was to be sent while the broker was away would be sent after its asker gave up.
		nats.ReconnectBufSize(-1),
		nats.ConnectHandler(up), nats.ReconnectHandler(func(c *nats.Conn) { up(c); b.log(slog.LevelInfo, "the bus is back", nil) }),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			b.since.Store(0)
			b.failed(err)
		}),
		nats.ReconnectErrHandler(func(_ *nats.Conn, err error) { b.failed(err) }),
		nats.ErrorHandler(func(_ *nats.Conn, s *nats.Subscription, err error) {
			if s == nil && b.since.Load() == 0 {
				b.failed(err)
				return
			}
			b.log(slog.LevelWarn, "the bus", err)
		}),
	}
	if b.options.Credentials != "" {
		credentials := nats.UserCredentials(b.options.Credentials)
		if err := proves(credentials); err != nil {
			return nil, fmt.Errorf("--bus-credentials %s: %w", b.options.Credentials, err)
		}
		options = append(options, credentials)
	}
	if b.options.NKey != "" {
		nkey, err := nats.NkeyOptionFromSeed(b.options.NKey)
		if err != nil {
			return nil, fmt.Errorf("--bus-nkey: %w", err)
		}
		options = append(options, nkey)
	}
	if b.options.Login != nil {
		options = append(options, nats.UserInfoHandler(b.options.Login))
	}
	if b.options.CA != "" {
		options = append(options, nats.RootCAs(b.options.CA))
	}
	if b.options.Cert != "" {
		options = append(options, nats.ClientCert(b.options.Cert, b.options.Key))
	}
	return options, nil
}

// proves says whether a file of credentials has both of its parts. The client reads it for each
// connection, and goes on trying whatever it holds.
func proves(credentials nats.Option) error {
	var o nats.Options
	if err := credentials(&o); err != nil {
		return err
	}
	token, err := o.UserJWT()
	if err == nil && token == "" {
		err = errors.New("the file has no JWT")
	}
	if err == nil {
		_, err = o.SignatureCB([]byte("any"))
	}
	return err
}

func (b *Bus) log(level slog.Level, what string, err error) {
	if b.options.Logger == nil {
		return
	}
	var attributes []any
	if err != nil {
		attributes = []any{"error", err}
	}
	b.options.Logger.Log(context.Background(), level, what, attributes...)
}

// Connected is for how long the broker has been there without a break; 0 while it is away.
func (b *Bus) Connected() time.Duration {
	if since := b.since.Load(); since != 0 && b.conn.IsConnected() {
		return max(boottime.Now()-time.Duration(since), 1)
	}
	return 0
}

// Dropped counts messages that were none of this fleet's, or were heard already, and requests
// that were read when their askers had given up.
func (b *Bus) Dropped() (forged, expired uint64) { return b.forged.Load(), b.expired.Load() }

// beat keeps the watch for sleep. All that waited while the process slept has been read when
// the server has answered what was sent after waking, and no subscription holds anything.
func (b *Bus) beat() {
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	for {
		select {
		case <-b.quit:
			return
		case <-ticker.C:
		}
		// No callback is told of a server whose TLS is not believed.
		if b.since.Load() == 0 {
			b.failed(b.conn.LastError())
		}
		if b.awake.beat() && b.conn.FlushTimeout(flushTime) == nil && b.idle() {
			b.awake.awake()
		}
	}
}

func (b *Bus) idle() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	for s := range b.stops {
		if n, _, err := s.Pending(); err == nil && n > 0 {
			return false
		}
	}
	return true
}

func (b *Bus) announcements(topic string) string { return b.prefix + "a." + topic }

func (b *Bus) requests(node uint32, topic string) string {
	return b.prefix + "r." + strconv.FormatUint(uint64(node), 10) + "." + topic
}

// wrong is an error of the connection as this room has it.
func (b *Bus) wrong(err error) error {
	switch {
	case errors.Is(err, nats.ErrConnectionClosed):
		return bus.ErrClosed
	case errors.Is(err, nats.ErrNoResponders):
		return bus.ErrNoNode
	case errors.Is(err, nats.ErrReconnectBufExceeded): // there is no such buffer
		return bus.ErrAway
	case err != nil:
		return fmt.Errorf("the bus: %w", err)
	}
	return nil
}

// read opens a message and says whether it is to be heard; seen is what the subscription has
// heard.
func (b *Bus) read(msg *nats.Msg, subject string, want kind, most int, seen *once) (message, bool) {
	m, err := open(b.options.Secret, subject, msg.Data, want, most)
	if err != nil || !seen.first(m.sender, m.number) {
		b.forged.Add(1)
		return m, false
	}
	return m, true
}

// listen subscribes, and returns when the server knows of it where there is one: what is sent
// from then on is heard. end ends what was made for the subscription.
func (b *Bus) listen(subject string, hear func(*nats.Msg), end func()) (stop func(), err error) {
	s, err := b.conn.Subscribe(subject, func(msg *nats.Msg) {
		_ = b.tasks.Reports.Do("hearing the bus", func() { hear(msg) })
	})
	if err != nil {
		end()
		return nil, b.wrong(err)
	}
	_ = s.SetPendingLimits(-1, pending)
	ended := sync.OnceFunc(func() {
		_ = s.Unsubscribe()
		b.mu.Lock()
		delete(b.stops, s)
		b.mu.Unlock()
		if b.conn.IsConnected() {
			_ = b.conn.FlushTimeout(flushTime) // nobody is asked here any more
		}
		end()
	})
	b.mu.Lock()
	closed := b.closed
	b.stops[s] = ended
	b.mu.Unlock()
	if closed {
		ended()
		return nil, bus.ErrClosed
	}
	if b.conn.IsConnected() {
		_ = b.conn.FlushTimeout(flushTime) // one that fails is made up for when the server is back
	}
	return ended, nil
}

// Close ends every subscription and handler, waits for what they are at, and leaves the
// broker. It must not be called from one of them.
func (b *Bus) Close() error {
	b.closing.Do(func() {
		b.mu.Lock()
		b.closed = true
		stops := make([]func(), 0, len(b.stops))
		for _, stop := range b.stops {
			stops = append(stops, stop)
		}
		b.mu.Unlock()
		for _, stop := range stops {
			stop()
		}
		close(b.quit)
		b.tasks.Wait()
		b.conn.Close()
	})
	return nil
}
