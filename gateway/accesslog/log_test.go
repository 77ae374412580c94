package accesslog

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dragoman-gateway/dragoman/exchange"
	"github.com/dragoman-gateway/dragoman/gateway/tap"
	"github.com/dragoman-gateway/dragoman/plan"
	"github.com/dragoman-gateway/dragoman/resource"
)

const group = "arn:aws:logs:us-east-1:000000000000:log-group:access"

func stage(arn, format string) *plan.Stage {
	s := &plan.Stage{ApiID: "a1", Name: "prod", Stage: &resource.Stage{StageName: "prod"}}
	if arn != "" {
		s.Stage.AccessLogSettings = &resource.AccessLogSettings{DestinationArn: arn, Format: format}
	}
	return s
}

func quiet() *slog.Logger { return slog.New(slog.NewTextHandler(io.Discard, nil)) }

func open(t *testing.T, o Options) *Log {
	t.Helper()
	if o.Logger == nil {
		o.Logger = quiet()
	}
	l, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close(10 * time.Second) })
	return l
}

// record has a stage's exchange end.
func record(l *Log, x *exchange.Exchange, s *plan.Stage) {
	var t tap.Tap
	t.Open(tap.New(nil, l.Stage).Stage(s), nil)
	t.Tell(x, tap.Step{Kind: tap.Ended})
}

func finish(t *testing.T, l *Log) {
	t.Helper()
	if err := l.Close(10 * time.Second); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestLinesReachTheirDestination(t *testing.T) {
	dir := t.TempDir()
	mapped, other := filepath.Join(dir, "mapped"), filepath.Join(dir, "other")
	var out bytes.Buffer
	firehose := "arn:aws:firehose:us-east-1:000000000000:deliverystream/amazon-apigateway-x"
	l := open(t, Options{Targets: map[string]string{group: mapped, firehose: "-", Any: other}, Stdout: &out})
	x := &exchange.Exchange{RequestID: "id"}
	record(l, x, stage(group, "mapped $context.requestId"))
	record(l, x, stage(group+":*", "with a star $context.requestId"))
	record(l, x, stage(firehose, "stream $context.requestId"))
	record(l, x, stage(group+"-2", "any $context.requestId"))
	record(l, x, stage("", ""))
	finish(t, l)
	for _, row := range []struct{ name, got, want string }{
		{"mapped", read(t, mapped), "mapped id\nwith a star id\n"},
		{"stdout", out.String(), "stream id\n"},
		{"any", read(t, other), "any id\n"},
	} {
		if row.got != row.want {
			t.Errorf("%s: got %q, want %q", row.name, row.got, row.want)
		}
	}
}

func TestUnmappedIsSaidOnce(t *testing.T) {
	var told bytes.Buffer
	l := open(t, Options{Logger: slog.New(slog.NewTextHandler(&told, nil))})
	audience := tap.New(nil, l.Stage).Stage(stage(group, "$context.requestId")) // as a stage that is served has it
	for range 2 {
		var one tap.Tap
		one.Open(audience, nil)
		one.Tell(&exchange.Exchange{}, tap.Step{Kind: tap.Ended})
	}
	if n := strings.Count(told.String(), "access lines of a stage go nowhere"); n != 1 {
		t.Errorf("said %d times, want once: %s", n, told.String())
	}
}

func TestOpenRefusesWhatCannotBeWritten(t *testing.T) {
	_, err := Open(Options{Targets: map[string]string{group: filepath.Join(t.TempDir(), "no", "such", "dir")}})
	if err == nil || !strings.Contains(err.Error(), group) {
		t.Errorf("got %v, want an error that names the destination", err)
	}
}

// stuck is a writer that waits until it is let go.
type stuck struct {
	entered chan struct{}
	free    chan struct{}
	once    sync.Once
	bytes.Buffer
}

func (s *stuck) Write(p []byte) (int, error) {
	s.once.Do(func() { close(s.entered) })
	<-s.free
	return s.Buffer.Write(p)
}

func TestAFullQueueDropsAndCounts(t *testing.T) {
	w := &stuck{entered: make(chan struct{}), free: make(chan struct{})}
	l := open(t, Options{Targets: map[string]string{group: "-"}, Stdout: w, Queue: 30})
	s := stage(group, "$context.requestId")
	write := func(id string) { record(l, &exchange.Exchange{RequestID: id}, s) }
	write("line-0000") // ten bytes with its line feed: being written
	<-w.entered
	for n := 1; n <= 5; n++ {
		write(fmt.Sprintf("line-000%d", n))
	}
	if got := l.Dropped()["-"]; got != 2 {
		t.Errorf("dropped: got %d, want 2 of the 5 that find room for 3", got)
	}
	close(w.free)
	finish(t, l)
	if got, want := w.String(), "line-0000\nline-0001\nline-0002\nline-0003\n"; got != want {
		t.Errorf("written: got %q, want %q", got, want)
	}
	write("too-late")
	if got := l.Dropped()["-"]; got != 3 {
		t.Errorf("dropped after Close: got %d, want 3", got)
	}
}

func TestCloseDoesNotWaitForEver(t *testing.T) {
	w := &stuck{entered: make(chan struct{}), free: make(chan struct{})}
	l := open(t, Options{Targets: map[string]string{group: "-"}, Stdout: w})
	record(l, &exchange.Exchange{RequestID: "id"}, stage(group, "$context.requestId"))
	if err := l.Close(time.Millisecond); err == nil {
		t.Error("Close: got no error from a log that cannot be written")
	}
	close(w.free)
}

func TestReopen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	l := open(t, Options{Targets: map[string]string{group: path}})
	s := stage(group, "$context.requestId")
	record(l, &exchange.Exchange{RequestID: "before"}, s)
	until(t, func() bool { return read(t, path) == "before\n" })
	if err := os.Rename(path, path+".1"); err != nil {
		t.Fatal(err)
	}
	l.Reopen()
	until(t, func() bool { _, err := os.Stat(path); return err == nil })
	record(l, &exchange.Exchange{RequestID: "after"}, s)
	finish(t, l)
	if got := read(t, path) + read(t, path+".1"); got != "after\nbefore\n" {
		t.Errorf("got %q, want one line in each file", got)
	}
}

func until(t *testing.T, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !holds(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("it did not come about")
		}
	}
}

// full is a disk without room.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }

func TestAFullDiskIsCountedAndSaidOnce(t *testing.T) {
	var told bytes.Buffer
	l := open(t, Options{Targets: map[string]string{group: "-"}, Stdout: full{}, Logger: slog.New(slog.NewTextHandler(&told, nil))})
	s := stage(group, "$context.requestId")
	for range 10 {
		record(l, &exchange.Exchange{RequestID: "id"}, s)
	}
	finish(t, l)
	if got := l.Dropped()["-"]; got != 10 {
		t.Errorf("dropped: got %d, want 10", got)
	}
	if n := strings.Count(told.String(), "log lines are lost"); n != 1 {
		t.Errorf("said %d times, want once", n)
	}
}

func TestLinesAreNeverCut(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	l := open(t, Options{Targets: map[string]string{group: path}})
	s := stage(group, "$context.requestId $context.requestId")
	var writers sync.WaitGroup
	for n := range 8 {
		writers.Go(func() {
			for range 200 {
				record(l, &exchange.Exchange{RequestID: strings.Repeat(fmt.Sprint(n), 50)}, s)
			}
		})
	}
	writers.Wait()
	finish(t, l)
	lines := strings.Split(strings.TrimSuffix(read(t, path), "\n"), "\n")
	if len(lines) != 1600 {
		t.Errorf("got %d lines, want 1600", len(lines))
	}
	for _, line := range lines {
		if first, second, _ := strings.Cut(line, " "); len(first) != 50 || first != second || strings.Trim(first, first[:1]) != "" {
			t.Fatalf("got the line %q", line)
		}
	}
}

func BenchmarkRecord(b *testing.B) {
	l, err := Open(Options{Targets: map[string]string{group: "-"}, Stdout: io.Discard, Logger: quiet()})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = l.Close(time.Second) }()
	s, x := l.Stage(stage(group, httpJSON)), request()
	b.ReportAllocs()
	for b.Loop() {
		s.Step(x, nil, tap.Step{Kind: tap.Ended})
	}
}
