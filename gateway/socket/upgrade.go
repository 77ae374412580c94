package socket

import (
	"context"
	"crypto/sha1"
	"encoding/base64"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"golang.org/x/net/http/httpguts"

	"github.com/dragoman-gateway/dragoman/internal/budget"
	"github.com/dragoman-gateway/dragoman/internal/poller"
	"github.com/dragoman-gateway/dragoman/internal/tasks"
)

// Compression says whether permessage-deflate (RFC 7692) is agreed to when a
// client offers it, and from how many bytes on a message is worth compressing;
// 0 is 512.
type Compression struct {
	Disabled  bool
	Threshold int
}

// Upgrader turns HTTP/1.1 requests into sockets and owns their goroutines.
type Upgrader struct {
	limits      Limits
	compression Compression
	epoch       time.Time // times of sockets are kept as durations since
	tasks       tasks.Group
	bodies      *budget.Budget

	poller    *poller.Poller
	linger    time.Duration // linger, shorter in tests
	lent      sync.Pool     // *lent
	buffers   sync.Pool     // *buffer
	inflaters sync.Pool     // *inflater

	open tally // sockets that are not yet over
}

// NewUpgrader makes an upgrader whose sockets keep these limits.
func NewUpgrader(l Limits, c Compression) *Upgrader {
	c.Threshold = or(c.Threshold, 512)
	l = l.orDefaults()
	return &Upgrader{limits: l, compression: c, epoch: time.Now(), poller: poller.New(l.round()), linger: linger}
}

// Within bounds what the messages of all sockets take, those that are put together
// and those that wait for clients. It must be called before the first Accept.
func (u *Upgrader) Within(b *budget.Budget) { u.bodies = b }

// Report says who is told of panics. It must be called before the first Accept.
func (u *Upgrader) Report(to *tasks.Reporter) {
	u.tasks.Reports = to
	u.poller.Report(to)
}

// HandshakeError says why a request is no WebSocket handshake: the HTTP status
// to answer, headers to add to the answer (or nil), and the reason.
type HandshakeError struct {
	Status int
	Header http.Header
	Reason string
}

func (e *HandshakeError) Error() string { return "websocket handshake: " + e.Reason }

// Check reports whether the request is a handshake that Accept can answer; the
// error is a *HandshakeError. It has no effect.
//
// Assumed: AWS's answers to bad handshakes are not known; these are the statuses
// of RFC 6455 sections 4.2.2 and 9.1: 426 to what is no upgrade or another version, 400
// to what is malformed.
func (u *Upgrader) Check(r *http.Request) error {
	key, err := base64.StdEncoding.DecodeString(r.Header.Get("Sec-WebSocket-Key"))
	switch {
	case r.ProtoMajor != 1 || r.ProtoMinor < 1:
		return upgradeRequired("it needs HTTP/1.1, the request is " + r.Proto)
	case !httpguts.HeaderValuesContainsToken(r.Header["Upgrade"], "websocket"):
		return upgradeRequired(`header "Upgrade" does not say "websocket"`)
	case !httpguts.HeaderValuesContainsToken(r.Header["Connection"], "upgrade"):
		return upgradeRequired(`header "Connection" does not say "upgrade"`)
	case r.Header.Get("Sec-WebSocket-Version") != "13":
		return upgradeRequired(fmt.Sprintf(`header "Sec-WebSocket-Version" is %q, not "13"`, r.Header.Get("Sec-WebSocket-Version")))
	case r.Method != http.MethodGet:
		return badRequest("the method is " + r.Method + ", not GET")
	// RFC 9110, 7.8: what follows the head of an upgrade is the new protocol only where the request
	// has ended. A body that somebody on the way has let through would be read as frames, and as the
	// client's own.
	case r.ContentLength != 0:
		return badRequest("it has a body")
	case len(r.Header["Sec-Websocket-Version"]) != 1:
		return badRequest(`header "Sec-WebSocket-Version" is there more than once`)
	case len(r.Header["Sec-Websocket-Key"]) != 1:
		return badRequest(`header "Sec-WebSocket-Key" is not there exactly once`)
	case err != nil || len(key) != 16:
		return badRequest(`header "Sec-WebSocket-Key" is not base64 of 16 bytes`)
	case !wellFormed(r.Header["Sec-Websocket-Extensions"]):
		return badRequest(`header "Sec-WebSocket-Extensions" is not well formed`)
	}
	return nil
}

func upgradeRequired(reason string) error {
	return &HandshakeError{
		Status: http.StatusUpgradeRequired,
		Header: http.Header{"Upgrade": {"websocket"}, "Connection": {"Upgrade"}, "Sec-Websocket-Version": {"13"}},
		Reason: reason,
	}
}

func badRequest(reason string) error {
	return &HandshakeError{Status: http.StatusBadRequest, Reason: reason}
}

// Accept answers a request that Check found good with 101 and takes its
// connection over. Each subprotocol becomes a Sec-WebSocket-Protocol header as
// it stands, whatever the client asked for.
//
// change changes the limits of this socket alone.
//
// Serve must be called on the socket, it alone frees the connection. The HTTP
// handler should return at once: the stack and the buffers of net/http are freed
// with it. After a *HandshakeError w can still be answered; after another error
// it can when it is http.ErrNotSupported, otherwise the connection is gone.
//
// Observed: AWS relays the header blindly and sends it even to clients that
// asked for none.
func (u *Upgrader) Accept(w http.ResponseWriter, r *http.Request, subprotocols []string, change ...func(*Limits)) (*Socket, error) {
	if err := u.Check(r); err != nil {
		return nil, err
	}
	trace := w.Header().Get("Dragoman-Trace") // which is gone once the connection is taken over
	conn, early, err := take(w)
	if err != nil {
		return nil, fmt.Errorf("taking the connection over: %w", err)
	}
	var extension string
	var window uint8
	// Reading offers needs a deep stack, which would have to grow for those who offer nothing.
	if offers := r.Header["Sec-Websocket-Extensions"]; len(offers) > 0 && !u.compression.Disabled {
		extension, window = negotiate(offers)
	}
	head := switching(r.Header.Get("Sec-WebSocket-Key"), extension, subprotocols, trace)
	if err := u.greet(conn, head); err != nil {
		conn.Close()
		return nil, fmt.Errorf("answering the handshake: %w", err)
	}
	s := u.socket(conn, early, window)
	for _, c := range change {
		// Into a copy: all other sockets share what the upgrader has.
		own := *s.limits
		c(&own)
		own = own.orDefaults()
		s.limits = &own
		// One stage's haste has all parked sockets looked at, so it is bounded.
		u.poller.Hasten(max(own.round(), time.Second))
	}
	return s, nil
}

// take takes the connection over, with what was read of it: a client may send frames before
// it has read the 101. The server of this house gives both without the buffers that
// http.Hijacker comes with, which nobody would use.
func take(w http.ResponseWriter) (net.Conn, []byte, error) {
	if own, ok := w.(interface {
		Take() (net.Conn, []byte, error)
	}); ok {
		return own.Take()
	}
	conn, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return nil, nil, err
	}
	early, _ := buffered.Reader.Peek(buffered.Reader.Buffered())
	return conn, append([]byte(nil), early...), nil // that of net/http is not to outlive the handler
}

func (u *Upgrader) greet(conn net.Conn, head []byte) error {
	// The server's own deadlines are lifted: the socket sets its own.
	if err := conn.SetDeadline(time.Time{}); err != nil {
		return err
	}
	if err := conn.SetWriteDeadline(time.Now().Add(u.limits.WriteTimeout)); err != nil {
		return err
	}
	_, err := conn.Write(head)
	return err
}

// switching is the 101 answer.
//
// Observed: the headers of AWS in this order and case.
func switching(key, extension string, subprotocols []string, trace string) []byte {
	b := make([]byte, 0, 320)
	b = append(b, "HTTP/1.1 101 Switching Protocols\r\nDate: "...)
	b = time.Now().UTC().AppendFormat(b, http.TimeFormat)
	b = append(b, "\r\nConnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-accept: "...)
	b = append(appendAccept(b, key), "\r\n"...)
	for _, p := range subprotocols {
		b = appendHeader(b, "sec-websocket-protocol", p)
	}
	b = appendHeader(b, "sec-websocket-extensions", extension)
	b = appendHeader(b, "dragoman-trace", trace)
	return append(b, "\r\n"...)
}

// appendHeader writes a line, unless there is nothing in it or what would end it early.
func appendHeader(b []byte, name, value string) []byte {
	if value == "" || !httpguts.ValidHeaderFieldValue(value) {
		return b
	}
	b = append(append(b, name...), ": "...)
	return append(append(b, value...), "\r\n"...)
}

// appendAccept writes the proof of RFC 6455 section 4.2.2 that the key was read.
func appendAccept(b []byte, key string) []byte {
	const guid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
	var room [64]byte // keys have 24 characters
	sum := sha1.Sum(append(append(room[:0], key...), guid...))
	return base64.StdEncoding.AppendEncode(b, sum[:])
}

func (u *Upgrader) socket(conn net.Conn, early []byte, window uint8) *Socket {
	u.open.add(1)
	s := &Socket{up: u, limits: &u.limits, conn: conn, window: window, in: early, born: time.Since(u.epoch)}
	s.pinged = s.born
	s.touch()
	return s
}

// Open counts the sockets that were accepted and are not yet over.
func (u *Upgrader) Open() int { return u.open.len() }

// Wait returns when every socket is over, its goroutines included, or with the
// error of ctx. New sockets should not be accepted meanwhile.
func (u *Upgrader) Wait(ctx context.Context) error {
	if err := u.open.wait(ctx); err != nil {
		return err
	}
	// A socket is over before its goroutines have quite ended: a panic is still being told.
	if err := u.tasks.WaitContext(ctx); err != nil {
		return err
	}
	return u.poller.Wait(ctx)
}
