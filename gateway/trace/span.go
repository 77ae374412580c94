package trace

import (
	"net/http"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	otel "go.opentelemetry.io/otel/trace"

	"github.com/dragoman-gateway/dragoman/exchange"
	"github.com/dragoman-gateway/dragoman/gateway/tap"
	"github.com/dragoman-gateway/dragoman/plan"
)

// Follow is a tap.Follow that begins the span of each exchange; nil for a nil Tracer.
func (t *Tracer) Follow() tap.Follow {
	if t == nil {
		return nil
	}
	return t.Begin
}

// Stage is a tap.Source: each call of a backend has a span from the step that tells of
// it to that of its answer or failure, and with the last step of an exchange its own
// span ends, of those too that have found no stage.
func (t *Tracer) Stage(*plan.Stage) tap.Subscriber {
	if t == nil {
		return nil
	}
	return &tap.Func{Kinds: tap.Of(tap.Called, tap.Answered, tap.Failed, tap.Ended, tap.Left), Do: t.step}
}

// step is told of one step. A panic between two leaves the call of a backend open, so that
// the end of the exchange ends that too.
func (t *Tracer) step(x *exchange.Exchange, _ *plan.Settings, s tap.Step) {
	own, ok := x.Span.(*span)
	if !ok {
		return // it was never followed: a message without a route
	}
	switch s.Kind {
	case tap.Called:
		own.begin(t.tracer, &s)
	case tap.Answered:
		own.answered(&s)
	case tap.Failed:
		own.failed(&s)
	default:
		own.failed(&s) // a panic has ended the call
		own.end(x)
	}
}

// Begin begins the span of an exchange. The header is that of a request or a handshake,
// nil for what has none.
func (t *Tracer) Begin(x *exchange.Exchange, h http.Header) {
	kind := otel.SpanKindServer
	if x.Event == exchange.Message {
		kind = otel.SpanKindConsumer
	}
	_, made := t.tracer.Start(incoming(h), string(x.Event), otel.WithSpanKind(kind), otel.WithTimestamp(x.RequestTime))
	x.Span = &span{Span: made}
}

// span is the span of an exchange, with that of the call which is under way.
type span struct {
	otel.Span
	call otel.Span // nil for none
}

var _ exchange.Span = (*span)(nil)

// end ends it. Names are those of OpenTelemetry's conventions for HTTP and messaging
// where there are any.
func (s *span) end(x *exchange.Exchange) {
	defer s.End()
	// Attributes of a span that is not sampled would be made for nobody.
	if !s.IsRecording() {
		return
	}
	s.SetName(name(x))
	s.SetAttributes(
		attribute.String("aws.apigateway.api_id", x.ApiID), attribute.String("aws.apigateway.stage", x.Stage),
		attribute.String("aws.apigateway.request_id", x.RequestID), attribute.String("http.route", x.RouteKey),
		attribute.Int("http.response.status_code", x.Status), attribute.String("client.address", x.Identity.SourceIP),
		attribute.String("server.address", x.DomainName),
	)
	if x.HTTP != nil {
		s.SetAttributes(attribute.String("http.request.method", x.HTTP.Method), attribute.String("url.path", x.HTTP.Path))
	}
	if x.ConnectionID != "" {
		s.SetAttributes(attribute.String("aws.apigateway.connection_id", x.ConnectionID))
	}
	// Of the server's own span: 4xx is the client's failure and none of this service.
	if x.Status >= 500 {
		s.SetAttributes(attribute.String("error.type", x.Error.ResponseType))
		s.SetStatus(codes.Error, x.Error.Message)
	}
}

// name is the route, which is one of few; without a route it is the event.
func name(x *exchange.Exchange) string {
	switch {
	case x.Event == exchange.Request && x.RouteKey != "":
		return x.RouteKey
	case x.Event == exchange.Request:
		return x.HTTP.Method
	case x.RouteKey != "" && x.RouteKey[0] != '$':
		return string(x.Event) + " " + x.RouteKey
	case x.RouteKey != "":
		return x.RouteKey
	}
	return string(x.Event)
}
