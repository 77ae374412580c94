package message

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Words is what AWS says of a failed call, for $context.integrationErrorMessage
// and what else a client, an event or an access log may show. Causes are not in
// it: they may name internals, and belong into the log. callee is what was called,
// "integration" or "authorizer".
//
// Observed: the sentence about permissions, and the text of timeouts. Assumed: the
// texts of REST APIs for the others.
func Words(err error, callee string) string {
	switch {
	case errors.Is(err, ErrDenied):
		return "The IAM role configured on the " + callee + " or API Gateway doesn't have permissions to call the " + callee +
			". Check the permissions and try again."
	case errors.Is(err, ErrTimeout):
		return "Endpoint request timed out"
	case errors.Is(err, ErrThrottled):
		return "Rate Exceeded"
	case errors.Is(err, ErrTooLarge):
		return "The response of the " + callee + " is larger than the allowed maximum"
	case errors.Is(err, ErrConfiguration):
		return "Execution failed due to configuration error"
	case errors.Is(err, ErrBusy):
		return "Service Unavailable"
	case errors.Is(err, ErrCanceled):
		return "" // the client has gone, the backend has not failed
	}
	return "Network error communicating with endpoint"
}

// maxMessage is how much of somebody else's message is shown, and maxTold how much
// of an answer is looked through for one, in bytes.
const (
	maxMessage = 2048
	maxTold    = 256 << 10
)

// FunctionFailed is how FunctionWords begins; what follows is the function's own.
const FunctionFailed = "The Lambda function returned the following error: "

// FunctionWords is what AWS says of a function that failed: failure is how, Handled
// or Unhandled, and payload what it answered then.
//
// Observed: the sentence. Assumed: that a payload without a message is told by how
// the function failed.
func FunctionWords(failure string, payload []byte) string {
	payload = payload[:min(len(payload), maxTold)]
	var told struct {
		Message string `json:"errorMessage"`
	}
	if json.Unmarshal(payload, &told) != nil || told.Message == "" {
		told.Message = failure
	}
	return FunctionFailed + short(told.Message) + ". Check your Lambda function code and try again."
}

// FunctionFailure is what a function that failed says of it: its message, and the stack in
// lines. Either is "" where the payload has none.
func FunctionFailure(payload []byte) (words, stack string) {
	var told struct {
		Message string `json:"errorMessage"`
		Type    string `json:"errorType"`
		Stack   []any  `json:"stackTrace"` // texts; in old runtimes lists of them
		Trace   []any  `json:"trace"`      // as Node's runtime has it
	}
	if json.Unmarshal(payload[:min(len(payload), maxTold)], &told) != nil {
		return "", ""
	}
	words = short(told.Message)
	if told.Type != "" && words != "" {
		words = told.Type + ": " + words
	}
	for _, line := range append(told.Stack, told.Trace...) {
		stack += strings.TrimRight(fmt.Sprint(line), "\n") + "\n"
	}
	return words, strings.TrimSuffix(stack, "\n")
}

// ServiceWords is what an AWS service says of itself in a refusal: the message of
// its answer in JSON or XML, else the text of its status.
//
// Assumed: AWS shows the service's own words.
func ServiceWords(status string, body []byte) string {
	body = body[:min(len(body), maxTold)]
	var told struct {
		Message string `json:"message"` // in any case
	}
	if json.Unmarshal(body, &told) == nil && told.Message != "" {
		return short(told.Message)
	}
	var answer struct {
		Inner string `xml:"Error>Message"`
		Outer string `xml:"Message"`
	}
	if xml.Unmarshal(body, &answer) == nil {
		for _, message := range []string{answer.Inner, answer.Outer} {
			if message != "" {
				return short(message)
			}
		}
	}
	return status
}

// short is the beginning of a message, in whole characters and without blanks at
// its ends.
func short(s string) string {
	s = strings.TrimSpace(s)
	if len(s) <= maxMessage {
		return s
	}
	end := maxMessage
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end]
}
