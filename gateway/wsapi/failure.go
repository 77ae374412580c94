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

// refuse answers a handshake. Assumed: bodies of refused handshakes have the form
// of error frames.
func refuse(w http.ResponseWriter, x *exchange.Exchange, r *refusal.Refusal) (body []byte) {
	body = frame(x, r)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(r.Status)
	_, _ = w.Write(body)
	return body
}
