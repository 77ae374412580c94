package authorize

import (
	"context"
	"net/url"
	"strings"

	"github.com/dragoman-gateway/dragoman/authorizer"
	"github.com/dragoman-gateway/dragoman/exchange"
	"github.com/dragoman-gateway/dragoman/gateway/peer"
	"github.com/dragoman-gateway/dragoman/mapping/expr"
	"github.com/dragoman-gateway/dragoman/mapping/payload"
	"github.com/dragoman-gateway/dragoman/message"
	"github.com/dragoman-gateway/dragoman/plan"
)

// Opening is what the authorizers of an API may ask of a handshake when its messages come:
// the headers that they name as identity sources, nil for none.
type Opening struct{ header message.Header }

// Opening keeps what messages are authorized by later, nil for nothing, which is nearly always:
// it stays as long as its client. The header is as backends are told of it. Whatever
// authorizers an API has when a client connects is kept for, whether their routes are guarded
// yet or not: a deployment may guard them while the client stays.
func (a *Authorizers) Opening(stage *plan.Stage, sent message.Header) *Opening {
	if a == nil || !a.config.PerRoute {
		return nil
	}
	var kept message.Header
	for _, text := range stage.Identity {
		source, err := authorizer.ParseSource(text)
		if err != nil || source.Place != authorizer.Header || len(kept.Values(source.Name)) > 0 {
			continue // who cannot be read lets nobody in, and what several name is kept once
		}
		for _, line := range sent {
			if strings.EqualFold(line.Name, source.Name) {
				// A copy: the line would keep the whole head of its request.
				kept = append(kept, message.Field{Name: strings.Clone(line.Name), Value: strings.Clone(line.Value)})
			}
		}
	}
	if kept == nil {
		return nil
	}
	return &Opening{kept}
}

// Message is the question about a message of a client whose handshake had the raw query.
func Message(body []byte, o *Opening, query string, client *peer.Client, stage *plan.Stage, x *exchange.Exchange) *Question {
	s := &spoken{body: body, stage: stage, x: x}
	s.query, _ = url.ParseQuery(query) // what of it can be read
	if o != nil {
		s.header = o.header
	}
	return &Question{Client: client, Values: s, Event: s.event}
}

// spoken is a message of a client.
type spoken struct {
	body   []byte
	header message.Header // of the handshake, what is kept of it
	query  url.Values     // of the handshake
	stage  *plan.Stage
	x      *exchange.Exchange
}

// event is what a function is asked with: that of the handshake, so that one function can judge
// both, with what was sent. What $connect was let in with stands in requestContext.authorizer.
// Assumed: the form, for AWS asks nobody about a message.
func (s *spoken) event(_, arn string, _ []string) ([]byte, error) {
	x := s.x
	e := payload.WebSocketEvent{
		EventType: payload.Message, RouteKey: x.RouteKey, Stage: x.Stage, Path: x.Path, ApiID: x.ApiID,
		DomainName: x.DomainName, ConnectionID: x.ConnectionID, RequestID: x.RequestID, MessageID: x.Message(),
		RequestTime: x.RequestTime, ConnectedAt: x.ConnectedAt, Identity: x.Identity,
		StageVariables: s.stage.Variables, Authorizer: Members(x.Authorizer), Query: payload.Fields(s.query), Body: s.body,
	}
	for _, line := range s.header {
		e.Header = append(e.Header, payload.Field(line))
	}
	return e.AppendAuthorizer(nil, arn), nil
}

// Members is a context of an authorizer as events have it, in its order.
func Members(values exchange.Values) []payload.Member {
	if values == nil {
		return nil
	}
	list := make([]payload.Member, len(values))
	for i, v := range values {
		list[i] = payload.Member{Name: v.Name, Value: v.Value}
		if nested, ok := v.Value.(exchange.Values); ok {
			list[i].Value = Members(nested)
		}
	}
	return list
}

// Header implements authorizer.Values, of the handshake.
func (s *spoken) Header(name string) string { return strings.Join(s.header.Values(name), ",") }

// Query implements authorizer.Values, of the handshake.
func (s *spoken) Query(name string) string { return strings.Join(s.query[name], ",") }

// Context implements authorizer.Values.
func (s *spoken) Context(path string) string {
	value, _ := s.x.Lookup(path)
	return value
}

// StageVariable implements authorizer.Values.
func (s *spoken) StageVariable(name string) string { return s.stage.Variables[name] }

// Body implements authorizer.Values.
func (s *spoken) Body(path string) string { return inBody(s.body, path) }

// inBody is what stands at a dotted path of a message, "" where nothing does or it is no JSON.
func inBody(body []byte, path string) string {
	if len(body) == 0 {
		return ""
	}
	e, err := expr.ParseVariable("request.body." + path)
	if err != nil {
		return ""
	}
	value, err := e.Eval(bodyOnly(body))
	if err != nil {
		return ""
	}
	return value
}

// bodyOnly is a message as expressions read it.
type bodyOnly []byte

func (bodyOnly) Variable(expr.Kind, string) string { return "" }

func (b bodyOnly) Body(expr.Kind) []byte { return b }

// signed is AWS_IAM for messages. They carry no signature, so that it is the handshake which
// must have been signed.
type signed struct{}

func (signed) Authorize(_ context.Context, r *authorizer.Request) *authorizer.Decision {
	if r.Signer == nil {
		return &authorizer.Decision{Outcome: authorizer.Deny, Reason: "the handshake was not signed: $connect must have AWS_IAM authorization too"}
	}
	return &authorizer.Decision{Outcome: authorizer.Allow, Principal: r.Signer.UserARN, Caller: r.Signer}
}

// signer is who signed the handshake of an exchange, nil for nobody.
func signer(x *exchange.Exchange) *authorizer.Caller {
	id := &x.Identity
	if id.AccessKey == "" {
		return nil
	}
	return &authorizer.Caller{AccessKey: id.AccessKey, AccountID: id.AccountID, CallerID: id.Caller, UserARN: id.UserArn, UserID: id.User}
}
