package wsapi

import (
	"errors"
	"net/http"

	"github.com/dragoman-gateway/dragoman/exchange"
	"github.com/dragoman-gateway/dragoman/message"
)

// failure is a refusal with the words that a client gets: in an error frame, or
// as the answer to its handshake.
type failure struct {
	message      string
	responseType string
	status       int   // of a refused handshake
	cause        error // for the log; nil when the client alone is to blame
}

func (f *failure) Error() string {
	if f.cause != nil {
		return f.message + ": " + f.cause.Error()
	}
	return f.message
}

// The failures in AWS's words. Those without an observed frame carry the text
// that REST APIs have for them.
func forbidden() *failure { return &failure{"Forbidden", "ACCESS_DENIED", http.StatusForbidden, nil} }

func internal(cause error) *failure {
	return &failure{"Internal server error", "API_CONFIGURATION_ERROR", http.StatusInternalServerError, cause}
}

func badGateway(cause error) *failure {
	return &failure{"Internal server error", "INTEGRATION_FAILURE", http.StatusBadGateway, cause}
}

func timedOut(cause error) *failure {
	return &failure{"Endpoint request timed out", "INTEGRATION_TIMEOUT", http.StatusGatewayTimeout, cause}
}

func badBody() *failure {
	return &failure{"Invalid request body", "BAD_REQUEST_BODY", http.StatusBadRequest, nil}
}

func badParameters() *failure {
	return &failure{"Missing required request parameters", "BAD_REQUEST_PARAMETERS", http.StatusBadRequest, nil}
}

// badPath is for parameters that make a path with dot segments. Assumed: the text.
func badPath() *failure {
	return &failure{"Bad Request", "BAD_REQUEST_PARAMETERS", http.StatusBadRequest, nil}
}

// Assumed: the texts and statuses of REST APIs for the next four.
func tooMany() *failure {
	return &failure{"Too Many Requests", "THROTTLED", http.StatusTooManyRequests, nil}
}

func busy(cause error) *failure {
	return &failure{"Service Unavailable", "SERVICE_UNAVAILABLE", http.StatusServiceUnavailable, cause}
}

func unsupported() *failure {
	return &failure{"Unsupported Media Type", "UNSUPPORTED_MEDIA_TYPE", http.StatusUnsupportedMediaType, nil}
}

// called words the failure of a call to a backend.
func called(err error) *failure {
	switch {
	case errors.Is(err, message.ErrTimeout):
		return timedOut(err)
	case errors.Is(err, message.ErrConfiguration):
		return internal(err)
	case errors.Is(err, message.ErrBusy):
		return busy(err)
	}
	return badGateway(err)
}

// frame is the error frame of a failure, in the spacing of AWS's own.
func (f *failure) frame(x *exchange.Exchange) []byte {
	b := make([]byte, 0, 128)
	b = append(b, `{"message": `...)
	b = append(b, exchange.Quote(f.message)...)
	b = append(b, `, "connectionId":"`...)
	b = append(b, x.ConnectionID...)
	b = append(b, `", "requestId":"`...)
	b = append(b, x.RequestID...)
	return append(b, `"}`...)
}

// note writes the failure on the exchange, for $context.error and the logs.
func (f *failure) note(x *exchange.Exchange) {
	x.Error.Message, x.Error.ResponseType = exchange.FirstLine(f.message), f.responseType
	x.Status = f.status
}

// refuse answers a handshake. Assumed: bodies of refused handshakes have the form
// of error frames.
func (f *failure) refuse(w http.ResponseWriter, x *exchange.Exchange) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(f.status)
	_, _ = w.Write(f.frame(x))
}
