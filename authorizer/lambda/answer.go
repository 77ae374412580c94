package lambda

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"

	"github.com/dragoman-gateway/dragoman/authorizer"
	"github.com/dragoman-gateway/dragoman/exchange"
)

// maxAnswer is how long the answer of a WebSocket API's authorizer may be.
// Documented: API Gateway Developer Guide, Amazon API Gateway quotas.
const maxAnswer = 8 << 10

var (
	// errUnauthorized is how a function says that it does not know the client.
	errUnauthorized = errors.New("the function answered Unauthorized")
	errTooLong      = errors.New("the function's answer is longer than 8 KB")
	errShape        = errors.New("the function's answer has no valid shape")
	errSilent       = errors.New("the authorizer does not allow the request")
	errDenied       = errors.New("the authorizer's policy denies the request")
	errSimple       = errors.New("the function's answer has no isAuthorized")
)

// Answer is what a function said, ready to be judged for any request. It is
// what the cache holds.
type Answer struct {
	policy   *policy // nil for a simple response
	allow    *authorizer.Decision
	deny     *authorizer.Decision
	explicit *authorizer.Decision // deny, by a statement of the policy
	simple   bool                 // what a simple response said
	said     string               // without a policy: what decides instead
}

// For judges a request.
func (a *Answer) For(r *authorizer.Request) *authorizer.Decision {
	if a.policy == nil {
		if r.Notes != nil {
			r.Notes.Said = a.said
		}
		if a.simple {
			return a.allow
		}
		return a.deny
	}
	v, by := a.policy.judge(r)
	if r.Notes != nil {
		a.policy.explain(r, by)
	}
	switch v {
	case allowed:
		return a.allow
	case denied:
		return a.explicit
	}
	return a.deny
}

// parse reads an answer in the form that c expects.
//
// Documented: API Gateway Developer Guide, Use API Gateway Lambda authorizers:
// the error Unauthorized is 401, any other failure 500.
func (c *Config) parse(text []byte) (*Answer, error) {
	if c.WebSocket && len(text) > maxAnswer {
		return nil, errTooLong
	}
	var raw fields
	if json.Unmarshal(text, &raw) != nil || raw == nil {
		return nil, errShape
	}
	if said, failed := raw["errorMessage"]; failed {
		var message string
		if json.Unmarshal(said, &message) == nil && message == "Unauthorized" {
			return nil, errUnauthorized
		}
		return nil, &saidError{message}
	}
	context, err := c.context(raw["context"])
	if err != nil {
		return nil, err
	}
	if c.Simple {
		return simpleAnswer(raw, context)
	}
	return c.policyAnswer(raw, context)
}

// simpleAnswer reads {"isAuthorized": true, "context": {…}}.
// Observed: isAuthorized as text is no valid answer.
// Documented: API Gateway Developer Guide, Control access to HTTP APIs with AWS
// Lambda authorizers.
func simpleAnswer(raw fields, context exchange.Values) (*Answer, error) {
	var yes *bool
	if json.Unmarshal(raw["isAuthorized"], &yes) != nil || yes == nil {
		return nil, errSimple
	}
	a := decisions("", context, "")
	a.simple, a.said = *yes, "isAuthorized is "+strconv.FormatBool(*yes)
	return a, nil
}

// policyAnswer reads {"principalId": …, "policyDocument": {…}, "context": {…}}.
// Documented: API Gateway Developer Guide, Output from an API Gateway Lambda
// authorizer. The policy is kept and judged for each request: AWS caches it for
// all routes of the authorizer.
func (c *Config) policyAnswer(raw fields, context exchange.Values) (*Answer, error) {
	if len(raw["policyDocument"]) == 0 && len(raw["isAuthorized"]) > 0 {
		// Assumed: a simple response where none is expected denies, whatever it says.
		a := decisions("", context, "")
		a.said = "it answered isAuthorized, and is asked for a policy (payload format 1.0, or enableSimpleResponses off)"
		return a, nil
	}
	p, err := parsePolicy(raw["policyDocument"])
	if err != nil {
		return nil, err
	}
	var principal string
	if json.Unmarshal(raw["principalId"], &principal) != nil || principal == "" {
		if c.WebSocket {
			// Assumed: a WebSocket API denies a caller without a principal.
			a := decisions("", nil, "")
			a.said = "its answer has no principalId"
			return a, nil
		}
		// Assumed: on HTTP APIs the answer is then not valid.
		return nil, errors.New("the function's answer has no principalId")
	}
	if c.WebSocket {
		context = append(exchange.Values{{Name: "principalId", Value: principal}}, context...)
	}
	var usageKey string
	_ = json.Unmarshal(raw["usageIdentifierKey"], &usageKey) // what is no string is no key
	a := decisions(principal, context, usageKey)
	a.policy = p
	return a, nil
}

// decisions prepares the three things that an answer may come to.
func decisions(principal string, context exchange.Values, usageKey string) *Answer {
	decision := func(o authorizer.Outcome, why string, cause error, explicit bool) *authorizer.Decision {
		return &authorizer.Decision{
			Outcome: o, Reason: why, Cause: cause, Explicit: explicit,
			Principal: principal, Context: context, UsageKey: usageKey,
		}
	}
	return &Answer{
		allow:    decision(authorizer.Allow, "", nil, false),
		deny:     decision(authorizer.Deny, denies, errSilent, false),
		explicit: decision(authorizer.Deny, denies+" with an explicit deny", errDenied, true),
	}
}

// context reads what the function hands on. "claims" is a name of JWT
// authorizers' own, "principalId" is said elsewhere: both are left out.
// Documented: API Gateway Developer Guide, Control access to HTTP APIs with AWS
// Lambda authorizers, for claims.
func (c *Config) context(text json.RawMessage) (exchange.Values, error) {
	if len(text) == 0 || string(text) == "null" {
		return nil, nil
	}
	members, err := authorizer.Members(text)
	if err != nil {
		return nil, errors.New("the context of the function's answer is no JSON object")
	}
	values := make(exchange.Values, 0, len(members))
	for _, m := range members {
		if m.Name == "claims" || m.Name == "principalId" {
			continue
		}
		value, err := c.value(m.Value)
		if err != nil {
			return nil, fmt.Errorf("the member %q of its context: %w", m.Name, err)
		}
		if value != nil {
			values = append(values, exchange.Value{Name: m.Name, Value: value})
		}
	}
	return values, nil
}

// value reads one value: for HTTP APIs in its own type, for WebSocket APIs as a
// string, where only strings, numbers and booleans may stand.
// Documented: API Gateway Developer Guide, Output from an API Gateway Lambda
// authorizer.
// Observed: an object or a list there fails the handshake with 500.
// Assumed: null is left out of a WebSocket API's context.
func (c *Config) value(raw json.RawMessage) (any, error) {
	switch raw[0] {
	case '"':
		var s string
		err := json.Unmarshal(raw, &s)
		return s, err
	case 't', 'f':
		if c.WebSocket {
			return string(raw), nil
		}
		return raw[0] == 't', nil
	case '{', '[', 'n':
		if !c.WebSocket {
			return raw, nil
		}
		if raw[0] == 'n' {
			return nil, nil
		}
		kind := "an object"
		if raw[0] == '[' {
			kind = "a list"
		}
		return nil, errors.New("the context of the function's answer may hold only strings, numbers and booleans, and this is " + kind)
	}
	if c.WebSocket {
		return string(raw), nil
	}
	return number(raw), nil
}

// number keeps a number exact: as int64, as float64, or as it was written.
func number(raw json.RawMessage) any {
	if n, err := strconv.ParseInt(string(raw), 10, 64); err == nil {
		return n
	}
	if f, err := strconv.ParseFloat(string(raw), 64); err == nil && !math.IsInf(f, 0) && bytes.ContainsAny(raw, ".eE") {
		return f
	}
	return raw
}
