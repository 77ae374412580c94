package http

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/dragoman-gateway/dragoman/integration"
	"github.com/dragoman-gateway/dragoman/internal/budget"
	"github.com/dragoman-gateway/dragoman/message"
)

// Invoke makes a buffered call to r.Address with r.Method, GET when that is empty.
// The reply's body is bounded; a longer one is ErrTooLarge. WebSocket APIs call
// so: a template has to see the whole reply, and a message is sent as one.
func (c *Client) Invoke(ctx context.Context, r *integration.Request) (*integration.Reply, error) {
	began := time.Now()
	o := outgoing(r)
	if r.Timeout > 0 {
		// The timeout is of the whole call here, not of each wait.
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, r.Timeout)
		defer cancel()
	}
	in, err := c.Forward(ctx, o)
	if err != nil {
		return nil, err
	}
	defer in.Body.Close()
	// Whoever calls may hold the memory longer than the call: then it is theirs to give back.
	hold := r.Hold
	if hold == nil {
		own := c.options.Bodies.Hold()
		defer own.Free()
		hold = &own
	}
	body, err := readAll(in, c.options.MaxReply, hold)
	if err != nil {
		return nil, err
	}
	return &integration.Reply{
		Status: in.Status, Header: in.Header, Body: body,
		RequestID: in.Header.Get("X-Amzn-RequestId"), Latency: time.Since(began),
	}, nil
}

// outgoing makes a streamed request of a buffered one.
func outgoing(r *integration.Request) *integration.Outgoing {
	o := &integration.Outgoing{
		Method: r.Method, Scheme: r.Address.Scheme, Address: r.Address.Host, Host: r.Header.Get("Host"),
		Target: r.Address.Target, Header: r.Header, Link: r.Link,
		Body: bytes.NewReader(r.Body), Length: int64(len(r.Body)),
	}
	if o.Method == "" {
		o.Method = "GET"
	}
	return o
}

// readAll reads a whole body within its bound.
func readAll(in *integration.Incoming, limit int, hold *budget.Hold) ([]byte, error) {
	// A length that is declared is believed before anything is read.
	if in.Length > int64(limit) {
		return nil, message.Fail(message.ErrTooLarge, fmt.Errorf("the reply has %d bytes and may have %d", in.Length, limit))
	}
	// One byte more than may be tells a reply that is too long from one that just fits.
	body, err := budget.Read(io.LimitReader(in.Body, int64(limit)+1), in.Length, nil, hold)
	switch {
	case errors.Is(err, budget.ErrFull):
		return nil, message.Fail(message.ErrBusy, err)
	case err != nil:
		return nil, message.Failure(err)
	case len(body) > limit:
		return nil, message.Fail(message.ErrTooLarge, fmt.Errorf("the reply has more than the %d bytes that it may have", limit))
	}
	return body, nil
}
