package listen

import (
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/dragoman-gateway/dragoman/gateway/notice"
	"github.com/dragoman-gateway/dragoman/gateway/stranger"
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

	State   func(net.Conn, http.ConnState) // hears of connections
	Notices *notice.Notices                // are told of who is refused
	Logger  *slog.Logger
	Reports *tasks.Reporter // is told of panics
}

// Management makes the server of a management listener, which strangers may not call.
func Management(m Managed) *http.Server {
	// In front of every handler: what a page elsewhere sends must not even be read.
	strangers := stranger.New(m.Names, m.Origins, m.Proven, m.Notices)
	if m.Anyone {
		strangers.Anyone()
	}
	// Calls of the management API are small but for imports: a minute is what 64 MB take on a line
	// of 10 Mbit/s. An answer may wait for what is served (2 s) and for its turn (30 s).
	return &http.Server{
		Handler: recovery.Handler(strangers.KeptOut(m.Handler), m.Reports), ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute,
		WriteTimeout: 2 * time.Minute, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10, ConnState: m.State,
		ErrorLog: recovery.ErrorLog(m.Logger, m.Reports),
	}
}

// Monitor makes the server of a listener that only tells how a gateway is doing.
func Monitor(handler http.Handler, state func(net.Conn, http.ConnState), logger *slog.Logger, reports *tasks.Reporter) *http.Server {
	// Requests have no body, and answers are made in a moment.
	return &http.Server{
		Handler: recovery.Handler(handler, reports), ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 10 * time.Second,
		WriteTimeout: 30 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 16 << 10, ConnState: state,
		ErrorLog: recovery.ErrorLog(logger, reports),
	}
}
