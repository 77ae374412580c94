package trace

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	otel "go.opentelemetry.io/otel/trace"

	"github.com/dragoman-gateway/dragoman/integration"
)

// Invoker gives each call a span of its own; a nil Tracer answers next.
func (t *Tracer) Invoker(next integration.Invoker) integration.Invoker {
	if t == nil || next == nil {
		return next
	}
	return invoker{t, next}
}

type invoker struct {
	*Tracer
	next integration.Invoker
}

func (i invoker) Invoke(ctx context.Context, r *integration.Request) (*integration.Reply, error) {
	name := r.Method
	if r.Function != "" {
		name = "invoke"
	}
	ctx, span := i.call(ctx, name, r.Where())
	traced := *r
	traced.Header = outgoing(ctx, r.Header)
	reply, err := i.next.Invoke(ctx, &traced)
	status := 0
	if reply != nil {
		status = reply.Status
		if reply.FunctionError != "" {
			span.SetStatus(codes.Error, reply.FunctionError)
		}
	}
	finish(span, status, err)
	return reply, err
}

// Forwarder gives each request to a backend a span, which ends with the head of
// the reply; a nil Tracer answers next.
func (t *Tracer) Forwarder(next integration.Forwarder) integration.Forwarder {
	if t == nil {
		return next
	}
	return forwarder{t, next}
}

type forwarder struct {
	*Tracer
	next integration.Forwarder
}

func (f forwarder) Forward(ctx context.Context, o *integration.Outgoing) (*integration.Incoming, error) {
	ctx, span := f.call(ctx, o.Method, o.Scheme+"://"+o.Address)
	traced := *o
	traced.Header = outgoing(ctx, o.Header)
	in, err := f.next.Forward(ctx, &traced)
	status := 0
	if in != nil {
		status = in.Status
	}
	finish(span, status, err)
	return in, err
}

// Service is what calls AWS services for HTTP APIs.
type Service interface {
	// Subtype calls an operation such as SQS-SendMessage with its evaluated
	// parameters; errors are of the classes of package message.
	Subtype(ctx context.Context, subtype string, values map[string]string, r *integration.Request) (*integration.Reply, error)
}

// Service gives each call of a service a span; a nil Tracer answers next.
func (t *Tracer) Service(next Service) Service {
	if t == nil {
		return next
	}
	return service{t, next}
}

type service struct {
	*Tracer
	next Service
}

func (s service) Subtype(ctx context.Context, subtype string, values map[string]string, r *integration.Request) (*integration.Reply, error) {
	ctx, span := s.call(ctx, subtype, "")
	reply, err := s.next.Subtype(ctx, subtype, values, r)
	status := 0
	if reply != nil {
		status = reply.Status
	}
	finish(span, status, err)
	return reply, err
}

func (t *Tracer) call(ctx context.Context, name, target string) (context.Context, otel.Span) {
	return t.tracer.Start(ctx, name, otel.WithSpanKind(otel.SpanKindClient), otel.WithAttributes(attribute.String("url.full", target)))
}

func finish(span otel.Span, status int, err error) {
	if status != 0 {
		span.SetAttributes(attribute.Int("http.response.status_code", status))
	}
	switch {
	case err != nil:
		span.SetStatus(codes.Error, err.Error())
	case status >= 400:
		span.SetStatus(codes.Error, "")
	}
	span.End()
}
