package wsapi

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"github.com/dragoman-gateway/dragoman/exchange"
	"github.com/dragoman-gateway/dragoman/gateway/peer"
	"github.com/dragoman-gateway/dragoman/integration"
	"github.com/dragoman-gateway/dragoman/internal/budget"
	"github.com/dragoman-gateway/dragoman/mapping/content"
	"github.com/dragoman-gateway/dragoman/mapping/vtl"
	"github.com/dragoman-gateway/dragoman/message"
	"github.com/dragoman-gateway/dragoman/plan"
)

// call is what passes through the rooms: an exchange with the stage and route
// that serve it, and what is known of the backend's answer so far. A $connect and
// a $disconnect are messages too.
type call struct {
	plane *Plane
	x     *exchange.Exchange // &exchange
	stage *plan.Stage
	route *plan.Route
	body  []byte // as the client sent it; nil on $connect and $disconnect

	sent   message.Header // of the handshake as those behind the gateway are told; on $disconnect what AWS has there
	query  url.Values     // of the handshake, on $connect
	local  string         // the gateway's address on the client's side
	scheme string         // http or https
	host   string         // that the client asked for
	client *peer.Client   // of the handshake, on $connect

	vars  *vtl.Vars          // of its templates, once there was one
	reply *integration.Reply // once the backend has answered
	hold  budget.Hold        // what is held of all that

	exchange exchange.Exchange
}

// answer is what the client may be told: Body for a two-way route, Status and
// Header for a handshake.
type answer struct {
	body   []byte
	binary bool // body was made from base64 on demand, so it may be no text
	status int
	header http.Header // nil: none
}

// run takes the message through the rooms. The order is AWS's: throttle, model,
// request, backend, reply.
func (m *call) run(ctx context.Context) (*answer, *failure) {
	if m.logged() {
		m.step("Starting execution", m.body)
	}
	if !m.plane.admit(m.stage, m.route) {
		return nil, tooMany()
	}
	if f := m.validate(); f != nil {
		return nil, f
	}
	if m.route.Integration == nil {
		// Observed on $connect: the handshake succeeds. Assumed on other routes:
		// a route without a target is a configuration error.
		if m.x.Event == exchange.Message {
			return nil, internal(errNoTarget)
		}
		return &answer{status: http.StatusOK}, nil
	}
	if m.route.Integration.Backend == plan.ToFunctionProxy {
		return m.proxyFunction(ctx)
	}
	request, f := m.request()
	if f != nil {
		return nil, f
	}
	if f := m.invoke(ctx, request); f != nil {
		return nil, f
	}
	if m.route.Integration.Backend == plan.ToHTTPProxy {
		return &answer{body: m.reply.Body, status: m.reply.Status, header: m.reply.Header.HTTP()}, nil
	}
	if m.x.Event == exchange.Disconnect || m.x.Event == exchange.Message && !m.route.TwoWay {
		return &answer{status: m.reply.Status}, nil // nobody hears, so no reply is made
	}
	return m.respond()
}

// errPanicked is why a message failed that met a panic, in words for the log of the
// API's owner.
var errPanicked = errors.New("execution failed due to an internal error")

// guard is f for this message. A panic of f fails this message alone.
func (m *call) guard(f func() *failure) (failed *failure) {
	defer func() {
		if value := recover(); value != nil {
			m.plane.config.Reports.Report("a message", value, "api", m.x.ApiID, "stage", m.x.Stage,
				"route", m.x.RouteKey, "connection", m.x.ConnectionID, "request", m.x.RequestID)
			failed = internal(errPanicked)
		}
	}()
	return f()
}

// noModel says that nothing tells which model a message is to fit.
const noModel = "no model is selected for this message"

// validate holds the body against the model that the route selects.
func (m *call) validate() *failure {
	models := m.route.Models
	if models == nil || m.x.Event != exchange.Message {
		return m.require()
	}
	if models.Select == nil {
		m.x.Error.Validation = noModel
		return badBody()
	}
	key, err := models.Select.Eval(m)
	if err != nil { // a message that is no JSON selects no model
		key = ""
	}
	model := models.Get(key)
	switch {
	case model == nil:
		m.x.Error.Validation = noModel
		return badBody()
	case model.Schema == nil:
		return internal(model.Err)
	}
	if err := model.Schema.Validate(m.body); err != nil {
		m.x.Error.Validation = err.Error()
		return badBody()
	}
	return nil
}

// require refuses a handshake that lacks a parameter which its route declares as
// required. Assumed: 400, as REST APIs answer.
func (m *call) require() *failure {
	if m.x.Event != exchange.Connect {
		return nil
	}
	for _, p := range m.route.Required {
		if p.Header && first(m.lines(p.Name)) == "" || !p.Header && m.query.Get(p.Name) == "" {
			m.x.Error.Validation = "Missing required request parameters: [" + p.Name + "]"
			return badParameters()
		}
	}
	return nil
}

// invoke calls the backend and keeps its reply.
func (m *call) invoke(ctx context.Context, r *integration.Request) *failure {
	i := m.route.Integration
	if !i.Backend.Quick() {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, i.Timeout)
		defer cancel()
	}
	if m.logged() {
		m.calls(r)
	}
	if err := m.hold.Grow(len(r.Body)); err != nil {
		return busy(err)
	}
	r.Hold = &m.hold
	reply, err := m.plane.invokers.of(i.Backend).Invoke(ctx, r)
	if err != nil {
		m.x.Integration.Error = message.Words(err, "integration")
		return called(err)
	}
	m.reply = reply
	m.x.Integration.Status, m.x.Integration.ServiceStatus = reply.Status, reply.Status
	m.x.Integration.Latency, m.x.Integration.RequestID = reply.Latency, reply.RequestID
	if reply.FunctionError != "" {
		m.x.Integration.Error = message.FunctionWords(reply.FunctionError, reply.Body)
	}
	if m.logged() {
		m.answered(reply)
	}
	return nil
}

// respond makes the answer of a non-proxy integration: the integration response
// is chosen, its content handling applied, its template rendered.
func (m *call) respond() (*answer, *failure) {
	i := m.route.Integration
	status := m.reply.Status
	if m.reply.FunctionError != "" {
		// A function that fails has no status of its own. Assumed: its $connect is
		// refused as a failure of the backend.
		status = http.StatusBadGateway
	}
	response := i.Choose(m.selection())
	if m.reply.Unchosen && i.Default != nil {
		response = i.Default // whatever else its status would match
	}
	if response == nil {
		return m.withoutResponse(status)
	}
	body, err := content.Response(m.reply.Body, response.Content)
	if err != nil {
		return nil, internal(err)
	}
	a := &answer{status: status}
	if m.x.Event == exchange.Connect {
		a.header = m.responseHeader(response)
	}
	template, f := m.pick(&response.Templates)
	if f != nil {
		return nil, f
	}
	if template == nil {
		a.body, a.binary = body, response.Content == content.ToBinary
		return a, nil
	}
	a.body, f = m.render(template, body)
	return a, f
}

// withoutResponse is the answer when no integration response was chosen.
// Assumed on $connect: the integration's own status stands when there are no
// integration responses at all, and it is a configuration error when none matches.
func (m *call) withoutResponse(status int) (*answer, *failure) {
	i := m.route.Integration
	none := len(i.Responses) == 0 && i.Default == nil
	if none && m.x.Event == exchange.Connect {
		return &answer{status: status}, nil
	}
	return nil, internal(errNoResponse)
}

// pick chooses among templates.
func (m *call) pick(t *plan.Templates) (*plan.Template, *failure) {
	switch {
	case !t.Any():
		return nil, nil // nothing to select
	case t.SelectErr != nil:
		return nil, internal(t.SelectErr)
	}
	key := "application/json"
	if t.Select != nil {
		var err error
		if key, err = t.Select.Eval(m); err != nil {
			key = "" // what cannot be evaluated selects $default
		}
	}
	return t.Get(key), nil
}
