package http

import (
	"errors"
	"io"
	"net/http"
	"sync"

	"github.com/dragoman-gateway/dragoman/integration"
)

// upload is the body of a request that net/http sends. What fails in reading it
// is not the backend's fault; at its end it fills in the trailer; and once the
// exchange is over nobody reads it any more.
type upload struct {
	from      io.Reader
	interrupt func()
	trailer   func() integration.Header // nil for none
	req       *http.Request

	mu   sync.Mutex // Held while reading. Protects fields below.
	over bool
}

var errOver = errors.New("the exchange is over")

func (u *upload) Read(p []byte) (int, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.over {
		return 0, errOver
	}
	n, err := u.from.Read(p)
	switch {
	case err == nil:
	case err != io.EOF:
		err = integration.Fail(integration.ErrCanceled, err)
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

// end waits until nobody reads.
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
