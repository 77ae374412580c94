package connection

import (
	"errors"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/dragoman-gateway/dragoman/exchange"
	"github.com/dragoman-gateway/dragoman/gateway/socket"
	"github.com/dragoman-gateway/dragoman/record/mask"
)

// Connection is one client, from the end of its $connect to its close. Its
// fields do not change, but for UnderWay and Route.
type Connection struct {
	ID          string // as String of an ID
	ApiID       string
	Stage       string
	ConnectedAt time.Time
	SourceIP    string
	UserAgent   string
	Principal   string          // that the authorizer of $connect named; "" for none
	Query       string          // of its handshake, raw
	Authorizer  exchange.Values // that the authorizer of $connect has handed on
	Sender      Sender
	Secrets     *mask.Secrets // of its handshake, for records of what is said later; nil for none

	// UnderWay counts the messages of the client that are being answered beside the
	// reading of its socket.
	UnderWay atomic.Int32

	// Route is the label of the route that the last message took; nil before the first.
	Route atomic.Pointer[string]
}

// Sender is the way to a client. It never waits for the client. Writing fails
// with ErrGone, ErrFull or ErrTooLarge and then has sent nothing; the bytes are
// the caller's again when it returns.
type Sender interface {
	// WriteText puts a text message, which is UTF-8, behind those that wait.
	WriteText(data []byte) error
	// WriteBinary is WriteText for a binary message.
	WriteBinary(data []byte) error
	// Close ends the connection behind what waits, with a code of RFC 6455 section
	// 7.4 and a reason of at most 123 bytes.
	Close(code int, reason string)
	Stop()        // takes nothing more of the client
	Rested() bool // since Stop, or the end, all that was taken has been handed over
	// LastActive is when a message last went either way.
	LastActive() time.Time
	Traffic() socket.Traffic // that has passed
}

var _ Sender = (*socket.Socket)(nil)

// The errors of sending.
var (
	ErrGone     = socket.ErrClosed
	ErrFull     = socket.ErrOutboxFull
	ErrTooLarge = socket.ErrTooLong

	// ErrUnreachable is neither a yes nor a no: the node did not answer in time.
	ErrUnreachable = errors.New("the node that holds the connection does not answer")
)

// Place is where a connection lives: the API and the stage that it was made
// through. A caller that may send to one place must not reach another.
type Place struct{ ApiID, Stage string }

// Info is what a client can be asked for.
type Info struct {
	ConnectedAt  time.Time
	LastActiveAt time.Time
	SourceIP     string
	UserAgent    string
	Place        Place
}

// Send hands data to the client: as a text message where it is text.
//
// Assumed: what is no UTF-8 goes as a binary message.
func (c *Connection) Send(data []byte) error { return c.send(data, utf8.Valid(data)) }

// send is Send of data of which it is known whether it is text: a broadcast looks at it once and
// not for each of thousands of clients.
func (c *Connection) send(data []byte, text bool) error {
	if text {
		return c.Sender.WriteText(data)
	}
	return c.Sender.WriteBinary(data)
}

// Info describes the client.
func (c *Connection) Info() Info {
	return Info{c.ConnectedAt, c.Sender.LastActive(), c.SourceIP, c.UserAgent, Place{c.ApiID, c.Stage}}
}

// settled says whether nothing of a client that was stopped is under way. What is handed
// over counts in UnderWay before the socket rests.
func (c *Connection) settled() bool { return c.Sender.Rested() && c.UnderWay.Load() == 0 }

func (c *Connection) at(p Place) bool { return c.ApiID == p.ApiID && c.Stage == p.Stage }
