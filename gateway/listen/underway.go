package listen

import (
	"context"
	"net/http"
	"sync/atomic"
)

// UnderWay counts the requests that began before it was sealed. The zero value is
// ready.
type UnderWay struct {
	n      atomic.Int64
	sealed atomic.Bool
	ended  atomic.Pointer[chan struct{}]
}

// Count counts the requests of a handler.
func (u *UnderWay) Count(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// Counted before the seal is looked at: Settle seals first and reads then, so that no request
		// falls between the two.
		u.n.Add(1)
		if u.sealed.Load() {
			u.done()
		} else {
			defer u.done()
		}
		next.ServeHTTP(w, r)
	})
}

func (u *UnderWay) done() {
	if u.n.Add(-1) > 0 {
		return
	}
	if ended := u.ended.Load(); ended != nil {
		select {
		case *ended <- struct{}{}:
		default: // told already
		}
	}
}

// Settle seals the count and waits until it is zero, or ctx ends. It answers what
// is left.
func (u *UnderWay) Settle(ctx context.Context) int {
	ended := make(chan struct{}, 1)
	// Before the seal: a request that ends in between has somebody to tell.
	u.ended.Store(&ended)
	u.sealed.Store(true)
	for u.n.Load() > 0 {
		select {
		case <-ended:
		case <-ctx.Done():
			return int(u.n.Load())
		}
	}
	return 0
}
