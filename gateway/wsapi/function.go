package wsapi

import (
	"fmt"
	"net/http"

	"github.com/dragoman-gateway/dragoman/exchange"
	"github.com/dragoman-gateway/dragoman/gateway/authorize"
	"github.com/dragoman-gateway/dragoman/gateway/refusal"
	"github.com/dragoman-gateway/dragoman/integration"
	"github.com/dragoman-gateway/dragoman/mapping/payload"
)

// result reads the answer of a function that was sent the proxy event.
// Observed: to a message only the body matters, which is the reply whatever status
// and headers stand beside it.
func (m *call) result() *refusal.Refusal {
	if m.reply.FunctionError != "" {
		// A kilobyte of it is enough for a log: a stack may be as long as the answer may.
		return fail(refusal.Integration, fmt.Errorf("the function failed (%s): %.1024s", m.reply.FunctionError, m.reply.Body))
	}
	// Reading it makes a copy, and another one of the body in it.
	if err := m.hold.Grow(2 * len(m.reply.Body)); err != nil {
		return fail(refusal.Busy, err)
	}
	result, err := payload.ParseWebSocketResult(m.reply.Body)
	if err != nil {
		m.x.Integration.Error = payload.Words(err)
		return fail(refusal.Integration, fmt.Errorf("malformed Lambda proxy response: %w", err))
	}
	m.x.Integration.Status = result.StatusCode
	m.answer = &answer{body: result.Body, binary: true, status: result.StatusCode, header: header(result.Fields)}
	return nil
}

// header gathers lines by their canonical names.
func header(lines []payload.Field) http.Header {
	h := http.Header{}
	for _, line := range lines {
		h.Add(line.Name, line.Value)
	}
	return h
}

// event makes the call of a function with the proxy event of the exchange.
func (m *call) event() *refusal.Refusal {
	body, f := m.convertContent(m.body)
	if f != nil {
		return f
	}
	e := payload.WebSocketEvent{
		EventType: string(m.x.Event), RouteKey: m.x.RouteKey, Stage: m.x.Stage, Path: m.x.Path, ApiID: m.x.ApiID,
		DomainName: m.x.DomainName, ConnectionID: m.x.ConnectionID, RequestID: m.x.RequestID, MessageID: m.x.Message(),
		RequestTime: m.x.RequestTime, ConnectedAt: m.x.ConnectedAt, Identity: m.x.Identity,
		DisconnectCode: m.x.DisconnectCode, DisconnectReason: m.x.DisconnectReason,
		StageVariables: m.stage.Variables, Authorizer: authorize.Members(m.x.Authorizer), Body: body,
	}
	// Documented: API Gateway Developer Guide, Set up WebSocket API integration
	// requests: the query is in the event of $connect alone.
	if m.x.Event == exchange.Connect {
		e.Query = payload.Fields(m.query)
	}
	for _, line := range m.sent {
		e.Header = append(e.Header, payload.Field(line))
	}
	i := m.route.Integration
	m.request = &integration.Request{
		Function: i.URI, Body: e.Append(nil), Credentials: i.Credentials,
		Region: m.stage.Region, Timeout: i.Timeout,
	}
	return nil
}
