package nats

import (
	"context"
	"slices"
	"sync"

	"github.com/nats-io/nats.go"

	"github.com/dragoman-gateway/dragoman/bus"
	"github.com/dragoman-gateway/dragoman/bus/mailbox"
)

// Announce implements bus.Bus.
func (b *Bus) Announce(ctx context.Context, topic string, payload []byte) error {
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case len(payload) > bus.MaxAnnouncement:
		return bus.ErrTooLarge
	}
	b.order.Lock()
	defer b.order.Unlock()
	m := message{kind: announcement, sender: b.sender, number: b.number.Add(1), payload: payload}
	subject := b.announcements(topic)
	return b.wrong(b.conn.Publish(subject, m.seal(b.options.Secret, subject)))
}

// audience is who hears a topic here: one subscription for all of them.
type audience struct {
	mu        sync.Mutex // Protects fields below.
	listeners []*mailbox.Listener
	stop      func() // ends the subscription
}

// Subscribe implements bus.Bus.
func (b *Bus) Subscribe(ctx context.Context, topic string, heard func(payload []byte, missed int)) (stop func(), err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	b.joining.Lock()
	defer b.joining.Unlock()
	a := b.audiences[topic]
	l := mailbox.Listen(heard, b.options.Reports)
	if a != nil {
		a.add(l)
	} else {
		a = &audience{listeners: []*mailbox.Listener{l}}
		if a.stop, err = b.listenTo(topic, a); err != nil {
			l.Stop()
			return nil, err
		}
		b.audiences[topic] = a
	}
	return sync.OnceFunc(func() {
		b.joining.Lock()
		if a.remove(l) == 0 && b.audiences[topic] == a {
			delete(b.audiences, topic)
			a.stop()
		}
		b.joining.Unlock()
		l.Stop()
	}), nil
}

func (b *Bus) listenTo(topic string, a *audience) (stop func(), err error) {
	subject, seen := b.announcements(topic), new(once)
	return b.listen(subject, func(msg *nats.Msg) {
		if m, ok := b.read(msg, subject, announcement, bus.MaxAnnouncement, seen); ok {
			a.tell(m.payload)
		}
	}, a.end)
}

func (a *audience) add(l *mailbox.Listener) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.listeners = append(a.listeners, l)
}

func (a *audience) remove(l *mailbox.Listener) (left int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.listeners = slices.DeleteFunc(a.listeners, func(other *mailbox.Listener) bool { return other == l })
	return len(a.listeners)
}

func (a *audience) tell(payload []byte) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, l := range a.listeners {
		l.Tell(payload)
	}
}

// end ends all who still listen, when the bus is closed.
func (a *audience) end() {
	a.mu.Lock()
	listeners := slices.Clone(a.listeners)
	a.mu.Unlock()
	for _, l := range listeners {
		l.Stop()
	}
}
