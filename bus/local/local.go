package local

import (
	"bytes"
	"context"
	"sync"

	"github.com/dragoman-gateway/dragoman/bus"
	"github.com/dragoman-gateway/dragoman/bus/mailbox"
	"github.com/dragoman-gateway/dragoman/internal/tasks"
)

// Bus joins whatever shares it.
type Bus struct {
	Reports *tasks.Reporter // is told of handlers that panic; set before anybody is on it

	mu       sync.Mutex // Protects fields below.
	closed   bool
	topics   map[string]map[*mailbox.Listener]struct{}
	handlers map[address]*mailbox.Handler
}

// address is where requests go.
type address struct {
	node  uint32
	topic string
}

var _ bus.Bus = (*Bus)(nil)

// New makes a bus with nobody on it.
func New() *Bus {
	return &Bus{topics: map[string]map[*mailbox.Listener]struct{}{}, handlers: map[address]*mailbox.Handler{}}
}

// Announce implements bus.Bus.
func (b *Bus) Announce(ctx context.Context, topic string, payload []byte) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if len(payload) > bus.MaxAnnouncement {
		return bus.ErrTooLarge
	}
	payload = bytes.Clone(payload)
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return bus.ErrClosed
	}
	for l := range b.topics[topic] {
		l.Tell(payload)
	}
	return nil
}

// Subscribe implements bus.Bus.
func (b *Bus) Subscribe(ctx context.Context, topic string, heard func([]byte, int)) (stop func(), err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return nil, bus.ErrClosed
	}
	l := mailbox.Listen(heard, b.Reports)
	if b.topics[topic] == nil {
		b.topics[topic] = map[*mailbox.Listener]struct{}{}
	}
	b.topics[topic][l] = struct{}{}
	return func() {
		b.mu.Lock()
		delete(b.topics[topic], l)
		if len(b.topics[topic]) == 0 {
			delete(b.topics, topic)
		}
		b.mu.Unlock()
		l.Stop()
	}, nil
}

// Request implements bus.Bus.
func (b *Bus) Request(ctx context.Context, node uint32, topic string, payload []byte) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if len(payload) > bus.MaxPayload {
		return nil, bus.ErrTooLarge
	}
	b.mu.Lock()
	h, closed := b.handlers[address{node, topic}], b.closed
	b.mu.Unlock()
	switch {
	case closed:
		return nil, bus.ErrClosed
	case h == nil:
		return nil, bus.ErrNoNode
	}
	return h.Ask(ctx, bytes.Clone(payload))
}

// Handle implements bus.Bus.
func (b *Bus) Handle(node uint32, topic string, answer func(context.Context, []byte) []byte) (stop func(), err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return nil, bus.ErrClosed
	}
	at := address{node, topic}
	if b.handlers[at] != nil {
		return nil, bus.ErrTaken
	}
	h := mailbox.Handle(answer, b.Reports)
	b.handlers[at] = h
	return func() {
		b.mu.Lock()
		if b.handlers[at] == h {
			delete(b.handlers, at)
		}
		b.mu.Unlock()
		h.Stop()
	}, nil
}

// Close ends every subscription and handler and waits for what they are at. It
// must not be called from one of them.
func (b *Bus) Close() error {
	b.mu.Lock()
	topics, handlers := b.topics, b.handlers
	b.closed, b.topics, b.handlers = true, map[string]map[*mailbox.Listener]struct{}{}, map[address]*mailbox.Handler{}
	b.mu.Unlock()
	for _, listeners := range topics {
		for l := range listeners {
			l.Stop()
		}
	}
	for _, h := range handlers {
		h.Stop()
	}
	return nil
}
