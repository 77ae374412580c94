package wire

import (
	"io"
	"maps"
	"net/http"
	"time"
)

// Stream is an answer that comes bit by bit and lasts. Write is given a writer whose
// every Write reaches the client at once, or fails when the client does not take it
// within some time. It returns when there is no more to say, and no later than the
// context of the call ends; with an error the answer is cut off, so that nobody takes
// it for a whole one.
type Stream struct {
	ContentType string
	Write       func(w io.Writer) error
	Header      http.Header // nil for none of its own
}

// takeTime is how long a client may take to read a bit of a stream.
const takeTime = 10 * time.Second

// stream answers bit by bit. The listener bounds how long an answer may take as a
// whole; of a stream each bit is bounded instead.
func (c *call) stream(s Stream) {
	c.body.free()
	l := &live{c.writer, http.NewResponseController(c.writer)}
	maps.Copy(c.writer.Header(), s.Header)
	c.head(c.operation.Status, s.ContentType)
	// The listener bounds how long a request may take to read, and takes the end of that
	// time for the end of the caller.
	_ = l.control.SetReadDeadline(time.Time{})
	err := l.control.Flush()
	if err == nil {
		err = s.Write(l)
	}
	if err != nil {
		c.log(err)
		_ = l.control.SetWriteDeadline(time.Unix(1, 0)) // the end of the answer is not sent
	}
}

// live is a writer that keeps nothing back.
type live struct {
	http.ResponseWriter
	control *http.ResponseController
}

func (l *live) Write(p []byte) (int, error) {
	// Writers without deadlines are a test's.
	_ = l.control.SetWriteDeadline(time.Now().Add(takeTime))
	n, err := l.ResponseWriter.Write(p)
	if err != nil {
		return n, err
	}
	return n, l.control.Flush()
}
