package plain

import (
	"context"
	"log/slog"

	"github.com/dragoman-gateway/dragoman/fault"
)

// Logger makes a logger that words errors for who runs the gateway: libraries
// begin theirs with names of packages and of Go's types. It is the one place that
// every line of the log passes.
func Logger(l *slog.Logger) *slog.Logger { return slog.New(handler{l.Handler()}) }

type handler struct{ slog.Handler }

// Handle implements slog.Handler.
func (h handler) Handle(ctx context.Context, r slog.Record) error {
	found := false
	r.Attrs(func(a slog.Attr) bool {
		found = hasError(a)
		return !found
	})
	if !found {
		return h.Handler.Handle(ctx, r)
	}
	worded := slog.NewRecord(r.Time, r.Level, r.Message, r.PC)
	r.Attrs(func(a slog.Attr) bool {
		worded.AddAttrs(plain(a))
		return true
	})
	return h.Handler.Handle(ctx, worded)
}

// WithAttrs implements slog.Handler.
func (h handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	worded := make([]slog.Attr, len(attrs))
	for i, a := range attrs {
		worded[i] = plain(a)
	}
	return handler{h.Handler.WithAttrs(worded)}
}

// WithGroup implements slog.Handler.
func (h handler) WithGroup(name string) slog.Handler {
	return handler{h.Handler.WithGroup(name)}
}

func hasError(a slog.Attr) bool {
	switch a.Value.Kind() {
	case slog.KindAny:
		_, is := a.Value.Any().(error)
		return is
	case slog.KindGroup:
		for _, inner := range a.Value.Group() {
			if hasError(inner) {
				return true
			}
		}
	}
	return false
}

// plain is an attribute with its errors as texts.
func plain(a slog.Attr) slog.Attr {
	if !hasError(a) {
		return a
	}
	if err, is := a.Value.Any().(error); is {
		return slog.String(a.Key, fault.Plain(err))
	}
	var group []slog.Attr
	for _, inner := range a.Value.Group() {
		group = append(group, plain(inner))
	}
	return slog.Attr{Key: a.Key, Value: slog.GroupValue(group...)}
}
