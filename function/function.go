package function

import (
	"context"
	"time"

	"github.com/dragoman-gateway/dragoman/internal/budget"
	"github.com/dragoman-gateway/dragoman/message"
)

// Call is one invocation.
type Call struct {
	Function    string // ARN, invocation ARN, partial ARN or name; alias and version allowed
	Payload     []byte // JSON; owned by the caller
	Credentials string // role to assume, or ""
	Region      string // for functions that are named without one
	// Header carries X-Amz-Invocation-Type, X-Amz-Log-Type, X-Amz-Client-Context and
	// X-Amzn-Trace-Id to the service; others are ignored.
	Header  message.Header
	Timeout time.Duration // bounds the call; zero leaves it to ctx
	// Stream takes what a function streams, as it comes; its error ends the call, and the
	// bytes are its own. The Result has no more of that then. Nil collects it, and so do
	// functions elsewhere.
	Stream func(part []byte) error
	// Begin is told the content type of what a function streams, before Stream has a part of
	// it, and also when there is none; nil is not.
	Begin func(contentType string)
	// Logs asks for Result.Logs, of functions that run here; it does not hold up the answer.
	Logs bool
	// Hold is what the answer is taken from as it comes; its owner frees it.
	Hold *budget.Hold
}

// Result is what a function answered. One that fails makes a Result with Error
// set; a Go error means that it was not run or that nothing is known of it.
type Result struct {
	Status    int           // 200; 202 for an event, 204 for a dry run
	Payload   []byte        // as the function gave it
	Error     string        // "", Handled or Unhandled: the payload is the error then
	RequestID string        // of the invocation
	Version   string        // that ran
	Latency   time.Duration // of the whole call
	// LogResult is the end of what the invocation has logged, in base64, for callers
	// that asked for it by X-Amz-Log-Type: Tail.
	LogResult string
	// Logs are the last lines that the invocation has logged, 4 KB at most, without the
	// secrets of the function's environment; of functions that run here alone.
	Logs []string
}

// Invoker invokes functions. It is safe for concurrent use.
type Invoker interface {
	// Invoke makes one call and gives a Result, or an error of one of the classes
	// of package message. When the service refused the call, errors.As finds
	// a *Refusal in it.
	Invoke(ctx context.Context, c *Call) (*Result, error)
}
