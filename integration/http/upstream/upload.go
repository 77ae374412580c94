package upstream

import (
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dragoman-gateway/dragoman/integration"
	"github.com/dragoman-gateway/dragoman/internal/grammar"
	"github.com/dragoman-gateway/dragoman/internal/tasks"
	"github.com/dragoman-gateway/dragoman/message"
)

// pieces are what long bodies are uploaded through, in pieces of the size in which
// sockets take them.
var pieces = sync.Pool{New: func() any { return new([32 << 10]byte) }}

// upload sends a body that is long or of unknown length, beside the reading of
// the reply: a backend may answer before it has read everything.
type upload struct {
	conn *conn
	o    *integration.Outgoing
	done chan struct{}
	last atomic.Bool // all is read, the last write is made or under way
	err  error       // valid when done: the client's failure, not the backend's
	sent bool        // valid when done: everything was sent
}

func startUpload(c *conn, o *integration.Outgoing, uploads *tasks.Group) *upload {
	u := &upload{conn: c, o: o, done: make(chan struct{})}
	uploads.Go("an upload", u.run)
	return u
}

// end is safe to call without an upload, and after its end. It waits for it, so that nobody reads the client's body once the handler has
// returned. It must have come to its end or have no
// connection any more, and gives the client's failure.
func (u *upload) end() error {
	if u == nil {
		return nil
	}
	select {
	case <-u.done:
	default:
		// A read from a client who sends nothing would be waited for until he does.
		if u.o.Interrupt != nil {
			u.o.Interrupt()
		}
		<-u.done
	}
	return u.err
}

// complete says whether everything was sent, without waiting for the client: a
// connection on which half a request stands serves no other.
func (u *upload) complete() bool {
	if u == nil {
		return true
	}
	if !u.last.Load() {
		return false
	}
	<-u.done
	return u.sent
}

func (u *upload) run() {
	defer close(u.done)
	var failed, err error
	if u.err = u.conn.pool.options.Reports.Do("an upload", func() { failed, err = u.copy() }); u.err != nil {
		u.conn.net.Close()
		return
	}
	if failed != nil { // the client's body, not the backend
		u.err = message.Fail(message.ErrCanceled, fmt.Errorf("reading the request's body: %w", failed))
		u.conn.net.Close() // the reply to half a request is of no use
		return
	}
	// RFC 9112 section 9.5: a client watches for an answer while it sends, and stops then.
	// A backend that stops reading has usually answered: its reply tells more than
	// the error.
	u.sent = err == nil
}

// copy sends the body; failed is the client's failure, err the backend's. A chunk is
// framed in the room around what was read, and goes out in one write (RFC 9112 section
// 7.1).
func (u *upload) copy() (failed, err error) {
	piece := pieces.Get().(*[32 << 10]byte)
	defer pieces.Put(piece)
	left := u.o.Length
	for left != 0 {
		space := piece[frame : len(piece)-2]
		if left > 0 && int64(len(space)) > left {
			space = space[:left]
		}
		n, readErr := u.o.Body.Read(space)
		if n > 0 {
			whole := piece[frame : frame+n]
			if left < 0 {
				whole = chunk(piece[:], frame, n)
			} else {
				left -= int64(n)
				u.last.Store(left == 0)
			}
			if err := u.write(whole); err != nil {
				return nil, err
			}
		}
		// Below zero is a body of unknown length, of which the end is no fault.
		if readErr == io.EOF && left <= 0 {
			break
		}
		if readErr == io.EOF { // shorter than was said, so that the backend would wait
			return io.ErrUnexpectedEOF, nil
		}
		if readErr != nil {
			return readErr, nil
		}
	}
	if u.o.Length < 0 {
		end, failed := u.lastChunk()
		if failed != nil {
			return failed, nil
		}
		u.last.Store(true)
		return nil, u.write(end)
	}
	return nil, nil
}

// chunk frames n bytes at piece[at:] in place.
func chunk(piece []byte, at, n int) []byte {
	var size [frame]byte
	head := grammar.AppendChunkSize(size[:0], n)
	from := at - len(head)
	copy(piece[from:], head)
	end := at + n
	// Framing around the data saves a second write, which would be a packet of its own.
	copy(piece[end:], "\r\n")
	return piece[from : end+2]
}

// frame is room for the length of a chunk in hexadecimal, and CRLF.
const frame = 10

// lastChunk is the last chunk with the trailer, of which framing and what concerns one
// connection are no part (RFC 9110, 6.5.1). Its values are the client's: what could be
// read as another line is refused.
func (u *upload) lastChunk() ([]byte, error) {
	b := append(make([]byte, 0, 64), "0\r\n"...)
	if u.o.Trailer != nil {
		for _, f := range u.o.Trailer() {
			if !grammar.Token(f.Name) || !grammar.FieldValue(f.Value) || message.Framing(f.Name) || message.HopByHop(f.Name) {
				return nil, fmt.Errorf("trailer %q: %q", f.Name, f.Value)
			}
			b = grammar.AppendField(b, f.Name, f.Value)
		}
	}
	return append(b, "\r\n"...), nil
}

func (u *upload) write(p []byte) error {
	if u.o.Timeout > 0 {
		// Each piece has its own time; the wait for the head begins anew with it.
		if err := u.conn.net.SetDeadline(time.Now().Add(u.o.Timeout)); err != nil {
			return err
		}
	}
	_, err := u.conn.net.Write(p)
	return err
}
