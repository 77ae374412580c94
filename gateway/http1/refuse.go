package http1

import (
	"net/http"
	"strconv"

	"github.com/dragoman-gateway/dragoman/internal/grammar"
)

// refusal is why a request is refused before any handler sees it. The connection
// ends with it: where the next request begins is not known.
type refusal struct {
	status int
	reason string // for explain and the log, never for the client
}

func (r *refusal) Error() string { return strconv.Itoa(r.status) + " " + r.reason }

func bad(reason string) *refusal { return &refusal{http.StatusBadRequest, reason} }

// faulty is the refusal of bytes that are no request; nil when nothing is wrong. A
// coding that is not known is 501 (RFC 9112 section 6.1).
func faulty(err error) *refusal {
	switch err {
	case nil:
		return nil
	case grammar.OtherCoding:
		return &refusal{http.StatusNotImplemented, err.Error()}
	}
	return bad(err.Error())
}

// RFC 6585 section 5: 431 is for single fields and for all of them together.
func tooManyFields() *refusal {
	return &refusal{http.StatusRequestHeaderFieldsTooLarge, "the head is too long"}
}

func longTarget() *refusal {
	return &refusal{http.StatusRequestURITooLong, "the request target is too long"}
}

// messages are the bodies of refusals. Assumed: AWS's wording for those that were
// not observed.
var messages = map[int]string{
	http.StatusRequestTimeout:              "Request Timeout",
	http.StatusRequestURITooLong:           "Request URI too long",
	http.StatusRequestHeaderFieldsTooLarge: "Request Header Fields Too Large",
	http.StatusExpectationFailed:           "Expectation Failed",
	http.StatusNotImplemented:              "Not Implemented",
	http.StatusHTTPVersionNotSupported:     "HTTP Version Not Supported",
}

// message is what the client is told.
func (r *refusal) message() string {
	if message := messages[r.status]; message != "" {
		return message
	}
	return http.StatusText(r.status)
}

// appendRefusal is the whole answer to a request that is refused, in the form of
// the gateway's own errors. trace names what is told of it, "" for none.
func appendRefusal(b []byte, no *refusal, date, requestID, trace string) []byte {
	message := no.message()
	b = append(b, statusLine(no.status)...)
	b = append(append(append(b, "Date: "...), date...), "\r\n"...)
	b = append(b, "Content-Type: application/json\r\nContent-Length: "...)
	b = strconv.AppendInt(b, int64(len(`{"message":""}`)+len(message)), 10)
	b = append(b, "\r\nConnection: close\r\n"...)
	if requestID != "" {
		b = append(append(append(b, "Apigw-Requestid: "...), requestID...), "\r\n"...)
	}
	if trace != "" {
		b = append(append(append(b, "Dragoman-Trace: "...), trace...), "\r\n"...)
	}
	return append(append(append(b, "\r\n{\"message\":\""...), message...), "\"}"...)
}
