package private

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dragoman-gateway/dragoman/integration"
	"github.com/dragoman-gateway/dragoman/internal/tasks"
)

// A check that panics says nothing of its target; the others, and the next round,
// are made.
func TestAPanicOfACheckIsNoAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		reports := tasks.NewReporter(slog.New(slog.DiscardHandler))
		b, err := build(Options{Links: map[string][]string{"link": {"cursed:1", "dead:1"}}})
		if err != nil {
			t.Fatal(err)
		}
		b.checker.Reports = reports
		var rounds atomic.Int32
		b.check = func(_ context.Context, address string) error {
			if address == "cursed:1" {
				rounds.Add(1)
				panic("of the check")
			}
			return errors.New("it is dead")
		}
		b.start(time.Second, time.Second)
		time.Sleep(4500 * time.Millisecond)
		for range 3 {
			target, err := b.Pick(&integration.Link{ID: "link"})
			if err != nil || target.Address() != "cursed:1" {
				t.Fatalf("got %v and %v, want the target of which nothing is known", target, err)
			}
		}
		b.Close()
		if rounds.Load() != 5 || reports.Panics() != 5 {
			t.Errorf("%d rounds and %d panics, want 5 of each", rounds.Load(), reports.Panics())
		}
	})
}
