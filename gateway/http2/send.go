package http2

import (
	"runtime"

	"golang.org/x/net/http2"
)

// What is here is called under the connection's lock.

// frame begins a frame (RFC 9113 section 4.1).
func (c *conn) frame(length int, kind http2.FrameType, flags http2.Flags, id uint32) {
	// A connection that rests holds none.
	if c.out == nil {
		c.out = writeBuffers.Get().(*[writeSize]byte)[:0]
	}
	c.out = append(c.out, byte(length>>16), byte(length>>8), byte(length), byte(kind), byte(flags),
		byte(id>>24), byte(id>>16), byte(id>>8), byte(id))
}

// free gives the buffers back, in which nothing waits.
func (c *conn) free() {
	for _, b := range [...][]byte{c.out, c.spare} {
		if cap(b) == writeSize { // one that has grown is nobody's next
			writeBuffers.Put((*[writeSize]byte)(b[:writeSize]))
		}
	}
	c.out, c.spare = nil, nil
}

// control adds a frame whole.
func (c *conn) control(kind http2.FrameType, flags http2.Flags, id uint32, payload ...byte) {
	c.frame(len(payload), kind, flags, id)
	c.out = append(c.out, payload...)
}

// number adds a frame that is a number.
func (c *conn) number(kind http2.FrameType, id, n uint32) {
	c.control(kind, 0, id, byte(n>>24), byte(n>>16), byte(n>>8), byte(n))
}

func (c *conn) goaway(last uint32, code http2.ErrCode) {
	c.told = true
	c.control(http2.FrameGoAway, 0, 0, byte(last>>24), byte(last>>16), byte(last>>8), byte(last), 0, 0, 0, byte(code))
}

// headers adds a header block, in as many frames as it takes.
func (c *conn) headers(id uint32, block []byte, end bool) {
	var flags http2.Flags
	if end {
		flags = http2.FlagHeadersEndStream
	}
	// RFC 7541 section 4.2: a table that was made smaller is told of where the next block
	// begins. Ours is empty, whatever the client allows.
	// It is one byte, the update to a size of 0 (RFC 7541 section 6.3).
	extra := 0
	if c.shrink {
		extra = 1
	}
	kind := http2.FrameHeaders
	// Nothing may stand between the frames of a block (RFC 9113 section 6.10): they are added
	// under one lock.
	for first := true; first || len(block) > 0; first = false {
		n := min(len(block), frameBytes-extra)
		if n == len(block) {
			flags |= http2.FlagHeadersEndHeaders
		}
		c.frame(n+extra, kind, flags, id)
		if extra > 0 {
			c.out = append(c.out, 0x20)
			c.shrink, extra = false, 0
		}
		c.out = append(c.out, block[:n]...)
		block, kind, flags = block[n:], http2.FrameContinuation, 0
	}
}

// flush sends what there is, unless somebody writes already, who then takes it along. The
// lock is open while it writes.
func (c *conn) flush() {
	// After an error nothing can be sent in order: the client would find a gap.
	if c.writing || len(c.out) == 0 || c.err != nil {
		return
	}
	c.writing = true
	for turn := 0; len(c.out) > 0 && c.err == nil; turn++ {
		// Whoever writes for others again and again has its own work to do.
		if turn == 4 && c.server.tasks.Go("sending", c.sendOn) {
			return
		}
		c.write()
	}
	c.writing = false
	c.room.Broadcast()
}

// sendOn goes on with what somebody has begun to send.
func (c *conn) sendOn() {
	c.mu.Lock()
	defer c.mu.Unlock()
	// The handler that has begun is on its own way again.
	for len(c.out) > 0 && c.err == nil {
		c.write()
	}
	c.writing = false
	c.room.Broadcast()
}

// write sends what there is once. Where other answers are under way it lets them run first,
// so that more of them are sent at once: each write costs a record and a call of the system.
func (c *conn) write() {
	if c.running > 1 {
		c.mu.Unlock()
		runtime.Gosched()
		c.mu.Lock()
	}
	b := c.out
	c.out, c.spare = c.spare[:0], nil
	// The clock closes a connection whose client takes nothing; a deadline for each write would
	// be set anew with each.
	c.stuck = c.server.now()
	c.mu.Unlock()
	_, err := c.net.Write(b)
	c.mu.Lock()
	c.stuck = 0
	// Two buffers take turns: one is written while the others add to the next.
	if c.spare == nil && cap(b) <= keptBytes {
		c.spare = b[:0]
	}
	if err != nil {
		c.failed(err)
	}
	c.wakeAll()
}

// wakeAll tells those who wait for room that there is some.
func (c *conn) wakeAll() {
	c.room.Broadcast()
	for _, st := range c.streams {
		if st.wants {
			st.turn.Broadcast()
		}
	}
}
