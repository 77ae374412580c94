package httpapi

import (
	"errors"
	"net/http"
	"strconv"

	"github.com/dragoman-gateway/dragoman/exchange"
	"github.com/dragoman-gateway/dragoman/message"
)

// failure is an answer of the gateway's own, with the words that a client gets.
type failure struct {
	status       int
	message      string
	responseType string // $context.error.responseType
	cause        error  // for the log; nil when the client alone is to blame

	challenge string // WWW-Authenticate, "" for none
	errorType string // x-amzn-ErrorType, "" for none
}

func (f *failure) Error() string {
	if f.cause != nil {
		return f.message + ": " + f.cause.Error()
	}
	return f.message
}

func fail(status int, responseType string, cause error) *failure {
	return &failure{status: status, message: http.StatusText(status), responseType: responseType, cause: cause}
}

func notFound() *failure { return fail(http.StatusNotFound, "NOT_FOUND", nil) }
func tooMany() *failure  { return fail(http.StatusTooManyRequests, "THROTTLED", nil) }
func tooLarge() *failure { return fail(http.StatusRequestEntityTooLarge, "REQUEST_TOO_LARGE", nil) }

// Assumed: the text of 400.
func badRequest(cause error) *failure {
	return fail(http.StatusBadRequest, "BAD_REQUEST_PARAMETERS", cause)
}

// Assumed: the text of 431.
func longHeader() *failure {
	return fail(http.StatusRequestHeaderFieldsTooLarge, "REQUEST_TOO_LARGE", nil)
}

func internal(cause error) *failure {
	return fail(http.StatusInternalServerError, "API_CONFIGURATION_ERROR", cause)
}

func broken(cause error) *failure {
	return fail(http.StatusInternalServerError, "INTEGRATION_FAILURE", cause)
}

func unavailable(cause error) *failure {
	return fail(http.StatusServiceUnavailable, "INTEGRATION_FAILURE", cause)
}

func timedOut(cause error) *failure {
	return fail(http.StatusServiceUnavailable, "INTEGRATION_TIMEOUT", cause)
}

// busy is the answer where there is no memory for another body.
// Assumed: the response type.
func busy(cause error) *failure {
	return fail(http.StatusServiceUnavailable, "SERVICE_UNAVAILABLE", cause)
}

// closed is the status of a request whose client went away: nobody is told, only
// the log. Assumed: the number, which is no status of HTTP.
const closed = 499

// called words the failure of a call to a backend.
// Observed: timeouts, unreachable backends and throttled functions are 503.
func called(err error) *failure {
	switch {
	case errors.Is(err, errBodyTooLarge):
		return tooLarge()
	case errors.Is(err, message.ErrBusy):
		return busy(err)
	case errors.Is(err, message.ErrTimeout):
		return timedOut(err)
	case errors.Is(err, message.ErrUnreachable), errors.Is(err, message.ErrThrottled):
		return unavailable(err)
	case errors.Is(err, message.ErrCanceled):
		return &failure{status: closed, message: "the client went away"}
	}
	return broken(err)
}

// note writes the failure on the exchange, for $context.error and the logs.
func (f *failure) note(x *exchange.Exchange) {
	x.Error.Message, x.Error.ResponseType = f.message, f.responseType
	x.Status = f.status
}

// refuse answers with a failure: compact JSON, CORS headers, the request's id.
func (c *call) refuse(f *failure) {
	f.note(c.x)
	c.told(f)
	if f.cause != nil {
		c.log("execution failed", f)
	}
	if f.status == closed {
		panic(http.ErrAbortHandler) // whoever still listens must not take it for an answer
	}
	text := `{"message":"` + f.message + `"}`
	h := append(message.Header(c.buffer.header[:0]),
		message.Field{Name: "Content-Type", Value: "application/json"},
		message.Field{Name: "Content-Length", Value: strconv.Itoa(len(text))})
	if f.challenge != "" {
		h.Add("Www-Authenticate", f.challenge)
	}
	if f.errorType != "" {
		h.Add("X-Amzn-Errortype", f.errorType)
	}
	c.closing(&h)
	c.late()
	c.cors(&h)
	h.Set(requestID, c.x.RequestID)
	c.write(f.status, h)
	if c.r.Method != http.MethodHead {
		n, _ := c.w.Write([]byte(text))
		c.x.HTTP.ResponseLength = int64(n)
	}
}

// requestID is the header that tells the request's id.
const requestID = "Apigw-Requestid"
