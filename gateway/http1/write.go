package http1

// write sends all of p, waiting for the client as long as its deadlines allow. Most answers fit into
// the socket whole: then it is one call to the system and no more, as net.Conn's Write would be, without
// Go's scheduler being told of it (see descriptor.WriteNow).
func (c *conn) write(p []byte) error {
	if c.raw == nil { // TLS has its own records to write
		_, err := c.net.Write(p)
		return err
	}
	c.rest, c.writeErr = p, nil
	err := c.raw.Write(c.writable)
	c.rest = nil // it is lent
	if err == nil {
		err = c.writeErr
	}
	return err
}
