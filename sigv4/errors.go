package sigv4

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strconv"
	"time"
)

// Exception names that AWS services answer for signatures.
const (
	MissingAuthenticationToken = "MissingAuthenticationTokenException"
	UnrecognizedClient         = "UnrecognizedClientException"
	InvalidSignature           = "InvalidSignatureException"
	IncompleteSignature        = "IncompleteSignatureException"
)

// Error is a signature that was refused. Code is AWS's exception name, for
// x-amzn-ErrorType; Message is AWS's text, for the body. It tells the client
// only what the client sent, or what anybody can compute.
type Error struct {
	Code    string
	Message string
}

// Error implements error.
func (e *Error) Error() string { return e.Code + ": " + e.Message }

// Status is the HTTP status of every signature error: 403.
func (e *Error) Status() int { return http.StatusForbidden }

func missingToken() *Error {
	return &Error{MissingAuthenticationToken, "Missing Authentication Token"}
}

func unrecognized() *Error {
	return &Error{UnrecognizedClient, "The security token included in the request is invalid."}
}

func invalid(message string) *Error { return &Error{InvalidSignature, message} }

func incomplete(message string) *Error { return &Error{IncompleteSignature, message} }

// mismatch words a wrong signature with the two texts that should have been
// signed. Neither holds a secret of the server.
// Observed: the layout, line for line, on @connections.
func mismatch(canonicalRequest, toSign string) *Error {
	return invalid("The request signature we calculated does not match the signature you provided. " +
		"Check your AWS Secret Access Key and signing method. Consult the service documentation for details.\n\n" +
		"The Canonical String for this request should have been\n'" + canonicalRequest + "'\n\n" +
		"The String-to-Sign should have been\n'" + toSign + "'\n")
}

// otherBody says that the body is not what its header says that it is.
func otherBody() *Error {
	return invalid("The provided 'x-amz-content-sha256' header does not match what was computed.")
}

// expired words a signature that is too old; bound is how long it was good.
func expired(signed, now time.Time, bound time.Duration) *Error {
	return invalid("Signature expired: " + stamp(signed) + " is now earlier than " + stamp(now.Add(-bound)) +
		" (" + stamp(now) + " - " + minutes(bound) + ")")
}

// early words a signature from a clock that is ahead.
func early(signed, now time.Time, bound time.Duration) *Error {
	return invalid("Signature not yet current: " + stamp(signed) + " is still later than " + stamp(now.Add(bound)) +
		" (" + stamp(now) + " + " + minutes(bound) + ")")
}

func stamp(t time.Time) string { return t.UTC().Format(timeFormat) }

// minutes writes "5 min.", and seconds where minutes would not say it.
func minutes(d time.Duration) string {
	if d%time.Minute == 0 {
		return strconv.Itoa(int(d/time.Minute)) + " min."
	}
	return strconv.Itoa(int(d/time.Second)) + " sec."
}

// hashed shows a header without repeating it, since it may hold another
// scheme's secret and messages are logged.
func hashed(header string) string {
	sum := sha256.Sum256([]byte(header))
	return base64.StdEncoding.EncodeToString(sum[:])
}
