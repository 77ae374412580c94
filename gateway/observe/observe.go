package observe

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/dragoman-gateway/dragoman/gateway/accesslog"
	"github.com/dragoman-gateway/dragoman/gateway/executionlog"
	"github.com/dragoman-gateway/dragoman/gateway/metric"
	"github.com/dragoman-gateway/dragoman/gateway/pulse"
	"github.com/dragoman-gateway/dragoman/gateway/recorder"
	"github.com/dragoman-gateway/dragoman/gateway/tap"
	"github.com/dragoman-gateway/dragoman/gateway/trace"
	"github.com/dragoman-gateway/dragoman/internal/tasks"
	"github.com/dragoman-gateway/dragoman/record"
	"github.com/dragoman-gateway/dragoman/record/mask"
)

// Options are what observers need.
type Options struct {
	// AccessLogs are paths by the destinationArn of stages; "*" stands for every ARN
	// that is not named.
	AccessLogs map[string]string
	LogFolder  string     // of log groups that none of those names; "" for none
	Watch      tap.Source // is told besides; nil: nobody is
	// Recorded says which exchanges leave a record; Records and RecordBytes bound what is
	// kept of them, 0 for the defaults.
	Recorded             recorder.Choice
	Records, RecordBytes int
	Announce, Explain    bool          // answers name their records; error frames say why, and failures always leave one
	Mask                 []string      // names of what is secret, besides what always is
	Close                time.Duration // how long closing may take
	Logger               *slog.Logger
	Reports              *tasks.Reporter // is told of panics
}

// Observers are told of every exchange that has ended.
type Observers struct {
	Taps    *tap.Hub
	Metrics *metric.Metrics
	Pulse   *pulse.Pulse
	Scrape  http.Handler // answers Prometheus

	Recorder *recorder.Recorder
	Mask     *mask.Mask // knows what is secret

	tracer *trace.Tracer // nil: nobody traces
	access *accesslog.Log
	within time.Duration
}

// Open opens the logs and traces.
func Open(o Options) (*Observers, error) {
	access, err := accesslog.Open(accesslog.Options{Targets: o.AccessLogs, Folder: o.LogFolder, Logger: o.Logger, Reports: o.Reports})
	if err != nil {
		return nil, fmt.Errorf("--access-log: %w", err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	// Ten seconds: the exporter may look its collector up, which must not hold the start for ever.
	tracer, err := trace.Open(ctx, o.Logger)
	if err != nil {
		_ = access.Close(o.Close)
		return nil, err
	}
	m := metric.New(0)
	m.Report(o.Reports)
	for path := range access.Dropped() {
		m.Counter("access_log_dropped_total", "Lines of access logs that were lost because a queue or a disk was full.",
			map[string]string{"file": path}, func() float64 { return float64(access.Dropped()[path]) })
	}
	// Counted beside the log: an alarm on a number is surer than one on a line.
	m.Counter("panics_total", "Panics that were recovered; each is in the log with its stack.", nil,
		func() float64 { return float64(o.Reports.Panics()) })
	beating := pulse.New()
	sources := []tap.Source{ // whoever is told of exchanges, in this order
		executionlog.New(access.Lines, o.Logger).Stage,
		m.Stage,
		beating.Stage,
		access.Stage,
	}
	if o.Watch != nil {
		sources = append(sources, o.Watch)
	}
	// The last one, so that a span covers what the others take.
	taps := tap.New(o.Reports, append(sources, tracer.Stage)...)
	taps.Follow(tracer.Follow())
	secrets := mask.New(o.Mask...)
	keeps := recorder.Options{Choice: o.Recorded, Announce: o.Announce || o.Explain, Failures: o.Explain, Conceal: recorder.Conceal(secrets), Ring: record.NewRing(o.Records, o.RecordBytes), Reports: o.Reports}
	if o.Explain {
		keeps.Because = recorder.Because(secrets)
	}
	records := recorder.New(keeps)
	taps.Record(records)
	return &Observers{Recorder: records, Mask: secrets, Taps: taps, Metrics: m, Pulse: beating, Scrape: m.Handler(), tracer: tracer, access: access, within: o.Close}, nil
}

// Reopen opens every log anew, for those who move logs away.
func (o *Observers) Reopen() { o.access.Reopen() }

// Close writes what is held, in the time that Options give.
func (o *Observers) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), o.within)
	defer cancel()
	return errors.Join(o.tracer.Close(ctx), o.access.Close(o.within))
}
