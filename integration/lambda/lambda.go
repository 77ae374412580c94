package lambda

import (
	"context"

	"github.com/dragoman-gateway/dragoman/function"
	"github.com/dragoman-gateway/dragoman/integration"
	"github.com/dragoman-gateway/dragoman/message"
)

// Invoker calls functions for integrations. It is safe for concurrent use.
type Invoker struct {
	functions function.Invoker
}

var _ integration.Invoker = (*Invoker)(nil)

// New makes an Invoker.
func New(functions function.Invoker) *Invoker { return &Invoker{functions} }

// Invoke calls r.Function, or r.URL when that is empty, with r.Body as payload.
// The Reply's Status is 200, 202 for X-Amz-Invocation-Type: Event. A call that
// the service refused is an error; Status tells what it said.
func (i *Invoker) Invoke(ctx context.Context, r *integration.Request) (*integration.Reply, error) {
	name := r.Function
	if name == "" {
		name = r.URL
	}
	result, err := i.functions.Invoke(ctx, &function.Call{
		Function: name, Payload: r.Body, Credentials: r.Credentials,
		Region: r.Region, Header: r.Header, Timeout: r.Timeout, Hold: r.Hold, Begin: r.Begin, Stream: r.Stream, Logs: r.Logs,
	})
	if err != nil {
		return nil, err
	}
	return &integration.Reply{
		Status: result.Status, Body: result.Payload, FunctionError: result.Error,
		Logs: result.Logs, RequestID: result.RequestID, Latency: result.Latency,
		Header: message.Header{{Name: "Content-Type", Value: "application/json"}},
	}, nil
}
