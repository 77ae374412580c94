package gather

import (
	"context"
	"errors"

	"github.com/dragoman-gateway/dragoman/bus"
	"github.com/dragoman-gateway/dragoman/fault"
)

// relayTopic is what nodes are asked under about the clients of the console that they hold.
const relayTopic = "relay"

// Line reaches the relays of other nodes. What is said there is theirs to make and to check.
type Line struct{ gather *Gatherer }

// NewLine makes a line; nil where there are no other nodes.
func NewLine(g *Gatherer) *Line {
	if g == nil {
		return nil
	}
	return &Line{g}
}

// Node is the number of this node.
func (l *Line) Node() uint32 { return uint32(l.gather.options.Node) }

// Ask has one node answer. NotFound: there is no such node; PayloadTooLarge: the bus does not
// carry the question; after any other error it may have been heard.
func (l *Line) Ask(ctx context.Context, node uint32, question []byte) ([]byte, error) {
	answer, err := l.gather.options.Bus.Request(ctx, node, relayTopic, question)
	switch {
	case errors.Is(err, bus.ErrNoNode):
		return nil, fault.New(fault.NotFound, "There is no such node")
	case errors.Is(err, bus.ErrTooLarge) && len(question) > bus.MaxPayload:
		return nil, fault.New(fault.PayloadTooLarge, "The message is longer than the nodes of this gateway pass on")
	}
	return answer, err
}

// Answer answers other nodes until the Gatherer is closed; nil is no answer.
func (l *Line) Answer(answer func(ctx context.Context, question []byte) []byte) error {
	return l.gather.handle(relayTopic, answer)
}
