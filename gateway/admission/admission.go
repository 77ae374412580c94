package admission

import (
	"context"
	"errors"
	"time"

	"github.com/dragoman-gateway/dragoman/exchange"
	"github.com/dragoman-gateway/dragoman/gateway/authorize"
	"github.com/dragoman-gateway/dragoman/gateway/notice"
	"github.com/dragoman-gateway/dragoman/gateway/refusal"
	"github.com/dragoman-gateway/dragoman/gateway/throttle"
	"github.com/dragoman-gateway/dragoman/message"
	"github.com/dragoman-gateway/dragoman/plan"
	"github.com/dragoman-gateway/dragoman/record"
	"github.com/dragoman-gateway/dragoman/resource"
)

// Rules are what the rules of stages are made of.
type Rules struct {
	Throttle    *throttle.Set          // nil throttles nothing
	Authorizers *authorize.Authorizers // nil: routes that ask for one let nobody in
	Keys        Keys                   // nil: routes that ask for one let nobody in
	Notices     *notice.Notices        // are told of refusals; nil: nobody is
}

// Keys judge API keys. *apikey.Keys is one.
type Keys interface {
	// Admit counts a handshake on a route by the value of its key, and answers the
	// key's id, "" where it has none, with the verdict.
	Admit(api, stage, route, value string) (verdict throttle.Verdict, id string)
}

// Rule is one of the rules that an exchange passes.
type Rule uint8

// The rules.
const (
	Throttling  Rule = iota // of the route and the account
	Authorizing             // the authorizer of the route, and its API key
)

// Visitor is who asks to be let in, as its plane knows it.
type Visitor interface {
	// Enters is told that a rule is about to be asked, and Leaves what it has said, nil
	// for nothing against it; the answer is what it comes to mean.
	Enters(Rule)
	Leaves(Rule, *refusal.Refusal) *refusal.Refusal

	// Question is what an authorizer is asked about a request or a handshake. It is
	// asked for where a route has a rule that needs it.
	Question() *authorize.Question

	// Draft is the record that the exchange is to leave, nil for none.
	Draft() *record.Draft
}

// Stage is the rules of the routes of one stage.
type Stage struct {
	rules  Rules
	plan   *plan.Stage
	words  refusal.Protocol
	routes []route // by their index
}

type route struct {
	gate    *throttle.Gate     // nil limits nothing
	decider *authorize.Decider // nil: the route is open
	shut    error              // why it lets nobody in
}

var errNobody = errors.New("the route asks for an authorizer and the gateway has none")

// Stage makes the rules of a stage that comes to be served. Its gates share their
// buckets with those of the deployment before, and set their rates at once.
func (r *Rules) Stage(p *plan.Stage) *Stage {
	s := &Stage{rules: *r, plan: p, routes: make([]route, len(p.Routes))}
	if p.Protocol == resource.WebSocket {
		s.words = refusal.WebSocket
	}
	for i, config := range p.Routes {
		if r.Throttle != nil {
			s.routes[i].gate = r.Throttle.Gate(p.ApiID, p.Name, config.Key, rateOf(&config.Settings))
		}
		switch kind := config.Resource.AuthorizationType; {
		case kind == "" || kind == resource.AuthNone:
		case r.Authorizers == nil:
			s.routes[i].shut = errNobody
		default:
			s.routes[i].decider = r.Authorizers.Route(p, config)
		}
	}
	return s
}

// rateOf is the throttle of a route, nil when there is none.
func rateOf(s *plan.Settings) *throttle.Rate {
	if !s.Throttled {
		return nil
	}
	return &throttle.Rate{PerSecond: s.Rate, Burst: s.Burst}
}

// Admit takes an exchange through the rules of its route, in AWS's order; nil lets it
// in. What is learned of the caller stands on the exchange. The route is nil for a
// handshake with an API that has no $connect.
//
// Requests of HTTP APIs pass the throttle and then the authorizer; handshakes the
// limit of new connections, the authorizer, which may name an API key, the key and the
// throttle; messages the throttle and, beyond AWS, the authorizer; disconnections the
// throttle alone.
func (s *Stage) Admit(ctx context.Context, config *plan.RouteConfig, v Visitor, x *exchange.Exchange) *refusal.Refusal {
	switch x.Event {
	case exchange.Request, exchange.Message:
		if no := s.throttle(config, v); no != nil {
			return no
		}
		return s.authorize(ctx, config, v, x)
	case exchange.Connect:
		return s.connect(ctx, config, v, x)
	}
	return s.throttle(config, v)
}

func (s *Stage) connect(ctx context.Context, config *plan.RouteConfig, v Visitor, x *exchange.Exchange) *refusal.Refusal {
	if all := s.rules.Throttle; all != nil && !all.Connect() {
		s.rules.Notices.Tell(notice.Throttled, "new connections", "api", x.ApiID, "stage", x.Stage, "client", x.Identity.SourceIP)
		noteConnects(v.Draft())
		return s.words.Of(refusal.Throttled, nil)
	}
	if config == nil {
		return nil
	}
	if no := s.authorize(ctx, config, v, x); no != nil {
		return no
	}
	return s.throttle(config, v)
}

// Opening keeps what authorizers may ask of a handshake when messages come, nil for nothing.
func (s *Stage) Opening(sent message.Header) *authorize.Opening {
	return s.rules.Authorizers.Opening(s.plan, sent)
}

// throttle takes a token of the route and one of the account.
func (s *Stage) throttle(config *plan.RouteConfig, v Visitor) (no *refusal.Refusal) {
	v.Enters(Throttling)
	gate := s.routes[config.Index].gate
	if !gate.Allow() {
		no = s.words.Of(refusal.Throttled, nil)
	}
	if d := v.Draft(); d != nil {
		noteThrottle(d, gate, config.Key, no)
	}
	return v.Leaves(Throttling, no)
}

// authorize asks the route's authorizer, and the API key of a handshake. Whatever is
// no permission refuses.
func (s *Stage) authorize(ctx context.Context, config *plan.RouteConfig, v Visitor, x *exchange.Exchange) (no *refusal.Refusal) {
	r, keyed := &s.routes[config.Index], config.Resource.ApiKeyRequired && x.Event == exchange.Connect
	if r.shut == nil && r.decider == nil && !keyed {
		return nil
	}
	v.Enters(Authorizing)
	switch {
	case r.shut != nil:
		no = s.words.Of(refusal.AuthorizerFailed, r.shut)
		v.Draft().Fail(record.Authorize, time.Now(), r.shut.Error())
	case r.decider != nil:
		q := v.Question()
		q.Draft = v.Draft()
		no = r.decider.Admit(ctx, q, x)
	}
	if no == nil && keyed {
		no = s.key(config, v, x)
	}
	return v.Leaves(Authorizing, no)
}

// key judges the API key, and tells the exchange which it is.
func (s *Stage) key(config *plan.RouteConfig, v Visitor, x *exchange.Exchange) *refusal.Refusal {
	value, verdict, id := x.UsageKey, throttle.Unknown, ""
	if s.plan.Api.ApiKeySelectionExpression != resource.ApiKeyFromContext {
		value = v.Question().HTTP.Header.Get("X-Api-Key")
	}
	if s.rules.Keys != nil {
		verdict, id = s.rules.Keys.Admit(s.plan.ApiID, s.plan.Name, config.Key, value)
	}
	x.Identity.ApiKey, x.Identity.ApiKeyID = value, id
	if d := v.Draft(); d != nil {
		s.noteKey(d, config, verdict, value, id)
	}
	if verdict == throttle.Granted {
		return nil
	}
	no := s.words.Of(verdicts[verdict], nil)
	s.rules.Notices.Tell(notice.Key, no.Message, "api", x.ApiID, "stage", x.Stage, "request", x.RequestID, "client", x.Identity.SourceIP, "key", id)
	return no
}

// verdicts are the refusals of keys.
var verdicts = [...]refusal.Kind{
	throttle.Unknown:   refusal.KeyUnknown,
	throttle.Throttled: refusal.KeyThrottled,
	throttle.Exhausted: refusal.KeyExhausted,
}
