package relay

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"unicode/utf8"

	"github.com/dragoman-gateway/dragoman/fault"
)

// Client is a WebSocket that a caller has opened, at this node or another: nobody can tell
// which. Errors are faults: NotFound where there is none, Gone where it has ended, Conflict
// for a ping before the last is answered, Unavailable where its node does not answer.
type Client interface {
	// Read is as Session.Read tells.
	Read(ctx context.Context, tell func(*Event) error) error
	Write(ctx context.Context, data []byte, binary bool) error
	Ping(ctx context.Context) error
	Leave(ctx context.Context, code int, reason string) error
}

var _, _ Client = (*Session)(nil), (*elsewhere)(nil)

// Others reach the relays of other nodes, whose answers are those of Relay.Answer.
type Others interface {
	// Node is this node's number, of at most 24 bits.
	Node() uint32
	// Ask has a node answer. Where there is no such node that is NotFound, and whatever the bus
	// cannot carry PayloadTooLarge; after another error the node may have heard it or not.
	Ask(ctx context.Context, node uint32, question []byte) ([]byte, error)
}

// What one node asks another. A session alone is named, by its id and its caller's key, and
// the node that holds it compares both as it does for its own callers.
const (
	toFind  = "find"
	toWrite = "write"
	toPing  = "ping"
	toLeave = "leave"
	toNext  = "next" // what happens after the events that the reader has seen
	toPart  = "part" // the reader leaves
)

// question is what one node asks another.
type question struct {
	Do     string `json:"do"`
	ID     string `json:"id"`
	Key    string `json:"key,omitempty"`
	Data   []byte `json:"data,omitempty"` // of a message
	Binary bool   `json:"binary,omitempty"`
	Code   int    `json:"code,omitempty"`
	Reason string `json:"reason,omitempty"`
	Reader string `json:"reader,omitempty"`
	Begins bool   `json:"begins,omitempty"` // the reader takes over from whoever reads
	Seen   int    `json:"seen,omitempty"`
}

// reply is what comes of it: an error by its kind, or what happened.
type reply struct {
	Fault  string    `json:"fault,omitempty"`
	Events []carried `json:"events,omitempty"`
	Over   bool      `json:"over,omitempty"` // there is nothing more for this reader
}

// carried is an event on its way. Data is apart, in base64: text with control characters
// would become six times as long in JSON, and longer than a bus takes.
type carried struct {
	Event Event  `json:"event"`
	Data  []byte `json:"data,omitempty"`
}

// mostData is how many bytes of a message travel. A bus takes 512 KiB, in base64 and beside
// the rest of a batch.
const mostData = 256 << 10

func carry(e *Event) carried {
	c := carried{Event: *e}
	if e.Data == nil {
		return c
	}
	// Only where --max-message is raised: that it came is told, and what it was is not.
	if c.Data = []byte(*e.Data); len(c.Data) > mostData {
		c.Data, c.Event.Base64, c.Event.Reason = nil, false, "too long to be shown by another node"
	}
	c.Event.Data = nil
	return c
}

// event is what was carried. Only a message has data, which may be empty.
func (c *carried) event() *Event {
	e := c.Event
	if e.Name == "message" {
		text := string(c.Data)
		e.Data = &text
	}
	return &e
}

// valid says whether an event is one that a session tells.
func (c *carried) valid() bool {
	switch c.Event.Name {
	case "open":
		return c.Event.Opened != nil
	case "message", "pong", "close":
		return utf8.Valid(c.Data)
	}
	return false
}

// MostReason is how many bytes the reason of an end may have.
// RFC 6455, 5.5: a control frame has 125 bytes, of which its code takes two.
const MostReason = 123

var (
	errNoClient = fault.New(fault.NotFound, "There is no such client, or it has ended")
	errEnded    = fault.New(fault.Gone, "The WebSocket has ended")
	errPinged   = fault.New(fault.Conflict, "A ping is not answered yet")
	errEnding   = fault.New(fault.Unavailable, "The gateway is ending")
	errSilent   = fault.New(fault.Unavailable, "The gateway does not reach the client at the moment: what was asked for may have been done")
)

// told are the faults that travel, by the name of their kind: no node puts words of another
// before a caller.
var told = map[string]*fault.Error{
	fault.NotFound.Exception(): errNoClient, fault.Gone.Exception(): errEnded,
	fault.Conflict.Exception(): errPinged, fault.Unavailable.Exception(): errEnding,
}

// nodeDigits end the id of a session where there are other nodes: which of them holds it.
const nodeDigits = 6

// newID is the id of another session of this node.
func (r *Relay) newID() string {
	id := random()
	if r.options.Others == nil {
		return id
	}
	return fmt.Sprintf("%s%0*x", id, nodeDigits, r.options.Others.Node())
}

// nodeOf is the node that an id names; false where the id is none of a fleet's.
func nodeOf(id string) (uint32, bool) {
	if len(id) != 2*randomBytes+nodeDigits {
		return 0, false
	}
	n, err := strconv.ParseUint(id[2*randomBytes:], 16, 32)
	return uint32(n), err == nil
}

// Answer answers what another node asks about a session of this one: nil, as if it were lost,
// where it cannot be read or asks for what no node asks.
func (r *Relay) Answer(ctx context.Context, asked []byte) []byte {
	var q question
	if json.Unmarshal(asked, &q) != nil {
		return nil
	}
	a := r.reply(ctx, &q)
	if a == nil {
		return nil
	}
	text, err := json.Marshal(a)
	if err != nil {
		return nil
	}
	return text
}

func (r *Relay) reply(ctx context.Context, q *question) *reply {
	// Checked as callers' own input is, whose checks another node may have done differently.
	reads := q.Do == toNext || q.Do == toPart
	if reads && (len(q.Reader) != 2*randomBytes || q.Seen < 0) || q.Do == toLeave && (q.Code < 1000 || q.Code > 4999 || len(q.Reason) > MostReason) {
		return nil
	}
	s, err := r.find(q.Key, q.ID)
	if err != nil {
		return failed(err)
	}
	switch q.Do {
	case toFind:
		return &reply{}
	case toWrite:
		return failed(s.Write(ctx, q.Data, q.Binary))
	case toPing:
		return failed(s.Ping(ctx))
	case toLeave:
		return failed(s.Leave(ctx, q.Code, q.Reason))
	case toNext:
		return s.next(ctx, q)
	case toPart:
		return s.part(ctx, q)
	}
	return nil
}

// failed is the answer of what has no other result.
func failed(err error) *reply {
	if err == nil {
		return &reply{}
	}
	name := fault.KindOf(err).Exception()
	if told[name] == nil {
		name = fault.Unavailable.Exception()
	}
	return &reply{Fault: name}
}
