package tasks

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"runtime/debug"
	"sync/atomic"
)

// Reporter is told of panics: it counts them and logs each with its stack. A nil
// Reporter logs to slog.Default and counts nothing. It is safe for concurrent use.
type Reporter struct {
	logger *slog.Logger
	panics atomic.Uint64
}

// NewReporter makes a Reporter; a nil logger is slog.Default.
func NewReporter(logger *slog.Logger) *Reporter { return &Reporter{logger: logger} }

// Panics is how many there were.
func (r *Reporter) Panics() uint64 {
	if r == nil {
		return 0
	}
	return r.panics.Load()
}

// Panic is the error that a panic became. It has been reported already, so whoever
// gets it need not log it; its text is not for clients.
type Panic struct {
	What  string // what was being done
	Value any    // what was recovered
}

// Error names the panic.
func (p *Panic) Error() string { return fmt.Sprintf("panic in %s: %v", p.What, p.Value) }

// Do runs f in the present goroutine, on behalf of what, such as "a message". A
// panic ends f and nothing else: it is reported, and the error is a *Panic. The
// error is nil otherwise. f must release by its own defer whatever it holds, such
// as locks.
func (r *Reporter) Do(what string, f func()) (err error) {
	defer r.Catch(what, &err)
	f()
	return nil
}

// Catch is Do for a function that has a name for its error: deferred directly, it
// turns a panic of the function into that error. err may be nil where nobody hears.
func (r *Reporter) Catch(what string, err *error) {
	value := recover()
	if value == nil {
		return
	}
	failed := r.Report(what, value)
	if err != nil {
		*err = failed
	}
}

// Guard is f for those who call back in a goroutine of their own, such as a timer: a
// panic of it is reported.
func (r *Reporter) Guard(what string, f func()) func() {
	return func() {
		defer r.Catch(what, nil)
		f()
	}
}

// Report is for those who recovered value themselves, in a deferred function: the
// stack that is logged is that of the caller. The attributes are a log line's, as
// slog has them. It never panics.
func (r *Reporter) Report(what string, value any, attributes ...any) *Panic {
	p := &Panic{What: what, Value: value}
	logger := slog.Default()
	if r != nil {
		r.panics.Add(1)
		if r.logger != nil {
			logger = r.logger
		}
	}
	stack := string(debug.Stack())
	defer func() {
		if recover() != nil { // a logger that panics leaves the standard error
			fmt.Fprintf(os.Stderr, "dragoman: %v\n%s", p, stack)
		}
	}()
	logger.With(attributes...).LogAttrs(context.Background(), slog.LevelError, "panic",
		slog.String("in", what), slog.String("panic", fmt.Sprint(value)), slog.String("stack", stack))
	return p
}
