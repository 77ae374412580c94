package trace

import (
	"context"
	"net/http"
	"strings"

	"go.opentelemetry.io/otel/propagation"
	otel "go.opentelemetry.io/otel/trace"
)

// xray is the header of AWS X-Ray.
const xray = "X-Amzn-Trace-Id"

// incoming continues the trace that a client's header tells of; without one a trace
// begins.
func incoming(h http.Header) context.Context {
	ctx := context.Background()
	if h == nil {
		return ctx
	}
	ctx = propagation.TraceContext{}.Extract(ctx, propagation.HeaderCarrier(h))
	if otel.SpanContextFromContext(ctx).IsValid() {
		return ctx
	}
	// W3C's header first: whoever sends both was instrumented for that one, and load balancers of AWS
	// add the other by themselves.
	root, parent, flags, ok := parseXRay(h.Get(xray))
	switch {
	case !ok:
		return ctx
	case !parent.IsValid():
		// A root without a parent gives the trace its id and no span above: so load balancers begin traces.
		return context.WithValue(ctx, rootKey{}, root)
	}
	return otel.ContextWithRemoteSpanContext(ctx, otel.NewSpanContext(otel.SpanContextConfig{
		TraceID: root, SpanID: parent, TraceFlags: flags, Remote: true,
	}))
}

// parseXRay reads Root=1-{8 hex}-{24 hex};Parent={16 hex};Sampled=1, in any order.
// Everything but Root may be absent; a decision that is left to us is yes.
func parseXRay(value string) (root otel.TraceID, parent otel.SpanID, flags otel.TraceFlags, ok bool) {
	flags = otel.FlagsSampled
	for field := range strings.SplitSeq(value, ";") {
		name, text, _ := strings.Cut(strings.TrimSpace(field), "=")
		var err error
		switch name {
		case "Root":
			parts := strings.Split(text, "-")
			if len(parts) != 3 || parts[0] != "1" || len(parts[1]) != 8 {
				return root, parent, flags, false
			}
			if root, err = otel.TraceIDFromHex(parts[1] + parts[2]); err != nil {
				return root, parent, flags, false
			}
		case "Parent":
			if parent, err = otel.SpanIDFromHex(text); err != nil {
				parent = otel.SpanID{}
			}
		case "Sampled":
			if text == "0" {
				flags = 0
			}
		}
	}
	return root, parent, flags, root.IsValid()
}

// carry writes the header lines that tell a backend of a span, in both forms: services of
// AWS know their own alone.
func carry(span otel.SpanContext, set func(name, value string)) {
	if !span.IsValid() {
		return
	}
	propagation.TraceContext{}.Inject(otel.ContextWithSpanContext(context.Background(), span), carrier(set))
	id, sampled := span.TraceID().String(), "0"
	if span.IsSampled() {
		sampled = "1"
	}
	set(xray, "Root=1-"+id[:8]+"-"+id[8:]+";Parent="+span.SpanID().String()+";Sampled="+sampled)
}

// carrier is a header as OpenTelemetry writes to it (W3C Trace Context, 3.2, traceparent).
type carrier func(name, value string)

func (c carrier) Get(string) string      { return "" }
func (c carrier) Set(name, value string) { c(name, value) }
func (c carrier) Keys() []string         { return nil }
