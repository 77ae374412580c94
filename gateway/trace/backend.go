package trace

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	otel "go.opentelemetry.io/otel/trace"

	"github.com/dragoman-gateway/dragoman/gateway/tap"
)

// begin begins the span of a backend's call. A mock, which has no target, calls
// nobody.
func (s *span) begin(t otel.Tracer, step *tap.Step) {
	if step.Target == "" {
		return
	}
	// A span of its own and not an event: what a backend took is what is looked for in a trace.
	_, s.call = t.Start(otel.ContextWithSpan(context.Background(), s.Span), callName(step), otel.WithSpanKind(otel.SpanKindClient),
		otel.WithTimestamp(step.At), otel.WithAttributes(attribute.String("url.full", step.Target)))
}

// callName is what was done, which is one of few.
func callName(step *tap.Step) string {
	switch step.Key {
	case "function":
		return "invoke"
	case "service":
		return step.Target // an operation such as SQS-SendMessage
	}
	return step.Key
}

// answered ends the span of a call, which the backend has answered. A client's span is in
// error from 400 on, a server's from 500 on: OpenTelemetry's conventions for HTTP.
func (s *span) answered(step *tap.Step) {
	if s.call == nil {
		return
	}
	s.call.SetAttributes(attribute.Int("http.response.status_code", step.Status))
	switch {
	case step.Cause != nil:
		s.call.SetStatus(codes.Error, step.Cause.Error())
	case step.Status >= 400:
		s.call.SetStatus(codes.Error, "")
	}
	s.call.End(otel.WithTimestamp(step.At.Add(step.Took)))
	s.call = nil
}

// failed ends the span of a call that nobody has answered, if there is one.
func (s *span) failed(step *tap.Step) {
	if s.call == nil {
		return
	}
	why := step.Told
	if step.Cause != nil {
		why = step.Cause.Error()
	}
	s.call.SetStatus(codes.Error, why)
	s.call.End()
	s.call = nil
}

// Carry implements exchange.Span.
func (s *span) Carry(set func(name, value string)) {
	if s.call != nil {
		carry(s.call.SpanContext(), set)
	}
}
