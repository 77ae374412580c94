package http1

// more reads on, making room first: what was used gives its room before more memory is
// asked for.
func (c *conn) more() error {
	if c.to == len(c.buf) && c.buf != nil {
		if c.from > 0 {
			c.to = copy(c.buf, c.buf[c.from:c.to])
			c.from = 0
		} else if no := c.grow(); no != nil {
			return no
		}
	}
	return cut(c.fill())
}

// headCost is how much memory a byte of a long head takes: in the buffer, in the
// text that is made of it and in the tables of its lines.
const headCost = 3

// grow doubles the buffer, if there is memory for that. It counts until the
// exchange is over: a thousand clients with long heads take as much as one with a
// long body.
func (c *conn) grow() error {
	held := headCost * 2 * len(c.buf)
	if !c.server.Bodies.Take(held-c.held, held) {
		return errFull
	}
	c.held = held
	larger := make([]byte, 2*len(c.buf))
	copy(larger, c.buf[:c.to])
	at := c.to
	c.free()
	c.buf, c.to = larger, at
	return nil
}

// giveBack gives back what a long head took.
func (c *conn) giveBack() {
	c.server.Bodies.Give(c.held)
	c.held = 0
}

// release gives the buffer back if there is nothing in it.
func (c *conn) release() {
	if c.from == c.to {
		c.free()
	}
}

// free gives the buffer back. One that has grown is nobody's next: most heads are short.
func (c *conn) free() {
	if len(c.buf) == readSize {
		readBuffers.Put((*[readSize]byte)(c.buf))
	}
	c.buf, c.from, c.to = nil, 0, 0
}

// fill waits for at least a byte and puts what has come behind the rest.
func (c *conn) fill() error {
	for {
		err := c.fillOnce(false)
		if err == nil || !timedOut(err) || !c.tooEarly() {
			return err
		}
	}
}

// fillOnce is fill for one deadline. With now it does not wait.
func (c *conn) fillOnce(now bool) error {
	if c.raw == nil {
		return c.fillBuffered(now)
	}
	c.once = now
	if err := c.raw.Read(c.readable); err != nil {
		return err
	}
	return c.readErr
}

// fillBuffered reads a connection that can only be read into a buffer.
func (c *conn) fillBuffered(now bool) error {
	if now { // which such a connection cannot be asked
		return errIdle
	}
	if c.secure != nil {
		return c.fillSecure()
	}
	c.buffer()
	n, err := c.net.Read(c.buf[c.to:])
	c.to += n
	if n > 0 {
		return nil
	}
	return err
}

// buffer makes sure that there is one.
func (c *conn) buffer() {
	if c.buf == nil {
		c.buf, c.from, c.to = readBuffers.Get().(*[readSize]byte)[:], 0, 0
	}
}
