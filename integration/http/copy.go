package http

import (
	"io"
	"sync"

	"github.com/dragoman-gateway/dragoman/integration"
)

// buffers are what bodies are copied through. They are on loan for one copy.
var buffers = sync.Pool{New: func() any { return new([32 << 10]byte) }}

// Copy sends the body of a reply to a client and says how many bytes it was. A
// body of unknown length is flushed after each piece, so that a client sees what
// the backend has sent. flush may be nil. An error of the client comes back as it
// is, one of the backend with its class.
func Copy(w io.Writer, flush func() error, in *integration.Incoming) (int64, error) {
	if in.Length >= 0 {
		flush = nil
	}
	buffer := buffers.Get().(*[32 << 10]byte)
	defer buffers.Put(buffer)
	var total int64
	for {
		n, err := in.Body.Read(buffer[:])
		if n > 0 {
			written, failed := w.Write(buffer[:n])
			total += int64(written)
			if failed == nil && flush != nil {
				failed = flush()
			}
			if failed != nil {
				return total, failed
			}
		}
		if err == io.EOF {
			return total, nil
		}
		if err != nil {
			return total, err
		}
	}
}
