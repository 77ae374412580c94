package deploy

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/catalog"
	"github.com/dragoman-gateway/dragoman/store/sqlite"
)

// duty is a queue of which a test decides what becomes of its deployments.
type duty struct {
	*queue
	t     *testing.T
	store store.Store
	fail  []error         // of the first deployments
	made  []time.Duration // when it deployed, counted from its start
}

// deployments runs a queue and answers when it deployed.
func deployments(t *testing.T, fail []error, script func(d *duty)) []time.Duration {
	t.Helper()
	d := &duty{fail: fail}
	synctest.Test(t, func(t *testing.T) {
		d.t, d.store = t, sqlite.OpenMemory(sqlite.Options{})
		defer d.store.Close()
		began := time.Now()
		d.queue = newQueue(d.store, func(ctx context.Context, region, api string) error {
			d.made = append(d.made, time.Since(began))
			if n := len(d.made); n <= len(d.fail) {
				return d.fail[n-1]
			}
			_, err := d.store.Update(ctx, func(tx store.Tx) error { return catalog.Dues(region).Delete(ctx, tx, api) })
			return err
		}, time.Now, slog.New(slog.DiscardHandler))
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { d.run(ctx); close(done) }()
		script(d)
		time.Sleep(10 * time.Second) // of the bubble's clock
		cancel()
		<-done
	})
	return d.made
}

// change makes an API due, as whoever changes it does, on this node or another.
func (d *duty) change(region, api string, here bool) {
	_, err := d.store.Update(d.t.Context(), func(tx store.Tx) error {
		return catalog.MakeDue(d.t.Context(), tx, region, api, time.Now())
	})
	if err != nil {
		d.t.Error(err)
	}
	if here {
		d.look()
	}
}

func TestQueueWaitsForQuiet(t *testing.T) {
	made := deployments(t, nil, func(d *duty) {
		for range 3 {
			d.change("r", "a", true)
			time.Sleep(50 * time.Millisecond)
		}
	})
	if len(made) != 1 || made[0] != 200*time.Millisecond {
		t.Errorf("got deployments at %v, want one at 200ms: 100ms after the last change", made)
	}
}

func TestQueueDoesNotWaitForEver(t *testing.T) {
	made := deployments(t, nil, func(d *duty) {
		for range 30 {
			d.change("r", "a", true)
			time.Sleep(50 * time.Millisecond)
		}
	})
	if len(made) != 2 || made[0] != time.Second || made[1] != 1550*time.Millisecond {
		t.Errorf("got deployments at %v, want one 1s after the first change and one 100ms after the last", made)
	}
}

func TestQueueRetries(t *testing.T) {
	made := deployments(t, []error{errors.New("the store is away")}, func(d *duty) { d.change("r", "a", true) })
	if want := []time.Duration{quietTime, quietTime + lookTime}; !slices.Equal(made, want) {
		t.Errorf("got deployments at %v, want a second one a second after the failure", made)
	}
}

// What cannot be read is not tried again before it changes.
func TestQueueGivesUp(t *testing.T) {
	unreadable := &catalog.Unreadable{Key: "x", Err: errors.New("no JSON")}
	made := deployments(t, []error{unreadable}, func(d *duty) {
		d.change("r", "a", true)
		time.Sleep(5 * time.Second)
		d.change("r", "a", true)
	})
	if want := []time.Duration{quietTime, 5*time.Second + quietTime}; !slices.Equal(made, want) {
		t.Errorf("got deployments at %v, want %v: one for each change", made, want)
	}
}

func TestQueueKeepsApisApart(t *testing.T) {
	made := deployments(t, nil, func(d *duty) {
		d.change("r", "a", true)
		d.change("r", "b", true)
		d.change("s", "a", true)
	})
	if len(made) != 3 {
		t.Errorf("got %d deployments, want one for each API and region", len(made))
	}
}

// What another node has left is found without a word from it.
func TestQueueTakesWhatOthersLeave(t *testing.T) {
	made := deployments(t, nil, func(d *duty) {
		time.Sleep(300 * time.Millisecond)
		d.change("r", "a", false)
	})
	if len(made) != 1 || made[0] > 300*time.Millisecond+maxDelay+quietTime {
		t.Errorf("got deployments at %v, want one within a second", made)
	}
}
