package executionlog

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/dragoman-gateway/dragoman/exchange"
	"github.com/dragoman-gateway/dragoman/gateway/tap"
)

// events are the lines of a step, without the request's id; none for what is not worth
// one.
func events(x *exchange.Exchange, s *tap.Step) []string {
	switch s.Kind {
	case tap.Began:
		return with([]string{"Extended Request Id: " + x.RequestID, "Starting execution for request: " + x.RequestID},
			"Method request body before transformations: ", s.Data)
	case tap.Routed:
		return []string{"Route: " + or(s.Key, "none") + because(s)}
	case tap.Preflighted:
		return []string{"Preflight: answered by the CORS configuration"}
	// With the decision and its reason: a 403 explains itself by them.
	case tap.Authorized:
		return []string{"Authorizer: " + s.Key + outcome(s, "allows") + because(s) + ", " + milliseconds(s)}
	case tap.Validated:
		return []string{"Model: " + or(s.Key, "none") + because(s) + outcome(s, "fits") + cause(s)}
	case tap.Mapped:
		return mapped(x, s, "Request", "body")
	case tap.Called:
		return called(s)
	case tap.Answered:
		return answered(s)
	case tap.Chosen:
		return []string{"Integration response: " + or(s.Key, "none") + because(s)}
	case tap.Rendered:
		return with(mapped(x, s, "Response", "answer"), "Method response body after transformations: ", s.Data)
	case tap.Failed:
		return []string{"Execution failed: " + s.Told + cause(s)}
	case tap.Ended:
		end := []string{"Method completed with status: " + strconv.Itoa(s.Status)}
		// A status alone does not tell: WebSocket frames have none, and an API may answer 400 on purpose.
		if x.Error.Message == "" {
			return append([]string{"Successfully completed execution"}, end...)
		}
		return end
	case tap.Left:
		return []string{"The client left during its handshake"}
	}
	return nil
}

// mapped is the line of a step that made a message for somebody: with the template, or
// what was passed on without one; of an HTTP API, with parameter mappings.
func mapped(x *exchange.Exchange, s *tap.Step, whose, passed string) []string {
	switch {
	case x.Event == exchange.Request && s.Cause != nil:
		return []string{whose + " parameters" + cause(s)}
	case x.Event == exchange.Request:
		return []string{whose + " parameters: mapped" + because(s)}
	}
	line := whose + " template: " + or(s.Key, "none")
	if s.Key == "" && s.Told == "" {
		// Said in words: a template that is missing is the most frequent reason for a strange request.
		line += ", the " + passed + " is passed on"
	}
	line += because(s)
	if s.Content != "" {
		line += ". Content handling: " + s.Content
	}
	return []string{line + unresolved(s)}
}

// called words the call of a backend, with headers and body where data is traced.
func called(s *tap.Step) []string {
	lines := with([]string{"Endpoint request: " + s.Key + " " + s.Target}, "Endpoint request headers: ", s.Header)
	return with(lines, "Endpoint request body after transformations: ", s.Data)
}

// answered words what the backend said. What became of it stands in the lines after it.
func answered(s *tap.Step) []string {
	lines := []string{"Received response. Status: " + strconv.Itoa(s.Status) + ", Integration latency: " + milliseconds(s)}
	lines = with(lines, "Endpoint response headers: ", s.Header)
	return with(lines, "Endpoint response body before transformations: ", s.Data)
}

// cause is what only the API's owner is told of a failure.
func cause(s *tap.Step) string {
	if s.Cause == nil {
		return ""
	}
	return ": " + s.Cause.Error()
}

// with adds a line of data, if there are any.
func with(lines []string, what, data string) []string {
	if data == "" {
		return lines
	}
	return append(lines, what+data)
}

func or(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

// because is why something was chosen, in brackets behind it.
func because(s *tap.Step) string {
	if why := s.Why.String(); why != "" {
		return " (" + why + ")"
	}
	return ""
}

func outcome(s *tap.Step, good string) string {
	if s.Told != "" {
		return ": " + s.Told
	}
	return ": " + good
}

// unresolved names the references of a template that led nowhere, where they stand.
func unresolved(s *tap.Step) string {
	var b strings.Builder
	for i, r := range s.Unresolved {
		if i == 0 {
			b.WriteString(". Unresolved: ")
		} else {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%s at %d:%d", r.Text, r.Line, r.Column)
	}
	return b.String()
}

func milliseconds(s *tap.Step) string { return strconv.FormatInt(s.Took.Milliseconds(), 10) + " ms" }
