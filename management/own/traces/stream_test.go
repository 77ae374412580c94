package traces

import (
	"context"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dragoman-gateway/dragoman/record"
)

// heard is a client of a stream.
type heard struct {
	mu   sync.Mutex // Protects text.
	text strings.Builder
}

func (h *heard) Write(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.text.Write(p)
}

func (h *heard) count(what string) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return strings.Count(h.text.String(), what)
}

// A stream on which nothing happens has a comment line every 15 seconds, so that proxies and
// readers know that it lives; it ends when whoever reads has gone.
func TestStreamsSayThatTheyLive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ring := record.NewRing(10, 0)
		follower, end := ring.Follow(&record.Filter{})
		defer end()
		ctx, cancel := context.WithCancel(t.Context())
		var h heard
		ended := make(chan error, 1)
		go func() { ended <- stream(ctx, &h, follower, nil) }()
		for i, row := range []struct {
			after time.Duration
			beats int
		}{{14 * time.Second, 0}, {2 * time.Second, 1}, {13 * time.Second, 1}, {2 * time.Second, 2}, {time.Minute, 6}} {
			time.Sleep(row.after)
			synctest.Wait()
			if got := h.count(": nothing new\n\n"); got != row.beats {
				t.Errorf("%d: %d comment lines, want %d", i, got, row.beats)
			}
		}
		ring.Add(&record.Record{ID: "a1"})
		synctest.Wait()
		if h.count("event: trace\ndata: {\"id\":\"a1\"") != 1 || h.count(": records follow\n\n") != 1 {
			t.Errorf("got %q", h.text.String())
		}
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("got %v", err)
		}
	})
}
