package wsapi

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/dragoman-gateway/dragoman/exchange"
	"github.com/dragoman-gateway/dragoman/gateway/notice"
	"github.com/dragoman-gateway/dragoman/gateway/refusal"
	"github.com/dragoman-gateway/dragoman/gateway/tap"
	"github.com/dragoman-gateway/dragoman/integration"
	"github.com/dragoman-gateway/dragoman/message"
	"github.com/dragoman-gateway/dragoman/plan"
	"github.com/dragoman-gateway/dragoman/record"
	"github.com/dragoman-gateway/dragoman/resource"
)

// What a backend was asked and has answered, and what became of the answer.
// It is told apart from the request's half because other questions lead here: not "what did
// the client send" but "who has said this". Bodies are kept as they came from the backend,
// before content handling, and as they left, behind it; both in full length as a number,
// so that what was cut for the record is not taken for what was cut on the way.

// noteCall records the call of a backend before it is made, since it may never answer: a
// record of what hangs must say where.
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
	case m.route.Integration.Backend == plan.ToMock:
		return "the mock integration"
	case r.Function != "":
		return "the function " + r.Function
	default:
		return r.Method + " " + r.Where()
	}
}

// noteAnswer records what a backend has said, or why it said nothing. A function that
// failed has answered: whether that is a failure of the exchange, integration responses
// decide.
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
	// Of functions that run here alone: those on AWS log where they are.
	if len(r.Logs) > 0 {
		data = append(data, record.Texts("logs", r.Logs))
	}
	m.step(record.Backend, at, took, nil, why, data...)
}

// unanswered says why a backend has not answered.
func (m *call) unanswered(f *refusal.Refusal, took time.Duration) string {
	if f == nil {
		return m.where() + " did not answer"
	}
	switch f.Kind {
	// The time that was allowed and not the one that was taken: it is what somebody may change.
	case refusal.TimedOut:
		return fmt.Sprintf("%s did not answer within %s", m.where(), m.route.Integration.Timeout)
	case refusal.Busy:
		return "there is no memory for the answer of " + m.where()
	}
	if m.route.Integration.Backend == plan.ToMock {
		// Documented: API Gateway Developer Guide, Mock integrations for REST APIs: the request
		// template has to yield a statusCode.
		return "the mock integration has no status to answer with: " + failure(f) + " Its request template made " + strconv.Quote(notice.Short(string(m.request.Body)))
	}
	return m.where() + " did not answer: " + failure(f) + m.stage.Unset(m.route.Integration.Resource)
}

// noteChoice records how the integration response was chosen, with every key that was
// tried. What an answer is passed on without is told as a step that was skipped, for the
// most frequent question is why an integration response does nothing.
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
	// Without its keys a response that was not chosen looks like one that is missing.
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
// the same in a line. It follows from the one that was chosen: those before it did not
// match, those behind it were not asked. No pattern is run again, which could cost what
// the budget of the choice has bounded.
func (m *call) tried(i *plan.Integration) (keys []record.Data, line string) {
	outcome := matchNot
	// Nothing was held against any key: the first must not look as if it had not matched.
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

// skip records a room that had nothing to do. That it was passed is told all the same: what is
// not there is taken for what was forgotten.
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
