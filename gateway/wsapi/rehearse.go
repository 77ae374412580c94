package wsapi

import (
	"cmp"
	"context"
	"encoding/base64"
	"maps"
	"slices"
	"time"

	"github.com/dragoman-gateway/dragoman/evaluation"
	"github.com/dragoman-gateway/dragoman/exchange"
	"github.com/dragoman-gateway/dragoman/gateway/refusal"
	"github.com/dragoman-gateway/dragoman/gateway/serving"
	"github.com/dragoman-gateway/dragoman/gateway/socket"
	"github.com/dragoman-gateway/dragoman/integration"
	"github.com/dragoman-gateway/dragoman/message"
	"github.com/dragoman-gateway/dragoman/plan"
	"github.com/dragoman-gateway/dragoman/resource"
)

// Ids of what nobody sent, as long as those of clients.
const (
	sampleConnection = "sample-connectn="
	sampleRequest    = "sample-request-="
	sampleMessage    = "sample-message-="
)

// Rehearsals says what the client of a two-way route would get of a backend's answer that
// is made up. A rehearsal is compiled as stages are, and takes its message through the
// rooms that a real one passes from the backend's answer on, so that nothing can be
// different there; no backend is called, and nobody is told of it. Of a Config it needs
// Message, Bodies and Reports.
func Rehearsals(c Config, compile func(plan.Input, ...*plan.Stage) *plan.Stage) func(context.Context, *evaluation.Rehearsal) *evaluation.Rehearsed {
	p := &Plane{config: c}
	return func(ctx context.Context, r *evaluation.Rehearsal) *evaluation.Rehearsed {
		return p.perform(ctx, compile(rehearsed(r)), r)
	}
}

// perform rehearses one message. What fails is told as it would have been answered, so that an
// editor shows the frame of a failure too.
func (p *Plane) perform(ctx context.Context, stage *plan.Stage, r *evaluation.Rehearsal) *evaluation.Rehearsed {
	// What is held for a rehearsal counts among all bodies: an editor is no way past the bound.
	m := &call{plane: p, stage: &serving.Stage{Stage: stage}, route: stage.WebSocket.Default, body: []byte(r.Message), hold: p.config.Bodies.Hold()}
	defer m.hold.Free()
	m.x = sampleExchange(r)
	told := &evaluation.Rehearsed{Keys: []evaluation.Tried{}}
	var seen evaluation.Explanation
	// A rehearsal that panics is told as a failure, as a message would be: who edits a template
	// must not be able to end the process.
	a, f := &answer{}, m.guard(func() *refusal.Refusal {
		m.furnish()
		seen.Listen(m.vars)
		return m.rehearse(ctx, sampleReply(m.route.Integration, &r.Answer))
	})
	if f == nil {
		a = m.answer
	}
	m.explainChoice(told)
	told.Frame, f = m.frameOf(a, f)
	if f != nil {
		told.Because = f.Message
	}
	if f != nil && f.Cause != nil {
		told.Because = f.Cause.Error()
		// Without a line there is nothing that an editor could mark.
		if at := evaluation.FaultOf(f.Cause); at.Line > 0 {
			told.Fault = at
		}
	}
	told.Add(&seen)
	for _, w := range stage.Warnings() {
		told.Broken = append(told.Broken, evaluation.Broken{Key: w.Key, Line: w.Line, Column: w.Column, Message: w.Message})
	}
	for _, value := range r.Keys {
		test := evaluation.Test{Value: value}
		// More values than the answer's own: an author tries what other answers would choose.
		test.Keys, test.Key = tried(m.route.Integration, value)
		told.Tests = append(told.Tests, test)
	}
	return told
}

// rehearse passes the rooms behind the backend.
func (m *call) rehearse(ctx context.Context, reply *integration.Reply) *refusal.Refusal {
	m.answered(reply)
	if f := m.choose(ctx); f != nil || m.answer != nil {
		return f
	}
	return m.respond(ctx)
}

// frameOf is what is sent of an answer or a failure. An answer that is too long is a
// failure too.
func (m *call) frameOf(a *answer, f *refusal.Refusal) (*evaluation.Frame, *refusal.Refusal) {
	data, binary := a.frame()
	if f == nil && len(data) > m.plane.config.Message {
		// A message that is too long for a client is a failure there, and not cut: so it is here.
		f = fail(refusal.Configuration, socket.ErrTooLong)
	}
	if f != nil {
		f.Note(m.x)
		data, binary = frame(m.x, f), false
	}
	shown := &evaluation.Frame{Body: string(data), Bytes: len(data), Base64: binary, Error: f != nil}
	if binary {
		shown.Body = base64.StdEncoding.EncodeToString(data)
	}
	return shown, f
}

// explainChoice tells which response and template were chosen, and what its parameters
// would be.
func (m *call) explainChoice(told *evaluation.Rehearsed) {
	i := m.route.Integration
	// A proxy integration has no responses to choose among.
	// Documented: API Gateway Developer Guide, Set up WebSocket API integration responses.
	if i.Backend.Proxy() || m.reply == nil {
		return // nothing was chosen
	}
	told.Selection = m.selected
	told.Keys, told.Key = tried(i, m.selected)
	if m.template != nil {
		told.Template = &m.template.Key
	}
	if m.response == nil {
		return
	}
	from := m.response.Resource.ResponseParameters
	for _, p := range m.response.Parameters {
		// Both spellings are taken: AWS's own pages name either. The one that was written is shown.
		for _, to := range []string{"method.response.header." + p.Name, "route.response.header." + p.Name} {
			if _, ok := from[to]; !ok {
				continue
			}
			value, ok, err := p.Value(m)
			told.Parameters = append(told.Parameters, evaluation.Parameter{From: from[to], To: to, Value: value, Unresolved: !ok || err != nil})
		}
	}
}

// tried are the keys that a value is held against, and the one that it chooses.
func tried(i *plan.Integration, value string) (keys []evaluation.Tried, key *string) {
	keys = []evaluation.Tried{}
	// The choice itself tells what it tries, so that what is shown cannot be another choice.
	chosen := i.ChooseTelling(value, func(a plan.Attempt) {
		outcome := evaluation.Unmatched
		switch {
		case a.Chosen:
			outcome = evaluation.Matched
		case a.Response.Pattern == nil:
			outcome = evaluation.Unreadable
		case a.Err != nil:
			outcome = evaluation.GivenUp
		}
		keys = append(keys, evaluation.Tried{Key: a.Response.Resource.IntegrationResponseKey, Outcome: outcome})
	})
	if chosen != nil {
		key = &chosen.Resource.IntegrationResponseKey
	}
	return keys, key
}

// rehearsed is a configuration of nothing but what is rehearsed, behind $default.
func rehearsed(r *evaluation.Rehearsal) plan.Input {
	i := r.Integration
	// The integration is a copy: its id and what Fill adds are of the rehearsal alone.
	i.IntegrationId = "rehearsed"
	i.Fill(resource.WebSocket)
	return plan.Input{
		Stage: &resource.Stage{StageName: r.Context.Stage, StageVariables: r.StageVariables},
		Snapshot: &resource.Snapshot{
			Api:                  resource.Api{ApiId: r.Context.ApiID, ProtocolType: resource.WebSocket, RouteSelectionExpression: "$request.body.action"},
			Routes:               []resource.Route{{RouteId: "rehearsed", RouteKey: resource.DefaultKey, Target: "integrations/" + i.IntegrationId}},
			RouteResponses:       map[string][]resource.RouteResponse{"rehearsed": {{RouteResponseKey: resource.DefaultKey}}},
			Integrations:         []resource.Integration{i},
			IntegrationResponses: map[string][]resource.IntegrationResponse{i.IntegrationId: r.Responses},
		},
	}
}

// sampleExchange is the message that nobody sent.
func sampleExchange(r *evaluation.Rehearsal) *exchange.Exchange {
	c := &r.Context
	x := exchange.Begin(exchange.Message)
	x.AccountID, x.ApiID, x.Stage, x.DomainName = c.AccountID, c.ApiID, c.Stage, c.DomainName
	x.RouteKey = cmp.Or(c.RouteKey, resource.DefaultKey)
	x.ConnectionID, x.RequestID, x.MessageID = cmp.Or(c.ConnectionID, sampleConnection), cmp.Or(c.RequestID, sampleRequest), cmp.Or(c.MessageID, sampleMessage)
	x.ConnectedAt = x.RequestTime
	// An epoch of zero is a value that nobody has chosen, and now is the better sample.
	if c.ConnectedAt != 0 {
		x.ConnectedAt = time.UnixMilli(c.ConnectedAt)
	}
	if c.RequestTimeEpoch != 0 {
		x.RequestTime = time.UnixMilli(c.RequestTimeEpoch)
	}
	x.Identity.SourceIP, x.Identity.UserAgent = c.Identity.SourceIP, c.Identity.UserAgent
	for _, name := range slices.Sorted(maps.Keys(c.Authorizer)) {
		switch value := c.Authorizer[name].(type) {
		case string, float64, bool: // all that authorizers of WebSocket APIs can hand on
			x.Authorizer = append(x.Authorizer, exchange.Value{Name: name, Value: value})
		}
	}
	return x
}

// sampleReply is the answer that a backend is made to give.
func sampleReply(i *plan.Integration, a *evaluation.BackendAnswer) *integration.Reply {
	reply := &integration.Reply{Status: cmp.Or(a.Status, 200), Body: []byte(a.Body)}
	if a.Base64 {
		reply.Body, _ = base64.StdEncoding.DecodeString(a.Body) // which was looked at when it was read
	}
	for _, name := range slices.Sorted(maps.Keys(a.Header)) {
		reply.Header = append(reply.Header, message.Field{Name: name, Value: a.Header[name]})
	}
	if a.Error != "" && (i.Backend == plan.ToFunction || i.Backend == plan.ToFunctionProxy) {
		// Documented: AWS Lambda Developer Guide, errors of functions in Node.js: errorMessage.
		if reply.FunctionError = "Unhandled"; a.Body == "" {
			reply.Body = []byte(`{"errorMessage":` + exchange.Quote(a.Error) + `}`)
		}
	}
	return reply
}
