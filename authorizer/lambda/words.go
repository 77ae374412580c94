package lambda

import (
	"errors"
	"strings"
)

// What AWS says of a client that does not say who it is, and of one that a policy
// does not let in.
const (
	unauthorized = "Unauthorized"
	denies       = "User is not authorized to access this resource"
)

var errNoSource = errors.New("an identity source is missing")

// Unasked is that a function could not be asked: what AWS says of that, and why.
type Unasked struct {
	Words string
	Cause error
}

func (e *Unasked) Error() string { return "invoking the function: " + e.Cause.Error() }

// Unwrap is why.
func (e *Unasked) Unwrap() error { return e.Cause }

// unasked makes an Unasked of any error.
func unasked(err error) error {
	if _, ok := errors.AsType[*Unasked](err); ok {
		return err
	}
	return &Unasked{Words: "Network error communicating with endpoint", Cause: err}
}

// saidError is that a function failed, with what it said.
type saidError struct{ message string }

func (e *saidError) Error() string { return "the function failed: " + e.message }

// short is what a function said in at most 2,048 characters.
func (e *saidError) short() string {
	message := []rune(strings.TrimSpace(e.message))
	if len(message) == 0 {
		return "Unhandled"
	}
	return string(message[:min(len(message), 2048)])
}

// words is what AWS says of a function that did not decide, for
// $context.authorizer.error. What went wrong inside is not in it.
//
// Observed: the sentence about the format, with and without isAuthorized. Assumed:
// that about a function that failed, after the one for integrations.
func words(err error) string {
	const format = "The response from the Lambda Authorizer function doesn't match the format that API Gateway expects."
	if unasked, ok := errors.AsType[*Unasked](err); ok {
		return unasked.Words
	}
	if said, ok := errors.AsType[*saidError](err); ok {
		return "The Lambda Authorizer function returned the following error: " + said.short() + ". Check your Lambda function code and try again."
	}
	if errors.Is(err, errSimple) {
		return format + " Simple response did not include 'isAuthorized'"
	}
	return format
}
