package wsapi

import (
	"cmp"
	"errors"
	"net/http"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/dragoman-gateway/dragoman/exchange"
	"github.com/dragoman-gateway/dragoman/gateway/authorize"
	"github.com/dragoman-gateway/dragoman/gateway/connection"
	"github.com/dragoman-gateway/dragoman/gateway/refusal"
	"github.com/dragoman-gateway/dragoman/gateway/serving"
	"github.com/dragoman-gateway/dragoman/gateway/socket"
	"github.com/dragoman-gateway/dragoman/plan"
	"github.com/dragoman-gateway/dragoman/record/mask"
	"github.com/dragoman-gateway/dragoman/resource"
)

// session is one client from its handshake to its end. It is the handler of the
// client's socket, so it is kept small.
type session struct {
	known connection.Connection // as others find it, once it is open

	plane    *Plane
	path     *string // what followed the stage in the path of the handshake; nil where nothing may
	domain   string  // as $context.domainName shows it
	host     string
	local    string // the gateway's address on the client's side
	scheme   string
	cert     *exchange.ClientCert
	identity *exchange.Identity // nil: there is no more of it than known and cert have
	opening  *authorize.Opening // what authorizers of messages ask of the handshake; nil for nothing

	socket *socket.Socket
	slots  chan struct{} // one for each message under way, made with the first
	last   chan struct{} // closed when the last message has been answered; nil unless they are in order

	replays atomic.Pointer[Origin] // what records of its messages share, made with the first
}

// message begins an exchange of this client.
func (s *session) message(event exchange.Event, stage *serving.Stage) *call {
	m := calls.Get().(*call)
	m.cure()
	m.plane, m.stage, m.local, m.scheme, m.host, m.hold = s.plane, stage, s.local, s.scheme, s.host, s.plane.config.Bodies.Hold()
	x := &m.exchange
	m.x = x
	m.known, m.opening, m.asked = s.known.Secrets, s.opening, s.known.Query
	x.Begin(event)
	x.AccountID, x.ApiID, x.Stage = stage.AccountID, s.known.ApiID, s.known.Stage
	x.ConnectionID, x.ConnectedAt, x.DomainName = s.known.ID, s.known.ConnectedAt, s.domain
	if s.path != nil {
		x.Path = *s.path
	}
	x.Identity, x.Authorizer = s.who(), s.known.Authorizer
	return m
}

// who is the client. Of most there is nothing to know but where it comes from: the many
// members that authorization may fill are kept only where it has.
func (s *session) who() exchange.Identity {
	if s.identity != nil {
		return *s.identity
	}
	return exchange.Identity{SourceIP: s.known.SourceIP, UserAgent: s.known.UserAgent, ClientCert: s.cert}
}

// keepIdentity keeps what authorization adds to the client's first exchange.
// Observed: the events of messages and of $disconnect repeat what the authorizer of
// $connect has handed on.
func (s *session) keepIdentity(m *call) {
	s.known.Authorizer = m.x.Authorizer
	if m.x.Identity != s.who() {
		identity := m.x.Identity
		s.identity = &identity
	}
}

// open makes the connection exist and begins to read.
func (s *session) open(opened *socket.Socket, secrets *mask.Secrets, query string) {
	s.socket = opened
	defer opened.Serve(s) // which alone frees it, whatever happens here
	s.known.Principal, s.known.Query, s.known.Sender, s.known.Secrets = s.principal(), query, opened, secrets
	err := s.plane.config.Registry.Add(&s.known)
	switch {
	case errors.Is(err, connection.ErrGone): // backends were told so meanwhile
		opened.Close(goingAway, leavingReason)
	case err != nil: // the id is the registry's own
		s.plane.config.Logger.Error("a connection was not registered", "connection", s.known.ID, "error", err)
		// RFC 6455, 7.4.1: 1011 is a server that met what it did not expect.
		opened.Close(1011, "")
	}
	// Close, Lose or Retire may have gone through the registry before.
	if s.plane.closing.Load() || !s.plane.serves() || s.current() == nil {
		opened.Close(goingAway, leavingReason)
	}
}

// principal is who the authorizer of $connect said the client is, "" for nobody.
func (s *session) principal() string {
	if id, ok := s.known.Authorizer.Get("principalId"); ok {
		name, _ := id.(string)
		return name
	}
	if s.identity == nil {
		return ""
	}
	return s.identity.UserArn
}

// Message takes a message of the client. It returns when there is room for the
// next, which is not read from the socket before: at once, or when one of those
// under way has ended.
// Documented: API Gateway Developer Guide, Invoke your backend integration with the
// $default route and custom routes: replies may come in another order than their
// messages, so those that wait for a backend run side by side.
func (s *session) Message(data []byte) {
	if !s.mayServe() {
		return
	}
	stage := s.current()
	if stage == nil { // the API was deleted; its sockets are being closed
		return
	}
	m := s.message(exchange.Message, stage)
	m.body = data
	if err := m.hold.Grow(len(data)); err != nil {
		s.settleLast()
		s.handle(m, fail(refusal.Busy, err))
		return
	}
	broken := m.guard(func() (f *refusal.Refusal) { m.route = chooseRoute(stage.WebSocket, m); return nil })
	if m.route != nil {
		s.known.Route.Store(m.route.Label)
	}
	if (broken != nil || m.route == nil || s.atOnce(m.route)) && !s.behind() {
		if s.handle(m, broken) {
			m.recycle()
		}
		return
	}
	if s.slots == nil {
		s.prepare(stage.Extensions)
	}
	if !s.takeSlot() {
		return
	}
	wait, answered := s.inLine()
	if !s.plane.tasks.Go("a message", func() {
		defer s.freeSlot()
		defer answered()
		wait()
		s.handle(m, broken)
	}) {
		answered()
		s.freeSlot()
		return
	}
	if s.takeSlot() { // each message under way has a timeout, so this ends
		s.freeSlot()
	}
}

// prepare makes room for the messages that wait for a backend, as many as the stage says when the
// first of them comes.
func (s *session) prepare(e resource.Extensions) {
	s.slots = make(chan struct{}, cmp.Or(e.InFlight, s.plane.config.InFlight))
	if e.InOrder {
		s.last = make(chan struct{})
		close(s.last)
	}
}

// inLine gives a message its place behind the last one, where they are answered in their order.
// As many are read as would else run side by side: behind a slow one a client's pings would find
// nobody, and it would take the connection for dead.
func (s *session) inLine() (wait, answered func()) {
	before := s.last
	if before == nil {
		return func() {}, func() {}
	}
	mine := make(chan struct{})
	s.last = mine
	return func() { <-before }, func() { close(mine) } // each before it has a timeout
}

// behind says whether a message must wait for one that came before it.
func (s *session) behind() bool {
	select {
	case <-s.last: // nil where nothing is in order: never
		return false
	default:
		return s.last != nil
	}
}

// settleLast waits until a message that is answered here and now is the next.
func (s *session) settleLast() {
	if s.last != nil {
		<-s.last
	}
}

// atOnce says whether nothing of a route is waited for. What is injected may be a delay, and
// who reads the socket has pings to answer meanwhile; an authorizer may have to ask somebody.
func (s *session) atOnce(r *plan.Route) bool {
	return !r.Guarded() && (r.Integration == nil || r.Integration.Backend.Quick()) && !s.plane.config.Mishaps.On()
}

// takeSlot waits until there is room for a message; false when clients are being
// sent away.
func (s *session) takeSlot() bool {
	select {
	case s.slots <- struct{}{}:
		s.known.UnderWay.Add(1)
		return true
	case <-s.plane.closed:
		return false
	}
}

func (s *session) freeSlot() {
	s.known.UnderWay.Add(-1)
	<-s.slots
}

// Refused answers a message that there was no memory for.
func (s *session) Refused() {
	if !s.mayServe() {
		return
	}
	if stage := s.current(); stage != nil {
		s.settleLast()
		s.handle(s.message(exchange.Message, stage), fail(refusal.Busy, nil))
	}
}

// mayServe sends a client away whose message this node must not answer: it comes back to a node
// that may.
func (s *session) mayServe() bool {
	if s.plane.serves() {
		return true
	}
	s.plane.config.Registry.Remove(s.known.ID) // gone for every later call, not only once it has parted
	s.socket.Close(goingAway, leavingReason)
	return false
}

// current is the stage as it is deployed now.
func (s *session) current() *serving.Stage {
	if api := s.plane.config.Apis.Api(s.known.ApiID); api != nil {
		return api.Stages[s.known.Stage]
	}
	return nil
}

// handle processes a message and tells the client the outcome. A message that
// failed already is not processed. alone says that it went well and that no span of it
// remains, which may look at the call.
func (s *session) handle(m *call, f *refusal.Refusal) (alone bool) {
	defer m.hold.Free()
	m.open()
	if d := m.tap.Draft(); d != nil {
		d.Origin = s.origin()
	}
	var a *answer
	if f == nil {
		f = m.guard(func() (f *refusal.Refusal) {
			if m.begin(); m.route == nil {
				// Observed: Forbidden, and the connection stays.
				return fail(refusal.NotFound, nil)
			}
			s.plane.config.Taps.Begin(m.x, nil)
			a, f = m.run(s.plane.config.Work)
			return f
		})
	}
	if d := m.tap.Draft(); d != nil && m.question != nil {
		d.Origin = s.origin().judged(m)
	}
	switch {
	// Documented: API Gateway Developer Guide, Set up route responses for WebSocket
	// APIs: with the route response $default a route is two-way; any other sends
	// nothing.
	case f == nil && m.route.TwoWay:
		m.x.Status = http.StatusOK
		f = s.send(m, a)
	case f == nil:
		m.x.Status = http.StatusOK
		m.noteSilence()
	}
	if f != nil {
		f.Note(m.x)
		s.plane.log(m, f)
		s.refuse(m, f)
	}
	alone = f == nil && m.x.Span == nil
	m.end()
	return alone
}

// refuse tells the client of a failure, or breaks off where nothing is to be told.
// Observed: failures are told on one-way routes too.
func (s *session) refuse(m *call, f *refusal.Refusal) {
	if f.Kind == refusal.Cut {
		s.socket.Drop()
		return
	}
	s.send(m, &answer{body: m.explained(frame(m.x, f))})
}

// frame is an answer as a message, which is a text or binary.
//
// Assumed: a reply is text, in which U+FFFD stands for what is no UTF-8, as where
// bytes are read as text in Java; only what was decoded from base64 on demand and
// is no text goes as a binary message.
func (a *answer) frame() (data []byte, binary bool) {
	if utf8.Valid(a.body) || a.binary {
		return a.body, !utf8.Valid(a.body)
	}
	return []byte(string([]rune(string(a.body)))), false
}

// patience is how long a reply waits for room in the outbox of its client.
const patience = 2 * time.Second

// insist writes what the client must be sent. One that asks faster than it reads is read no
// faster itself meanwhile; one that takes nothing at all has its connection ended, since it
// would else miss an answer without knowing. Nobody but this client waits.
//
// Documented: Amazon API Gateway Management API Reference, LimitExceededException: callers of
// @connections are told of a full buffer. Assumed: what becomes of replies then.
func (s *session) insist(write func([]byte) error, data []byte) error {
	err := write(data)
	if !errors.Is(err, socket.ErrOutboxFull) {
		return err
	}
	timer := time.NewTimer(patience)
	defer timer.Stop()
	for {
		room := s.socket.Room()
		if room == nil { // there was room meanwhile, or it is the gateway that has none
			return write(data)
		}
		select {
		case <-room:
		case <-timer.C:
			s.socket.Close(outboxFull, outboxReason)
			return err
		case <-s.plane.closed:
			return err
		}
		if err = write(data); !errors.Is(err, socket.ErrOutboxFull) {
			return err
		}
	}
}

// RFC 6455, 7.4.1: 1008 is for what has no code of its own.
const (
	outboxFull   = 1008
	outboxReason = "outbox full"
)

// send sends a reply. A client that is gone is told nothing.
//
// Assumed: a reply over the limit is an error frame.
func (s *session) send(m *call, a *answer) *refusal.Refusal {
	write := s.socket.WriteText
	data, binary := a.frame()
	if binary {
		write = s.socket.WriteBinary
	}
	began := m.since()
	err := s.insist(write, data)
	m.noteFrame(data, began, err)
	if errors.Is(err, socket.ErrTooLong) {
		return fail(refusal.Configuration, err)
	}
	if err != nil {
		s.plane.config.Logger.Debug("a reply was not sent", "connection", s.known.ID, "request", m.x.RequestID, "error", err)
	}
	return nil
}

// log tells the operator why a message failed; failures that only the client
// caused have no line.
func (p *Plane) log(m *call, f *refusal.Refusal) {
	defer p.config.Reports.Catch("telling of a failure", nil) // the client is told all the same
	if m.tellFailure(f) {
		return
	}
	if f.Cause == nil || f.Cause == errPanicked { // that was told with its stack
		return
	}
	p.config.Logger.Warn("execution failed", "api", m.x.ApiID, "stage", m.x.Stage, "route", m.x.RouteKey,
		"connection", m.x.ConnectionID, "request", m.x.RequestID, "told", f.Message, "error", f.Cause)
}
