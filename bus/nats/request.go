package nats

import (
	"context"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/dragoman-gateway/dragoman/bus"
	"github.com/dragoman-gateway/dragoman/bus/mailbox"
)

// Request implements bus.Bus.
func (b *Bus) Request(ctx context.Context, node uint32, topic string, payload []byte) ([]byte, error) {
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case len(payload) > bus.MaxPayload:
		return nil, bus.ErrTooLarge
	}
	within, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	deadline, _ := within.Deadline()
	left := max(time.Until(deadline), time.Millisecond)
	m := message{kind: request, sender: b.sender, number: b.number.Add(1), extra: uint32(left.Milliseconds()), payload: payload}
	subject := b.requests(node, topic)
	reply, err := b.conn.RequestWithContext(within, subject, m.seal(b.options.Secret, subject))
	if err != nil {
		if ended := ctx.Err(); ended != nil {
			return nil, ended
		}
		return nil, b.wrong(err)
	}
	a, err := open(b.options.Secret, subject, reply.Data, answer, bus.MaxPayload)
	if err != nil || a.sender != m.sender || a.number != m.number {
		b.forged.Add(1)
		return nil, fmt.Errorf("the bus: %w", errForged)
	}
	if s := status(a.extra); s != answered {
		if err := errs[s]; err != nil {
			return nil, err
		}
		return nil, bus.ErrFailed // a newer node has more to say
	}
	return a.payload, nil
}

// Handle implements bus.Bus.
func (b *Bus) Handle(node uint32, topic string, reply func(ctx context.Context, payload []byte) []byte) (stop func(), err error) {
	subject := b.requests(node, topic)
	b.mu.Lock()
	taken := b.handlers[subject]
	b.handlers[subject] = true
	b.mu.Unlock()
	if taken {
		return nil, bus.ErrTaken
	}
	h, seen := mailbox.Handle(reply, b.options.Reports), new(once)
	return b.listen(subject, func(msg *nats.Msg) {
		m, ok := b.read(msg, subject, request, bus.MaxPayload, seen)
		if !ok {
			return
		}
		respond := func(payload []byte, err error) {
			a := message{kind: answer, sender: m.sender, number: m.number, extra: uint32(statusOf(err)), payload: payload}
			_ = msg.Respond(a.seal(b.options.Secret, subject)) // the asker waits no longer than it said
		}
		if b.awake.stale(m.left()) {
			b.expired.Add(1)
			respond(nil, bus.ErrBusy) // nothing was done: an asker that is there after all may ask again
			return
		}
		ctx, cancel := context.WithTimeout(context.Background(), m.left())
		h.Start(ctx, m.payload, func(payload []byte, err error) {
			cancel()
			respond(payload, err)
		})
	}, func() {
		h.Stop()
		b.mu.Lock()
		delete(b.handlers, subject)
		b.mu.Unlock()
	})
}
