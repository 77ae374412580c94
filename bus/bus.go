package bus

import (
	"context"
	"errors"
)

// Bus joins nodes. Its methods may be called at any time, by anybody. After the
// bus was closed they fail with ErrClosed.
type Bus interface {
	// Announce tells every subscriber of the topic, on this node and the others,
	// of a revision. It returns when the announcement is on its way, not when it
	// was heard.
	Announce(ctx context.Context, topic string, revision int64) error

	// Subscribe calls heard for announcements of the topic from now on: for one
	// at a time, never lower than the one before, always at last for the highest
	// of those that arrived; some between may be left out. heard may take its
	// time, it delays nobody else, and one that panics hears the next. After stop has returned heard does not run and
	// will not; stop may be called again, and must not be called from heard.
	Subscribe(ctx context.Context, topic string, heard func(revision int64)) (stop func(), err error)

	// Request asks a node and returns its answer. It fails with ErrNoNode at once
	// where no such node answers requests, and with the error of ctx when that
	// ends first; then the node may or may not have seen the request, and with
	// ErrFailed where its answer panicked. Payload and answer are at most MaxPayload bytes, else ErrTooLarge. The payload is the
	// caller's again when Request returns, and the answer is the caller's.
	Request(ctx context.Context, node uint32, payload []byte) ([]byte, error)

	// Handle answers the requests to a node until stop has returned, many at a
	// time; ctx ends when the asker gave up, if the bus can know, or with stop.
	// The payload is valid until answer returns, the answer belongs to the bus. A
	// node that is handled already, anywhere, is ErrTaken if the bus can know.
	Handle(node uint32, answer func(ctx context.Context, payload []byte) []byte) (stop func(), err error)
}

// MaxPayload is what a request or an answer may carry: a message of a client
// and what goes with it, with room to spare.
const MaxPayload = 512 << 10

// What a bus can fail with, besides the errors of contexts and of its network.
var (
	ErrNoNode   = errors.New("no such node answers")
	ErrTaken    = errors.New("the node is handled already")
	ErrTooLarge = errors.New("the payload is too large for the bus")
	ErrFailed   = errors.New("the node failed to answer")
	ErrClosed   = errors.New("the bus is closed")
)
