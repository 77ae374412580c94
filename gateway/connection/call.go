package connection

import (
	"encoding/binary"
	"errors"
	"time"
)

// A call travels as: its version, op and id; the close code, 2 bytes; API, stage
// and data, each after its length in 4 bytes. A reply is its outcome and, where
// there is any, the info: two times in nanoseconds and four strings. Numbers are
// big-endian.
const version = 2

type op byte

const (
	opSend op = iota + 1
	opInfo
	opClose
	opFind // as opInfo, wherever the connection lives
	opShow // as opSend, and answers what of the data may be shown
)

// call is what one node asks another to do to a connection.
type call struct {
	op   op
	id   ID
	code uint16 // opClose only
	at   Place
	data []byte // to send, or the reason of a close
}

var errMalformed = errors.New("a message of another node that cannot be read")

func (c call) encode() []byte {
	b := make([]byte, 0, 2+len(c.id)+2+3*4+len(c.at.ApiID)+len(c.at.Stage)+len(c.data))
	b = append(b, version, byte(c.op))
	b = append(b, c.id[:]...)
	b = binary.BigEndian.AppendUint16(b, c.code)
	b = appendBytes(b, c.at.ApiID)
	b = appendBytes(b, c.at.Stage)
	return appendBytes(b, c.data)
}

func decodeCall(b []byte) (c call, err error) {
	const head = 2 + len(ID{}) + 2
	if len(b) < head || b[0] != version || b[1] < byte(opSend) || b[1] > byte(opShow) {
		return call{}, errMalformed
	}
	c.op, c.id, c.code = op(b[1]), ID(b[2:]), binary.BigEndian.Uint16(b[head-2:])
	r := reader{rest: b[head:]}
	c.at = Place{string(r.bytes()), string(r.bytes())}
	c.data = r.bytes()
	return c, r.end()
}

// outcomes number the errors that a node may answer with.
var outcomes = []error{nil, ErrGone, ErrFull, ErrTooLarge, errMalformed}

// codeOf is the number of an error; that of errMalformed for one that has none.
func codeOf(err error) byte {
	for i, outcome := range outcomes {
		if errors.Is(err, outcome) {
			return byte(i)
		}
	}
	return byte(len(outcomes) - 1)
}

func encodeReply(info Info, err error) []byte {
	b := []byte{version, codeOf(err)}
	if info == (Info{}) {
		return b
	}
	b = binary.BigEndian.AppendUint64(b, uint64(info.ConnectedAt.UnixNano()))
	b = binary.BigEndian.AppendUint64(b, uint64(info.LastActiveAt.UnixNano()))
	b = appendBytes(b, info.SourceIP)
	b = appendBytes(b, info.UserAgent)
	b = appendBytes(b, info.Place.ApiID)
	return appendBytes(b, info.Place.Stage)
}

func decodeReply(b []byte) (info Info, err error) {
	if len(b) < 2 || b[0] != version || int(b[1]) >= len(outcomes) {
		return Info{}, errors.Join(ErrUnreachable, errMalformed)
	}
	if err = outcomes[b[1]]; err != nil || len(b) == 2 {
		return Info{}, err
	}
	r := reader{rest: b[2:]}
	info.ConnectedAt, info.LastActiveAt = r.time(), r.time()
	info.SourceIP, info.UserAgent = string(r.bytes()), string(r.bytes())
	info.Place = Place{string(r.bytes()), string(r.bytes())}
	if err := r.end(); err != nil {
		return Info{}, errors.Join(ErrUnreachable, err)
	}
	return info, nil
}

func appendBytes[T string | []byte](b []byte, s T) []byte {
	return append(binary.BigEndian.AppendUint32(b, uint32(len(s))), s...)
}

// reader takes fields off the front of rest until one is not there.
type reader struct {
	rest []byte
	bad  bool
}

func (r *reader) take(n int) []byte {
	if r.bad || n > len(r.rest) {
		r.bad = true
		return nil
	}
	field := r.rest[:n:n]
	r.rest = r.rest[n:]
	return field
}

func (r *reader) bytes() []byte {
	return r.take(int(r.number()))
}

func (r *reader) time() time.Time {
	b := r.take(8)
	if b == nil {
		return time.Time{}
	}
	return time.Unix(0, int64(binary.BigEndian.Uint64(b)))
}

func (r *reader) end() error {
	if r.bad || len(r.rest) > 0 {
		return errMalformed
	}
	return nil
}
