package server

import (
	"context"
	"time"

	"github.com/dragoman-gateway/dragoman/gateway/observe"
	"github.com/dragoman-gateway/dragoman/store"
)

// openObservers opens the logs and counts what the process itself has to tell.
func (s *Server) openObservers() error {
	recorded, err := s.config.Observe.Choice()
	if err != nil {
		return err
	}
	s.observers, err = observe.Open(observe.Options{Announce: s.config.Observe.TraceHeader, Explain: s.config.Observe.ExplainErrors, Mask: s.config.Observe.Mask, Recorded: recorded, Records: s.config.Observe.TapRecords, RecordBytes: s.config.Observe.TapBytes, AccessLogs: s.config.Observe.AccessLogs, LogFolder: s.config.Observe.LogFolder, Watch: s.config.Observe.Watch, Close: s.config.Drain, Logger: s.logger, Reports: s.reports})
	if err != nil {
		return err
	}
	s.closers = append(s.closers, s.observers.Close)
	m := s.observers.Metrics
	m.Gauge("store_revision", "Revision of the store that is served.", func() float64 { return float64(s.deployed.Revision()) })
	m.Gauge("served_revision", "Revision of the store that is served, by which nodes of a fleet are compared.", func() float64 { return float64(s.deployed.Revision()) })
	m.Gauge("unserved_resources", "APIs, stages, domains, keys and plans that cannot be served as they are stored.",
		func() float64 { return float64(s.deployed.Troubles()) })
	m.Gauge("store_revision_lag", "Revisions of the store that are not served yet.", s.lag)
	m.Gauge("connections_open", "WebSocket connections of this process.", func() float64 { return float64(s.planes.Len()) })
	s.bounds.Observe(m)
	return nil
}

// lag is how far what is served is behind the store; -1 when the store does not
// say.
func (s *Server) lag() float64 {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	lag := -1.0
	_ = s.store.View(ctx, func(r store.Reader) error { // -1 tells of the failure
		revision, err := r.Revision(ctx)
		if err == nil {
			lag = float64(max(0, revision-s.deployed.Revision()))
		}
		return err
	})
	return lag
}

// Tap chooses anew which exchanges leave records.
func (s *Server) Tap(o *ObserveConfig) error {
	choice, err := o.Choice()
	if err != nil {
		return err
	}
	return s.observers.Recorder.Choose(choice)
}

// Reopen opens every log anew, for those who move logs away, and looks at the
// configuration file, where one is served.
func (s *Server) Reopen() {
	s.observers.Reopen()
	if s.file != nil {
		s.file.Look()
	}
}
