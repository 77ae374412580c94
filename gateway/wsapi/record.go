package wsapi

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/dragoman-gateway/dragoman/exchange"
	"github.com/dragoman-gateway/dragoman/gateway/refusal"
	"github.com/dragoman-gateway/dragoman/gateway/tap"
	"github.com/dragoman-gateway/dragoman/integration"
	"github.com/dragoman-gateway/dragoman/mapping/param"
	"github.com/dragoman-gateway/dragoman/message"
	"github.com/dragoman-gateway/dragoman/plan"
	"github.com/dragoman-gateway/dragoman/record"
	"github.com/dragoman-gateway/dragoman/resource"
)

// recordKinds are what records are of, by the event.
var recordKinds = map[exchange.Event]record.Kind{
	exchange.Connect: record.Connect, exchange.Message: record.Message, exchange.Disconnect: record.Disconnect,
}

// step adds a step to the record, failed where f is a refusal.
func (m *call) step(name record.Name, at time.Time, took time.Duration, f *refusal.Refusal, why string, data ...record.Member) {
	s := record.Step{Name: name, At: at, Took: took, Why: why, Data: data}
	if f != nil {
		s.Outcome = record.Failed
	}
	m.tap.Draft().Add(s)
}

// noteBegin records what was taken in, and the choice of the route.
func (m *call) noteBegin() {
	d := m.tap.Draft()
	d.Kind = recordKinds[m.x.Event]
	switch m.x.Event {
	case exchange.Message:
		m.step(record.Receive, m.x.RequestTime, 0, nil, "a message of "+strconv.Itoa(len(m.body))+" bytes", record.Body(m.body))
		m.noteRoute()
	case exchange.Disconnect:
		m.noteDisconnect()
	case exchange.Connect:
		if m.route == nil {
			m.tap.Draft().Add(record.Step{Name: record.Route, At: time.Now(), Outcome: record.Skipped, Why: "the API has no $connect route, so that whoever is let in is connected"})
			return
		}
		m.step(record.Route, time.Now(), 0, nil, "a handshake is for the route $connect", record.Text("route", resource.ConnectKey))
	}
}

// mostCandidates is how many keys of routes a record shows.
const mostCandidates = 32

// noteRoute records how the route of a message was chosen, or that none was.
func (m *call) noteRoute() {
	routes := m.stage.WebSocket
	s := record.Step{Name: record.Route, At: m.x.RequestTime}
	if routes.Select == nil {
		s.Why = "the route selection expression cannot be read"
		if routes.SelectErr != nil {
			s.Why += ": " + routes.SelectErr.Error()
		}
	} else {
		why := m.whyRoute()
		s.Data = append(s.Data, record.Text("expression", why.By))
		if why.How != tap.NoValue {
			s.Data = append(s.Data, record.Text("value", why.Value))
		}
		s.Why = routeWords(why)
	}
	s.Data = append(s.Data, record.Texts("candidates", candidates(routes.Keys, m.x.RouteKey)))
	if m.route == nil {
		s.Outcome = record.Failed
		s.Why += "; there is no route $default"
	} else {
		s.Why += " → route " + m.x.RouteKey
		s.Data = append(s.Data, record.Text("route", m.x.RouteKey))
	}
	m.tap.Draft().Add(s)
}

// routeWords say how a value chose a route.
func routeWords(why tap.Why) string {
	switch why.How {
	case tap.NoValue:
		return why.By + " has no value in this message"
	case tap.Fallback, tap.NoKey:
		return why.By + " = " + strconv.Quote(why.Value) + ", which is the key of no route"
	}
	return why.By + " = " + strconv.Quote(why.Value)
}

// candidates are keys in their order, with the chosen one among them.
func candidates(keys []string, chosen string) []string {
	if len(keys) <= mostCandidates {
		return keys
	}
	shown := append([]string{}, keys[:mostCandidates]...)
	for _, key := range shown {
		if key == chosen {
			return shown
		}
	}
	return append(shown, chosen)
}

// note records a room that the exchange has passed, read from what the room has left on
// the call.
func (m *call) note(kind tap.Kind, at time.Time, took time.Duration, f *refusal.Refusal) {
	switch kind {
	case tap.Validated:
		m.noteModel(at, took, f)
	case tap.Mapped:
		m.noteRequest(at, took, f)
	case tap.Answered:
		m.noteAnswer(at, took, f)
	case tap.Chosen:
		m.noteChoice(at, took, f)
	case tap.Rendered:
		m.noteResponse(at, took, f)
	}
}

// noteModel records the judgement of a model, and of parameters that a handshake must
// have.
func (m *call) noteModel(at time.Time, took time.Duration, f *refusal.Refusal) {
	models := m.route.Models
	switch {
	case m.x.Event == exchange.Connect && len(m.route.Required) > 0:
		why := "the handshake has every parameter that is required"
		if f != nil {
			why = m.x.Error.Validation
		}
		m.step(record.Parameters, at, took, f, why)
		return
	case models == nil || m.x.Event != exchange.Message:
		return
	}
	key, name := "", ""
	if models.Select != nil {
		key, _ = models.Select.Eval(m)
	}
	if model := models.Get(key); model != nil {
		name = model.Name
	}
	why := "the body fits the model " + name
	switch {
	case f != nil && f.Cause != nil:
		why = "the model " + name + " cannot be used: " + f.Cause.Error()
	case f != nil && name == "":
		why = m.x.Error.Validation
	case f != nil:
		why = "the body does not fit the model " + name + ": " + m.x.Error.Validation
	}
	m.step(record.Model, at, took, f, why, record.Some("model", name), record.Some("key", key), record.Some("error", m.x.Error.Validation))
}

// noteRequest records how the call of the backend was made.
func (m *call) noteRequest(at time.Time, took time.Duration, f *refusal.Refusal) {
	i := m.route.Integration
	switch {
	case i == nil && f != nil:
		m.step(record.Integration, at, took, f, "the route "+m.x.RouteKey+" has no target: no integration is attached to it")
		return
	case i == nil:
		m.tap.Draft().Add(record.Step{Name: record.Integration, At: at, Took: took, Outcome: record.Skipped, Why: "the route has no target"})
		return
	case i.Err != nil:
		m.step(record.Integration, at, took, f, "the integration cannot be called as it is configured: "+i.Err.Error())
		return
	}
	if i.Backend != plan.ToFunctionProxy {
		m.noteTemplate(record.Request, at, took, f, &i.Templates, i.Content, m.passed(i))
	}
	if len(i.Parameters) > 0 && m.request != nil {
		m.noteParameters(at, f)
	}
}

// passed says why no template made the request.
func (m *call) passed(i *plan.Integration) string {
	switch {
	case i.Backend.Proxy():
		return "a proxy integration passes the message on as it is"
	case !i.Templates.Any():
		return "the integration has no request templates, so the message is passed on as it is"
	}
	return "no request template fits and passthroughBehavior is " + or(i.Passthrough, "WHEN_NO_MATCH") + ", so the message is passed on as it is"
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// parameterData are mappings with their values.
func (m *call) parameterData(list []*param.V1) (data []record.Data, missing string) {
	for _, p := range list {
		value, ok, err := p.Value(m)
		row := record.Data{record.Text("from", p.From), record.Text("to", p.To)}
		if ok && err == nil {
			row = append(row, record.Text("value", value))
		} else {
			row = append(row, record.Truth("unresolved", true))
			missing = p.From
		}
		data = append(data, row)
	}
	return data, missing
}

func (m *call) noteParameters(at time.Time, f *refusal.Refusal) {
	data, missing := m.parameterData(m.route.Integration.Parameters)
	why := strconv.Itoa(len(data)) + " parameters are mapped"
	switch {
	case f != nil && f.Kind == refusal.BadParameters:
		why = "the parameters would make a path with dot segments: " + m.request.Where()
	case f != nil && f.Cause != nil:
		why = "the parameters cannot be mapped: " + f.Cause.Error()
	case missing != "":
		why += ", of which " + missing + " has no value"
	}
	m.step(record.Parameters, at, 0, f, why, record.Objects("parameters", data))
}

// noteTemplate records what a template made, or why there was none.
func (m *call) noteTemplate(name record.Name, at time.Time, took time.Duration, f *refusal.Refusal, t *plan.Templates, handling, passed string, more ...record.Member) {
	data := append(record.Data{}, more...)
	if handling != "" {
		data = append(data, record.Text("content", handling))
	}
	if m.template == nil {
		why := passed
		if f != nil {
			why = failure(f)
			if f.Kind == refusal.UnsupportedMedia {
				why = "no request template fits, and passthroughBehavior forbids to pass the message on"
			}
		}
		m.step(name, at, took, f, why, data...)
		return
	}
	data = append(data, record.Text("template", m.template.Key))
	if t.Select != nil {
		key, _ := t.Select.Eval(m)
		data = append(data, record.Text("selection", t.Select.String()), record.Text("key", key))
	} else {
		data = append(data, record.Text("key", jsonType))
	}
	data = append(data, record.Text("text", m.template.Text))
	if f == nil {
		data = append(data, record.Text("rendered", string(m.rendered[:min(len(m.rendered), record.Kept+1)])))
	}
	references, unresolved := m.references.told()
	if references != nil {
		data = append(data, record.Objects("references", references))
	}
	why := "template " + m.template.Key
	switch {
	case f != nil:
		why = failure(f)
	case unresolved != "":
		why += ", in which " + unresolved + " leads nowhere"
	}
	m.step(name, at, took, f, why, data...)
}

// failure is why something failed, in the words of the API's owner.
func failure(f *refusal.Refusal) string {
	if f.Cause != nil {
		return f.Cause.Error()
	}
	return f.Message
}

// noteCall records the call of a backend, before it is made.
func (m *call) noteCall(r *integration.Request) {
	i := m.route.Integration
	if i.Backend == plan.ToMock {
		m.step(record.Integration, time.Now(), 0, nil, "a mock calls nobody", record.Text("type", i.Resource.IntegrationType), record.Body(r.Body))
		return
	}
	data := record.Data{record.Text("type", i.Resource.IntegrationType)}
	why := "function " + r.Function
	if r.Function != "" {
		data = append(data, record.Text("function", r.Function))
	} else {
		why = r.Method + " " + r.Where()
		data = append(data, record.Text("method", r.Method), record.Text("address", r.Where()), tap.Lines(r.Header))
	}
	m.step(record.Integration, time.Now(), 0, nil, why, append(data, record.Body(r.Body))...)
}

// where is what was called, in a word or two.
func (m *call) where() string {
	switch r := m.request; {
	case r == nil:
		return "the backend"
	case r.Function != "":
		return "the function " + r.Function
	default:
		return r.Method + " " + r.Where()
	}
}

// noteAnswer records what a backend has said, or why it said nothing.
func (m *call) noteAnswer(at time.Time, took time.Duration, f *refusal.Refusal) {
	if m.reply == nil {
		m.step(record.Backend, at, took, f, m.unanswered(f, took))
		return
	}
	i, r := m.route.Integration, m.reply
	if i.Backend == plan.ToMock {
		m.step(record.Backend, at, took, f, "a mock, status "+strconv.Itoa(r.Status), record.Number("status", int64(r.Status)), record.Body(r.Body))
		return
	}
	data := record.Data{record.Number("status", int64(r.Status)), tap.Lines(r.Header), record.Body(r.Body)}
	why := m.where() + " → " + strconv.Itoa(r.Status)
	if r.FunctionError != "" {
		message, stack := message.FunctionFailure(r.Body)
		data = append(data, record.Text("functionError", or(message, r.FunctionError)), record.Some("stack", stack))
		why = m.where() + " failed: " + or(message, r.FunctionError)
	}
	m.step(record.Backend, at, took, nil, why, data...)
}

// unanswered says why a backend has not answered.
func (m *call) unanswered(f *refusal.Refusal, took time.Duration) string {
	if f == nil {
		return m.where() + " did not answer"
	}
	switch f.Kind {
	case refusal.TimedOut:
		return fmt.Sprintf("%s did not answer within %s", m.where(), m.route.Integration.Timeout)
	case refusal.Busy:
		return "there is no memory for the answer of " + m.where()
	}
	return m.where() + " did not answer: " + failure(f)
}

// noteChoice records how the integration response was chosen, with every key that was
// tried.
func (m *call) noteChoice(at time.Time, took time.Duration, f *refusal.Refusal) {
	i := m.route.Integration
	switch {
	case i.Backend == plan.ToFunctionProxy && f != nil:
		m.tap.Draft().Fail(record.Backend, at, m.where()+": "+failure(f))
		return
	case i.Backend.Proxy():
		m.skip(record.Select, at, "a proxy integration's answer is passed on as it is")
		return
	case m.response == nil && m.answer != nil:
		m.skip(record.Select, at, "nothing is sent, for the route has no route response")
		return
	}
	keys, tried := m.tried(i)
	by := "status " + m.selected
	if i.Backend == plan.ToFunction {
		by = "error text " + strconv.Quote(m.selected)
	}
	data := record.Data{record.Text("value", m.selected), record.Objects("keys", keys)}
	why := by + ": " + tried
	if m.response == nil {
		why = by + " fits no integration response (" + tried + ") and there is no $default"
		if tried == "" {
			why = "the integration has no integration response, not even $default"
		}
	} else {
		key := m.response.Resource.IntegrationResponseKey
		data = append(data, record.Text("key", key))
		why += " → " + key
		if m.reply.Unchosen && m.response == i.Default {
			why = "the mock has no request template, so nothing chose a status → $default"
		}
	}
	m.step(record.Select, at, took, f, why, data...)
}

// The outcomes of keys of integration responses.
const (
	matches  = "match"
	matchNot = "no match"
	untried  = "not tried"
	unread   = "broken"
)

// tried are the keys in the order in which they are tried, with what came of each, and
// the same in a line.
func (m *call) tried(i *plan.Integration) (keys []record.Data, line string) {
	outcome := matchNot
	if m.reply.Unchosen && m.response == i.Default {
		outcome = untried
	}
	add := func(key, outcome string) {
		keys = append(keys, record.Data{record.Text("key", key), record.Text("outcome", outcome)})
		if mark := marks[outcome]; mark != "" {
			line += "  " + key + " " + mark
		}
	}
	for _, r := range i.Responses {
		switch {
		case r == m.response:
			add(r.Resource.IntegrationResponseKey, matches)
			outcome = untried
		case r.Pattern == nil && outcome == matchNot:
			add(r.Resource.IntegrationResponseKey, unread)
		default:
			add(r.Resource.IntegrationResponseKey, outcome)
		}
	}
	switch {
	case i.Default == nil:
	case i.Default == m.response:
		add(resource.DefaultKey, matches)
	default:
		add(resource.DefaultKey, untried)
	}
	return keys, strings.TrimPrefix(line, "  ")
}

// marks show the outcome of a key in a line; one that was not tried is not in it.
var marks = map[string]string{matches: "✓", matchNot: "✗", unread: "✗ (broken)"}

func (m *call) skip(name record.Name, at time.Time, why string) {
	m.tap.Draft().Add(record.Step{Name: name, At: at, Outcome: record.Skipped, Why: why})
}

// noteResponse records what the integration response made of the backend's answer.
func (m *call) noteResponse(at time.Time, took time.Duration, f *refusal.Refusal) {
	var more record.Data
	if m.x.Event == exchange.Connect && len(m.response.Parameters) > 0 {
		parameters, _ := m.parameterData(m.response.Parameters)
		more = append(more, record.Objects("parameters", parameters))
	}
	m.noteTemplate(record.Response, at, took, f, &m.response.Templates, m.response.Content, "no response template, so the backend's body is passed on as it is", more...)
}

// noteFailure makes sure that the record says why the exchange has failed: no step may
// have been under way.
func (m *call) noteFailure(f *refusal.Refusal) {
	d := m.tap.Draft()
	if d == nil || d.Failure() != nil {
		return
	}
	d.Kind = recordKinds[m.x.Event]
	name, why := record.Route, failure(f)
	switch {
	case f.Kind == refusal.Busy:
		name, why = record.Receive, "the gateway has no memory for the message now (--max-bodies)"
	case errors.Is(f.Cause, errPanicked):
		name = record.Integration
	}
	if len(d.Steps) > 0 && name == record.Route {
		name = d.Steps[len(d.Steps)-1].Name
	}
	d.Fail(name, time.Now(), why)
}

// noteFrame records what was sent, or that nothing was.
func (m *call) noteFrame(body []byte, at time.Time, err error) {
	if m.tap.Draft() == nil {
		return
	}
	why := strconv.Itoa(len(body)) + " B → sent"
	var f *refusal.Refusal
	if err != nil {
		why, f = "the frame was not sent: "+err.Error(), &refusal.Refusal{}
	}
	m.step(record.Frame, at, time.Since(at), f, why, record.Body(body))
}

// noteSilence records that a one-way route answers nothing.
func (m *call) noteSilence() {
	if m.tap.Draft() != nil {
		m.skip(record.Frame, time.Now(), "the route "+m.x.RouteKey+" has no route response, so nothing is sent")
	}
}
