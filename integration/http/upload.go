package http

import (
	"errors"
	"io"
	"net/http"
	"sync"

	"github.com/dragoman-gateway/dragoman/internal/tasks"
	"github.com/dragoman-gateway/dragoman/message"
)

// upload is the body of a request that net/http sends. What fails in reading it
// is not the backend's fault; at its end it fills in the trailer; and once the
// exchange is over nobody reads it any more.
type upload struct {
	from      io.Reader
	interrupt func()
	trailer   func() message.Header // nil for none
	req       *http.Request
	reports   *tasks.Reporter

	mu   sync.Mutex // Held while reading. Protects fields below.
	over bool
}

var errOver = errors.New("the exchange is over")

// Read is called by a goroutine of net/http, where a panic would end the process.
func (u *upload) Read(p []byte) (n int, err error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	defer u.reports.Catch("an upload", &err)
	if u.over {
		return 0, errOver
	}
	n, err = u.from.Read(p)
	switch {
	case err == nil:
	case err != io.EOF:
		err = message.Fail(message.ErrCanceled, err)
	case u.trailer != nil:
		for _, f := range u.trailer() {
			u.req.Trailer.Add(f.Name, f.Value)
		}
		u.trailer = nil
	}
	return n, err
}

// Close leaves the body to its owner.
func (u *upload) Close() error { return nil }

// end waits until nobody reads: net/http may go on sending a body after it has
// returned the answer, and the reader belongs to a request that is over by then.
func (u *upload) end() {
	if u == nil {
		return
	}
	if !u.mu.TryLock() {
		if u.interrupt != nil {
			u.interrupt()
		}
		u.mu.Lock()
	}
	u.over = true
	u.mu.Unlock()
}
