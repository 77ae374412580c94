package wsapi

import (
	"cmp"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/dragoman-gateway/dragoman/exchange"
	"github.com/dragoman-gateway/dragoman/gateway/connection"
	"github.com/dragoman-gateway/dragoman/gateway/notice"
	"github.com/dragoman-gateway/dragoman/gateway/peer"
	"github.com/dragoman-gateway/dragoman/gateway/refusal"
	"github.com/dragoman-gateway/dragoman/gateway/routing"
	"github.com/dragoman-gateway/dragoman/gateway/serving"
	"github.com/dragoman-gateway/dragoman/gateway/socket"
	"github.com/dragoman-gateway/dragoman/gateway/tap"
	"github.com/dragoman-gateway/dragoman/record"
	"github.com/dragoman-gateway/dragoman/resource"
)

// upgrade answers a handshake: authorization, the $connect route, 101, and only
// then the connection exists. rest is the path below the stage.
// Documented: API Gateway Developer Guide, Manage connected users and client apps:
// $connect runs while the handshake is pending, and when it fails there is no
// connection.
func (p *Plane) upgrade(w http.ResponseWriter, r *http.Request, v *routing.Match, stage *serving.Stage, rest string) {
	if err := p.config.Upgrader.Check(r); err != nil {
		p.tell(r, v, notice.Handshake, err.Error())
		status := refuseHandshake(w, err)
		turnedAway(v.Draft, stage, record.Receive, status, http.StatusText(status), "the request is no handshake of WebSocket: "+err.Error())
		return
	}
	if p.closing.Load() {
		writeError(w, http.StatusServiceUnavailable, "ServiceUnavailableException", "Service Unavailable")
		turnedAway(v.Draft, stage, record.Receive, http.StatusServiceUnavailable, "Service Unavailable", "the gateway is shutting down and takes no new clients")
		return
	}
	if !p.serves() {
		writeError(w, http.StatusServiceUnavailable, "ServiceUnavailableException", "Service Unavailable")
		turnedAway(v.Draft, stage, record.Receive, http.StatusServiceUnavailable, "Service Unavailable", "this node is fenced: another one serves new clients")
		return
	}
	s := p.session(r, v, stage)
	if stage.Extensions.Path && strings.Trim(rest, "/") != "" {
		path := strings.Clone(rest)
		s.path = &path
	}
	v.Client.Guest.Named(s.known.ID)
	m := s.message(exchange.Connect, stage)
	alone := false
	defer func() {
		m.hold.Free()
		if alone {
			letGo(w, v)
			m.recycle()
		}
	}()
	m.x.RouteKey = "$connect"
	m.client, m.sent, m.query = &v.Client, v.Client.Told(), r.URL.Query()
	// Observed: the authorizer and the integration are told the same one.
	m.sent.SetDefault("X-Amzn-Trace-Id", exchange.NewTraceID(m.x.RequestTime))
	m.route = stage.WebSocket.Connect
	m.tap.Record(v.Draft)
	m.open()
	p.config.Taps.Begin(m.x, r.Header)
	var a *answer
	f := m.guard(func() (f *refusal.Refusal) { a, f = p.connect(r, m); return f })
	if f != nil {
		f.Note(m.x)
		p.log(m, f)
		if f.Kind == refusal.Cut {
			m.end()
			panic(http.ErrAbortHandler)
		}
		m.noteRefused(refuse(w, m.x, f), f)
		m.end()
		return
	}
	m.x.Status = a.status
	if a.status < 200 || a.status > 299 {
		f := refuseWith(a.status)
		m.noteRefused(refuse(w, m.x, f), f)
		m.end()
		return
	}
	// Documented: API Gateway Developer Guide, Control access to WebSocket APIs with
	// AWS Lambda REQUEST authorizers: what is decided here holds for the whole
	// connection.
	s.keepIdentity(m)
	s.opening = stage.Admission.Opening(m.sent)
	// Observed: a subprotocol is sent exactly when $connect returned it, whatever
	// the client asked for; nothing else of the answer is passed on.
	tap.Announce(w.Header(), v.Draft, http.StatusSwitchingProtocols)
	defer p.opening(s.known.ID)()
	opened, err := p.config.Upgrader.Accept(w, r, a.header.Values("Sec-WebSocket-Protocol"), limitsOf(stage.Extensions)...)
	if err != nil {
		p.config.Logger.Info("the client left during its handshake", "connection", s.known.ID, "error", err)
		m.noteLeft(err)
		m.tap.Finish(m.x, tap.Step{Kind: tap.Left, At: time.Now()})
		return
	}
	m.noteOpened(a.header.Get("Sec-WebSocket-Protocol"))
	m.end() // before anything that the client sends
	s.open(opened, m.secrets(r), strings.Clone(r.URL.RawQuery))
	alone = m.tap.Draft() == nil && v.Draft == nil && m.x.Span == nil && m.question == nil && (m.route == nil || s.atOnce(m.route))
}

// letGo has the next handshake use what this one's request was made of: of a client that is
// connected nothing is kept that is not a copy. Where somebody was asked meanwhile, who may
// have parts of it, it is left to the collector.
func letGo(w http.ResponseWriter, v *routing.Match) {
	if lent, ok := w.(interface{ LetGo() bool }); ok && lent.LetGo() {
		v.Free()
	}
}

// limitsOf are the limits that a stage has of its own; nothing for nearly all, whose sockets
// share those of the gateway.
func limitsOf(e resource.Extensions) []func(*socket.Limits) {
	if !e.Binary && !e.Activity && e.Ping == 0 && e.Idle == 0 && e.Lifetime == 0 && e.Message == 0 {
		return nil
	}
	return []func(*socket.Limits){func(l *socket.Limits) {
		l.Binary, l.Activity, l.Ping = e.Binary, e.Activity, e.Ping
		l.Idle, l.Lifetime = cmp.Or(e.Idle, l.Idle), cmp.Or(e.Lifetime, l.Lifetime)
		// Never more than the gateway's: memory is reckoned by that.
		l.Message = min(cmp.Or(e.Message, l.Message), l.Message)
	}}
}

// refuseWith is the refusal of a backend. One whose status is no answer to a
// request, such as 42 or 101, has failed.
// Observed: any other status refuses with itself, 301 and 501 too. Assumed: 502 for
// one that is none.
func refuseWith(status int) *refusal.Refusal {
	if status < 300 || status > 599 {
		return fail(refusal.Integration, nil)
	}
	return &refusal.Refusal{Message: http.StatusText(status), Status: status}
}

// connect runs the rules of the API and the $connect route, if there is one.
func (p *Plane) connect(r *http.Request, m *call) (*answer, *refusal.Refusal) {
	m.handshake = r
	m.begin()
	if m.route == nil {
		// Documented: API Gateway Developer Guide, Manage connected users and client
		// apps: the route is optional, and whoever the API lets in is connected
		// without it.
		return &answer{status: http.StatusOK}, m.admit(r.Context())
	}
	return m.run(r.Context())
}

// refuseHandshake answers what is no handshake by RFC 6455, 4.2.1. Assumed: 426 where
// it is no upgrade at all, 400 where it is malformed.
func refuseHandshake(w http.ResponseWriter, err error) (status int) {
	status = http.StatusBadRequest
	var bad *socket.HandshakeError
	if errors.As(err, &bad) {
		status = bad.Status
		for name, values := range bad.Header {
			w.Header()[name] = values
		}
	}
	writeError(w, status, "BadRequestException", http.StatusText(status))
	return status
}

// session gathers what stays with a connection from its handshake on.
func (p *Plane) session(r *http.Request, v *routing.Match, stage *serving.Stage) *session {
	local := "127.0.0.1"
	if at := peer.Local(r); at.IsValid() {
		local = at.Addr().String()
	}
	// What is kept is copied: it would keep the whole head of the request.
	s := &session{
		known: connection.Connection{
			ID: p.config.Registry.NewID(), ApiID: stage.ApiID, Stage: stage.Name, ConnectedAt: time.Now(),
			SourceIP: strings.Clone(v.Client.Address), UserAgent: strings.Clone(r.UserAgent()),
		},
		plane: p, host: strings.Clone(r.Host), local: local, scheme: v.Client.Scheme, cert: v.ClientCert,
	}
	if s.domain = s.host; v.Domain != s.host { // they are often the same
		s.domain = strings.Clone(v.Domain)
	}
	return s
}
