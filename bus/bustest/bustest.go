package bustest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/dragoman-gateway/dragoman/bus"
)

// patience is how long a test waits for what must come.
const patience = 20 * time.Second

// Test runs the suite. open makes two ends of one new bus, as two processes
// would hold them; they may be the same. It cleans up by t.Cleanup.
func Test(t *testing.T, open func(t *testing.T) (here, there bus.Bus)) {
	for _, part := range []struct {
		name string
		run  func(*testing.T, bus.Bus, bus.Bus)
	}{
		{"announcements reach every subscriber of the topic", reach},
		{"announcements come in the order of their sender", order},
		{"a slow subscriber delays nobody and hears the newest", slow},
		{"announcements are bounded and belong to their owners", announcements},
		{"nothing is heard after stop", silence},
		{"stop waits for who listens", stopWaits},
		{"a request is answered by its node", answer},
		{"requests are answered side by side", sideBySide},
		{"nobody answers", nobody},
		{"a node that stopped is nobody", stopped},
		{"a node is handled once for each topic", taken},
		{"a node answers only so many at a time", busy},
		{"a request ends with its context", deadline},
		{"payloads are bounded and belong to their owners", payloads},
		{"an ended context does nothing", ended},
		{"a listener that panics hears the next", panickingEar},
		{"a handler that panics fails its request alone", panickingHandler},
	} {
		t.Run(part.name, func(t *testing.T) {
			here, there := open(t)
			part.run(t, here, there)
		})
	}
}

func await(t *testing.T, what string, c <-chan struct{}) {
	t.Helper()
	select {
	case <-c:
	case <-time.After(patience):
		t.Fatalf("no %s", what)
	}
}

func ended(t *testing.T, here, there bus.Bus) {
	serve(t, there, 1, func(context.Context, []byte) []byte {
		t.Error("the request was answered")
		return nil
	})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := here.Announce(ctx, "topic", nil); !errors.Is(err, context.Canceled) {
		t.Errorf("Announce: %v", err)
	}
	if _, err := here.Subscribe(ctx, "topic", func([]byte, int) {}); !errors.Is(err, context.Canceled) {
		t.Errorf("Subscribe: %v", err)
	}
	if _, err := here.Request(ctx, 1, "topic", nil); !errors.Is(err, context.Canceled) {
		t.Errorf("Request: %v", err)
	}
}
