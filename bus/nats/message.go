package nats

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"time"

	"github.com/dragoman-gateway/dragoman/bus"
)

// layout is the first byte of every message. A version that changes what follows it must go
// on sending this one until the version before it is gone from the fleet.
const layout = 1

// kind is what a message is.
type kind byte

const (
	announcement kind = iota + 1
	request
	answer
)

// status is what became of a request.
type status uint32

const (
	answered status = iota
	noNode
	busy
	failed
	tooLarge
)

// errs are the errors of an asker by status.
var errs = map[status]error{noNode: bus.ErrNoNode, busy: bus.ErrBusy, failed: bus.ErrFailed, tooLarge: bus.ErrTooLarge}

// statusOf is the other way round.
func statusOf(err error) status {
	for s, e := range errs {
		if errors.Is(err, e) {
			return s
		}
	}
	if err != nil {
		return failed
	}
	return answered
}

// message is what travels: layout, kind, sender, number, extra, payload, MAC. Numbers are
// big-endian.
type message struct {
	kind    kind
	sender  [senderSize]byte // drawn by each process at its start
	number  uint64           // of the sender's messages; of an answer the request's
	extra   uint32           // milliseconds that are left to a request; the status of an answer
	payload []byte
}

const (
	senderSize = 16
	headSize   = 1 + 1 + senderSize + 8 + 4
	macSize    = 16
	// overhead is how much longer a message is than its payload.
	overhead = headSize + macSize
)

var errForged = errors.New("no message of this fleet")

// seal is a message as it travels on a subject.
func (m *message) seal(key []byte, subject string) []byte {
	b := make([]byte, 0, overhead+len(m.payload))
	b = append(b, layout, byte(m.kind))
	b = append(b, m.sender[:]...)
	b = binary.BigEndian.AppendUint64(b, m.number)
	b = binary.BigEndian.AppendUint32(b, m.extra)
	b = append(b, m.payload...)
	return append(b, mac(key, subject, b)...)
}

// open reads a message that came on a subject, as carefully as what a client sends. Its
// payload is a part of data.
func open(key []byte, subject string, data []byte, want kind, most int) (m message, err error) {
	if len(data) < overhead || len(data) > overhead+most || data[0] != layout || kind(data[1]) != want {
		return m, errForged
	}
	body, sum := data[:len(data)-macSize], data[len(data)-macSize:]
	if !hmac.Equal(sum, mac(key, subject, body)) {
		return m, errForged
	}
	m.kind = want
	copy(m.sender[:], body[2:])
	m.number = binary.BigEndian.Uint64(body[2+senderSize:])
	m.extra = binary.BigEndian.Uint32(body[2+senderSize+8:])
	m.payload = body[headSize:]
	return m, nil
}

// mac is over the subject too: a message is not good for another node or topic.
func mac(key []byte, subject string, body []byte) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(subject))
	h.Write([]byte{0}) // no subject has it
	h.Write(body)
	return h.Sum(nil)[:macSize]
}

// left is how long the asker of a request waits.
func (m *message) left() time.Duration { return time.Duration(m.extra) * time.Millisecond }
