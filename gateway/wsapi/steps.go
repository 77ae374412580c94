package wsapi

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/dragoman-gateway/dragoman/exchange"
	"github.com/dragoman-gateway/dragoman/gateway/refusal"
	"github.com/dragoman-gateway/dragoman/gateway/tap"
	"github.com/dragoman-gateway/dragoman/mapping/expr"
	"github.com/dragoman-gateway/dragoman/plan"
	"github.com/dragoman-gateway/dragoman/resource"
)

// open finds out who listens, once the route is known, nil for none.
func (m *call) open() {
	var settings *plan.Settings
	if m.route != nil {
		settings, m.x.RouteKey = &m.route.Settings, m.route.Key
	}
	if m.x.Event != exchange.Connect { // the record of a handshake began with its request
		m.tap.Record(m.plane.config.Taps.Draft(m.x.ApiID, m.stage.Api.Name, m.x.RequestTime))
	}
	m.tap.Open(m.stage.Audience, settings)
}

// begin tells of a message that was taken in, and of its route.
func (m *call) begin() {
	if m.tap.Heard(tap.Began) {
		m.tap.Tell(m.x, tap.Step{Kind: tap.Began, At: m.x.RequestTime, Data: m.data(m.body)})
	}
	if m.tap.Heard(tap.Routed) {
		m.tap.Tell(m.x, tap.Step{Kind: tap.Routed, At: m.x.RequestTime, Key: m.x.RouteKey, Why: m.whyRoute()})
	}
	if m.tap.Draft() != nil {
		m.noteBegin()
	}
}

// pass takes the message through one room and tells of it, if anybody wants to know.
func (m *call) pass(ctx context.Context, r *room) *refusal.Refusal {
	if !m.tap.Wants(r.kind) || m.unjudged(r.kind) {
		return r.pass(m, ctx)
	}
	// The clock is read for listeners alone, and for a record, which wants every room, once for
	// each: it begins where the one before has ended. On the quiet path a room costs its own work.
	began := m.left
	if began.IsZero() || m.tap.Draft() == nil {
		began = m.now()
	}
	f := r.pass(m, ctx)
	m.left = m.now()
	m.tell(r.kind, began, m.left.Sub(began), f)
	return f
}

// now is the present time, by a clock that is not set: reading that alone takes half as long.
func (m *call) now() time.Time { return m.x.RequestTime.Add(time.Since(m.x.RequestTime)) }

// unjudged says that a room has nothing to do for a message and that there is nothing to tell of
// it, so that nobody reads the clock for it.
func (m *call) unjudged(kind tap.Kind) bool {
	return kind == tap.Validated && m.x.Event == exchange.Message && m.route.Models == nil
}

// since is when the last room was left, from which what follows has begun, for the record.
func (m *call) since() time.Time {
	if m.left.IsZero() {
		return m.tap.Now()
	}
	return m.left
}

// tell tells of a room that the message has passed. What is told is read from what the
// room has left on the call.
func (m *call) tell(kind tap.Kind, began time.Time, took time.Duration, f *refusal.Refusal) {
	if m.tap.Draft() != nil {
		m.note(kind, began, took, f)
	}
	if !m.tap.Heard(kind) {
		m.unresolved = nil // of this step alone
		return
	}
	s := tap.Step{Kind: kind, At: began, Took: took}
	if f != nil {
		s.Told, s.Cause = exchange.FirstLine(f.Message), f.Cause
	}
	if m.describe(&s) {
		m.tap.Tell(m.x, s)
	}
}

// describe says what a room did, false where it had nothing to do.
func (m *call) describe(s *tap.Step) bool {
	switch s.Kind {
	// An open route has no step, unless it was refused all the same.
	case tap.Authorized:
		if s.Key, s.Why = m.route.Resource.AuthorizationType, tap.Given(m.x.AuthorizerAt.Error); s.Key == "" {
			s.Key = resource.AuthNone
		}
		return s.Key != resource.AuthNone || s.Told != ""
	case tap.Validated:
		return m.describeModel(s)
	case tap.Mapped:
		i := m.route.Integration
		if i == nil || i.Backend.Proxy() {
			return i != nil
		}
		s.Content = i.Content
		m.describeTemplate(s, &i.Templates)
		// The time of an answer is that of the backend, not of the room, which waits for memory too.
	case tap.Answered:
		if m.reply == nil {
			return false
		}
		s.Status, s.Took = m.reply.Status, m.reply.Latency
		if why := m.x.Integration.Error; why != "" {
			s.Cause = errors.New(why)
		}
		if m.tap.Data() {
			s.Header, s.Data = tap.Header(m.reply.Header), tap.Body(m.reply.Body)
		}
	case tap.Chosen:
		return m.describeResponse(s)
	case tap.Rendered:
		s.Content = m.response.Content
		m.describeTemplate(s, &m.response.Templates)
		if m.answer != nil {
			s.Data = m.data(m.answer.body)
		}
	}
	return true
}

// data is a body as a step has it, "" when nobody wants data.
func (m *call) data(body []byte) string {
	if !m.tap.Data() {
		return ""
	}
	return tap.Body(body)
}

// because tells how an expression chose among keys.
func (m *call) because(by *expr.Expression, chosen, found bool) tap.Why {
	// It is evaluated once more rather than kept: only who listens pays for it, and nothing that
	// it reads has changed.
	value, err := by.Eval(m)
	switch {
	case err != nil:
		return tap.Because(by.String(), "", tap.NoValue)
	case chosen, found && value == resource.DefaultKey:
		return tap.Because(by.String(), value, tap.Matched)
	case found:
		return tap.Because(by.String(), value, tap.Fallback)
	}
	return tap.Because(by.String(), value, tap.NoKey)
}

// whyRoute tells why a message has its route. A $connect and a $disconnect have no
// choice.
func (m *call) whyRoute() tap.Why {
	by := m.stage.WebSocket.Select
	if m.x.Event != exchange.Message || by == nil {
		return tap.Why{}
	}
	// A route that is not for all others was found by its key: that is the value.
	if m.route != nil && m.route != m.stage.WebSocket.Default {
		return tap.Because(by.String(), m.route.Key, tap.Matched)
	}
	return m.because(by, false, m.route != nil)
}

// describeModel tells which model judged a message and by which key, and what it found. It is
// false where there was nothing to judge by: such a step is not told.
func (m *call) describeModel(s *tap.Step) bool {
	models := m.route.Models
	if why := m.x.Error.Validation; why != "" {
		s.Cause = errors.New(why)
	}
	if models == nil || m.x.Event != exchange.Message {
		return s.Told != "" // a parameter of the handshake is missing
	}
	if models.Select == nil {
		return true
	}
	key, _ := models.Select.Eval(m)
	if model := models.Get(key); model != nil {
		s.Key = model.Name
	}
	s.Why = m.because(models.Select, models.Has(key), s.Key != "")
	return true
}

// describeTemplate tells of the template that was picked among some.
func (m *call) describeTemplate(s *tap.Step, t *plan.Templates) {
	s.Unresolved, m.unresolved = m.unresolved, nil // the next step has its own
	if m.template != nil {
		s.Key = m.template.Key
	}
	switch {
	// Nothing was chosen by anything, or the choice itself is what failed.
	case !t.Any() || t.SelectErr != nil:
	case t.Select == nil:
		s.Why = tap.Because("the content type", jsonType, how(t.Has(jsonType), s.Key != ""))
	default:
		key, _ := t.Select.Eval(m)
		s.Why = m.because(t.Select, t.Has(key), s.Key != "")
	}
}

// describeResponse tells of the integration response, of those answers that need one.
func (m *call) describeResponse(s *tap.Step) bool {
	i := m.route.Integration
	if m.answer != nil || i.Backend.Proxy() {
		return false
	}
	by := "the status"
	if i.Backend == plan.ToFunction {
		by = "the error text"
	}
	switch {
	case m.response == nil:
		s.Why = tap.Because(by, m.selected, tap.NoKey)
		return true
	case m.reply.Unchosen && m.response == i.Default:
		s.Why = tap.Given("the mock has no template, so nothing chose a status")
	case m.response == i.Default:
		s.Why = tap.Because(by, m.selected, tap.Fallback)
	default:
		s.Why = tap.Because(by, m.selected, tap.Pattern)
	}
	s.Key = m.response.Resource.IntegrationResponseKey
	return true
}

// how tells an own key from the fallback $default, and both from none.
func how(own, found bool) tap.How {
	switch {
	case own:
		return tap.Matched
	case found:
		return tap.Fallback
	}
	return tap.NoKey
}

// tellCall tells of the call of a backend before it is made.
func (m *call) tellCall() {
	r := m.request
	if m.tap.Draft() != nil {
		m.noteCall(r, m.since())
	}
	if !m.tap.Heard(tap.Called) {
		return
	}
	s := tap.Step{Kind: tap.Called, At: time.Now(), Key: r.Method, Target: r.Where()}
	if r.Function != "" {
		s.Key = "function"
	}
	if m.tap.Data() {
		s.Header, s.Data = tap.Header(r.Header), tap.Body(r.Body)
	}
	m.tap.Tell(m.x, s)
}

// mostUnresolved is how many references of one template are named.
const mostUnresolved = 16

// listen has the next rendering tell of references that lead nowhere, if anybody wants
// to know.
func (m *call) listen() {
	m.vars.Missing = nil
	if m.tap.Draft() != nil {
		if m.references == nil {
			m.references = new(references)
		}
		m.references.listen(m.vars)
	}
	if m.tap.Heard(tap.Rendered) {
		m.vars.Missing = m.missing
	}
}

// missing takes a reference that led nowhere, each once although a loop tells of it
// in every round.
func (m *call) missing(text string, offset int) {
	if len(m.unresolved) == mostUnresolved {
		return
	}
	// A place in a loop is told once; its first line and column are what an editor opens.
	line, column := m.template.Tree.Place(offset)
	if at := (tap.Reference{Text: text, Line: line, Column: column}); !slices.Contains(m.unresolved, at) {
		m.unresolved = append(m.unresolved, at)
	}
}

// tellFailure tells why the message failed, and whether a log of the API's owner has
// it now.
func (m *call) tellFailure(f *refusal.Refusal) (logged bool) {
	m.noteFailure(f)
	if m.tap.Heard(tap.Failed) {
		m.tap.Tell(m.x, tap.Step{Kind: tap.Failed, At: time.Now(), Told: exchange.FirstLine(f.Message), Cause: f.Cause})
	}
	return m.tap.Logged()
}

// end tells how the message ended.
func (m *call) end() {
	// An error frame is sent on one-way routes too, so that a failure is an answer.
	answered := m.x.Error.Message != "" || m.route != nil && m.route.TwoWay
	m.tap.Finish(m.x, tap.Step{Kind: tap.Ended, At: m.now(), Status: m.x.Status, Replied: answered})
}

// told tells of a message that a backend sent to a client.
func (p *Plane) told(c *callback) {
	var t tap.Tap
	// A post has no route, so that the settings of none hold for it.
	if t.Open(c.stage.Audience, nil); t.Heard(tap.Posted) {
		x := posts.Get().(*exchange.Exchange)
		x.ApiID, x.Stage, x.ConnectionID = c.stage.ApiID, c.stage.Name, c.id
		t.Tell(x, tap.Step{Kind: tap.Posted, At: time.Now()})
		if x.Span == nil { // who is told keeps nothing of it but that
			*x = exchange.Exchange{}
			posts.Put(x)
		}
	}
}

// posts are exchanges that nobody has any part of.
var posts = sync.Pool{New: func() any { return new(exchange.Exchange) }}
