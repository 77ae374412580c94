package server

import (
	"context"
	"time"

	"github.com/dragoman-gateway/dragoman/internal/readiness"
	"github.com/dragoman-gateway/dragoman/internal/tasks"
)

// drain ends the work for clients, within the drain time: what is under way when that
// is nearly over is cut off, so that it has ended by then. Both listeners serve
// until the end: backends of messages under way may still post to clients, and
// load balancers read in /readyz that this process takes no more work.
func (s *Server) drain(ctx context.Context) {
	s.readiness.Report(readiness.Drain, "", "")
	s.planes.WebSocket.Stop() // before requests are sealed: each handshake is among them, or refused
	ctx, cancel := context.WithTimeout(ctx, s.config.Drain)
	defer cancel()
	cut := time.AfterFunc(s.config.Drain-farewell(s.config.Drain)/2, s.reports.Guard("the end of a drain", s.cut))
	defer cut.Stop()
	s.listeners.Part()
	s.finish(ctx)
	s.planes.WebSocket.Close(ctx)
	s.listeners.Shutdown(ctx)
}

// withdraw gives load balancers the time to read in /readyz that this process goes, and
// serves everybody as ever meanwhile. An error is that of a listener which has failed.
func (s *Server) withdraw(failed <-chan error) error {
	s.fleet.Drain()
	s.readiness.Report(readiness.Drain, "", "")
	delay := time.NewTimer(s.config.ShutdownDelay)
	defer delay.Stop()
	select {
	case <-delay.C:
		return nil
	case err := <-failed:
		return err
	}
}

// farewell is what finish leaves of the drain time, at most a second, so that
// clients of messages that take too long hear of it too.
func farewell(drain time.Duration) time.Duration { return min(drain/5, time.Second) }

// spread is the part of the drain time over which clients are sent away.
func spread(drain time.Duration) time.Duration { return min(drain-drain/10, drain-farewell(drain)) }

// finish sends the clients of WebSocket away, and waits for the messages and requests
// that are under way. New clients are refused, but requests are answered meanwhile, and
// messages of those whose turn to go has not come. What is left of the time after the
// last turn is for its messages.
func (s *Server) finish(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, s.config.Drain-farewell(s.config.Drain))
	defer cancel()
	both, messages := tasks.Group{Reports: s.reports}, 0
	both.Go("a drain", func() { messages = s.planes.WebSocket.Leave(ctx, spread(s.config.Drain)) })
	requests := s.listeners.Settle(ctx)
	both.Wait()
	if messages+requests > 0 {
		s.logger.Warn("the drain time is over before everything was answered; --drain gives more", "messages", messages, "requests", requests)
	}
}
