package refusal

import (
	"errors"
	"net/http"

	"github.com/dragoman-gateway/dragoman/exchange"
	"github.com/dragoman-gateway/dragoman/message"
)

// Refusal is an answer of the gateway's own.
type Refusal struct {
	Kind         Kind
	Status       int    // of an answer over HTTP, and $context.status
	Message      string // what the client is told
	ResponseType string // $context.error.responseType
	Challenge    string // WWW-Authenticate, "" for none
	ErrorType    string // x-amzn-ErrorType, "" for none
	Cause        error  // for the log; nil when the client alone is to blame
}

// Of makes the refusal of a kind. A nil cause blames the client alone.
func (p Protocol) Of(k Kind, cause error) *Refusal {
	row := &table[k][p]
	return &Refusal{Kind: k, Status: row.status, Message: row.message, ResponseType: row.responseType, Cause: cause}
}

// Called makes the refusal for a call of a backend that failed.
func (p Protocol) Called(err error) *Refusal { return p.Of(kindOf(err), err) }

// Injected makes the refusal that a rule asks for, 0 for the status of a failed backend. The
// words are those that clients know of the status.
func (p Protocol) Injected(status int, cause error) *Refusal {
	r := p.Of(Injected, cause)
	if status == 0 {
		return r
	}
	r.Status, r.Message = status, http.StatusText(status)
	switch {
	case status == http.StatusInternalServerError:
		r.Message = table[Configuration][p].message
	case status == table[TimedOut][p].status && p == WebSocket:
		r.Message = table[TimedOut][p].message
	case r.Message == "": // of a status that nobody has named
		r.Message = "Injected Error"
	}
	return r
}

// kindOf is the kind of a failure by its class.
func kindOf(err error) Kind {
	switch {
	case errors.Is(err, message.ErrBusy):
		return Busy
	case errors.Is(err, message.ErrTimeout):
		return TimedOut
	case errors.Is(err, message.ErrUnreachable), errors.Is(err, message.ErrThrottled):
		return Unreachable
	case errors.Is(err, message.ErrCanceled):
		return ClientGone
	case errors.Is(err, message.ErrConfiguration):
		return Uncallable
	}
	return Integration
}

// Error implements error, for the log.
func (r *Refusal) Error() string {
	if r.Cause != nil {
		return r.Message + ": " + r.Cause.Error()
	}
	return r.Message
}

// Note writes the refusal on its exchange, for $context.error and the logs.
func (r *Refusal) Note(x *exchange.Exchange) {
	x.Error.Message, x.Error.ResponseType = exchange.FirstLine(r.Message), r.ResponseType
	x.Status = r.Status
}
