package bustest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
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
		{"announcements never go back and end with the highest", order},
		{"a slow subscriber delays nobody", slow},
		{"nothing is heard after stop", silence},
		{"stop waits for who listens", stopWaits},
		{"a request is answered by its node", answer},
		{"requests are answered side by side", sideBySide},
		{"nobody answers", nobody},
		{"a node that stopped is nobody", stopped},
		{"a node is handled once", taken},
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

// ear hears announcements.
type ear struct{ heard chan int64 }

func listen(t *testing.T, b bus.Bus, topic string) ear {
	t.Helper()
	e := ear{make(chan int64, 10_000)}
	stop, err := b.Subscribe(t.Context(), topic, func(revision int64) { e.heard <- revision })
	if err != nil {
		t.Fatalf("Subscribe: %v", err)
	}
	t.Cleanup(stop)
	return e
}

// until hears up to a revision and answers all that came before it, and it.
func (e ear) until(t *testing.T, revision int64) []int64 {
	t.Helper()
	var all []int64
	for {
		select {
		case r := <-e.heard:
			if all = append(all, r); r == revision {
				return all
			}
		case <-time.After(patience):
			t.Fatalf("revision %d was never heard, only %v", revision, all)
		}
	}
}

func announce(t *testing.T, b bus.Bus, topic string, revision int64) {
	t.Helper()
	if err := b.Announce(t.Context(), topic, revision); err != nil {
		t.Fatalf("Announce: %v", err)
	}
}

func reach(t *testing.T, here, there bus.Bus) {
	a, b, c := listen(t, here, "one"), listen(t, there, "one"), listen(t, there, "two")
	announce(t, here, "one", 7)
	announce(t, there, "two", 8)
	for name, e := range map[string]ear{"its own end": a, "the other end": b} {
		if got := e.until(t, 7); len(got) != 1 {
			t.Errorf("%s heard %v, want 7 once", name, got)
		}
	}
	if got := c.until(t, 8); len(got) != 1 {
		t.Errorf("another topic heard %v, want 8 alone", got)
	}
}

func order(t *testing.T, here, there bus.Bus) {
	e := listen(t, there, "topic")
	const last = 1000
	for revision := int64(1); revision <= last; revision++ {
		announce(t, here, "topic", revision)
	}
	if all := e.until(t, last); !slices.IsSorted(all) {
		t.Errorf("heard %v, want them to rise", all)
	}
	announce(t, here, "topic", 1)
	announce(t, here, "topic", last+1)
	if got := e.until(t, last+1); len(got) != 1 {
		t.Errorf("heard %v after %d, want only what is higher", got, last)
	}
}

func slow(t *testing.T, here, there bus.Bus) {
	release := make(chan struct{})
	defer close(release)
	stop, err := there.Subscribe(t.Context(), "topic", func(int64) { <-release })
	if err != nil {
		t.Fatalf("Subscribe: %v", err)
	}
	t.Cleanup(stop)
	quick := listen(t, there, "topic")
	for revision := int64(1); revision <= 100; revision++ {
		announce(t, here, "topic", revision)
	}
	quick.until(t, 100)
}

func silence(t *testing.T, here, there bus.Bus) {
	var after atomic.Bool
	stop, err := there.Subscribe(t.Context(), "topic", func(revision int64) { after.Store(revision == 2) })
	if err != nil {
		t.Fatalf("Subscribe: %v", err)
	}
	still := listen(t, there, "topic")
	announce(t, here, "topic", 1)
	still.until(t, 1)
	stop()
	stop()
	announce(t, here, "topic", 2)
	still.until(t, 2)
	if after.Load() {
		t.Error("heard an announcement after stop")
	}
}

func stopWaits(t *testing.T, here, there bus.Bus) {
	entered, release := make(chan struct{}), make(chan struct{})
	var left atomic.Bool
	stop, err := there.Subscribe(t.Context(), "topic", func(int64) {
		close(entered)
		<-release
		left.Store(true)
	})
	if err != nil {
		t.Fatalf("Subscribe: %v", err)
	}
	announce(t, here, "topic", 1)
	await(t, "announcement", entered)
	returned := make(chan struct{})
	go func() { stop(); close(returned) }()
	close(release)
	await(t, "end of stop", returned)
	if !left.Load() {
		t.Error("stop returned while the subscriber ran")
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

func serve(t *testing.T, b bus.Bus, node uint32, answer func(context.Context, []byte) []byte) (stop func()) {
	t.Helper()
	stop, err := b.Handle(node, answer)
	if err != nil {
		t.Fatalf("Handle: %v", err)
	}
	t.Cleanup(stop)
	return stop
}

func echo(prefix string) func(context.Context, []byte) []byte {
	return func(_ context.Context, payload []byte) []byte { return append([]byte(prefix), payload...) }
}

func answer(t *testing.T, here, there bus.Bus) {
	serve(t, here, 1, echo("one:"))
	serve(t, there, 1<<24-1, echo("two:"))
	for _, row := range []struct {
		from          bus.Bus
		node          uint32
		payload, want string
	}{
		{here, 1, "a", "one:a"}, {there, 1, "b", "one:b"}, {here, 1<<24 - 1, "c", "two:c"}, {there, 1<<24 - 1, "", "two:"},
	} {
		got, err := row.from.Request(t.Context(), row.node, []byte(row.payload))
		if err != nil || string(got) != row.want {
			t.Errorf("node %d answered %q, %v to %q, want %q", row.node, got, err, row.payload, row.want)
		}
	}
}

func sideBySide(t *testing.T, here, there bus.Bus) {
	const many = 50
	var arrived sync.WaitGroup
	arrived.Add(many)
	serve(t, there, 1, func(_ context.Context, payload []byte) []byte {
		arrived.Done()
		arrived.Wait() // every one of them is under way at once
		return bytes.Clone(payload)
	})
	var asked sync.WaitGroup
	for i := range many {
		asked.Go(func() {
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			want := fmt.Sprint("request ", i)
			if got, err := here.Request(ctx, 1, []byte(want)); err != nil || string(got) != want {
				t.Errorf("%s was answered %q, %v", want, got, err)
			}
		})
	}
	asked.Wait()
}

func nobody(t *testing.T, here, there bus.Bus) {
	serve(t, there, 1, echo(""))
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if _, err := here.Request(ctx, 2, nil); !errors.Is(err, bus.ErrNoNode) {
		t.Errorf("Request to nobody: %v, want ErrNoNode", err)
	}
}

func stopped(t *testing.T, here, there bus.Bus) {
	stop := serve(t, there, 1, echo(""))
	if _, err := here.Request(t.Context(), 1, nil); err != nil {
		t.Fatalf("Request: %v", err)
	}
	stop()
	stop()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if _, err := here.Request(ctx, 1, nil); !errors.Is(err, bus.ErrNoNode) {
		t.Errorf("Request after stop: %v, want ErrNoNode", err)
	}
	serve(t, here, 1, echo("again")) // the number is free
	if got, err := here.Request(ctx, 1, nil); err != nil || string(got) != "again" {
		t.Errorf("the node's successor answered %q, %v", got, err)
	}
}

func taken(t *testing.T, here, _ bus.Bus) {
	serve(t, here, 1, echo("first"))
	if _, err := here.Handle(1, echo("second")); !errors.Is(err, bus.ErrTaken) {
		t.Errorf("Handle of a taken node: %v, want ErrTaken", err)
	}
	if got, err := here.Request(t.Context(), 1, nil); err != nil || string(got) != "first" {
		t.Errorf("the node answered %q, %v after that", got, err)
	}
}

func deadline(t *testing.T, here, there bus.Bus) {
	release := make(chan struct{})
	serve(t, there, 1, func(context.Context, []byte) []byte { <-release; return nil })
	defer close(release)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := here.Request(ctx, 1, nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Request past its deadline: %v", err)
	}
}

func payloads(t *testing.T, here, there bus.Bus) {
	var kept []byte
	serve(t, there, 1, func(_ context.Context, payload []byte) []byte {
		kept = bytes.Clone(payload)
		clear(payload)
		return kept
	})
	serve(t, there, 2, func(context.Context, []byte) []byte { return make([]byte, bus.MaxPayload+1) })
	payload := []byte(strings.Repeat("x", bus.MaxPayload))
	got, err := here.Request(t.Context(), 1, payload)
	if err != nil || !bytes.Equal(got, kept) || len(got) != len(payload) {
		t.Errorf("the largest payload came back with %d bytes, %v", len(got), err)
	}
	if payload[0] != 'x' {
		t.Error("the handler wrote into the asker's payload")
	}
	if _, err := here.Request(t.Context(), 1, append(payload, 'x')); !errors.Is(err, bus.ErrTooLarge) {
		t.Errorf("Request with a larger one: %v, want ErrTooLarge", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if _, err := here.Request(ctx, 2, nil); !errors.Is(err, bus.ErrTooLarge) {
		t.Errorf("Request with a larger answer: %v, want ErrTooLarge", err)
	}
}

func ended(t *testing.T, here, there bus.Bus) {
	serve(t, there, 1, func(context.Context, []byte) []byte {
		t.Error("the request was answered")
		return nil
	})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := here.Announce(ctx, "topic", 1); !errors.Is(err, context.Canceled) {
		t.Errorf("Announce: %v", err)
	}
	if _, err := here.Subscribe(ctx, "topic", func(int64) {}); !errors.Is(err, context.Canceled) {
		t.Errorf("Subscribe: %v", err)
	}
	if _, err := here.Request(ctx, 1, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("Request: %v", err)
	}
}

func panickingEar(t *testing.T, here, there bus.Bus) {
	heard, calm := make(chan int64, 100), listen(t, there, "topic")
	stop, err := there.Subscribe(t.Context(), "topic", func(revision int64) {
		heard <- revision
		panic("of the listener")
	})
	if err != nil {
		t.Fatalf("Subscribe: %v", err)
	}
	for revision := int64(1); revision <= 3; revision++ {
		announce(t, here, "topic", revision)
		select {
		case got := <-heard:
			if got != revision {
				t.Errorf("heard %d, want %d", got, revision)
			}
		case <-time.After(patience):
			t.Fatalf("revision %d was never heard", revision)
		}
		calm.until(t, revision)
	}
	stop()
}

func panickingHandler(t *testing.T, here, there bus.Bus) {
	stop, err := there.Handle(7, func(_ context.Context, payload []byte) []byte {
		if string(payload) == "bad" {
			panic("of the handler")
		}
		return payload
	})
	if err != nil {
		t.Fatalf("Handle: %v", err)
	}
	for range 3 {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		if _, err := here.Request(ctx, 7, []byte("bad")); !errors.Is(err, bus.ErrFailed) {
			t.Errorf("got %v, want ErrFailed", err)
		}
		if got, err := here.Request(ctx, 7, []byte("good")); err != nil || string(got) != "good" {
			t.Errorf("the neighbour: got %q and %v", got, err)
		}
		cancel()
	}
	stop()
}
