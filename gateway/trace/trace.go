package trace

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync/atomic"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	otel "go.opentelemetry.io/otel/trace"
)

// Tracer makes spans. A nil Tracer is switched off.
type Tracer struct {
	provider *sdk.TracerProvider
	tracer   otel.Tracer
}

const scope = "github.com/dragoman-gateway/dragoman"

// Open makes the tracer that the environment asks for, nil when it asks for none:
// without OTEL_EXPORTER_OTLP_ENDPOINT and OTEL_EXPORTER_OTLP_TRACES_ENDPOINT, or
// with OTEL_SDK_DISABLED=true or OTEL_TRACES_EXPORTER=none.
func Open(ctx context.Context, logger *slog.Logger) (*Tracer, error) {
	if !wanted() {
		return nil, nil
	}
	for _, name := range []string{"OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"} {
		if p := os.Getenv(name); p != "" && p != "http/protobuf" {
			return nil, fmt.Errorf("%s=%s: want http/protobuf", name, p)
		}
	}
	exporter, err := otlptracehttp.New(ctx)
	if err != nil {
		return nil, fmt.Errorf("tracing: %w", err)
	}
	// The environment comes last, so that it overrides the rest.
	about, err := resource.New(ctx, resource.WithAttributes(attribute.String("service.name", "dragoman")), resource.WithTelemetrySDK(), resource.WithFromEnv())
	if err != nil && !errors.Is(err, resource.ErrPartialResource) {
		return nil, fmt.Errorf("tracing: %w", err)
	}
	provider := sdk.NewTracerProvider(sdk.WithBatcher(&reporting{SpanExporter: exporter, logger: logger}), sdk.WithResource(about), sdk.WithIDGenerator(ids{}))
	return &Tracer{provider, provider.Tracer(scope)}, nil
}

// wanted says whether the environment asks for traces. Without an address there is nobody to
// send them to: OpenTelemetry's own default would be a collector on this machine, which
// most do not have.
func wanted() bool {
	if strings.EqualFold(os.Getenv("OTEL_SDK_DISABLED"), "true") || os.Getenv("OTEL_TRACES_EXPORTER") == "none" {
		return false
	}
	return os.Getenv("OTEL_EXPORTER_OTLP_ENDPOINT") != "" || os.Getenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") != ""
}

// Close sends what is queued, within ctx; what a collector does not take by then is lost.
func (t *Tracer) Close(ctx context.Context) error {
	if t == nil {
		return nil
	}
	return t.provider.Shutdown(ctx)
}

// reporting tells the log when spans begin to be lost, and when that is over.
type reporting struct {
	sdk.SpanExporter
	logger *slog.Logger
	lost   atomic.Bool
}

func (r *reporting) ExportSpans(ctx context.Context, spans []sdk.ReadOnlySpan) error {
	err := r.SpanExporter.ExportSpans(ctx, spans)
	switch was := r.lost.Swap(err != nil); {
	case err != nil && !was:
		r.logger.Error("spans are lost", "error", err)
	case err == nil && was:
		r.logger.Info("spans reach their collector again")
	}
	return nil // it has been told
}
