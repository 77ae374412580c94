package wsapi

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/dragoman-gateway/dragoman/exchange"
	"github.com/dragoman-gateway/dragoman/gateway/refusal"
	"github.com/dragoman-gateway/dragoman/gateway/tap"
	"github.com/dragoman-gateway/dragoman/mapping/content"
	"github.com/dragoman-gateway/dragoman/mapping/param"
	"github.com/dragoman-gateway/dragoman/plan"
	"github.com/dragoman-gateway/dragoman/record"
	"github.com/dragoman-gateway/dragoman/resource"
)

// What a room has done stands on the call when it has passed, and the record is written
// from there: the rooms themselves know of no record. Values are evaluated again for it,
// which costs only exchanges that leave one, and cannot differ, since nothing that an
// expression reads changes within a room.

// recordKinds are what records are of, by the event.
var recordKinds = map[exchange.Event]record.Kind{
	exchange.Connect: record.Connect, exchange.Message: record.Message, exchange.Disconnect: record.Disconnect,
}

// step adds a step to the record, failed where f is a refusal. Words say which key,
// reference, header or limit mattered, for the words of the step that failed are the
// summary of the whole record.
func (m *call) step(name record.Name, at time.Time, took time.Duration, f *refusal.Refusal, why string, data ...record.Member) {
	s := record.Step{Name: name, At: at, Took: took, Why: why, Data: data}
	if f != nil {
		s.Outcome = record.Failed
	}
	m.tap.Draft().Add(s)
}

// outcome is that of a step that f has refused, nil for none.
func outcome(f *refusal.Refusal) record.Outcome {
	if f != nil {
		return record.Failed
	}
	return record.OK
}

// noteBegin records what was taken in, and the choice of the route. The record of a
// handshake has its first steps already: routing saw the request, and found the API.
func (m *call) noteBegin() {
	d := m.tap.Draft()
	d.Kind = recordKinds[m.x.Event]
	m.private(d)
	switch m.x.Event {
	case exchange.Message:
		w := d.Step(record.Receive, m.x.RequestTime)
		w.Why("a message of ")
		w.WhyNumber(len(m.body))
		w.Why(" bytes")
		w.Body(m.body)
		w.End(record.OK, 0)
		m.noteRoute()
	case exchange.Disconnect:
		m.noteDisconnect()
	case exchange.Connect:
		if m.route == nil {
			why := "the API has no $connect route, so that whoever is let in is connected"
			if m.stage.DeploymentID == "" {
				why = m.stage.Undeployed() + "; without a $connect route whoever comes is connected"
			}
			m.skip(record.Route, time.Now(), why)
			return
		}
		m.step(record.Route, time.Now(), 0, nil, "a handshake is for the route $connect", record.Text("route", resource.ConnectKey))
	}
}

// mostCandidates is how many keys of routes a record shows.
const mostCandidates = 32

// noteRoute records how the route of a message was chosen, or that none was. Its time is
// that of the message: the choice is made before a message gets its place among those
// under way, so that it waits for nothing.
func (m *call) noteRoute() {
	routes := m.stage.WebSocket
	w := m.tap.Draft().Step(record.Route, m.x.RequestTime)
	// Whatever the message says: the reader is to deploy, and not to look for a route.
	bare := m.route == nil && m.stage.DeploymentID == ""
	switch {
	case routes.Select != nil:
		m.writeChoice(w, m.whyRoute(), bare)
	case !bare:
		w.Why("the route selection expression cannot be read")
		if routes.SelectErr != nil {
			w.Why(": ", routes.SelectErr.Error())
		}
	}
	w.Texts("candidates", candidates(routes.Keys, m.x.RouteKey))
	switch {
	case bare:
		w.Why(m.stage.Undeployed())
	case m.route == nil:
		w.Why("; there is no route $default")
	default:
		w.Why(" → route ", m.x.RouteKey)
		w.Text("route", m.x.RouteKey)
		w.End(record.OK, 0)
		return
	}
	w.End(record.Failed, 0)
}

// writeChoice writes how a value chose a route; quiet without words.
func (m *call) writeChoice(w record.Writer, why tap.Why, quiet bool) {
	w.Text("expression", why.By)
	if why.How != tap.NoValue {
		w.Text("value", why.Value)
	}
	switch {
	case quiet:
	case why.How == tap.NoValue && json.Valid(m.body):
		w.Why(why.By, " has no value in this message")
	case why.How == tap.NoValue:
		w.Why("the message is no JSON, so that ", why.By, " has no value in it")
	default:
		w.Why(why.By, " = ")
		w.WhyQuoted(why.Value)
		if why.How == tap.Fallback || why.How == tap.NoKey {
			w.Why(", which is the key of no route")
		}
	}
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
// have. What a route asks neither of leaves no step, so that a record has only what was
// looked at.
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
	if model := models.Get(key); model != nil && m.x.Error.Validation != noModel {
		name = model.Name
	}
	why := "the body fits the model " + name
	switch {
	case f != nil && f.Cause != nil:
		why = "the model " + name + " cannot be used: " + f.Cause.Error()
	case f != nil && name == "":
		why = m.noModel(models, key)
	case f != nil:
		why = "the body does not fit the model " + name + ": "
		if m.invalidAt != "" {
			why += "at " + m.invalidAt + ", "
		}
		why += m.x.Error.Validation
	}
	data := record.Data{record.Some("model", name), record.Some("path", m.invalidAt), record.Some("error", m.x.Error.Validation)}
	if models.Select != nil {
		data = append(data, record.Text("expression", models.Select.String()), record.Text("key", key))
	}
	m.step(record.Model, at, took, f, why, data...)
}

// noModel says why no model was chosen: the expression, what it gave, and the keys that
// there are. Without one a body is refused, which surprises whoever has added a model alone.
func (m *call) noModel(models *plan.Models, key string) string {
	have := ", and the route has a model for none"
	if keys := models.Keys(); len(keys) > 0 {
		have = ", and the route has models for " + strings.Join(keys, ", ") + " and none for $default"
	}
	switch {
	case models.SelectErr != nil:
		return m.x.Error.Validation + ": the model selection expression cannot be read: " + models.SelectErr.Error()
	case models.Select == nil:
		return m.x.Error.Validation + ": the route has request models and no model selection expression"
	case key == "":
		return m.x.Error.Validation + ": the model selection expression " + models.Select.String() + " has no value in it" + have
	}
	return m.x.Error.Validation + ": the model selection expression " + models.Select.String() + " gives " + strconv.Quote(key) + have
}

// noteRequest records how the call of the backend was made. A proxy function has no
// template: its event is shown by the step of the call.
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
		m.step(record.Integration, at, took, f, "the integration cannot be called as it is configured: "+i.Err.Error()+m.stage.Unset(i.Resource))
		return
	}
	if i.Backend != plan.ToFunctionProxy {
		m.noteTemplate(record.Request, at, took, f, &i.Templates, i.Content, (*call).passed, record.Member{})
	}
	if len(i.Parameters) > 0 && m.request != nil {
		m.noteParameters(at, f)
	}
}

// passed says why no template made the request, by the rules of passthroughBehavior.
func (m *call) passed() string {
	i := m.route.Integration
	switch {
	case i.Backend.Proxy():
		return "a proxy integration passes the message on as it is"
	case !i.Templates.Any():
		return "the integration has no request templates, so the message is passed on as it is"
	}
	return "no request template fits and passthroughBehavior is " + or(i.Passthrough, "WHEN_NO_MATCH") + ", so the message is passed on as it is"
}

// or words a setting that was never set by what it means then.
func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// parameterData are mappings with their values, in the order in which they are applied.
// One without a value is not sent, which is what people look for, so it is marked.
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

// noteParameters records the mapped parameters of a call. They are applied in the room of
// the request, behind its template, and make a step of their own: who looks for a header
// that a backend did not get does not look in a template.
func (m *call) noteParameters(at time.Time, f *refusal.Refusal) {
	data, missing := m.parameterData(m.route.Integration.Parameters)
	why := record.Count(len(data), "parameter is mapped", "parameters are mapped")
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

// noteTemplate records what a template made, or why there was none. References are those
// of this rendering, so that one that led nowhere is found without trying it again; what
// was rendered before a template failed is not shown, for nobody was sent it.
func (m *call) noteTemplate(name record.Name, at time.Time, took time.Duration, f *refusal.Refusal, t *plan.Templates, handling string, passed func(*call) string, more record.Member) {
	w := m.tap.Draft().Step(name, at)
	defer w.End(outcome(f), took)
	w.Member(more)
	if handling != "" {
		w.Text("content", handling)
	}
	if m.template == nil {
		w.Why(m.untemplated(f, name, t, passed))
		return
	}
	w.Text("template", m.template.Key)
	if t.Select != nil {
		w.Text("selection", t.Select.String())
		w.Text("key", m.templateKey(t))
	} else {
		w.Text("key", jsonType)
	}
	w.Text("text", m.template.Text)
	if f == nil {
		w.Bytes("rendered", m.rendered)
	}
	unresolved := m.references.write(w)
	if f != nil {
		w.Why(m.spoilt(f, name))
		return
	}
	w.Why("template ", m.template.Key)
	if unresolved != "" {
		w.Why(", in which ", unresolved, " leads nowhere")
	}
}

// untemplated says why there was no template.
func (m *call) untemplated(f *refusal.Refusal, name record.Name, t *plan.Templates, passed func(*call) string) string {
	switch {
	case f == nil:
		return passed(m)
	case f.Kind == refusal.UnsupportedMedia:
		return m.unfit(t) + ", and passthroughBehavior " + or(m.route.Integration.Passthrough, "NEVER") + " forbids to pass the message on"
	}
	return m.spoilt(f, name)
}

// templateKey is what the template was picked by: the key of the template, and of one that
// stands for all others, the value that no other has.
func (m *call) templateKey(t *plan.Templates) string {
	if m.template.Key != resource.DefaultKey {
		return m.template.Key
	}
	key, _ := t.Select.Eval(m)
	return key
}

// unfit says which request template was looked for, and which there are: without the key
// that an expression gave, nobody sees which half of the two is to be changed.
func (m *call) unfit(t *plan.Templates) string {
	have := "there are templates for " + strings.Join(t.Keys(), ", ")
	if !t.Any() {
		have = "there are none"
	}
	if t.Select == nil {
		return "no request template fits " + jsonType + " (" + have + ")"
	}
	key, _ := t.Select.Eval(m)
	return "no request template has the key " + strconv.Quote(key) + " that " + t.Select.String() + " gives (" + have + ")"
}

// spoilt is why a template or a content handling has failed. Of the latter the error itself
// says neither where it is set nor what it was given.
func (m *call) spoilt(f *refusal.Refusal, name record.Name) string {
	if !errors.Is(f.Cause, content.ErrBase64) {
		return failure(f)
	}
	where, what := "the integration response "+strconv.Quote(m.responseKey()), "the backend's body"
	switch {
	case name == record.Request && m.template != nil:
		where, what = "the integration", "what the template "+m.template.Key+" made"
	case name == record.Request:
		where, what = "the integration", "the message"
	}
	return "contentHandlingStrategy " + content.ToBinary + " of " + where + " wants base64, and " + what + " is none: " + failure(f)
}

// responseKey is the key of the integration response that was chosen.
func (m *call) responseKey() string {
	if m.response == nil {
		return ""
	}
	return m.response.Resource.IntegrationResponseKey
}

// failure is why something failed, in the words of the API's owner; what the client was
// told stands in the frame.
func failure(f *refusal.Refusal) string {
	if f.Cause != nil {
		return f.Cause.Error()
	}
	return f.Message
}

// noteFailure makes sure that the record says why the exchange has failed: no step may
// have been under way, as where there was no memory for a message or something panicked.
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
	if d.Open(); len(d.Steps) > 0 && name == record.Route {
		name = d.Steps[len(d.Steps)-1].Name
	}
	d.Fail(name, time.Now(), why)
}

// noteFrame records what was sent, byte for byte, after content handling and repair of
// what is no UTF-8; or that nothing was.
func (m *call) noteFrame(body []byte, at time.Time, err error) {
	d := m.tap.Draft()
	if d == nil {
		return
	}
	w, as := d.Step(record.Frame, at), record.OK
	if err != nil {
		as = record.Failed
		w.Why("the frame was not sent: ", err.Error())
	} else {
		w.WhyNumber(len(body))
		w.Why(" B → sent")
	}
	w.Body(body)
	w.End(as, time.Since(at))
}

// noteSilence records that a one-way route answers nothing, which is the answer to "no
// reply comes": only a route response makes a route two-way.
func (m *call) noteSilence() {
	if m.tap.Draft() != nil {
		m.skip(record.Frame, time.Now(), "the route "+m.x.RouteKey+" has no route response, so nothing is sent")
	}
}
