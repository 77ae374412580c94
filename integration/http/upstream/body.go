package upstream

import (
	"errors"
	"io"
	"unsafe"

	"github.com/dragoman-gateway/dragoman/internal/grammar"
	"github.com/dragoman-gateway/dragoman/message"
)

// kind is how the end of a body is found (RFC 9112 section 6.3).
type kind uint8

const (
	none kind = iota
	fixed
	chunked
	untilClose
)

// body is the body of a reply. The connection goes back to its pool when the
// body is at its end, or is closed with it when it is not.
type body struct {
	conn     *conn // nil when the exchange is over
	upload   *upload
	left     int64 // of a fixed body or of the present chunk
	kind     kind
	reusable bool
	chunks   grammar.Chunks
	err      error
}

// Read gives what has come. See integration.Incoming. With the last byte of a length
// the exchange is over, before anybody asks once more: the next request finds the
// connection.
func (b *body) Read(p []byte) (int, error) {
	if b.err != nil {
		return 0, b.err
	}
	if len(p) == 0 {
		return 0, nil
	}
	n, err := b.read(p)
	if err == nil && b.kind == fixed && b.left == 0 {
		b.finish()
		return n, nil
	}
	if err != nil {
		b.fail(err)
		// Bytes and the end together would be lost on readers who look at the error first.
		if b.err == io.EOF && n > 0 {
			return n, nil
		}
		return n, b.err
	}
	return n, nil
}

// Close ends the exchange, waiting for its upload. What was not read is not read for the
// connection's sake either: it may be long, and a new one is cheap.
func (b *body) Close() error {
	if c := b.conn; c != nil {
		b.conn = nil
		c.drop()
	}
	if b.upload != nil {
		_ = b.upload.end()
		b.upload = nil
	}
	if b.err == nil {
		b.err = errClosed
	}
	return nil
}

// errClosed is what a reader hears who goes on after Close, as from any closed body.
var errClosed = errors.New("read after Close")

func (b *body) trailer() message.Header { return b.chunks.Trailer }

// read gives at most p of the body, or io.EOF at its end.
func (b *body) read(p []byte) (int, error) {
	if b.kind == chunked && b.left == 0 {
		if err := b.nextChunk(); err != nil {
			return 0, err
		}
	}
	// Behind the body there may be the head of another reply, which is not the reader's.
	if b.kind != untilClose && int64(len(p)) > b.left {
		p = p[:b.left]
	}
	n, err := b.take(p)
	if b.kind != untilClose {
		b.left -= int64(n)
		err = cutUnless(err, b.left == 0)
	}
	return n, err
}

// cutUnless makes an end too early an error.
func cutUnless(err error, done bool) error {
	if err == io.EOF && !done {
		return errCut
	}
	if err == io.EOF {
		return nil
	}
	return err
}

// take reads from the buffer first; long reads go past it and save a copy. What came with the head
// is the beginning of a long body, whose next part is often there as well: together they are one write
// to the client in place of two.
func (b *body) take(p []byte) (int, error) {
	c := b.conn
	if c.from == c.to {
		if len(p) >= max(readBuffer, len(c.buf)) {
			c.extend()
			return c.read(p)
		}
		if err := c.fill(); err != nil {
			return 0, err
		}
	}
	n := copy(p, c.buf[c.from:c.to])
	c.from += n
	// Not where the end of the connection is that of the body: an error that is met here is told once, and
	// the end that is met next would be taken for a good one.
	if rest := p[n:]; b.kind == fixed && c.from == c.to && len(rest) >= readBuffer {
		n += c.ready(rest)
	}
	return n, nil
}

// finish is the good end: the connection serves again if nothing speaks against
// it (RFC 9112 section 9.3).
func (b *body) finish() {
	b.err = io.EOF
	c := b.conn
	if !b.upload.complete() {
		// Close must wait for the upload, and nobody may use the connection meanwhile.
		return
	}
	b.conn = nil
	// RFC 9112 section 9.2: what comes unasked is no reply to the next request.
	if !b.reusable || c.from != c.to {
		c.drop()
		return
	}
	if c.end() {
		c.pool.put(c)
	} else {
		c.net.Close()
	}
}

// fail is any other end. A context that ended is the reason, whatever the connection
// says of its being closed.
func (b *body) fail(err error) {
	if err == io.EOF {
		b.finish()
		return
	}
	c := b.conn
	b.conn = nil
	// The context is asked before the connection is closed: closing makes an error of its own.
	canceled := !c.end()
	c.net.Close()
	switch {
	case canceled:
		b.err = failure(c.ctx, err)
	case errors.Is(err, io.ErrUnexpectedEOF):
		b.err = message.Fail(message.ErrUnreachable, err)
	default:
		b.err = message.Failure(err)
	}
}

// nextChunk reads what stands before a chunk; io.EOF after the trailer, which has the
// bounds of a head.
func (b *body) nextChunk() (err error) {
	o := b.conn.pool.options
	b.left, err = b.chunks.Next(b.conn, o.MaxHead, o.MaxFields)
	if _, faulty := err.(grammar.Fault); faulty {
		return garbage("%v", err)
	}
	return err
}

// view looks at bytes as a string, which must not outlive them.
func view(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }
