package wsapi

import (
	"net/http"

	"github.com/dragoman-gateway/dragoman/exchange"
	"github.com/dragoman-gateway/dragoman/gateway/refusal"
)

// fail is a refusal in the words of WebSocket APIs.
func fail(k refusal.Kind, cause error) *refusal.Refusal { return refusal.WebSocket.Of(k, cause) }

// frame is the error frame of a refusal, in the spacing of AWS's own.
// Observed: one space after "message": and after each comma, none elsewhere.
func frame(x *exchange.Exchange, r *refusal.Refusal) []byte {
	b := make([]byte, 0, 128)
	b = append(b, `{"message": `...)
	b = append(b, exchange.Quote(r.Message)...)
	b = append(b, `, "connectionId":"`...)
	b = append(b, x.ConnectionID...)
	b = append(b, `", "requestId":"`...)
	b = append(b, x.RequestID...)
	return append(b, `"}`...)
}

// explained is an error frame that says which record tells of it, and why it came, where
// clients are told.
func (m *call) explained(frame []byte) []byte {
	d := m.tap.Draft()
	if d == nil || d.Because == nil {
		return frame
	}
	frame = append(frame[:len(frame)-1], `, "dragoman": {"trace": `...)
	frame = append(frame, exchange.Quote(d.ID)...)
	frame = append(frame, `, "because": `...)
	return append(append(frame, exchange.Quote(d.Because(d))...), "}}"...)
}

// refuse answers a handshake. Assumed: bodies of refused handshakes have the form
// of error frames.
func refuse(w http.ResponseWriter, x *exchange.Exchange, r *refusal.Refusal) (body []byte) {
	body = frame(x, r)
	w.Header().Set("Content-Type", "application/json")
	// RFC 9110, 15.5.2: 401 says what would be taken; only a token has words for that.
	if r.Challenge != "" {
		w.Header().Set("Www-Authenticate", r.Challenge)
	}
	w.WriteHeader(r.Status)
	_, _ = w.Write(body)
	return body
}
