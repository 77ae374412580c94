package server

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dragoman-gateway/dragoman/gateway/deployed"
	"github.com/dragoman-gateway/dragoman/internal/readiness"
	"github.com/dragoman-gateway/dragoman/plan"
	"github.com/dragoman-gateway/dragoman/store"
)

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
		{"a stage", "/readyz", func() { s.readiness.Report(readiness.Stage, "a/b", "a/b: broken") }, 200, "stage: a/b: broken\n"},
		{"draining", "/readyz", func() { s.readiness.Report(readiness.Drain, "", "") }, 503, "draining\nstage: a/b: broken\n"},
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
		case r.StatusCode == http.StatusServiceUnavailable && late < readiness.MaxLag:
			t.Fatalf("after %s: got %q, want ok for %s", late, body, readiness.MaxLag)
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
