package server

import (
	"context"
	"io"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dragoman-gateway/dragoman/internal/tasks"
)

// A task that panics begins again after a rest, and ends with its context, resting or
// not.
func TestTasksBeginAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		logger := slog.New(slog.NewTextHandler(io.Discard, nil))
		s := &Server{logger: logger, reports: tasks.NewReporter(logger)}
		ctx, stop := context.WithCancel(t.Context())
		var group tasks.Group
		began, runs := time.Now(), 0
		group.Go("a watch", func() {
			s.keep(ctx, lasting{"watching", func(ctx context.Context) {
				if runs++; runs <= 3 {
					panic("of the watch")
				}
				<-ctx.Done()
			}})
		})
		time.Sleep(time.Hour)
		stop()
		group.Wait()
		if runs != 4 || s.reports.Panics() != 3 {
			t.Errorf("%d runs and %d panics within %v, want 4 and 3", runs, s.reports.Panics(), time.Since(began))
		}

		ctx, stop = context.WithCancel(t.Context())
		group.Go("another", func() { s.keep(ctx, lasting{"watching", func(context.Context) { panic("always") }}) })
		time.Sleep(10*again + again/2)
		stop()
		group.Wait()
		if got := s.reports.Panics() - 3; got != 11 {
			t.Errorf("one that always panics did so %d times in ten rests, want 11", got)
		}
	})
}
