package bus

import (
	"context"
	"errors"
)

// Bus joins nodes. Its methods may be called at any time, by anybody. After the
// bus was closed they fail with ErrClosed.
//
// A topic is what announcements or requests are about: one word of a-z.
type Bus interface {
	// Announce tells every subscriber of the topic, on this node and the others,
	// something of at most MaxAnnouncement bytes, else ErrTooLarge. It returns when
	// the announcement is on its way, not when it was heard. payload is the
	// caller's again then.
	Announce(ctx context.Context, topic string, payload []byte) error

	// Subscribe calls heard for announcements of the topic from now on, for one at
	// a time. Each is heard once or not at all: one may be lost on its way. Those
	// that arrive come in the order in which their sender announced them. payload is
	// valid until heard returns, and nobody may change it.
	//
	// heard may take its time, it delays nobody else: up to Queue announcements wait
	// for it. When one more arrives the oldest is dropped, so that the newest is
	// always heard at last; missed is how many were dropped since the one heard
	// before. One that panics hears the next. After stop has returned heard does
	// not run and will not; stop may be called again, and must not be called from
	// heard.
	Subscribe(ctx context.Context, topic string, heard func(payload []byte, missed int)) (stop func(), err error)

	// Request asks a node about a topic and returns its answer. It fails with
	// ErrNoNode at once where no such node answers requests of the topic, with
	// ErrBusy where it answers Answers of them already, with ErrFailed where its
	// answer panicked, with ErrAway where there is no way to any node now, so that none has
	// seen the request, and with the error of ctx when that ends first; then the node
	// may or may not have seen the request. Payload and answer are at most
	// MaxPayload bytes, else ErrTooLarge. The payload is the caller's again when
	// Request returns, and the answer is the caller's.
	Request(ctx context.Context, node uint32, topic string, payload []byte) ([]byte, error)

	// Handle answers the requests to a node about a topic until stop has returned,
	// up to Answers at a time; ctx ends when the asker gave up, if the bus can know,
	// or with stop. The payload is valid until answer returns, the answer belongs to
	// the bus. What is handled already, anywhere, is ErrTaken if the bus can know.
	Handle(node uint32, topic string, answer func(ctx context.Context, payload []byte) []byte) (stop func(), err error)
}

// The bounds of every bus.
const (
	// MaxPayload is how many bytes a request or an answer may carry: a message of a
	// client and what goes with it, with room to spare.
	MaxPayload = 512 << 10
	// MaxAnnouncement is how many bytes an announcement may carry: it says what
	// happened, and whoever wants to know more reads the store.
	MaxAnnouncement = 4 << 10
	// Queue is how many announcements wait for a subscriber.
	Queue = 64
	// Answers is how many requests about one topic a node answers at a time.
	Answers = 1024
)

// What a bus can fail with, besides the errors of contexts and of its network.
var (
	ErrNoNode   = errors.New("no such node answers")
	ErrTaken    = errors.New("the node is handled already")
	ErrTooLarge = errors.New("the payload is too large for the bus")
	ErrBusy     = errors.New("the node answers too many requests already")
	ErrFailed   = errors.New("the node failed to answer")
	ErrAway     = errors.New("the broker is away")
	ErrClosed   = errors.New("the bus is closed")
)
