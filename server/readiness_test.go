package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dragoman-gateway/dragoman/gateway/deployed"
	"github.com/dragoman-gateway/dragoman/plan"
	"github.com/dragoman-gateway/dragoman/store"
)

func TestTroublesAreLines(t *testing.T) {
	for _, row := range []struct {
		name   string
		report func(r *readiness)
		want   string
		ready  bool
	}{
		{"none", func(r *readiness) { r.clear(fromStore, "commit") }, "", true},
		{"a commit", func(r *readiness) { r.report(fromStore, "commit", "full") }, "store: full", false},
		{"a stage", func(r *readiness) { r.report(fromStage, "a/prod", "a/prod: no template") }, "stage: a/prod: no template", true},
		{"draining", func(r *readiness) { r.report(fromDrain, "", "") }, "draining", false},
		{"a text of two lines", func(r *readiness) { r.report(fromStore, "", "one\r\nok\n") }, "store: one ok", false},
		{"said again", func(r *readiness) { r.report(fromStore, "x", "one"); r.report(fromStore, "x", "two") }, "store: two", false},
		{"taken back", func(r *readiness) { r.report(fromStore, "x", "one"); r.clear(fromStore, "x") }, "", true},
		{"in order", func(r *readiness) {
			r.report(fromStore, "b", "two")
			r.report(fromStage, "s", "three")
			r.report(fromStore, "a", "one")
			r.report(fromDrain, "", "")
		}, "draining|stage: three|store: one|store: two", false},
		{"long", func(r *readiness) { r.report(fromStage, "", strings.Repeat("é", 400)) }, "stage: " + strings.Repeat("é", 250) + "…", true},
	} {
		var r readiness
		row.report(&r)
		lines, ready := r.lines()
		if got := strings.Join(lines, "|"); got != row.want || ready != row.ready {
			t.Errorf("%s: got %q, ready %v, want %q, %v", row.name, got, ready, row.want, row.ready)
		}
	}
	var r readiness
	for i := range 1000 {
		r.report(fromStage, fmt.Sprint(i), "broken")
	}
	lines, _ := r.lines()
	if want := "stage: and 900 more"; len(lines) != 101 || lines[100] != want {
		t.Errorf("a thousand stages: %d lines, the last %q, want 101 and %q", len(lines), lines[len(lines)-1], want)
	}
}

// ill is a store whose last commit failed.
type ill struct {
	store.Store
	why atomic.Pointer[error]
}

func (i *ill) Ailment() error {
	if err := i.why.Load(); err != nil {
		return *err
	}
	return nil
}

// A gateway whose commits fail is alive and not ready; one with a broken stage is.
func TestReadyz(t *testing.T) {
	config := Default()
	config.Listen, config.Management = "127.0.0.1:0", "127.0.0.1:0"
	config.Logger = slog.New(slog.NewTextHandler(io.Discard, nil))
	s, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	sick, full := &ill{Store: s.store}, errors.New("disk full")
	s.store = sick
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	defer func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}()
	for _, row := range []struct {
		name, path string
		change     func()
		status     int
		want       string
	}{
		{"well", "/readyz", func() {}, 200, "ok\n"},
		{"full", "/readyz", func() { sick.why.Store(&full) }, 503, "store: the last commit failed: disk full\n"},
		{"alive", "/healthz", func() {}, 200, "ok\n"},
		{"well again", "/readyz", func() { sick.why.Store(nil) }, 200, "ok\n"},
		{"a stage", "/readyz", func() { s.readiness.report(fromStage, "a/b", "a/b: broken") }, 200, "stage: a/b: broken\n"},
		{"draining", "/readyz", func() { s.readiness.report(fromDrain, "", "") }, 503, "draining\nstage: a/b: broken\n"},
	} {
		row.change()
		r, err := http.Get("http://" + s.ManagementAddr() + row.path)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(r.Body)
		r.Body.Close()
		if r.StatusCode != row.status || string(body) != row.want {
			t.Errorf("%s: got %d %q, want %d %q", row.name, r.StatusCode, body, row.status, row.want)
		}
		if got := r.Header.Get("Content-Type"); got != "text/plain; charset=utf-8" {
			t.Errorf("%s: got %s, want text", row.name, got)
		}
	}
}

// deaf is a store whose feed tells nothing.
type deaf struct{ store.Store }

func (deaf) Changes(context.Context, int64, int) ([]store.Change, error) {
	return nil, errors.New("the feed is broken")
}

// A gateway that does not come to serve what is stored says so after five seconds.
func TestReadyzTellsOfTheLag(t *testing.T) {
	config := Default()
	config.Listen, config.Management = "127.0.0.1:0", "127.0.0.1:0"
	config.Logger = slog.New(slog.NewTextHandler(io.Discard, nil))
	s, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	if s.deployed, err = deployed.New(t.Context(), deployed.Config{Store: deaf{s.store}, Compile: plan.Compile, Logger: config.Logger}); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	defer func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}()
	if _, err := s.store.Update(t.Context(), func(tx store.Tx) error { return tx.Put(t.Context(), "us-east-1/apis/a", []byte("{}")) }); err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	for {
		r, err := http.Get("http://" + s.ManagementAddr() + "/readyz")
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(r.Body)
		r.Body.Close()
		switch late := time.Since(begun); {
		case r.StatusCode == http.StatusServiceUnavailable && late < maxLag:
			t.Fatalf("after %s: got %q, want ok for %s", late, body, maxLag)
		case r.StatusCode == http.StatusServiceUnavailable:
			if !strings.HasPrefix(string(body), "store: what is served has been behind it for ") {
				t.Errorf("got %q, want what is behind", body)
			}
			return
		case late > time.Minute:
			t.Fatalf("after %s: got %q, want 503", late, body)
		}
		time.Sleep(50 * time.Millisecond)
	}
}
