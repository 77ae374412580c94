package authorize

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/dragoman-gateway/dragoman/authorizer"
	"github.com/dragoman-gateway/dragoman/exchange"
	"github.com/dragoman-gateway/dragoman/gateway/peer"
	"github.com/dragoman-gateway/dragoman/mapping/payload"
	"github.com/dragoman-gateway/dragoman/message"
	"github.com/dragoman-gateway/dragoman/plan"
	"github.com/dragoman-gateway/dragoman/resource"
)

// Handshake is the question about a handshake on a stage. sent is its header as it is
// told to backends.
func Handshake(r *http.Request, client *peer.Client, sent message.Header, stage *plan.Stage, x *exchange.Exchange) *Question {
	h := &handshake{r: r, header: told(sent), query: r.URL.Query(), stage: stage, x: x}
	return &Question{HTTP: r, Client: client, Values: h, Event: h.event}
}

// handshake is a client that wants to connect.
type handshake struct {
	r      *http.Request
	header message.Header
	query  url.Values
	stage  *plan.Stage
	x      *exchange.Exchange
}

// denied words a refusal as WebSocket APIs do: a policy that denies by name says
// so, and a signature that is no good is explained.
func denied(d *authorizer.Decision) string {
	switch {
	case d.ErrorType != "":
		return d.Reason
	// Assumed: a token without a scope is refused in the words of a policy that is silent.
	case d.Explicit:
		return "User is not authorized to access this resource with an explicit deny"
	}
	return "User is not authorized to access this resource"
}

// withPrincipal is the context that events and $context show: the principal first.
func withPrincipal(d *authorizer.Decision) exchange.Values {
	values := make(exchange.Values, 0, len(d.Context)+1)
	values = append(values, exchange.Value{Name: "principalId", Value: principal(d)})
	for _, v := range d.Context {
		// A context that names a principal of its own must not take the place of who was let in.
		if v.Name != "principalId" {
			values = append(values, v)
		}
	}
	return values
}

// principal is who was let in, "" where nobody says. A token says it by its subject.
// Source: RFC 7519, section 4.1.2.
func principal(d *authorizer.Decision) string {
	if d.Token == nil {
		return d.Principal
	}
	subject, _ := d.Token.Claims.Get("sub")
	name, _ := subject.(string)
	return name
}

// event is what a function is asked with.
func (h *handshake) event(_, arn string, _ []string) ([]byte, error) {
	x := h.x
	e := payload.WebSocketEvent{
		EventType: payload.Connect, RouteKey: resource.ConnectKey, Stage: x.Stage, Path: x.Path, ApiID: x.ApiID,
		DomainName: x.DomainName, ConnectionID: x.ConnectionID, RequestID: x.RequestID,
		RequestTime: x.RequestTime, ConnectedAt: x.ConnectedAt, Identity: x.Identity,
		StageVariables: h.stage.Variables,
	}
	for _, line := range h.header {
		e.Header = append(e.Header, payload.Field(line))
	}
	e.Query = payload.Fields(h.query)
	return e.AppendAuthorizer(nil, arn), nil
}

// told is the header of the handshake as the integration of $connect is told of it,
// and what concerns the upgrade itself.
// Observed: these three, so spelled, whatever the client sent.
func told(sent message.Header) message.Header {
	return append(sent.Clone(), message.Field{Name: "Connection", Value: "upgrade"},
		message.Field{Name: "Upgrade", Value: "websocket"}, message.Field{Name: "content-length", Value: "0"})
}

// Header implements authorizer.Values.
func (h *handshake) Header(name string) string { return strings.Join(h.header.Values(name), ",") }

// Query implements authorizer.Values.
func (h *handshake) Query(name string) string { return strings.Join(h.query[name], ",") }

// Context implements authorizer.Values.
func (h *handshake) Context(path string) string {
	value, _ := h.x.Lookup(path)
	return value
}

// StageVariable implements authorizer.Values.
func (h *handshake) StageVariable(name string) string { return h.stage.Variables[name] }

// Body implements authorizer.Values. A handshake has none, so that an authorizer of messages
// lets nobody connect.
func (h *handshake) Body(string) string { return "" }
