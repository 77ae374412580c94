package accesslog

import (
	"context"
	"log/slog"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/dragoman-gateway/dragoman/exchange"
	"github.com/dragoman-gateway/dragoman/plan"
)

// AnyGroup is the destination that stands for the execution logs of all stages
// whose group is not named.
const AnyGroup = "/aws/apigateway/*"

// Group is the name of the log group of a stage's execution log.
func Group(apiID, stage string) string { return "/aws/apigateway/" + apiID + "/" + stage }

// maxEvent is how many bytes an event of an execution log may have, as on AWS.
const maxEvent = 1024

// execution is where the execution log of a stage goes: a file, or nil for the
// log of the process.
func (l *Log) execution(stage *plan.Stage) *sink {
	if to := l.targets[Group(stage.ApiID, stage.Name)]; to != nil {
		return to
	}
	return l.targets[AnyGroup]
}

// Step writes one step of an exchange to the execution log of its stage: to the
// file that its group is mapped to, else to the log of the process.
func (l *Log) Step(x *exchange.Exchange, stage *plan.Stage, what string, data []byte) {
	l.event(x, stage, slog.LevelInfo, what, data)
}

// Fail writes why an exchange failed.
func (l *Log) Fail(x *exchange.Exchange, stage *plan.Stage, told string, cause error) {
	what := "Execution failed: " + told
	if cause != nil {
		what += ": " + cause.Error()
	}
	l.event(x, stage, slog.LevelWarn, what, nil)
}

func (l *Log) event(x *exchange.Exchange, stage *plan.Stage, level slog.Level, what string, data []byte) {
	if len(data) > 0 {
		what += ". Data: " + string(data)
	}
	to := l.of(stage).execution
	if to == nil {
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
	b = appendPlain(b, []byte(what), false)
	if len(b) > maxEvent {
		b = b[:len(cut(string(b), maxEvent))]
	}
	*buffer = append(b, '\n')
	to.put(*buffer)
	l.buffer.Put(buffer)
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
