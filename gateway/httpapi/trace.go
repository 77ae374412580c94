package httpapi

import (
	"encoding/binary"
	"encoding/hex"
	"math/rand/v2"
	"time"
)

// traceID is the trace that the request belongs to, the same for everybody who is
// told of it: the client's, or a fresh one.
func (c *call) traceID() string {
	if c.trace == "" {
		if c.trace = c.header("X-Amzn-Trace-Id"); c.trace == "" {
			c.trace = newTraceID(c.x.RequestTime)
		}
	}
	return c.trace
}

// newTraceID is a fresh X-Amzn-Trace-Id: Root=1-{8 hex: seconds}-{24 hex: random}.
func newTraceID(at time.Time) string {
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
