package wsapi

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/dragoman-gateway/dragoman/exchange"
	"github.com/dragoman-gateway/dragoman/gateway/admission"
	"github.com/dragoman-gateway/dragoman/gateway/authorize"
	"github.com/dragoman-gateway/dragoman/gateway/inject"
	"github.com/dragoman-gateway/dragoman/gateway/peer"
	"github.com/dragoman-gateway/dragoman/gateway/refusal"
	"github.com/dragoman-gateway/dragoman/gateway/serving"
	"github.com/dragoman-gateway/dragoman/gateway/tap"
	"github.com/dragoman-gateway/dragoman/integration"
	"github.com/dragoman-gateway/dragoman/internal/budget"
	"github.com/dragoman-gateway/dragoman/mapping/content"
	"github.com/dragoman-gateway/dragoman/mapping/schema"
	"github.com/dragoman-gateway/dragoman/mapping/vtl"
	"github.com/dragoman-gateway/dragoman/message"
	"github.com/dragoman-gateway/dragoman/plan"
	"github.com/dragoman-gateway/dragoman/record"
	"github.com/dragoman-gateway/dragoman/record/mask"
)

// call is what passes through the rooms: an exchange with the stage and route
// that serve it, and what is known of the backend's answer so far. A $connect and
// a $disconnect are messages too.
type call struct {
	plane *Plane
	x     *exchange.Exchange // &exchange
	stage *serving.Stage
	route *plan.Route
	body  []byte // as the client sent it; nil on $connect and $disconnect
	key   []byte // what the route of a message was chosen by; its room is used again

	sent     message.Header // of the handshake as those behind the gateway are told; on $disconnect what AWS has there
	query    url.Values     // of the handshake, on $connect
	local    string         // the gateway's address on the client's side
	scheme   string         // http or https
	host     string         // that the client asked for
	client   *peer.Client   // of the handshake, on $connect
	closedBy string         // on $disconnect

	handshake *http.Request       // on $connect
	opening   *authorize.Opening  // of a message, what is kept of the handshake for authorizers; nil for nothing
	asked     string              // of a message, the raw query of the handshake
	known     *mask.Secrets       // of the client's handshake, once it is connected
	question  *authorize.Question // about the handshake or message, once it is asked for

	request  *integration.Request // once it is made
	vars     *vtl.Vars            // of its templates, once there was one
	template *plan.Template       // the last that was picked, nil for none
	reply    *integration.Reply   // once the backend has answered
	selected string               // what integration responses are chosen by
	response *plan.Response       // that was chosen
	answer   *answer              // once it is made
	hold     budget.Hold          // what is held of all that

	tap        tap.Tap
	began      time.Time       // when a rule was asked, when somebody wants to know
	left       time.Time       // when the last room was left that somebody wants to know of
	unresolved []tap.Reference // of the template, when somebody wants to know
	invalidAt  string          // where the body breaks its model, as a JSON path; "" for nowhere
	references *references     // of the template, when the exchange is recorded; kept for the next that is
	rendered   []byte          // by the template, when the exchange is recorded

	exchange exchange.Exchange
	parts    struct { // saves allocations
		request integration.Request
		reply   integration.Reply // of a mock
		vars    vtl.Vars
		answer  answer
	}
}

// calls are those that nobody has any part of.
var calls = sync.Pool{New: func() any { return new(call) }}

// mostKey is how many bytes are kept for the value of the next route selection expression: a
// client may send a long one.
const mostKey = 256

// recycle has another message use what this one was made of. What backends and
// spans may still look at is never given back; a record has copies.
func (m *call) recycle() {
	// That of a handshake belongs to its request, which routing has begun it for.
	if m.exchange.Event == exchange.Message {
		m.tap.Recycle()
	}
	references, key := m.references, m.key
	references.forget() // its room remains, nothing else
	if clear(key); cap(key) > mostKey {
		key = nil
	}
	*m = call{references: references, key: key}
	m.poison()
	calls.Put(m)
}

// answer is what the client may be told: Body for a two-way route, Status and
// Header for a handshake.
type answer struct {
	body   []byte
	binary bool // body was made from base64 on demand, so it may be no text
	status int
	header http.Header // nil: none
}

// A room does its part for a message and leaves what it made on the call. The message
// goes no further once it has failed or has its answer.
type room struct {
	kind tap.Kind
	pass func(*call, context.Context) *refusal.Refusal
}

// rooms are what a message passes that was admitted, in AWS's order.
// Documented: API Gateway Developer Guide, Request validation for WebSocket APIs: a
// body that does not fit its model never reaches the backend, so it is judged before
// anything is made of it.
var rooms = [...]room{
	{tap.Validated, (*call).validate},
	{tap.Mapped, (*call).prepare},
	{tap.Answered, (*call).invoke},
	{tap.Chosen, (*call).choose},
	{tap.Rendered, (*call).respond},
}

// run takes the message through the rooms.
func (m *call) run(ctx context.Context) (*answer, *refusal.Refusal) {
	if f := m.admit(ctx); f != nil {
		return nil, f
	}
	return m.through(ctx)
}

// through takes a message through the rooms that was admitted.
func (m *call) through(ctx context.Context) (*answer, *refusal.Refusal) {
	for i := range rooms {
		if f := m.pass(ctx, &rooms[i]); f != nil || m.answer != nil {
			return m.answer, f
		}
	}
	return m.answer, nil
}

// admit takes the message through the rules of its route,
// and has it meet what is injected, for tests of clients.
func (m *call) admit(ctx context.Context) *refusal.Refusal {
	if f := m.stage.Admission.Admit(ctx, m.route.Config(), m, m.x); f != nil {
		return f
	}
	return inject.Meet(ctx, m.plane.config.Mishaps, refusal.WebSocket, m.x, m.stage.Api.Name, m.tap.Draft())
}

// Enters implements admission.Visitor.
func (m *call) Enters(admission.Rule) {
	if m.tap.Heard(tap.Admitted) || m.tap.Heard(tap.Authorized) {
		m.began = time.Now()
	}
}

// Leaves implements admission.Visitor.
func (m *call) Leaves(rule admission.Rule, no *refusal.Refusal) *refusal.Refusal {
	kind := tap.Admitted
	if rule == admission.Authorizing {
		kind = tap.Authorized
	}
	if m.tap.Heard(kind) {
		m.tell(kind, m.began, time.Since(m.began), no)
	}
	return no
}

// Draft implements admission.Visitor.
// It is nil where the exchange leaves no record.
func (m *call) Draft() *record.Draft { return m.tap.Draft() }

// Question implements admission.Visitor, on $connect and of messages.
func (m *call) Question() *authorize.Question {
	switch {
	case m.question != nil:
	case m.x.Event == exchange.Message:
		m.question = authorize.Message(m.body, m.opening, m.asked, &peer.Client{Secure: m.scheme == "https"}, m.stage.Stage, m.x)
	default:
		m.question = authorize.Handshake(m.handshake, m.client, m.sent, m.stage.Stage, m.x)
	}
	return m.question
}

// errPanicked is why a message failed that met a panic, in words for the log of the
// API's owner.
var errPanicked = errors.New("execution failed due to an internal error")

// guard is f for this message. A panic of f fails this message alone.
func (m *call) guard(f func() *refusal.Refusal) (failed *refusal.Refusal) {
	defer func() {
		if value := recover(); value != nil {
			m.plane.config.Reports.Report("a message", value, "api", m.x.ApiID, "stage", m.x.Stage,
				"route", m.x.RouteKey, "connection", m.x.ConnectionID, "request", m.x.RequestID)
			failed = fail(refusal.Configuration, errPanicked)
		}
	}()
	return f()
}

// noModel says that no model was found for a message.
const noModel = "no model is selected for this message"

// validate holds the body against the model that the route selects.
// Documented: API Gateway Developer Guide, Request validation for WebSocket APIs: a
// key without a model falls back to that of $default, and no model at all is a
// failure too, behind proxy integrations as behind others.
func (m *call) validate(context.Context) *refusal.Refusal {
	models := m.route.Models
	if models == nil || m.x.Event != exchange.Message {
		return m.require()
	}
	if models.Select == nil {
		m.x.Error.Validation = noModel
		return fail(refusal.BadBody, nil)
	}
	key, err := models.Select.Eval(m)
	if err != nil { // a message that is no JSON selects no model
		key = ""
	}
	model := models.Get(key)
	switch {
	case model == nil:
		m.x.Error.Validation = noModel
		return fail(refusal.BadBody, nil)
	// A model that cannot be read refuses every message as the owner's fault, not the client's.
	case model.Schema == nil:
		return fail(refusal.Configuration, model.Err)
	}
	if err := model.Schema.Validate(m.body); err != nil {
		m.x.Error.Validation = err.Error()
		if bad, ok := errors.AsType[*schema.Error](err); ok {
			m.invalidAt = bad.Path
		}
		return fail(refusal.BadBody, nil)
	}
	return nil
}

// require refuses a handshake that lacks a parameter which its route declares as
// required. Assumed: 400, as REST APIs answer.
func (m *call) require() *refusal.Refusal {
	if m.x.Event != exchange.Connect {
		return nil
	}
	for _, p := range m.route.Required {
		if p.Header && first(m.lines(p.Name)) == "" || !p.Header && m.query.Get(p.Name) == "" {
			m.x.Error.Validation = "Missing required request parameters: [" + p.Name + "]"
			return fail(refusal.MissingParameters, nil)
		}
	}
	return nil
}

// invoke calls the backend and keeps its reply.
func (m *call) invoke(ctx context.Context) *refusal.Refusal {
	i, r := m.route.Integration, m.request
	if !i.Backend.Quick() {
		// Documented: API Gateway Developer Guide, Amazon API Gateway quotas: 50 ms
		// to 29 s for each integration.
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, i.Timeout)
		defer cancel()
	}
	if m.tap.Wants(tap.Called) { // before, since it may never answer
		m.tellCall()
	}
	// Backends join their spans to the caller's by this header, whatever the templates made of others.
	if m.x.Span != nil {
		m.x.Span.Carry(r.Header.Set)
	}
	// What a template has made of a message may be far larger than it: its room is asked for anew.
	if err := m.hold.Grow(len(r.Body)); err != nil {
		return fail(refusal.Busy, err)
	}
	// Lines of a function are kept only for a record: collecting them costs each invocation.
	r.Hold, r.Logs, r.Room = &m.hold, m.tap.Draft() != nil, &m.parts.reply
	reply, err := m.plane.invokers.of(i.Backend).Invoke(ctx, r)
	if err != nil {
		m.x.Integration.Error = message.Words(err, "integration")
		return refusal.WebSocket.Called(err)
	}
	m.answered(reply)
	return nil
}

// answered keeps the backend's reply.
func (m *call) answered(reply *integration.Reply) {
	m.reply = reply
	m.x.Integration.Status, m.x.Integration.ServiceStatus = reply.Status, reply.Status
	m.x.Integration.Latency, m.x.Integration.RequestID = reply.Latency, reply.RequestID
	// Observed: a log has AWS's sentence around the message of the function, and
	// never its stack.
	if reply.FunctionError != "" {
		m.x.Integration.Error = message.FunctionWords(reply.FunctionError, reply.Body)
	}
}

// choose finds the integration response for the backend's answer. What is passed on
// as it is, and what nobody hears, needs none.
// Documented: API Gateway Developer Guide, Set up WebSocket API integration
// responses: a proxy integration has none; those that are attached to one do nothing.
func (m *call) choose(context.Context) *refusal.Refusal {
	i := m.route.Integration
	switch {
	case i.Backend == plan.ToFunctionProxy:
		return m.result()
	case i.Backend == plan.ToHTTPProxy:
		m.answer = &answer{body: m.reply.Body, status: m.reply.Status, header: m.reply.Header.HTTP()}
		return nil
	// Observed: one-way routes without any integration response work silently, so
	// that none is looked for where nothing will be sent.
	case m.x.Event == exchange.Disconnect || m.x.Event == exchange.Message && !m.route.TwoWay:
		m.answer = &answer{status: m.reply.Status}
		return nil
	}
	m.selected = m.selection()
	m.response = i.Choose(m.selected)
	// Documented: API Gateway Developer Guide, Mock integrations for REST APIs:
	// without a request template the default integration response answers.
	if m.reply.Unchosen && i.Default != nil {
		m.response = i.Default // whatever else its status would match
	}
	if m.response == nil {
		return m.withoutResponse()
	}
	return nil
}

// status is that of the answer to a handshake.
func (m *call) status() int {
	if m.reply.FunctionError != "" {
		// A function that fails has no status of its own. Assumed: its $connect is
		// refused as a failure of the backend.
		return http.StatusBadGateway
	}
	return m.reply.Status
}

// respond makes the answer by the integration response that was chosen: its content
// handling is applied, its template rendered.
func (m *call) respond(ctx context.Context) *refusal.Refusal {
	response := m.response
	m.template = nil // which was the request's
	// Documented: API Gateway Developer Guide, Binary media types for WebSocket APIs:
	// CONVERT_TO_TEXT is how bytes of a backend reach a client, as base64.
	body, err := content.Response(m.reply.Body, response.Content)
	if err != nil {
		return fail(refusal.Configuration, err)
	}
	a := &m.parts.answer
	*a = answer{status: m.status()}
	if m.x.Event == exchange.Connect {
		// Frames have no headers, so mapped ones matter to a handshake alone.
		a.header = m.responseHeader(response)
	}
	f := m.pick(&response.Templates)
	switch {
	case f != nil:
	// Observed: without a template the client gets the backend's own body.
	case m.template == nil:
		a.body, a.binary = body, response.Content == content.ToBinary
	default:
		a.body, f = m.render(ctx, body)
	}
	if f == nil {
		m.answer = a
	}
	return f
}

// withoutResponse is what becomes of a message when no integration response was
// chosen. Assumed on $connect: the integration's own status stands when there are no
// integration responses at all, and it is a configuration error when none matches.
func (m *call) withoutResponse() *refusal.Refusal {
	i := m.route.Integration
	none := len(i.Responses) == 0 && i.Default == nil
	if none && m.x.Event == exchange.Connect {
		m.answer = &answer{status: m.status()}
		return nil
	}
	return fail(refusal.Configuration, errNoResponse)
}

// pick chooses among templates; none is left where there is nothing to select.
// Documented: API Gateway Developer Guide, WebSocket selection expressions: a key
// without a template falls back to $default.
func (m *call) pick(t *plan.Templates) *refusal.Refusal {
	m.template = nil
	switch {
	case !t.Any():
		return nil
	case t.SelectErr != nil:
		return fail(refusal.Configuration, t.SelectErr)
	}
	key := jsonType
	if t.Select != nil {
		var err error
		if key, err = t.Select.Eval(m); err != nil {
			key = "" // what cannot be evaluated selects $default
		}
	}
	m.template = t.Get(key)
	return nil
}

// jsonType is the key of the template where nothing else selects one.
// Observed: this key first, and then $default.
const jsonType = "application/json"
