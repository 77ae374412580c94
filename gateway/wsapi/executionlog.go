package wsapi

import (
	"bytes"
	"regexp"
	"strconv"

	"github.com/dragoman-gateway/dragoman/exchange"
	"github.com/dragoman-gateway/dragoman/integration"
	"github.com/dragoman-gateway/dragoman/message"
	"github.com/dragoman-gateway/dragoman/plan"
)

// ExecutionLog keeps what routes log of their own execution. Its methods do not block
// and keep nothing of what they are given.
type ExecutionLog interface {
	// Step is one step of an exchange, with its data when the route traces data
	// and there are any.
	Step(x *exchange.Exchange, stage *plan.Stage, what string, data []byte)
	// Fail is why an exchange failed. The cause is nil when the client alone is to
	// blame.
	Fail(x *exchange.Exchange, stage *plan.Stage, told string, cause error)
}

// The levels of a route's log, which is off at any other.
const (
	levelInfo  = "INFO"
	levelError = "ERROR"
)

// logged says whether the route logs its steps.
func (m *call) logged() bool {
	return m.plane.config.ExecutionLog != nil && m.route != nil && m.route.Settings.LoggingLevel == levelInfo
}

// step logs a step. Ask logged first.
func (m *call) step(what string, data []byte) {
	if !m.route.Settings.DataTrace {
		data = nil
	}
	m.plane.config.ExecutionLog.Step(m.x, m.stage, what, secretMember.ReplaceAll(data, []byte(`$1"****"`)))
}

// calls logs the call of a backend before it is made.
func (m *call) calls(r *integration.Request) {
	if r.Function != "" {
		m.step("Endpoint request: function "+r.Function, r.Body)
		return
	}
	m.step("Endpoint request: "+r.Method+" "+r.URL, withHeader(r.Header, r.Body))
}

// answered logs what the backend said.
func (m *call) answered(r *integration.Reply) {
	m.step("Received response. Status: "+strconv.Itoa(r.Status)+", Integration latency: "+strconv.FormatInt(r.Latency.Milliseconds(), 10)+" ms",
		withHeader(r.Header, r.Body))
}

// completed logs how an exchange ended.
func (p *Plane) completed(x *exchange.Exchange, stage *plan.Stage, route *plan.Route) {
	if p.config.ExecutionLog != nil && route != nil && route.Settings.LoggingLevel == levelInfo {
		p.config.ExecutionLog.Step(x, stage, "Completed with status: "+strconv.Itoa(x.Status), nil)
	}
}

// failed logs a failure, and says whether the route wants that.
func (m *call) failed(f *failure) bool {
	if m.plane.config.ExecutionLog == nil || m.route == nil {
		return false
	}
	level := m.route.Settings.LoggingLevel
	if level != levelError && level != levelInfo {
		return false
	}
	m.plane.config.ExecutionLog.Fail(m.x, m.stage, f.message, f.cause)
	return true
}

// secrets are headers whose values are not for logs.
var secrets = []string{"Authorization", "Proxy-Authorization", "Cookie", "Set-Cookie", "X-Api-Key", "X-Amz-Security-Token"}

// secretMember is a member of JSON of such a name, as the events of functions have.
var secretMember = regexp.MustCompile(`(?i)("(?:(?:proxy-)?authorization|(?:set-)?cookie|x-api-key|apikey|x-amz-security-token)"\s*:\s*)` +
	`(?:"(?:[^"\\]|\\.)*"|\[(?:[^\]"]|"(?:[^"\\]|\\.)*")*\])`)

// withHeader is a message as data of a step, without the values of secrets.
func withHeader(h message.Header, body []byte) []byte {
	var b bytes.Buffer
	for _, f := range h {
		b.WriteString(f.Name + ": ")
		if f.Value != "" && secret(f.Name) {
			b.WriteString("****")
		} else {
			b.WriteString(f.Value)
		}
		b.WriteString("; ")
	}
	b.Write(body)
	return b.Bytes()
}

func secret(name string) bool {
	for _, s := range secrets {
		if message.Same(name, s) {
			return true
		}
	}
	return false
}
