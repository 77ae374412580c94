package wsapi

import (
	"strconv"
	"strings"

	"github.com/dragoman-gateway/dragoman/mapping/expr"
	"github.com/dragoman-gateway/dragoman/plan"
)

// A message is the variables of the expressions that are evaluated over it.
var _ expr.Variables = (*call)(nil)

// Body is the client's message, or the backend's reply.
func (m *call) Body(kind expr.Kind) []byte {
	if kind == expr.ResponseBody {
		if m.reply == nil {
			return nil
		}
		return m.reply.Body
	}
	return m.body
}

// Variable is any other value. Headers and the query exist on $connect alone.
// Documented: API Gateway Developer Guide, Set up data mapping for WebSocket APIs.
func (m *call) Variable(kind expr.Kind, name string) string {
	switch kind {
	case expr.Context:
		value, _ := m.x.Lookup(name)
		return value
	case expr.StageVariable:
		return m.stage.Variables[name]
	case expr.RequestHeader:
		return first(m.lines(name))
	case expr.RequestMultiHeader:
		return strings.Join(m.lines(name), ",")
	// The first value, as of headers; the multi-valued kinds have them all.
	case expr.RequestQuery:
		return m.query.Get(name)
	case expr.RequestMultiQuery:
		return strings.Join(m.query[name], ",")
	}
	if m.reply == nil {
		return ""
	}
	switch kind {
	case expr.ResponseStatus:
		return strconv.Itoa(m.reply.Status)
	case expr.ResponseHeader:
		return m.reply.Header.Get(name)
	case expr.ResponseMultiHeader:
		return strings.Join(m.reply.Header.Values(name), ",")
	}
	return ""
}

// lines are the values of a header of the handshake as everybody is told of them,
// or else of what concerned its connection; nil after the handshake.
func (m *call) lines(name string) []string {
	if m.client == nil {
		return nil
	}
	if told := m.sent.Values(name); told != nil {
		return told
	}
	return m.client.Header.Values(name)
}

// first is the value that $context and mappings see of a header that came more than once.
func first(values []string) string {
	if len(values) == 0 {
		return ""
	}
	return values[0]
}

// selection is the value that integration responses are chosen by: the error
// text of a function, else the status.
// Documented: API Gateway Developer Guide, Data transformations for WebSocket
// APIs: ${integration.response.body.errorMessage} for functions,
// ${integration.response.statuscode} for HTTP and mock backends.
func (m *call) selection() string {
	if m.route.Integration.Backend == plan.ToFunction {
		value, err := m.route.Integration.ErrorText.Eval(m)
		if err != nil { // a result that is no JSON has no error text
			return ""
		}
		return value
	}
	return strconv.Itoa(m.reply.Status)
}
