package preamble

import (
	"errors"
	"net"
	"sync"
	"time"

	"github.com/dragoman-gateway/dragoman/internal/tasks"
)

// Read reads the beginning of a connection and answers the connection to go on with,
// from which nothing is missing. An error closes the connection.
type Read func(net.Conn) (net.Conn, error)

// Options say whose beginnings are read, and how long they may take.
type Options struct {
	Wants func(from net.Addr) bool // false: the connection passes as it is; nil: all are read
	Time  time.Duration            // for a whole beginning
	Most  int                      // that are read at once, further connections wait; 0: as many as come
	// Refused is told of connections that were closed because of an error; nil: nobody
	// is. It is called from several goroutines.
	Refused func(from net.Addr, why error)
	Reports *tasks.Reporter
}

// Listener is a listener of connections whose beginning has been read.
type Listener struct {
	net.Listener
	read    Read
	options Options

	begin sync.Once
	group tasks.Group
	slots chan struct{} // nil: there is no bound
	ready chan net.Conn
	fails chan error
	over  chan struct{} // closed when nothing is accepted any more
	end   sync.Once

	mu      sync.Mutex // Protects pending.
	pending map[net.Conn]struct{}
}

// Listen reads the beginnings of the connections of l.
func Listen(l net.Listener, read Read, o Options) *Listener {
	made := &Listener{
		Listener: l, read: read, options: o, group: tasks.Group{Reports: o.Reports},
		ready: make(chan net.Conn), fails: make(chan error), over: make(chan struct{}), pending: map[net.Conn]struct{}{},
	}
	if o.Most > 0 {
		made.slots = make(chan struct{}, o.Most)
	}
	return made
}

// Accept waits for a connection whose beginning has been read.
func (l *Listener) Accept() (net.Conn, error) {
	l.begin.Do(func() { l.group.Go("accepting connections", l.accept) })
	select {
	case c := <-l.ready:
		return c, nil
	case err := <-l.fails:
		return nil, err
	case <-l.over:
		return nil, net.ErrClosed
	}
}

// Close ends Accept, and the connections whose beginning is being read.
func (l *Listener) Close() error {
	l.end.Do(func() { close(l.over) })
	err := l.Listener.Close()
	l.group.Close()
	l.mu.Lock()
	for c := range l.pending {
		c.Close()
	}
	l.mu.Unlock()
	l.group.Wait()
	return err
}

// accept hands connections on until the listener fails for good.
func (l *Listener) accept() {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			select {
			case l.fails <- err: // whoever accepts waits before it asks again
			case <-l.over:
				return
			}
			if errors.Is(err, net.ErrClosed) {
				return
			}
			continue
		}
		if l.options.Wants != nil && !l.options.Wants(c.RemoteAddr()) {
			l.hand(c)
			continue
		}
		if !l.enter() || !l.group.Go("the beginning of a connection", func() { l.one(c) }) {
			c.Close()
			return
		}
	}
}

// enter takes a slot; false when nothing is accepted any more.
func (l *Listener) enter() bool {
	if l.slots == nil {
		return true
	}
	select {
	case l.slots <- struct{}{}:
		return true
	case <-l.over:
		return false
	}
}

func (l *Listener) leave() {
	if l.slots != nil {
		<-l.slots
	}
}

// one reads the beginning of one connection and hands it on. A reader that panics
// leaves nothing open.
func (l *Listener) one(c net.Conn) {
	defer l.leave()
	read := false
	defer func() {
		if !read {
			c.Close()
		}
	}()
	l.mu.Lock()
	l.pending[c] = struct{}{}
	l.mu.Unlock()
	if l.closed() { // and maybe did not see this one
		c.Close()
	}
	begun, err := l.within(c)
	l.mu.Lock()
	delete(l.pending, c)
	l.mu.Unlock()
	if err == nil {
		read = true
		l.hand(begun)
		return
	}
	if l.options.Refused != nil && !l.closed() {
		l.options.Refused(c.RemoteAddr(), err)
	}
}

func (l *Listener) closed() bool {
	select {
	case <-l.over:
		return true
	default:
		return false
	}
}

// within reads a beginning for as long as it may take.
func (l *Listener) within(c net.Conn) (net.Conn, error) {
	if err := c.SetReadDeadline(time.Now().Add(l.options.Time)); err != nil {
		return nil, err
	}
	begun, err := l.read(c)
	if err != nil {
		return nil, err
	}
	return begun, c.SetReadDeadline(time.Time{})
}

// hand gives a connection to whoever accepts.
func (l *Listener) hand(c net.Conn) {
	select {
	case l.ready <- c:
	case <-l.over:
		c.Close()
	}
}
