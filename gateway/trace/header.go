package trace

import (
	"context"
	"net/http"
	"strings"

	"go.opentelemetry.io/otel/propagation"
	otel "go.opentelemetry.io/otel/trace"

	"github.com/dragoman-gateway/dragoman/message"
)

// xray is the header of AWS X-Ray.
const xray = "X-Amzn-Trace-Id"

// incoming continues the trace that a client's header tells of.
func incoming(ctx context.Context, h http.Header) context.Context {
	if h == nil {
		return ctx
	}
	ctx = propagation.TraceContext{}.Extract(ctx, propagation.HeaderCarrier(h))
	if otel.SpanContextFromContext(ctx).IsValid() {
		return ctx
	}
	root, parent, flags, ok := parseXRay(h.Get(xray))
	switch {
	case !ok:
		return ctx
	case !parent.IsValid():
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

// outgoing tells a backend of the span of ctx. The header is copied: it is not
// ours to change.
func outgoing(ctx context.Context, h message.Header) message.Header {
	span := otel.SpanContextFromContext(ctx)
	if !span.IsValid() {
		return h
	}
	h = h.Clone()
	propagation.TraceContext{}.Inject(ctx, carrier{&h})
	id, sampled := span.TraceID().String(), "0"
	if span.IsSampled() {
		sampled = "1"
	}
	h.Set(xray, "Root=1-"+id[:8]+"-"+id[8:]+";Parent="+span.SpanID().String()+";Sampled="+sampled)
	return h
}

// carrier is a header as OpenTelemetry writes to it.
type carrier struct{ h *message.Header }

func (c carrier) Get(name string) string { return c.h.Get(name) }
func (c carrier) Set(name, value string) { c.h.Set(name, value) }
func (c carrier) Keys() []string         { return nil }
