package lambda

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/dragoman-gateway/dragoman/authorizer"
)

// DefaultTimeout is how long a function may take.
// Documented: API Gateway Developer Guide, Control access to HTTP APIs with AWS
// Lambda authorizers: 10,000 ms.
const DefaultTimeout = 10 * time.Second

// Invoke asks the function with this ARN and answers what it said. A function that
// failed answers its payload ({"errorMessage": …}) with or without an error; an
// error without a payload means that it could not be asked, and is a *Unasked
// where AWS has words for it. The payload belongs to the caller. notes, nil for nobody who
// wants to know, are told what the function has logged.
type Invoke func(ctx context.Context, function string, payload []byte, notes *authorizer.Notes) ([]byte, error)

// Config is a REQUEST authorizer as it was configured, and where it stands.
type Config struct {
	API, Stage, Authorizer string // ids, for the cache

	Function  string        // ARN to invoke, stage variables resolved
	Sources   int           // how many identity sources are configured
	Simple    bool          // payload version 2.0 with enableSimpleResponses
	TTL       time.Duration // for which answers are remembered; 0 does not cache
	Timeout   time.Duration // DefaultTimeout if zero
	WebSocket bool          // of a WebSocket API: text context, 8 KB
}

// Answers caches what functions said.
type Answers = authorizer.Cache[*Answer]

// Authorizer asks a function.
type Authorizer struct {
	config  Config
	print   string // what was configured, so that a changed authorizer asks anew
	invoke  Invoke
	answers *Answers
}

var _ authorizer.Authorizer = (*Authorizer)(nil)

// New makes an authorizer. answers may be nil: nothing is cached then, as when
// there is no identity source to know a client by. The values of the sources are
// the key of the cache, as AWS documents it for HTTP APIs.
func New(c Config, invoke Invoke, answers *Answers) *Authorizer {
	if c.Timeout <= 0 {
		c.Timeout = DefaultTimeout
	}
	if c.Sources == 0 || c.TTL <= 0 {
		answers = nil
	}
	return &Authorizer{c, fmt.Sprint(c.Function, c.Simple), invoke, answers}
}

// Authorize implements authorizer.Authorizer with all of its outcomes.
func (a *Authorizer) Authorize(ctx context.Context, r *authorizer.Request) *authorizer.Decision {
	if !a.complete(r.Sources) {
		return &authorizer.Decision{Outcome: authorizer.Unauthorized, Reason: unauthorized, Cause: errNoSource}
	}
	answer, err := a.answer(ctx, r)
	switch {
	case errors.Is(err, errUnauthorized):
		return &authorizer.Decision{Outcome: authorizer.Unauthorized, Reason: unauthorized, Cause: err}
	case err != nil:
		return &authorizer.Decision{Outcome: authorizer.Failed, Reason: words(err), Cause: err}
	}
	return answer.For(r)
}

// complete reports whether the client sent all that the function wants to know.
// Documented: API Gateway Developer Guide, Control access to HTTP APIs with AWS
// Lambda authorizers: a source that is missing, null or empty is 401 without
// asking.
func (a *Authorizer) complete(sources []string) bool {
	if len(sources) < a.config.Sources {
		return false
	}
	for _, s := range sources {
		if s == "" {
			return false
		}
	}
	return true
}

// answer gets the function's answer from the cache, or asks.
func (a *Authorizer) answer(ctx context.Context, r *authorizer.Request) (*Answer, error) {
	if a.answers == nil {
		return a.ask(ctx, r)
	}
	sources := append([]string{a.print}, r.Sources...)
	key := authorizer.KeyOf(a.config.API, a.config.Stage, a.config.Authorizer, sources)
	asked := false
	if r.Notes != nil {
		defer func() { r.Notes.Cached = !asked }()
	}
	return a.answers.Get(ctx, key, func(ctx context.Context) (*Answer, time.Duration, error) {
		asked = true
		answer, err := a.ask(ctx, r)
		return answer, a.config.TTL, err
	})
}

// ask invokes the function, within its time.
func (a *Authorizer) ask(ctx context.Context, r *authorizer.Request) (*Answer, error) {
	event, err := r.Event()
	if err != nil {
		return nil, fmt.Errorf("building the event: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, a.config.Timeout)
	defer cancel()
	payload, err := a.invoke(ctx, a.config.Function, event, r.Notes)
	if err != nil && len(payload) == 0 {
		return nil, unasked(err)
	}
	answer, parseErr := a.config.parse(payload)
	if err != nil && parseErr == nil {
		// A failed function does not let anybody in, whatever its payload looks like.
		return nil, &saidError{err.Error()}
	}
	return answer, parseErr
}
