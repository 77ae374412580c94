package httpapi

import (
	"errors"
	"net/http"
	"strconv"

	"github.com/dragoman-gateway/dragoman/gateway/refusal"
	"github.com/dragoman-gateway/dragoman/message"
)

// fail is a refusal in the words of HTTP APIs.
func fail(k refusal.Kind, cause error) *refusal.Refusal { return refusal.HTTP.Of(k, cause) }

// called words the failure of a call to a backend.
func called(err error) *refusal.Refusal {
	if errors.Is(err, errBodyTooLarge) {
		return fail(refusal.TooLarge, nil)
	}
	f := refusal.HTTP.Called(err)
	if f.Kind == refusal.ClientGone {
		f.Cause = nil
	}
	return f
}

// refuse answers with a refusal: compact JSON, CORS headers, the request's id.
// Observed: no space after the colon, and no X-Amzn-Requestid.
func (c *call) refuse(f *refusal.Refusal) {
	f.Note(c.x)
	c.told(f)
	if f.Cause != nil {
		c.log("execution failed", f)
	}
	if f.Kind == refusal.ClientGone || f.Kind == refusal.Cut {
		panic(http.ErrAbortHandler) // whoever still listens must not take it for an answer
	}
	text := `{"message":"` + f.Message + `"}`
	h := append(message.Header(c.buffer.header[:0]),
		message.Field{Name: "Content-Type", Value: "application/json"},
		message.Field{Name: "Content-Length", Value: strconv.Itoa(len(text))})
	// Observed: refused tokens have one, what a Lambda authorizer refuses has none.
	if f.Challenge != "" {
		h.Add("Www-Authenticate", f.Challenge)
	}
	if f.ErrorType != "" {
		h.Add("X-Amzn-Errortype", f.ErrorType)
	}
	c.closing(&h)
	c.late()
	c.cors(&h)
	h.Set(requestID, c.x.RequestID)
	c.write(f.Status, h)
	// RFC 9110, 9.3.2: an answer to HEAD has the header alone.
	if c.r.Method != http.MethodHead {
		n, _ := c.w.Write([]byte(text))
		c.taken.answer([]byte(text)[:n])
		c.x.HTTP.ResponseLength = int64(n)
	}
}

// requestID is the header that tells the request's id.
const requestID = "Apigw-Requestid"
