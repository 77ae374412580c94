//go:build !unix

package upstream

type arriving struct{}

func (c *conn) read(p []byte) (int, error) { return c.net.Read(p) }

func (c *conn) arriveNow(uintptr) bool { return true }

// ready cannot tell here what has come.
func (c *conn) ready([]byte) int { return 0 }
