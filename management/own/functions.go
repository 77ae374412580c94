package own

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/function"
	"github.com/dragoman-gateway/dragoman/function/local/journal"
	"github.com/dragoman-gateway/dragoman/management/own/ask"
	"github.com/dragoman-gateway/dragoman/wire"
)

// Where the functions that run here are shown, and what all of them have logged.
const (
	LocalPath = "/_dragoman/functions"
	LogsPath  = "/_dragoman/logs"
)

// FunctionState is a function as it runs at the moment. Of its environment it has
// nothing: what a function is given may be secret.
type FunctionState struct {
	Name        string            `json:"name"`
	LogicalID   string            `json:"logicalId,omitempty"`
	Runtime     string            `json:"runtime,omitempty"`
	Handler     string            `json:"handler,omitempty"`
	Folder      string            `json:"folder"`
	LogGroup    string            `json:"logGroup"`
	Timeout     float64           `json:"timeout"` // seconds
	Memory      int               `json:"memory"`  // MB
	State       string            `json:"state"`   // running, warm or cold
	Processes   int               `json:"processes"`
	Idle        int               `json:"idle"`        // of the processes
	Busy        int               `json:"busy"`        // invocations under way
	Concurrency int               `json:"concurrency"` // of them at most
	Waiting     int               `json:"waiting"`     // events that nobody waits for
	Inspect     int               `json:"inspect,omitempty"`
	Versions    []string          `json:"versions"`
	Aliases     map[string]string `json:"aliases"`
	Invocations int64             `json:"invocations"` // since the gateway began
	Errors      int64             `json:"errors"`
	LastError   *LastError        `json:"lastError,omitempty"`
}

// LastError is how a function failed last, as its caller was told.
type LastError struct {
	Time    string `json:"time"`
	Request string `json:"request"`
	Type    string `json:"type,omitempty"`
	Message string `json:"message"`
}

// FailureOf reads what a caller was told of a failure.
func FailureOf(f *journal.Failure) *LastError {
	if f == nil {
		return nil
	}
	// Documented: AWS Lambda Developer Guide, Runtime API, Invocation error.
	var told struct{ ErrorType, ErrorMessage string }
	last := &LastError{Time: f.Time.Format(times), Request: f.Request}
	// A process that has died has left words and no JSON: they are told as they are.
	if json.Unmarshal([]byte(f.Payload), &told) != nil || told.ErrorMessage == "" && told.ErrorType == "" {
		last.Message = f.Payload
		return last
	}
	last.Type, last.Message = told.ErrorType, told.ErrorMessage
	return last
}

// times is how our own operations write times: RFC 3339 in UTC with milliseconds.
const times = "2006-01-02T15:04:05.000Z"

// Running are functions that run here.
type Running struct {
	States func() []FunctionState
	Logs   *journal.Journal
	Home   string // the account of the gateway, which they belong to
}

// Table are the operations that show functions and what they log. Whoever may not read
// everything sees none: functions belong to no API.
func (f Running) Table() []wire.Row {
	// Nothing runs here: calls are answered as of an operation that there is not.
	if f.Logs == nil {
		return nil
	}
	// After is the id of a line, so that a reader who was cut off goes on where it ended.
	filters := ask.Query("request", "text", "after", "limit")
	name := ask.Path("functionName")
	one, all := append(ask.Query("request", "text", "after", "limit"), name), append(ask.Query("function"), filters...)
	return []wire.Row{
		{Handle: f.list, Operation: &wire.Operation{Name: "GetLocalFunctions", Method: "GET", Path: LocalPath, Status: 200}},
		{Handle: f.get, Operation: &wire.Operation{Name: "GetLocalFunction", Method: "GET", Path: LocalPath + "/{functionName}", Status: 200, Input: []wire.Member{name}}},
		{Handle: f.lines, Operation: &wire.Operation{Name: "GetFunctionLogs", Method: "GET", Path: LocalPath + "/{functionName}/logs", Status: 200, Input: one}},
		{Handle: f.follow, Operation: &wire.Operation{Name: "FollowFunctionLogs", Method: "GET", Path: LocalPath + "/{functionName}/logs/stream", Status: 200, Input: one}},
		{Handle: f.lines, Operation: &wire.Operation{Name: "GetLogs", Method: "GET", Path: LogsPath, Status: 200, Input: all}},
		{Handle: f.follow, Operation: &wire.Operation{Name: "FollowLogs", Method: "GET", Path: LogsPath + "/stream", Status: 200, Input: all}},
	}
}

// seen are the functions that a caller sees: those of this gateway are its own account's.
func (f Running) seen(r *wire.Request) []FunctionState {
	if r.Account != f.Home {
		return []FunctionState{}
	}
	return f.States()
}

func (f Running) list(_ context.Context, r *wire.Request) (any, error) {
	return map[string]any{"functions": f.seen(r)}, nil
}

func (f Running) get(_ context.Context, r *wire.Request) (any, error) {
	return f.find(r, r.Path["functionName"])
}

// find is a function by its name, ARN, or the logical id of its template, as Invoke
// finds it.
func (f Running) find(r *wire.Request, asked string) (*FunctionState, error) {
	all := f.seen(r)
	if name, err := function.ParseName(asked); err == nil {
		// All names before any logical id, as Invoke does: what is shown must be what is called.
		for _, same := range []func(*FunctionState) bool{
			func(s *FunctionState) bool { return s.Name == name.Name },
			func(s *FunctionState) bool { return s.LogicalID == name.Name },
		} {
			for i := range all {
				if same(&all[i]) {
					return &all[i], nil
				}
			}
		}
	}
	return nil, fault.New(fault.NotFound, "there is no function %q here", asked)
}

// Lines of logs that are answered when nobody says how many, and at most.
const (
	usualLines = 100
	mostLines  = 2000
)

// filter is which lines are asked for.
func (f Running) filter(r *wire.Request) (journal.Filter, error) {
	asked := journal.Filter{Request: r.String("request"), Text: r.String("text"), Limit: usualLines}
	named := r.Path["functionName"]
	if named == "" {
		named = r.String("function")
	}
	if named == "" && r.Account != f.Home {
		asked.Function = "\x00" // of no function: a name cannot have this character
	}
	if named != "" {
		// By the function's own name: its lines are kept under that, whatever it was asked for by.
		found, err := f.find(r, named)
		if err != nil {
			return asked, err
		}
		asked.Function = found.Name
	}
	if n := r.String("limit"); n != "" {
		limit, err := strconv.Atoi(n)
		// Zero is meant: a follower who wants only what comes asks for none of what is kept.
		if err != nil || limit < 0 || limit > mostLines {
			return asked, fault.New(fault.BadRequest, "limit: %q is no number from 0 to %d", n, mostLines)
		}
		asked.Limit = limit
	}
	if n := r.String("after"); n != "" {
		after, err := strconv.ParseInt(n, 10, 64)
		if err != nil || after < 0 {
			return asked, fault.New(fault.BadRequest, "after: %q is no id of a line", n)
		}
		asked.After = after
	}
	return asked, nil
}

// lines answers lines, oldest first: a log is read downwards.
func (f Running) lines(_ context.Context, r *wire.Request) (any, error) {
	asked, err := f.filter(r)
	if err != nil {
		return nil, err
	}
	return map[string]any{"lines": f.Logs.Lines(asked)}, nil
}

// follow shows lines that are kept, and then those that come, as server-sent events.
func (f Running) follow(ctx context.Context, r *wire.Request) (any, error) {
	asked, err := f.filter(r)
	if err != nil {
		return nil, err
	}
	// Kept lines and those to come in one step: between two none could be missed or told twice.
	follower, end := f.Logs.Follow(asked)
	if follower == nil {
		return nil, fault.New(fault.TooManyRequests, "%d others follow already", journal.MostFollowers)
	}
	return wire.Stream{ContentType: "text/event-stream", Header: http.Header{"Cache-Control": {"no-store"}}, Write: func(w io.Writer) error {
		defer end()
		return (&logStream{follower, w}).write(ctx)
	}}, nil
}

// quiet is how long a stream of lines may say nothing.
const quiet = 15 * time.Second

type logStream struct {
	*journal.Follower
	w io.Writer
}

func (s *logStream) write(ctx context.Context) error {
	var b bytes.Buffer
	// The answer begins with it: a client would else wait for the first line to know that it is in.
	b.WriteString(": lines follow\n\n")
	for _, line := range s.Kept {
		logEvent(&b, &line)
	}
	ticker := time.NewTicker(quiet)
	defer ticker.Stop()
	for {
		// One write for what has gathered: each is a packet to the browser.
		if _, err := s.w.Write(b.Bytes()); err != nil {
			return err
		}
		b.Reset()
		select {
		case <-ctx.Done():
			return nil
		// Whoever is between drops a connection that says nothing, and the reader would not know.
		case <-ticker.C:
			b.WriteString(": nothing new\n\n")
		case line, more := <-s.Lines:
			if !more {
				return nil
			}
			logEvent(&b, &line)
			s.waiting(&b)
		}
		// Told by number and not made up for: a reader who is too slow would never catch up.
		if lost := s.Lost(); lost > 0 {
			fmt.Fprintf(&b, "event: lost\ndata: {\"lines\":%d}\n\n", lost)
		}
	}
}

// waiting adds lines that wait behind one that came, up to a bound.
func (s *logStream) waiting(b *bytes.Buffer) {
	// Beyond it the reader is slower than the log: the queue counts what is lost, and memory stays.
	for b.Len() < 256<<10 {
		select {
		case line, more := <-s.Lines:
			if !more {
				return
			}
			logEvent(b, &line)
		default:
			return
		}
	}
}

func logEvent(b *bytes.Buffer, line *journal.Line) {
	data, err := json.Marshal(line)
	if err == nil { // texts and times are always encodable
		fmt.Fprintf(b, "event: log\ndata: %s\n\n", data)
	}
}
