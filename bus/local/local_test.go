package local

import (
	"context"
	"errors"
	"testing"

	"go.uber.org/goleak"

	"github.com/dragoman-gateway/dragoman/bus"
	"github.com/dragoman-gateway/dragoman/bus/bustest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestBus(t *testing.T) {
	bustest.Test(t, func(t *testing.T) (here, there bus.Bus) {
		b := New()
		t.Cleanup(func() { b.Close() })
		return b, b
	})
}

func TestClosed(t *testing.T) {
	b := New()
	stopSubscriber, err := b.Subscribe(t.Context(), "topic", func([]byte, int) {})
	if err != nil {
		t.Fatal(err)
	}
	stopHandler, err := b.Handle(1, "t", func(context.Context, []byte) []byte { return nil })
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	stopSubscriber()
	stopHandler()
	_, subscribe := b.Subscribe(t.Context(), "topic", func([]byte, int) {})
	_, handle := b.Handle(1, "t", nil)
	_, request := b.Request(t.Context(), 1, "t", nil)
	for name, err := range map[string]error{
		"Announce": b.Announce(t.Context(), "topic", nil), "Subscribe": subscribe, "Handle": handle, "Request": request,
	} {
		if !errors.Is(err, bus.ErrClosed) {
			t.Errorf("%s after Close: %v, want ErrClosed", name, err)
		}
	}
}

// A handler that stops while it is asked is told, and its answer still counts.
func TestStopDuringRequest(t *testing.T) {
	b := New()
	defer b.Close()
	entered := make(chan struct{})
	stop, err := b.Handle(1, "t", func(ctx context.Context, _ []byte) []byte {
		close(entered)
		<-ctx.Done()
		return []byte("done")
	})
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		<-entered
		stop()
	}()
	if got, err := b.Request(t.Context(), 1, "t", nil); err != nil || string(got) != "done" {
		t.Errorf("Request: %q, %v", got, err)
	}
}
