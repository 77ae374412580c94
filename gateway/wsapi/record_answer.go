package wsapi

import (
	"fmt"
	"strconv"
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
func (m *call) noteCall(r *integration.Request, at time.Time) {
	i := m.route.Integration
	if i.Backend == plan.ToMock {
		w := m.tap.Draft().Step(record.Integration, at)
		w.Why("a mock calls nobody")
		w.Text("type", i.Resource.IntegrationType)
		w.Body(r.Body)
		w.End(record.OK, 0)
		return
	}
	w := m.tap.Draft().Step(record.Integration, at)
	w.Text("type", i.Resource.IntegrationType)
	if r.Function != "" {
		w.Why("function ", r.Function)
		w.Text("function", r.Function)
	} else {
		where := r.Where()
		w.Why(r.Method, " ", where)
		w.Text("method", r.Method)
		w.Text("address", where)
		tap.Lines(w, r.Header)
	}
	w.Body(r.Body)
	w.End(record.OK, 0)
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
		w := m.tap.Draft().Step(record.Backend, at)
		w.Why("a mock, status ")
		w.WhyNumber(r.Status)
		w.Number("status", int64(r.Status))
		w.Body(r.Body)
		w.End(outcome(f), took)
		return
	}
	w := m.tap.Draft().Step(record.Backend, at)
	w.Number("status", int64(r.Status))
	tap.Lines(w, r.Header)
	w.Body(r.Body)
	if r.FunctionError != "" {
		message, stack := message.FunctionFailure(r.Body)
		w.Text("functionError", or(message, r.FunctionError))
		w.Member(record.Some("stack", stack))
		w.Why(m.where(), " failed: ", or(message, r.FunctionError))
	} else {
		w.Why(m.where(), " → ")
		w.WhyNumber(r.Status)
	}
	// Of functions that run here alone: those on AWS log where they are.
	if len(r.Logs) > 0 {
		w.Texts("logs", r.Logs)
	}
	w.End(record.OK, took)
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
	w := m.tap.Draft().Step(record.Select, at)
	w.Text("value", m.selected)
	// Without its keys a response that was not chosen looks like one that is missing.
	w.List("keys")
	m.tried(i, func(key, outcome string) {
		w.Object("")
		w.Text("key", key)
		w.Text("outcome", outcome)
		w.Close()
	})
	w.Close()
	m.whyChosen(w, i)
	w.End(outcome(f), took)
}

// whyChosen says how the integration response was chosen, in a line.
func (m *call) whyChosen(w record.Writer, i *plan.Integration) {
	switch {
	case len(i.Responses) == 0 && i.Default == nil:
		w.Why("the integration has no integration response, not even $default")
		return
	case m.response != nil:
		w.Text("key", m.response.Resource.IntegrationResponseKey)
		if m.reply.Unchosen && m.response == i.Default {
			w.Why("the mock has no request template, so nothing chose a status → $default")
			return
		}
	}
	if i.Backend == plan.ToFunction {
		w.Why("error text ")
		w.WhyQuoted(m.selected)
	} else {
		w.Why("status ", m.selected)
	}
	if m.response == nil {
		w.Why(" fits no integration response (")
		m.line(w, i)
		w.Why(") and there is no $default")
		return
	}
	w.Why(": ")
	m.line(w, i)
	w.Why(" → ", m.response.Resource.IntegrationResponseKey)
}

// line writes the keys that were tried.
func (m *call) line(w record.Writer, i *plan.Integration) {
	between := ""
	m.tried(i, func(key, outcome string) {
		if mark := mark(outcome); mark != "" {
			w.Why(between, key, mark)
			between = "  "
		}
	})
}

// The outcomes of keys of integration responses.
const (
	matches  = "match"
	matchNot = "no match"
	untried  = "not tried"
	unread   = "broken"
)

// tried tells of the keys in the order in which they are tried, with what came of each. It
// follows from the one that was chosen: those before it did not match, those behind it were
// not asked. No pattern is run again, which could cost what
// the budget of the choice has bounded.
func (m *call) tried(i *plan.Integration, tell func(key, outcome string)) {
	outcome := matchNot
	// Nothing was held against any key: the first must not look as if it had not matched.
	if m.reply.Unchosen && m.response == i.Default {
		outcome = untried
	}
	for _, r := range i.Responses {
		switch {
		case r == m.response:
			tell(r.Resource.IntegrationResponseKey, matches)
			outcome = untried
		case r.Pattern == nil && outcome == matchNot:
			tell(r.Resource.IntegrationResponseKey, unread)
		default:
			tell(r.Resource.IntegrationResponseKey, outcome)
		}
	}
	switch {
	case i.Default == nil:
	case i.Default == m.response:
		tell(resource.DefaultKey, matches)
	default:
		tell(resource.DefaultKey, untried)
	}
}

// mark shows the outcome of a key in a line; one that was not tried is not in it.
func mark(outcome string) string {
	switch outcome {
	case matches:
		return " ✓"
	case matchNot:
		return " ✗"
	case unread:
		return " ✗ (broken)"
	}
	return ""
}

// skip records a room that had nothing to do. That it was passed is told all the same: what is
// not there is taken for what was forgotten.
func (m *call) skip(name record.Name, at time.Time, why string) {
	m.tap.Draft().Add(record.Step{Name: name, At: at, Outcome: record.Skipped, Why: why})
}

// noteResponse records what the integration response made of the backend's answer.
func (m *call) noteResponse(at time.Time, took time.Duration, f *refusal.Refusal) {
	var more record.Member
	if m.x.Event == exchange.Connect && len(m.response.Parameters) > 0 {
		parameters, _ := m.parameterData(m.response.Parameters)
		more = record.Objects("parameters", parameters)
	}
	m.noteTemplate(record.Response, at, took, f, &m.response.Templates, m.response.Content, passedBack, more)
}

// passedBack says why no template made the answer.
func passedBack(*call) string {
	return "no response template, so the backend's body is passed on as it is"
}
