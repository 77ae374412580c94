package exchange

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"math/rand/v2"
	"time"
)

// idBytes encode to 15 characters and one '=', the form of AWS's request ids.
const idBytes = 11

// NewRequestID draws a request id. It tells requests apart and guards nothing,
// so it comes from the runtime's ChaCha8 generator.
// Observed: of this form in events, frames and Apigw-Requestid alike.
func NewRequestID() string { return encode(draw()) }

// NewMessageID draws a message id that ends like the connection's id, as on AWS.
func NewMessageID(connectionID string) string {
	b := draw()
	id := encode(b)
	if len(connectionID) == len(id) {
		const shared = 5
		id = id[:len(id)-shared] + connectionID[len(connectionID)-shared:]
	}
	return id
}

func draw() (b [idBytes + 5]byte) {
	binary.LittleEndian.PutUint64(b[:], rand.Uint64())
	binary.LittleEndian.PutUint64(b[8:], rand.Uint64())
	return b
}

func encode(b [idBytes + 5]byte) string {
	var out [16]byte
	base64.URLEncoding.Encode(out[:], b[:idBytes])
	return string(out[:])
}

// Message is the id of a message, drawn with the first question for it; "" for
// what is no message.
// Documented: API Gateway Developer Guide, WebSocket API mapping template reference:
// $context.messageId is there for messages alone.
func (x *Exchange) Message() string {
	if x.MessageID == "" && x.Event == Message {
		x.MessageID = NewMessageID(x.ConnectionID)
	}
	return x.MessageID
}

// NewTraceID is a fresh X-Amzn-Trace-Id: Root=1-{8 hex: seconds}-{24 hex: random}.
// Documented: AWS X-Ray Developer Guide, Concepts, Tracing header.
func NewTraceID(at time.Time) string {
	var raw [16]byte
	binary.BigEndian.PutUint32(raw[:4], uint32(at.Unix()))
	binary.BigEndian.PutUint64(raw[4:], rand.Uint64())
	binary.BigEndian.PutUint32(raw[12:], rand.Uint32())
	text := make([]byte, 0, 40)
	text = append(text, "Root=1-"...)
	text = hex.AppendEncode(text, raw[:4])
	text = append(text, '-')
	return string(hex.AppendEncode(text, raw[4:]))
}
