package listen

import (
	"net"
	"net/http"
	"time"

	"github.com/dragoman-gateway/dragoman/exchange"
	"github.com/dragoman-gateway/dragoman/gateway/http1"
	"github.com/dragoman-gateway/dragoman/gateway/notice"
	"github.com/dragoman-gateway/dragoman/gateway/stranger"
	"github.com/dragoman-gateway/dragoman/internal/budget"
	"github.com/dragoman-gateway/dragoman/internal/recovery"
	"github.com/dragoman-gateway/dragoman/internal/tasks"
)

// Managed is what the server of a management listener needs.
type Managed struct {
	Handler http.Handler
	Names   []string                 // of the listener, beside those of loopback
	Origins []string                 // of pages that may call
	Anyone  bool                     // whoever reaches the listener may call, by names that no site elsewhere can have
	Proven  func(*http.Request) bool // whether the signature of a call is verified; nil: that of none is

	Crowded func() bool     // says that idle connections are to make room
	Bodies  *budget.Budget  // bounds what is held of long heads
	Notices *notice.Notices // are told of who is refused
	Reports *tasks.Reporter // is told of panics
}

// Management makes the server of a management listener, which strangers may not call.
func Management(l net.Listener, m Managed) *Server {
	// In front of every handler: what a page elsewhere sends must not even be read.
	strangers := stranger.New(m.Names, m.Origins, m.Proven, m.Notices)
	if m.Anyone {
		strangers.Anyone()
	}
	// Calls of the management API are small but for imports: a minute is what 64 MB take on a line
	// of 10 Mbit/s. An answer may wait for what is served (2 s) and for its turn (30 s).
	return told(l, strangers.KeptOut(m.Handler), time.Minute, http1.Limits{HeadBytes: 64 << 10, Answer: 2 * time.Minute}, m)
}

// Monitor makes the server of a listener that only tells how a gateway is doing: of m it needs
// the handler and what bounds its clients.
func Monitor(l net.Listener, m Managed) *Server {
	// Requests have no body, and answers are made in a moment.
	return told(l, m.Handler, 10*time.Second, http1.Limits{HeadBytes: 16 << 10, Target: 8 << 10, Answer: 30 * time.Second}, m)
}

// told makes a server of HTTP/1.1 alone. A body has to have come within a time.
func told(l net.Listener, handler http.Handler, body time.Duration, limits http1.Limits, m Managed) *Server {
	limits.Unnamed = true
	handler = recovery.Handler(within(body, handler), m.Reports)
	return &Server{socket: l, own: &http1.Server{
		Handler: handler, Limits: limits, Crowded: m.Crowded, Bodies: m.Bodies, RequestID: exchange.NewRequestID, Reports: m.Reports,
	}}
}

// within has bodies come in time: one that trickles would hold its call for as long as it likes.
// Handlers that take longer say so by a deadline of their own.
func within(most time.Duration, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ContentLength != 0 {
			_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(most)) // writers without deadlines are a test's
		}
		next.ServeHTTP(w, r)
	})
}
