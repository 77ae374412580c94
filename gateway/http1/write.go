package http1

import "net"

// write sends all of the parts, waiting for the client as long as its deadlines allow. Most answers
// fit into the socket whole: then it is one call to the system and no more, as with net.Conn, without
// Go's scheduler being told of it (see descriptor.WriteNow). Of several small writes each would be a
// packet.
func (c *conn) write(parts *[3][]byte) error {
	if c.secure != nil {
		return c.writeSecure(parts)
	}
	if c.raw == nil {
		buffers := net.Buffers(parts[:])
		_, err := buffers.WriteTo(c.net)
		return err
	}
	c.rest, c.writeErr = parts, nil
	err := c.raw.Write(c.writable)
	c.rest = nil // they are lent
	if err == nil {
		err = c.writeErr
	}
	return err
}

// writeSecure writes each part by itself: TLS makes records of its own of whatever it is given, and
// would make work of nothing too.
func (c *conn) writeSecure(parts *[3][]byte) error {
	for _, p := range parts {
		if len(p) == 0 {
			continue
		}
		if _, err := c.net.Write(p); err != nil {
			return err
		}
	}
	return nil
}
