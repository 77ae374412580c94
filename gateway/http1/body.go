package http1

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/dragoman-gateway/dragoman/internal/grammar"
)

// body is the body of a request. Another goroutine than the handler's may read it
// until the handler returns: package net/http does so when it forwards.
type body struct {
	exchange *roundtrip // nil: there is none
	chunked  bool

	mu      sync.Mutex // Protects fields below.
	left    int64      // of the body, or of the present chunk
	chunks  grammar.Chunks
	expects bool  // the client waits for 100 Continue
	err     error // what the end was
	shut    bool
	taken   int64 // bytes that came while somebody waited
	waited  time.Duration
}

var (
	errChunk = errors.New("the body is not well chunked")
	errSlow  = &slowError{}
)

// slowError says that a client sends too slowly. It is a timeout, which is what handlers
// know of a client that waits.
type slowError struct{}

func (*slowError) Error() string   { return "the client sends its body too slowly" }
func (*slowError) Timeout() bool   { return true }
func (*slowError) Temporary() bool { return true }
func (*slowError) Unwrap() error   { return os.ErrDeadlineExceeded }

// open makes the body of a head. Only clients of HTTP/1.1 wait for 100 Continue (RFC 9110
// section 10.1.1): an older one would take it for the answer.
func (b *body) open(x *roundtrip, h *head) {
	b.exchange, b.chunked, b.left = x, h.framing.Chunked, max(h.framing.Length, 0)
	b.expects = h.expects && h.framing.Minor == 1
}

// Read implements io.Reader. The end comes with the last bytes, so that nobody
// has to ask once more. The first read is what a client with Expect waits for
// (RFC 9110 section 10.1.1): a handler that refuses without reading spares it the
// body.
func (b *body) Read(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.shut:
		return 0, http.ErrBodyReadAfterClose
	case b.err != nil || len(p) == 0:
		return 0, b.err
	}
	if b.expects {
		b.expects = false
		if err := b.exchange.answer.proceed(); err != nil {
			b.err = err
			return 0, err
		}
	}
	n, err := b.read(p)
	if err != nil {
		b.err = err
	}
	return n, err
}

// Close makes further reads fail. What is left is read when the handler returns, for until
// then it could still answer without it.
func (b *body) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.shut = true
	return nil
}

func (b *body) done() bool { return !b.chunked && b.left == 0 }

// A read ends where the body does: what is behind it belongs to the next request,
// which a client may have sent already (RFC 9112 section 9.3.2).
func (b *body) read(p []byte) (int, error) {
	if b.chunked && b.left == 0 {
		if err := b.nextChunk(); err != nil {
			return 0, err
		}
	}
	if int64(len(p)) > b.left {
		p = p[:b.left]
	}
	n, err := b.take(p)
	b.left -= int64(n)
	if err == nil && b.done() {
		err = io.EOF
	}
	return n, err
}

// take reads from the connection's buffer first; long reads go past it, for
// copying megabytes costs more than reading them.
func (b *body) take(p []byte) (int, error) {
	c := b.exchange.conn
	if c.from == c.to {
		if len(p) >= readSize {
			return b.wait(func() (int, error) { return c.net.Read(p) })
		}
		if err := b.More(); err != nil {
			return 0, err
		}
	}
	n := copy(p, c.buf[c.from:c.to])
	if c.from += n; c.from == c.to {
		c.release()
	}
	return n, nil
}

// More reads more into the connection's buffer.
func (b *body) More() error {
	c := b.exchange.conn
	_, err := b.wait(func() (int, error) {
		had := c.to - c.from
		err := c.more()
		return max(c.to-c.from-had, 0), err
	})
	return err
}

// wait reads under the limits of time: one for each wait, and a rate for the
// whole, since a byte a minute would keep to the first for ever.
func (b *body) wait(read func() (int, error)) (int, error) {
	c := b.exchange.conn
	limits := &c.server.Limits
	for {
		began := c.server.now()
		c.readUntil.Store(int64(began + limits.Wait))
		n, err := read()
		if n == 0 && err == nil {
			err = io.ErrNoProgress
		}
		if n == 0 && timedOut(err) && c.tooEarly() {
			continue
		}
		c.readUntil.Store(0)
		// The rate counts only while somebody waits: a handler may read as it likes.
		b.taken += int64(n)
		b.waited += c.server.now() - began
		if err == nil && b.waited > rateGrace && b.taken < int64(b.waited.Seconds())*limits.BodyRate {
			err = errSlow
		}
		return n, cut(err)
	}
}

// nextChunk reads what stands before a chunk; io.EOF after the trailer, which is put
// into Request.Trailer.
func (b *body) nextChunk() error {
	limits, r := &b.exchange.conn.server.Limits, &b.exchange.request
	size, err := b.chunks.Next(b, limits.HeadBytes, limits.Fields)
	if fault, faulty := err.(grammar.Fault); faulty {
		return fmt.Errorf("%w: %w", errChunk, fault) // which of them it is, handlers may want to tell
	}
	b.left = size
	for _, f := range b.chunks.Trailer {
		if r.Trailer == nil {
			r.Trailer = http.Header{}
		}
		r.Trailer.Add(f.Name, f.Value)
	}
	return err
}

// A body is the grammar.Source of its chunks.

func (b *body) Buffered() []byte { c := b.exchange.conn; return c.buf[c.from:c.to] }

func (b *body) Use(n int) { b.exchange.conn.from += n }

// unwanted says that so much of the body is left, or that it may never come, that
// the connection had better end with the answer. A client that was never told to
// go on may send its body or not (RFC 9110 section 10.1.1), so what follows could
// be either.
func (b *body) unwanted() bool {
	if b.exchange == nil || !b.mu.TryLock() { // somebody reads it
		return false
	}
	defer b.mu.Unlock()
	return b.expects || b.err != nil && b.err != io.EOF ||
		!b.chunked && b.left > b.exchange.conn.server.Limits.Drain
}

// finish reads what nobody has read and says whether the next request can follow:
// it begins where the body ends (RFC 9112 section 9.3).
func (b *body) finish() bool {
	if b.exchange == nil {
		return true
	}
	c := b.exchange.conn
	// A lock that is waited for would be held by a read that waits for the client.
	for !b.mu.TryLock() { // somebody reads although the handler has returned
		_ = c.setRead(longAgo)
		time.Sleep(time.Millisecond)
	}
	defer b.mu.Unlock()
	ok := b.discard()
	b.shut = true
	return ok
}

// A body that broke off, or is too long to be read for nothing, ends the
// connection: where the next request begins is not known.
func (b *body) discard() bool {
	if b.expects || b.exchange.answer.failed {
		return false
	}
	limits := &b.exchange.conn.server.Limits
	if b.err == nil && !b.chunked && b.left > limits.Drain {
		return false
	}
	if b.err != nil || b.done() {
		return b.err == io.EOF || b.err == nil
	}
	waste := readBuffers.Get().(*[readSize]byte)
	defer readBuffers.Put(waste)
	for left := limits.Drain; left > 0; {
		n, err := b.read(waste[:])
		if err != nil {
			return err == io.EOF
		}
		left -= int64(n)
	}
	return false
}
