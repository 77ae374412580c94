package fault

import (
	"errors"
	"fmt"
	"net/http"
)

// Kind says what sort of failure an error is; it selects the exception.
type Kind uint8

// The kinds, in the order of the table below.
const (
	Internal Kind = iota
	BadRequest
	NotFound
	Conflict
	TooManyRequests
	AccessDenied
	Forbidden
	Gone
	LimitExceeded
	PayloadTooLarge
	MissingAuthentication
	UnrecognizedClient
	InvalidSignature
	IncompleteSignature
	UnknownOperation
	MethodNotAllowed
	Unavailable
	QuotaReached
)

// Documented: API Gateway V2 API Reference, errors of each operation, and API Gateway API
// Reference, Common Errors, for what comes before any operation.
var exceptions = [...]struct {
	name   string
	status int
}{
	Internal:              {"InternalServerErrorException", http.StatusInternalServerError},
	BadRequest:            {"BadRequestException", http.StatusBadRequest},
	NotFound:              {"NotFoundException", http.StatusNotFound},
	Conflict:              {"ConflictException", http.StatusConflict},
	TooManyRequests:       {"TooManyRequestsException", http.StatusTooManyRequests},
	AccessDenied:          {"AccessDeniedException", http.StatusForbidden},
	Forbidden:             {"ForbiddenException", http.StatusForbidden},
	Gone:                  {"GoneException", http.StatusGone},
	LimitExceeded:         {"LimitExceededException", http.StatusTooManyRequests},
	PayloadTooLarge:       {"PayloadTooLargeException", http.StatusRequestEntityTooLarge},
	MissingAuthentication: {"MissingAuthenticationTokenException", http.StatusForbidden},
	UnrecognizedClient:    {"UnrecognizedClientException", http.StatusForbidden},
	InvalidSignature:      {"InvalidSignatureException", http.StatusForbidden},
	IncompleteSignature:   {"IncompleteSignatureException", http.StatusForbidden},
	UnknownOperation:      {"UnknownOperationException", http.StatusNotFound},
	MethodNotAllowed:      {"MethodNotAllowedException", http.StatusMethodNotAllowed},
	Unavailable:           {"ServiceUnavailableException", http.StatusServiceUnavailable},
	// Observed: a count that AWS limits is a conflict by name, answered with 429.
	QuotaReached: {"ConflictException", http.StatusTooManyRequests},
}

// Exception is the AWS name of the kind, as in the header x-amzn-errortype.
func (k Kind) Exception() string { return exceptions[k].name }

// Status is the HTTP status that the kind is answered with.
func (k Kind) Status() int { return exceptions[k].status }

// Error is a failure on its way to a client.
type Error struct {
	Op      string // the operation, as in "control.CreateRoute", for who debugs
	Kind    Kind
	Message string // what the client reads; empty for internal errors
	Err     error  // the cause, for the log
}

// Error tells what happened and its cause, for logs; clients are shown Message
// alone. The operation is not part of it: see Op.
func (e *Error) Error() string {
	if e.Err == nil {
		return e.Message
	}
	if inner, ok := errors.AsType[*Error](e.Err); ok && (inner.Message == e.Message || e.Message == "") || e.Message == "" {
		return e.Err.Error() // which begins with the message, if there is one
	}
	return e.Message + ": " + e.Err.Error()
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// New makes an error that a client may read.
func New(kind Kind, format string, args ...any) *Error {
	return &Error{Kind: kind, Message: fmt.Sprintf(format, args...)}
}

// E adds the operation to an error, keeping its kind and message. E(op, nil) is nil.
func E(op string, err error) error {
	if err == nil {
		return nil
	}
	var f *Error
	if errors.As(err, &f) {
		return &Error{Op: op, Kind: f.Kind, Message: f.Message, Err: err}
	}
	return &Error{Op: op, Kind: Internal, Err: err}
}

// KindOf is the kind of the first fault in the chain; Internal when there is none.
func KindOf(err error) Kind {
	if err == nil {
		return Internal // without the memory that is taken to look into an error
	}
	var f *Error
	if errors.As(err, &f) {
		return f.Kind
	}
	return Internal
}

// Message is what a client may read of an error.
func Message(err error) string {
	var f *Error
	// Internal errors have no words for clients, be there some: they may name hosts and files.
	if errors.As(err, &f) && f.Kind != Internal {
		return f.Message
	}
	return "Internal Server Error"
}
