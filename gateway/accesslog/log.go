package accesslog

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/dragoman-gateway/dragoman/exchange"
	"github.com/dragoman-gateway/dragoman/gateway/tap"
	"github.com/dragoman-gateway/dragoman/internal/tasks"
	"github.com/dragoman-gateway/dragoman/plan"
)

// Options are what a Log needs; members that say so have a default.
type Options struct {
	// Targets are paths by destination: an ARN of a log group or delivery stream,
	// the name of a group such as /aws/apigateway/{apiId}/{stage} for execution
	// logs, or "*" for every ARN that is not named. The path "-" is the standard
	// output.
	Targets map[string]string
	// Folder has a file for each log group that no target names, made when a stage
	// first asks for it; "" lets those lines go nowhere.
	Folder  string
	Queue   int       // bytes that may wait for each file, 4 MiB when zero
	Stdout  io.Writer // os.Stdout when nil
	Logger  *slog.Logger
	Reports *tasks.Reporter // is told of panics; may be nil
}

// Log writes the logs of all stages. It is safe for concurrent use.
type Log struct {
	targets map[string]*sink // by destination
	logger  *slog.Logger
	buffer  sync.Pool // of *[]byte, for lines
	options Options

	mu     sync.Mutex       // Protects fields below.
	sinks  []*sink          // each once
	groups map[string]*sink // of the folder, by path
}

// Any is the destination that stands for every ARN that is not named.
const Any = "*"

const queueBytes = 4 << 20

// Open opens every file. An error says which cannot be written to.
func Open(o Options) (*Log, error) {
	if o.Queue == 0 {
		o.Queue = queueBytes
	}
	if o.Stdout == nil {
		o.Stdout = os.Stdout
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	l := &Log{targets: map[string]*sink{}, logger: o.Logger, options: o, groups: map[string]*sink{}}
	l.buffer.New = func() any { return new(make([]byte, 0, 512)) }
	byPath := map[string]*sink{}
	// In order of the names, so that of several that are wrong the same one is told each time.
	for _, name := range slices.Sorted(maps.Keys(o.Targets)) {
		path := o.Targets[name]
		s := byPath[path]
		if s == nil {
			var err error
			if s, err = openSink(path, &o); err != nil {
				return nil, errors.Join(fmt.Errorf("the log for %s: %w", name, err), l.Close(time.Second))
			}
			byPath[path] = s
			l.sinks = append(l.sinks, s)
		}
		l.targets[destination(name)] = s
	}
	return l, nil
}

// destination is an ARN as it is compared: AWS takes the ARN of a log group with
// and without ":*" at its end.
func destination(name string) string { return strings.TrimSuffix(name, ":*") }

// line is what a stage logs of each exchange, and where.
type line struct {
	*Log
	format *Format
	sink   *sink
}

var _ tap.Subscriber = (*line)(nil)

// Wants implements tap.Subscriber.
func (l *line) Wants(*plan.Settings) tap.Kinds { return tap.Of(tap.Ended) }

// Step implements tap.Subscriber: it writes the line of an exchange that has ended.
func (l *line) Step(x *exchange.Exchange, _ *plan.Settings, s tap.Step) {
	buffer := l.buffer.Get().(*[]byte)
	*buffer = l.format.Append((*buffer)[:0], x)
	l.sink.put(*buffer)
	s.Log(*buffer)
	// Nobody keeps the line: sinks copy it, and whoever is told of it does so before this returns.
	if cap(*buffer) <= maxPooled {
		l.buffer.Put(buffer)
	}
}

// maxPooled keeps one long line from holding its buffer for ever.
const maxPooled = 64 << 10

// Stage is a tap.Source: the line of a stage, nil for one without an access log.
func (l *Log) Stage(stage *plan.Stage) tap.Subscriber {
	if stage == nil || stage.Stage.AccessLogSettings == nil {
		return nil
	}
	settings := stage.Stage.AccessLogSettings
	to := l.targets[destination(settings.DestinationArn)]
	if to == nil {
		to = l.targets[Any]
	}
	if to == nil {
		to = l.group(settings.DestinationArn)
	}
	if to == nil {
		l.logger.Warn("access lines of a stage go nowhere: no --access-log maps their destination",
			"api", stage.ApiID, "stage", stage.Name, "destination", settings.DestinationArn)
		return nil
	}
	return &line{l, Parse(settings.Format), to}
}

// Lines is where lines for the first of some destinations go that has a path; nil when
// none has. It takes a line with its line feed, does not block and keeps nothing of it.
func (l *Log) Lines(destinations ...string) func(line []byte) {
	for _, name := range destinations {
		if to := l.targets[name]; to != nil {
			return to.put
		}
	}
	return nil
}

// Reopen opens every file anew, for those who move logs away and send SIGHUP.
func (l *Log) Reopen() {
	for _, s := range l.all() {
		s.rotate()
	}
}

// Dropped is how many lines were lost so far, by path: for want of room in the
// queue or on the disk.
func (l *Log) Dropped() map[string]uint64 {
	dropped := map[string]uint64{}
	for _, s := range l.all() {
		dropped[s.path] = s.dropped.Load()
	}
	return dropped
}

// Close writes what is queued and closes the files, all within a time. Lines that
// come later are dropped.
func (l *Log) Close(within time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	var failed []error
	for _, s := range l.all() {
		failed = append(failed, s.close(ctx))
	}
	return errors.Join(failed...)
}
