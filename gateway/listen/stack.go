package listen

import "net/http"

// stackRoom is how much stack most requests take, in bytes.
const stackRoom = 14 << 10

// roomy serves requests of HTTP/2 with as much stack as they will need: net/http begins a
// goroutine for each, whose stack would be copied three times while it grows under the
// handler. Grown at once, while there is hardly anything on it, it is copied once.
func roomy(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ProtoMajor == 2 {
			grow(false)
		}
		next.ServeHTTP(w, r)
	})
}

// grow has a large frame, of which nothing is used: what counts is that a stack must have room
// for it where it is called.
//
//go:noinline
func grow(use bool) (sum byte) {
	if use {
		var room [stackRoom]byte
		for i := range room {
			room[i] = byte(i)
			sum += room[i/2]
		}
	}
	return sum
}
