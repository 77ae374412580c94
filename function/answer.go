package function

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/dragoman-gateway/dragoman/awsconfig"
	"github.com/dragoman-gateway/dragoman/message"
)

// Refusal says that the Lambda service did not run the function.
type Refusal struct {
	Status  int    // HTTP status of the service
	Type    string // such as ResourceNotFoundException; may be ""
	Message string
	Reason  string // of a TooManyRequestsException; may be ""
}

// Error tells status, type and message.
func (r *Refusal) Error() string {
	return fmt.Sprintf("Lambda answered %d %s: %s", r.Status, r.Type, r.Message)
}

// refusal makes an error of an answer that no function gave. Nil for the others:
// a function that failed is answered with 200 too.
// Documented: Lambda API Reference, Invoke, Errors. The type may have more behind
// a colon, which SDKs cut off.
func refusal(reply *awsconfig.Reply) error {
	if reply.Status < 300 {
		return nil
	}
	var body struct {
		Type    string `json:"Type"`
		Message string `json:"Message"`
		Reason  string `json:"Reason"`
		Lower   string `json:"message"`
	}
	_ = json.Unmarshal(reply.Body, &body)
	r := &Refusal{Status: reply.Status, Type: reply.Header.Get("X-Amzn-ErrorType"), Message: body.Message, Reason: body.Reason}
	r.Type, _, _ = strings.Cut(r.Type, ":")
	if r.Message == "" {
		r.Message = body.Lower
	}
	if r.Message == "" {
		r.Message = fmt.Sprintf("%.300s", reply.Body)
	}
	class := message.ErrConfiguration
	switch {
	case reply.Status == 429:
		class = message.ErrThrottled
	case reply.Status == 401 || reply.Status == 403:
		class = message.ErrDenied
	case reply.Status == 413:
		class = message.ErrTooLarge
	case reply.Status >= 500:
		class = message.ErrUnreachable
	}
	return message.Fail(class, r)
}

// unmarked finds the failures that the runtime interface emulator does not mark:
// it has no X-Amz-Function-Error header and words a timeout as plain text.
//
// Assumed: an object with errorType and errorMessage and nothing but what
// runtimes put beside them is a failure. Only mapped endpoints that send neither
// of Lambda's own headers are judged so.
func unmarked(payload []byte) ([]byte, string) {
	const unhandled = "Unhandled"
	if text := string(bytes.TrimSpace(payload[:min(len(payload), 80)])); strings.HasPrefix(text, "Task timed out after ") {
		wrapped, _ := json.Marshal(map[string]string{"errorMessage": text})
		return wrapped, unhandled
	}
	if len(payload) == 0 || payload[0] != '{' || !bytes.Contains(payload, []byte(`"errorType"`)) {
		return payload, ""
	}
	var members map[string]json.RawMessage
	if json.Unmarshal(payload, &members) != nil || members["errorMessage"] == nil || members["errorType"] == nil {
		return payload, ""
	}
	for name := range members {
		switch name {
		case "errorMessage", "errorType", "trace", "stackTrace", "requestId", "cause":
		default:
			return payload, ""
		}
	}
	return payload, unhandled
}
