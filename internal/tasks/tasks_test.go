package tasks

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func record() (*Reporter, *bytes.Buffer) {
	var b bytes.Buffer
	return NewReporter(slog.New(slog.NewJSONHandler(&b, nil))), &b
}

func explode() { panic("of the function") }

func TestDoTurnsAPanicIntoAnError(t *testing.T) {
	r, log := record()
	err := r.Do("a message", explode)
	if p, ok := errors.AsType[*Panic](err); !ok || p.What != "a message" || p.Value != "of the function" {
		t.Fatalf("the error is %#v", err)
	}
	if got, want := err.Error(), "panic in a message: of the function"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	for _, want := range []string{`"in":"a message"`, `"panic":"of the function"`, `"level":"ERROR"`, "tasks.explode"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log has no %s: %s", want, log)
		}
	}
	if err := r.Do("a message", func() {}); err != nil {
		t.Errorf("without a panic: %v", err)
	}
	if r.Panics() != 1 {
		t.Errorf("%d panics were counted", r.Panics())
	}
}

// Values that are hard to tell of are told of too.
func TestAnyPanicIsReported(t *testing.T) {
	for name, f := range map[string]func(){
		"nil":         func() { panic(nil) },
		"an error":    func() { panic(errors.New("no")) },
		"nil pointer": func() { var p *Panic; _ = p.What },
		"division":    func() { n := 0; _ = 1 / n },
		"out of it":   func() { var s []int; _ = s[len(s)] },
		"a bad value": func() { panic(bad{}) },
	} {
		t.Run(name, func(t *testing.T) {
			r, log := record()
			if err := r.Do("a message", f); err == nil || err.Error() == "" {
				t.Errorf("the error is %v", err)
			}
			if r.Panics() != 1 || strings.Count(log.String(), "\n") != 1 {
				t.Errorf("%d counted, log %s", r.Panics(), log)
			}
		})
	}
}

type bad struct{}

func (bad) Error() string { panic("again") }

type noLogger struct{ slog.Handler }

func (noLogger) Enabled(context.Context, slog.Level) bool  { return true }
func (noLogger) Handle(context.Context, slog.Record) error { panic("of the logger") }

func TestALoggerThatPanicsEndsNothing(t *testing.T) {
	r := NewReporter(slog.New(noLogger{}))
	if err := r.Do("a message", explode); err == nil {
		t.Error("no error")
	}
	if r.Panics() != 1 {
		t.Errorf("%d panics were counted", r.Panics())
	}
}

func TestANilReporterRecoversToo(t *testing.T) {
	before := slog.Default()
	defer slog.SetDefault(before)
	slog.SetDefault(slog.New(slog.DiscardHandler))
	var r *Reporter
	if err := r.Do("a message", explode); err == nil {
		t.Error("no error")
	}
	if r.Panics() != 0 {
		t.Error("nil counts")
	}
}

func TestGuard(t *testing.T) {
	r, _ := record()
	synctest.Test(t, func(t *testing.T) {
		time.AfterFunc(time.Second, r.Guard("a timer", explode))
		time.Sleep(2 * time.Second)
	})
	if r.Panics() != 1 {
		t.Errorf("%d panics were counted", r.Panics())
	}
}

func TestReportNamesWhoseItWas(t *testing.T) {
	r, log := record()
	func() {
		defer func() { _ = r.Report("a message", recover(), "api", "a1") }()
		explode()
	}()
	for _, want := range []string{`"api":"a1"`, "tasks.explode"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log has no %s: %s", want, log)
		}
	}
}

func TestAPanicEndsItsTaskAlone(t *testing.T) {
	r, _ := record()
	g := Group{Reports: r}
	var ended atomic.Int32
	for i := range 100 {
		g.Go("a task", func() {
			if i%2 == 0 {
				panic(i)
			}
			ended.Add(1)
		})
	}
	g.Wait()
	if ended.Load() != 50 || r.Panics() != 50 || g.Running() != 0 {
		t.Errorf("%d ended, %d panicked, %d run", ended.Load(), r.Panics(), g.Running())
	}
}

// A test that fails in a task, or whatever else ends a goroutine by itself.
func TestGoexitIsNoPanic(t *testing.T) {
	r, _ := record()
	g := Group{Reports: r}
	g.Go("a task", runtime.Goexit)
	g.Wait()
	if r.Panics() != 0 {
		t.Error("it was reported")
	}
}

func TestAClosedGroupStartsNothing(t *testing.T) {
	var g Group
	release := make(chan struct{})
	if !g.Go("a task", func() { <-release }) {
		t.Fatal("an open group starts nothing")
	}
	g.Close()
	if g.Go("a task", func() { t.Error("it runs") }) {
		t.Error("a closed group says that it has started a task")
	}
	if g.Running() != 1 {
		t.Errorf("%d run", g.Running())
	}
	close(release)
	g.Wait()
	g.Close()
	g.Wait()
}

func TestWaitEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var g Group
		release := make(chan struct{})
		g.Go("a task", func() { <-release })
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := g.WaitContext(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		close(release)
		if err := g.WaitContext(context.Background()); err != nil {
			t.Errorf("got %v", err)
		}
	})
}

// Whoever waits must wake whatever others begin, end and refuse meanwhile.
func TestWaitersAlwaysWake(t *testing.T) {
	for range 2000 {
		var g, waiting Group
		g.Go("a task", func() {})
		waiting.Go("a waiter", g.Wait)
		waiting.Go("a closer", g.Close)
		waiting.Go("a starter", func() { g.Go("a task", func() {}) })
		g.Wait()
		waiting.Wait()
		g.Wait()
		if g.Running() != 0 {
			t.Fatal("it waits for nothing")
		}
	}
}
