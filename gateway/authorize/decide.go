package authorize

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/dragoman-gateway/dragoman/authorizer"
	"github.com/dragoman-gateway/dragoman/exchange"
	"github.com/dragoman-gateway/dragoman/gateway/peer"
	"github.com/dragoman-gateway/dragoman/gateway/refusal"
	"github.com/dragoman-gateway/dragoman/internal/uripath"
	"github.com/dragoman-gateway/dragoman/record"
)

// Question is a request of an HTTP API, a handshake or a message, as its plane knows it.
type Question struct {
	HTTP   *http.Request // nil of a message
	Client *peer.Client
	Path   string // of a request, escaped, without the stage; "" of others
	Values authorizer.Values
	// PayloadHash answers the hex SHA-256 of the body, which it reads; nil for an
	// empty body. proven says that the caller is known by then; less memory is
	// allowed for others.
	PayloadHash func(proven bool) (string, error)
	// Event writes the event for a function in a payload version, 1.0 or 2.0, which
	// handshakes do not have.
	Event func(version, arn string, sources []string) ([]byte, error)

	Decision *authorizer.Decision // once it was made; shared, and not to be changed

	Draft *record.Draft // takes what was decided, and by what; nil: there is no record

	notes  authorizer.Notes   // what it was decided by
	asked  authorizer.Request // as the authorizer was asked, which keeps nothing of it
	values [2]string          // of identity sources, for as many as most authorizers have
}

// Admit puts a question; nil is the answer that lets the caller in.
func (d *Decider) Admit(ctx context.Context, q *Question, x *exchange.Exchange) *refusal.Refusal {
	decision := d.Decide(ctx, q, x)
	q.Decision = decision
	words := refusal.HTTP
	if d.socket {
		words = refusal.WebSocket
	}
	switch decision.Outcome {
	case authorizer.Allow:
		if d.socket && principal(decision) != "" && decision.Caller == nil {
			x.Authorizer = withPrincipal(decision)
		}
		return nil
	case authorizer.Unauthorized:
		return challenging(words.Of(refusal.Unauthorized, nil), decision)
	case authorizer.Deny:
		if d.message {
			return words.Of(refusal.MessageDenied, nil)
		}
		no := challenging(words.Of(refusal.Denied, nil), decision)
		if d.socket {
			no.Message = denied(decision)
		}
		return no
	}
	// What could not decide lets nobody in: an issuer that is away must not open a route.
	return words.Of(refusal.AuthorizerFailed, decision.Why())
}

// challenging has a refusal say what the authorizer asks for.
func challenging(no *refusal.Refusal, d *authorizer.Decision) *refusal.Refusal {
	no.Challenge, no.ErrorType = d.Challenge, d.ErrorType
	return no
}

// Decide puts a question and writes what is learned on the exchange: who the
// caller is, $context.authorizer, and why not. The decision is shared: it must not
// be changed.
func (d *Decider) Decide(ctx context.Context, q *Question, x *exchange.Exchange) *authorizer.Decision {
	sources := authorizer.Resolve(q.values[:0], d.sources, q.Values)
	began := time.Now()
	notes := &q.notes
	*notes = authorizer.Notes{Full: q.Draft != nil}
	q.asked = authorizer.Request{RouteKey: d.key, Sources: sources, Scopes: d.scopes, Notes: notes}
	if !d.tokens {
		d.fill(&q.asked, q, x)
	}
	decision := d.inner.Authorize(ctx, &q.asked)
	took := time.Since(began)
	if q.Draft != nil {
		d.note(q.Draft, began, decision, sources, notes)
	}
	note(decision, took, x)
	d.remember(decision, began, took, sources, notes, x)
	tell(d.notices, d.kind, decision, x)
	return decision
}

// fill gives an authorizer what it may want to know of a request beyond its identity sources.
func (d *Decider) fill(r *authorizer.Request, q *Question, x *exchange.Exchange) {
	// Documented: API Gateway Developer Guide, Control access to WebSocket APIs with IAM
	// authorization: {stage}/{routeKey}, $connect of a handshake.
	r.ARN = d.arn + d.key
	if !d.socket {
		// Assumed: the path of the request, not that of the route.
		r.ARN = d.arn + q.HTTP.Method + q.Path
	}
	r.Also, r.Signer = d.readings(q), signer(x)
	r.SourceIP, r.Secure, r.HTTP, r.PayloadHash = x.Identity.SourceIP, q.Client.Secure, q.HTTP, q.PayloadHash
	r.Doubt = func() string { return q.Client.Doubt(q.HTTP) }
	r.Event = func() ([]byte, error) { return q.Event(d.version, r.ARN, r.Sources) }
}

// readings are the ARNs of the other ways to read the path.
//
// Assumed: a policy that denies a path by name denies it in every spelling.
func (d *Decider) readings(q *Question) []string {
	if d.socket {
		return nil
	}
	list := uripath.Readings(q.Path)
	for i, path := range list {
		list[i] = d.arn + q.HTTP.Method + path
	}
	return list
}

// note writes a decision, and what it took, on an exchange.
func note(d *authorizer.Decision, took time.Duration, x *exchange.Exchange) {
	x.AuthorizerAt.Status, x.AuthorizerAt.Latency = d.Outcome.Status(), took
	if d.Outcome != authorizer.Allow {
		// The first line alone: behind it the text about a wrong signature repeats
		// what was signed, session tokens too, which belongs in no access log.
		x.AuthorizerAt.Error, _, _ = strings.Cut(d.Reason, "\n")
		return
	}
	x.Authorizer, x.UsageKey = d.Context, d.UsageKey
	if d.Caller != nil {
		d.Caller.Fill(&x.Identity)
	}
}
