package trace

import (
	"context"
	"encoding/binary"
	"math/rand/v2"
	"time"

	otel "go.opentelemetry.io/otel/trace"
)

// ids draws ids. A trace begins with its time, and continues the one of the
// context when the caller named a trace but no span of it.
type ids struct{}

// rootKey is where a context has the trace that a load balancer has named, of which there is
// no span to continue.
type rootKey struct{}

// NewIDs draws a trace and its first span. Documented: AWS X-Ray Developer Guide, Sending
// trace data: a trace id begins with the time of its request.
func (g ids) NewIDs(ctx context.Context) (otel.TraceID, otel.SpanID) {
	if root, ok := ctx.Value(rootKey{}).(otel.TraceID); ok {
		return root, g.NewSpanID(ctx, root)
	}
	var id otel.TraceID
	binary.BigEndian.PutUint64(id[8:], rand.Uint64())
	binary.BigEndian.PutUint32(id[4:], rand.Uint32())
	binary.BigEndian.PutUint32(id[:4], uint32(time.Now().Unix()))
	return id, g.NewSpanID(ctx, id)
}

// NewSpanID draws a span; one of zeros would be none (W3C Trace Context).
func (ids) NewSpanID(context.Context, otel.TraceID) (id otel.SpanID) {
	for !id.IsValid() {
		binary.BigEndian.PutUint64(id[:], rand.Uint64())
	}
	return id
}
