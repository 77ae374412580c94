package connect

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"

	"github.com/dragoman-gateway/dragoman/cli/connect/script"
	"github.com/dragoman-gateway/dragoman/internal/tasks"
)

const (
	maxFrame  = 1 << 20 // bytes of a message that comes; AWS lets pass 128 KiB
	maxQueue  = 256     // messages that wait for whoever reads them; the server waits beyond
	closeTime = 5 * time.Second
)

// link is one connection. It is used by one goroutine, beside its own which reads.
type link struct {
	conn   *websocket.Conn
	hand   *handshake
	trace  string     // the id of the handshake's trace
	events chan event // frames, and how it ended, which is the last; closed behind that

	timeout time.Duration
	asked   atomic.Int64          // when the last message was sent, of UnixNano; 0 for none
	ours    atomic.Pointer[event] // that we have closed, and how
	over    context.Context       // nothing is read any more
	reading tasks.Group
}

// open connects. The event says so.
func open(ctx context.Context, o *Options) (*link, event, error) {
	began := time.Now()
	conn, response, hand, err := dial(ctx, o)
	if err != nil {
		return nil, event{}, err
	}
	l := &link{conn: conn, hand: hand, trace: response.Header.Get("dragoman-trace"), events: make(chan event, maxQueue), timeout: o.Timeout}
	var over context.CancelFunc
	l.over, over = context.WithCancel(context.Background())
	l.reading.Go("reading frames", func() {
		defer over()
		l.read()
	})
	return l, event{kind: connected, at: time.Now(), took: time.Since(began), status: response.StatusCode, text: conn.Subprotocol()}, nil
}

// read tells of each frame, and at last of the end.
func (l *link) read() {
	defer close(l.events)
	for {
		opcode, body, err := l.conn.Read(context.Background()) // close bounds it
		e := event{kind: received, at: time.Now(), took: -1}
		if err != nil {
			_ = l.conn.CloseNow()
			l.events <- l.ended(e, err)
			return
		}
		if asked := l.asked.Load(); asked > 0 {
			e.took = e.at.Sub(time.Unix(0, asked))
		}
		e.frame = script.Frame{Body: body, Binary: opcode == websocket.MessageBinary}
		l.events <- e
	}
}

// ended words how a connection ended.
func (l *link) ended(e event, err error) event {
	ours := l.ours.Load()
	if end, ok := errors.AsType[websocket.CloseError](err); ok {
		e.kind, e.code, e.text, e.ours = closed, int(end.Code), end.Reason, ours != nil && ours.code == int(end.Code)
		return e
	}
	if ours != nil { // the server went without a word
		return *ours
	}
	e.kind, e.code = lost, int(websocket.StatusAbnormalClosure)
	switch {
	case errors.Is(err, websocket.ErrMessageTooBig):
		e.text = fmt.Sprintf("a message has more than the %d bytes that this client takes", maxFrame)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed):
		e.text = "it ended without a close frame"
	default:
		e.text = err.Error()
	}
	return e
}

// send sends a message.
func (l *link) send(ctx context.Context, f script.Frame) (event, error) {
	ctx, cancel := context.WithTimeout(ctx, l.timeout)
	defer cancel()
	opcode := websocket.MessageText
	if f.Binary {
		opcode = websocket.MessageBinary
	}
	now := time.Now()
	l.asked.Store(now.UnixNano())
	return event{kind: sent, at: now, took: -1, frame: f}, l.conn.Write(ctx, opcode, f.Body)
}

// ping waits for the pong.
func (l *link) ping(ctx context.Context) (event, error) {
	ctx, cancel := context.WithTimeout(ctx, l.timeout)
	defer cancel()
	began := time.Now()
	err := l.conn.Ping(ctx)
	return event{kind: pong, at: time.Now(), took: time.Since(began)}, err
}

// close says goodbye. What the server sends before it answers is still told, and then how
// the connection ended; a server that does not answer is left after a while. It may be
// called again.
func (l *link) close(code int, reason string) error {
	if code < 1000 || code > 4999 {
		return fmt.Errorf("%d is no close code: want 1000 to 4999", code)
	}
	if len(reason) > maxReason {
		return fmt.Errorf("the reason of a close has at most %d bytes", maxReason)
	}
	e := &event{kind: closed, at: time.Now(), took: -1, code: code, text: reason, ours: true}
	if !l.ours.CompareAndSwap(nil, e) {
		return nil
	}
	_ = l.hand.write(closeFrame(code, reason)) // that it is gone is told by read
	l.reading.Go("waiting for the answer to a close", func() {
		select {
		case <-time.After(closeTime):
			_ = l.conn.CloseNow()
		case <-l.over.Done():
		}
	})
	return nil
}

// leave ends the connection and tells what is left to tell.
func (l *link) leave(tell func(event) error) error {
	_ = l.close(int(websocket.StatusNormalClosure), "") // its code is one
	var faults []error
	for e := range l.events {
		faults = append(faults, tell(e))
	}
	l.reading.Wait()
	return errors.Join(faults...)
}
