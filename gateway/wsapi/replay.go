package wsapi

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/dragoman-gateway/dragoman/authorizer"
	"github.com/dragoman-gateway/dragoman/exchange"
	"github.com/dragoman-gateway/dragoman/gateway/connection"
	"github.com/dragoman-gateway/dragoman/gateway/refusal"
	"github.com/dragoman-gateway/dragoman/gateway/socket"
	"github.com/dragoman-gateway/dragoman/plan"
	"github.com/dragoman-gateway/dragoman/record"
)

// Origin is what a replay needs of the client of a message: who it was, as authorization
// has found when it connected, and where. It has no socket, so that nothing which is made
// of it can be written to the client.
type Origin struct {
	session    *session
	authorizer exchange.Values // what the authorizer of the message's route has handed on, where it let it in
	letIn      bool            // an authorizer of messages did
}

// origin is this client without its socket. Nothing of it changes once it is connected, so that
// all its records have the same, but those of messages that were judged by themselves.
func (s *session) origin() *Origin {
	o := s.replays.Load()
	if o == nil {
		o = &Origin{session: s.apart(s.plane)} // a message beside it may make another, which is the same
		s.replays.Store(o)
	}
	return o
}

// judged is the origin of a message that an authorizer was asked about.
func (o *Origin) judged(m *call) *Origin {
	if d := m.question.Decision; d == nil || d.Outcome != authorizer.Allow {
		return o
	}
	return &Origin{session: o.session, authorizer: m.x.Authorizer, letIn: true}
}

// apart is what is known of the client, for another plane, without the ways to it.
func (s *session) apart(p *Plane) *session {
	k := &s.known
	return &session{
		known: connection.Connection{
			ID: k.ID, ApiID: k.ApiID, Stage: k.Stage, ConnectedAt: k.ConnectedAt, SourceIP: k.SourceIP, UserAgent: k.UserAgent,
			Principal: k.Principal, Query: k.Query, Authorizer: k.Authorizer, Secrets: k.Secrets,
		},
		plane: p, path: s.path, domain: s.domain, host: s.host, local: s.local, scheme: s.scheme, cert: s.cert, identity: s.identity,
	}
}

// errNotServed says that there is nothing to replay a message through.
var errNotServed = errors.New("the API or its stage is not served any more")

// errNotLetIn says that a replay would do for a client what it may not do itself.
var errNotLetIn = errors.New("its route has an authorizer, and none has let this message in")

// repeat begins an exchange that repeats one, through what is deployed now.
func (p *Plane) repeat(o *Origin, message []byte) (*call, error) {
	s := o.session.apart(p)
	// Looked up anew: a replay is there to show what a change of the configuration does.
	stage := s.current()
	if stage == nil || stage.WebSocket == nil {
		return nil, errNotServed
	}
	// Ids and times are new: two records of one request id could not be told apart.
	m := s.message(exchange.Message, stage)
	// Replays share the memory of messages: many at once are refused as messages would be.
	if err := m.hold.Grow(len(message)); err != nil {
		m.hold.Free()
		return nil, err
	}
	m.body = message
	if broken := m.guard(func() *refusal.Refusal { m.route = chooseRoute(stage.WebSocket, m); return nil }); broken != nil {
		m.hold.Free()
		return nil, broken
	}
	if m.route != nil {
		m.x.RouteKey = m.route.Key
	}
	// No authorizer is asked again, so that one must have been.
	if m.route != nil && m.route.Guarded() && !o.letIn {
		m.hold.Free()
		return nil, errNotLetIn
	}
	if o.letIn {
		m.x.Authorizer = o.authorizer
	}
	return m, nil
}

// Twice says what a replay of a message would do that might not be done twice, "" for
// nothing.
func (p *Plane) Twice(o *Origin, message []byte) (string, error) {
	m, err := p.repeat(o, message)
	if err != nil {
		return "", err
	}
	defer m.hold.Free()
	if m.route == nil || m.route.Integration == nil {
		return "", nil
	}
	return twice(m.route.Integration), nil
}

// twice says what of an integration might not be done twice.
// RFC 9110, section 9.2.2: which methods are idempotent. What functions and services do
// nobody knows.
func twice(i *plan.Integration) string {
	switch i.Backend {
	case plan.ToMock:
		return ""
	case plan.ToFunction, plan.ToFunctionProxy:
		return "it invokes a function"
	case plan.ToService:
		return "it calls an AWS service"
	}
	switch i.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodPut, http.MethodDelete, http.MethodTrace:
		return ""
	}
	return "it sends " + i.Method + " to the backend"
}

// Replay takes a message through what is deployed now, from the choice of its route on,
// and leaves the record d. Nothing is written to the client, whatever is answered, and
// nobody but the record is told: no log, no metric. Throttles and quotas are not asked, for
// they are the client's; who was let in is who the record kept.
func (p *Plane) Replay(ctx context.Context, o *Origin, message []byte, d *record.Draft) error {
	m, err := p.repeat(o, message)
	if err != nil {
		return err
	}
	defer m.hold.Free()
	m.tap.Record(d)
	var a *answer
	f := m.guard(func() (f *refusal.Refusal) {
		if m.noteBegin(); m.route == nil {
			return fail(refusal.NotFound, nil)
		}
		a, f = m.through(ctx)
		return f
	})
	if f == nil && m.route.TwoWay {
		// The bound of what a client can be sent holds, although nothing is: the failure is the point.
		if data, _ := a.frame(); len(data) > p.config.Message {
			f = fail(refusal.Configuration, socket.ErrTooLong)
		}
	}
	// As for a message that was sent: a frame has no status, and what is no failure counts as 200.
	m.x.Status = http.StatusOK
	switch {
	case f != nil:
		f.Note(m.x)
		m.noteFailure(f)
		m.noteReplayed(frame(m.x, f))
	case m.route.TwoWay:
		data, _ := a.frame()
		m.noteReplayed(data)
	default:
		m.noteSilence()
	}
	m.end()
	return nil
}

// noteReplayed records the frame that a client would have got.
func (m *call) noteReplayed(data []byte) {
	m.step(record.Frame, time.Now(), 0, nil, strconv.Itoa(len(data))+" B → not sent: this is a replay", record.Body(data))
}
