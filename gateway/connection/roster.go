package connection

import (
	"context"
	"errors"
	"time"

	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/roster"
)

// Connected shows the newest clients of this node that a filter asks for, and counts
// all of them.
func (d *Fleet) Connected(f roster.Filter) (newest []roster.Connection, total int) {
	found := roster.Seek(f)
	d.registry.Range(func(c *Connection) bool {
		if found.Wants(c.ApiID, c.Stage) {
			found.Add(c.shown())
		}
		return true
	})
	return found.Shown()
}

// Registry holds the clients of this node.
func (d *Fleet) Registry() *Registry { return d.registry }

// Len counts the clients of this node.
func (d *Fleet) Len() int { return d.registry.Len() }

// shown is the client as others are shown it.
func (c *Connection) shown() roster.Connection {
	passed := c.Sender.Traffic()
	shown := roster.Connection{
		ID: c.ID, API: c.ApiID, Stage: c.Stage, Since: c.ConnectedAt.UTC().Truncate(time.Millisecond),
		SourceIP: c.SourceIP, UserAgent: c.UserAgent, Principal: c.Principal, LastActive: c.Sender.LastActive().UTC().Truncate(time.Millisecond),
		MessagesIn: passed.MessagesIn, MessagesOut: passed.MessagesOut, BytesIn: passed.BytesIn, BytesOut: passed.BytesOut,
	}
	if route := c.Route.Load(); route != nil {
		shown.Route = *route
	}
	return shown
}

// Where tells the API and stage of a client's connection. Its errors, and those of Post
// and Part, are faults.
func (d *Fleet) Where(ctx context.Context, id string) (api, stage string, err error) {
	at, err := d.Find(ctx, id)
	return at.ApiID, at.Stage, Fault(err)
}

// Post is Send for those who are shown connections.
func (d *Fleet) Post(ctx context.Context, api, stage, id string, data []byte) error {
	return Fault(d.Send(ctx, Place{api, stage}, id, data))
}

// Part ends a connection as DeleteConnection does.
func (d *Fleet) Part(ctx context.Context, api, stage, id string) error {
	return Fault(d.Disconnect(ctx, Place{api, stage}, id, Normal, NormalReason))
}

// What a client hears that is sent away by a call, and its $disconnect.
// Observed: AWS closes so; a caller can choose neither.
const (
	Normal       = 1000
	NormalReason = "Connection Closed Normally"
)

// Fault words the outcome of a call for whoever made it.
func Fault(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, ErrGone):
		return fault.New(fault.Gone, "")
	case errors.Is(err, ErrFull):
		return fault.New(fault.LimitExceeded, "The client does not take its messages fast enough")
	case errors.Is(err, ErrTooLarge):
		return fault.New(fault.PayloadTooLarge, "Message too long")
	}
	// Nobody knows what became of it, whatever kept this node from finding out: that leases could not
	// be read is no word on the message.
	return &fault.Error{Op: "connection.Fault", Kind: fault.Internal, Err: err}
}
