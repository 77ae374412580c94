package executionlog

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/dragoman-gateway/dragoman/exchange"
	"github.com/dragoman-gateway/dragoman/gateway/tap"
	"github.com/dragoman-gateway/dragoman/plan"
	"github.com/dragoman-gateway/dragoman/resource"
)

// AnyGroup is the destination that stands for the execution logs of all stages of
// WebSocket APIs whose group is not named.
const AnyGroup = "/aws/apigateway/*"

// Group is the name of the log group of a stage's execution log.
func Group(apiID, stage string) string { return "/aws/apigateway/" + apiID + "/" + stage }

// maxEvent is how many bytes an event may have, as on AWS.
const maxEvent = 1024

// Log writes the execution logs of all stages.
type Log struct {
	sink   func(names ...string) func(line []byte)
	logger *slog.Logger
	buffer sync.Pool // of *[]byte, for lines
}

// New makes a Log. sink finds where lines go by the first name of a destination that
// is known, nil for none; what it answers neither blocks nor keeps a line. logger is
// the log of the process.
func New(sink func(names ...string) func(line []byte), logger *slog.Logger) *Log {
	l := &Log{sink: sink, logger: logger}
	l.buffer.New = func() any { return new(make([]byte, 0, 512)) }
	return l
}

// Stage is a tap.Source: the log of a stage, nil where nothing of it is logged.
func (l *Log) Stage(stage *plan.Stage) tap.Subscriber {
	switch {
	case stage == nil:
		return nil
	case stage.Protocol != resource.WebSocket:
		if to := l.sink(Group(stage.ApiID, stage.Name)); to != nil {
			return &log{Log: l, to: to, always: tap.Everything | tap.Logged}
		}
		return nil
	case !logs(stage):
		return nil
	}
	return &log{Log: l, to: l.sink(Group(stage.ApiID, stage.Name), AnyGroup)}
}

// logs says whether any route does.
func logs(stage *plan.Stage) bool {
	return slices.ContainsFunc(stage.Routes, func(r *plan.RouteConfig) bool { return wants(&r.Settings) != 0 })
}

// log is the log of one stage.
type log struct {
	*Log
	to     func(line []byte) // nil: the log of the process
	always tap.Kinds         // what it wants, whatever a route says
}

var _ tap.Subscriber = (*log)(nil)

// Wants implements tap.Subscriber.
func (l *log) Wants(route *plan.Settings) tap.Kinds {
	if l.always != 0 {
		return l.always
	}
	return wants(route)
}

// wants is what a route's log has. It is off at any level but two.
func wants(route *plan.Settings) tap.Kinds {
	switch {
	case route == nil:
		return 0
	case route.LoggingLevel == "ERROR":
		return tap.Of(tap.Failed) | tap.Logged
	case route.LoggingLevel != "INFO":
		return 0
	case route.DataTrace:
		return tap.Everything | tap.Data | tap.Logged
	}
	return tap.Everything | tap.Logged
}

// Step implements tap.Subscriber.
func (l *log) Step(x *exchange.Exchange, _ *plan.Settings, s tap.Step) {
	level := slog.LevelInfo
	if s.Kind == tap.Failed {
		level = slog.LevelWarn
	}
	for _, what := range events(x, &s) {
		l.write(x, level, what)
	}
}

// write writes one event. Without a log group of its own it goes to the log of the process,
// which tells the time and keeps lines apart by itself.
func (l *log) write(x *exchange.Exchange, level slog.Level, what string) {
	if l.to == nil {
		what = cut(what, maxEvent)
		l.logger.Log(context.Background(), level, "execution", "event", what, "api", x.ApiID, "stage", x.Stage, "route", x.RouteKey,
			"connection", x.ConnectionID, "request", x.RequestID)
		return
	}
	buffer := l.buffer.Get().(*[]byte)
	b := time.Now().UTC().AppendFormat((*buffer)[:0], "2006-01-02T15:04:05.000Z")
	b = append(b, " ("...)
	b = append(b, x.RequestID...)
	b = append(b, ") "...)
	b = appendPlain(b, cut(what, maxEvent))
	b = b[:len(cut(string(b), maxEvent))]
	*buffer = append(b, '\n')
	l.to(*buffer)
	l.buffer.Put(buffer)
}

const hex = "0123456789ABCDEF"

// appendPlain writes control characters as \xNN, as the logs of web servers do, so
// that no data can forge a line.
func appendPlain(dst []byte, text string) []byte {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c == 0x7F {
			dst = append(dst, '\\', 'x', hex[c>>4], hex[c&15])
		} else {
			dst = append(dst, c)
		}
	}
	return dst
}

// cut is the beginning of a text, which does not end inside a character.
func cut(s string, max int) string {
	if len(s) <= max {
		return s
	}
	for max > 0 && !utf8.RuneStart(s[max]) {
		max--
	}
	return strings.Clone(s[:max])
}
