package soak

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/gobwas/ws"
)

// conn is a WebSocket client that a run has thousands of.
type conn struct {
	net.Conn
	from *bufio.Reader
}

// most is how long anything may take: the machine may be busy with all the others.
const most = time.Minute

func dial(address, path string) (*conn, error) {
	c, err := net.DialTimeout("tcp", address, most)
	if err != nil {
		return nil, err
	}
	_ = c.SetDeadline(time.Now().Add(most))
	fmt.Fprintf(c, "GET %s HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", path, address)
	from := bufio.NewReaderSize(c, 512)
	answer, err := http.ReadResponse(from, nil)
	if err == nil && answer.StatusCode != http.StatusSwitchingProtocols {
		err = fmt.Errorf("the handshake was answered %s", answer.Status)
	}
	if err != nil {
		c.Close()
		return nil, err
	}
	return &conn{c, from}, nil
}

func (c *conn) send(text string) error {
	return ws.WriteFrame(c, ws.MaskFrameInPlace(ws.NewTextFrame([]byte(text))))
}

func (c *conn) read() (string, error) {
	header, err := ws.ReadHeader(c.from)
	if err != nil {
		return "", err
	}
	payload := make([]byte, header.Length)
	if _, err := io.ReadFull(c.from, payload); err != nil {
		return "", err
	}
	if header.OpCode != ws.OpText {
		return "", fmt.Errorf("got a frame of type %v: %q", header.OpCode, payload)
	}
	return string(payload), nil
}

// leave sends a close frame and waits for that of the gateway.
func (c *conn) leave() error {
	if err := ws.WriteFrame(c, ws.MaskFrameInPlace(ws.NewCloseFrame(ws.NewCloseFrameBody(1000, "done")))); err != nil {
		return err
	}
	header, err := ws.ReadHeader(c.from)
	if err == nil && header.OpCode != ws.OpClose {
		err = errors.New("a close frame is answered by another")
	}
	return err
}
