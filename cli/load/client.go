package load

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"

	"github.com/coder/websocket"
)

const mostAnswer = 64 << 20 // bytes of an answer

// shared is what all connections go out by.
func (r *run) shared() *http.Client {
	return &http.Client{
		Transport: &http.Transport{
			MaxIdleConns: r.Connections, MaxIdleConnsPerHost: r.Connections, MaxConnsPerHost: r.Connections, DisableCompression: true,
			TLSClientConfig: &tls.Config{InsecureSkipVerify: r.Insecure}, // only where the user asks for it
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// client makes one connection. Those of HTTP are made by their first requests, in the warm-up.
func (r *run) client(ctx context.Context, shared *http.Client) (client, error) {
	if strings.HasPrefix(r.URL, "http") {
		return &httpClient{r, shared}, nil
	}
	c := &socketClient{run: r, shared: shared}
	ctx, cancel := context.WithTimeout(ctx, r.Timeout)
	defer cancel()
	return c, c.dial(ctx)
}

type httpClient struct {
	*run
	shared *http.Client
}

func (c *httpClient) ask(ctx context.Context) error {
	q, err := http.NewRequestWithContext(ctx, c.Method, c.URL, bytes.NewReader(c.Body))
	if err != nil {
		return err
	}
	for name, value := range c.Header {
		if strings.EqualFold(name, "Host") {
			q.Host = value
		}
		q.Header.Set(name, value)
	}
	answer, err := c.shared.Do(q)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if _, err := io.Copy(io.Discard, io.LimitReader(answer.Body, mostAnswer)); err != nil {
		return err
	}
	if answer.StatusCode >= 400 {
		return fmt.Errorf("status %d", answer.StatusCode)
	}
	return nil
}

func (c *httpClient) close() { c.shared.CloseIdleConnections() }

type socketClient struct {
	*run
	shared *http.Client
	conn   *websocket.Conn
}

func (c *socketClient) dial(ctx context.Context) error {
	header := http.Header{}
	for name, value := range c.Header {
		header.Set(name, value)
	}
	conn, answer, err := websocket.Dial(ctx, c.URL, &websocket.DialOptions{HTTPClient: c.shared, HTTPHeader: header, Host: header.Get("Host")})
	if err != nil {
		if answer != nil {
			return fmt.Errorf("the handshake was answered with status %d", answer.StatusCode)
		}
		return err
	}
	conn.SetReadLimit(mostAnswer)
	c.conn = conn
	return nil
}

// ask sends the message and waits for a frame. A connection that is lost is made anew, by the
// next request.
func (c *socketClient) ask(ctx context.Context) error {
	if c.conn == nil {
		if err := c.dial(ctx); err != nil {
			return err
		}
	}
	err := c.conn.Write(ctx, websocket.MessageText, c.Body)
	if err == nil {
		_, _, err = c.conn.Read(ctx)
	}
	if err != nil {
		_ = c.conn.CloseNow()
		c.conn = nil
	}
	return err
}

func (c *socketClient) close() {
	if c.conn != nil {
		_ = c.conn.Close(websocket.StatusNormalClosure, "")
	}
}

// plain words an error so that those of one kind are one.
func plain(err error) string {
	switch status := websocket.CloseStatus(err); {
	case errors.Is(err, context.DeadlineExceeded):
		return "no answer in time"
	case status != -1:
		return fmt.Sprintf("closed with code %d", status)
	}
	if wrong, ok := errors.AsType[*net.OpError](err); ok {
		return wrong.Op + ": " + wrong.Err.Error()
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return "the connection was lost"
	}
	return err.Error()
}
