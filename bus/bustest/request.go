package bustest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dragoman-gateway/dragoman/bus"
)

func serve(t *testing.T, b bus.Bus, node uint32, answer func(context.Context, []byte) []byte) (stop func()) {
	t.Helper()
	stop, err := b.Handle(node, "topic", answer)
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
		got, err := row.from.Request(t.Context(), row.node, "topic", []byte(row.payload))
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
			if got, err := here.Request(ctx, 1, "topic", []byte(want)); err != nil || string(got) != want {
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
	if _, err := here.Request(ctx, 2, "topic", nil); !errors.Is(err, bus.ErrNoNode) {
		t.Errorf("Request to nobody: %v, want ErrNoNode", err)
	}
}

// busy fills a node with requests; one more fails at once, and another topic of the
// node is not concerned.
func busy(t *testing.T, here, there bus.Bus) {
	arrived, release := make(chan struct{}, bus.Answers), make(chan struct{})
	serve(t, there, 1, func(context.Context, []byte) []byte {
		arrived <- struct{}{}
		<-release
		return nil
	})
	stop, err := there.Handle(1, "other", echo("other:"))
	if err != nil {
		t.Fatalf("Handle of another topic: %v", err)
	}
	t.Cleanup(stop)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var asked sync.WaitGroup
	for range bus.Answers {
		asked.Go(func() {
			if _, err := here.Request(ctx, 1, "topic", nil); err != nil {
				t.Errorf("Request: %v", err)
			}
		})
	}
	for range bus.Answers {
		select {
		case <-arrived:
		case <-ctx.Done():
			t.Fatal("not all requests arrived")
		}
	}
	if _, err := here.Request(ctx, 1, "topic", nil); !errors.Is(err, bus.ErrBusy) {
		t.Errorf("one more Request: %v, want ErrBusy", err)
	}
	if got, err := here.Request(ctx, 1, "other", nil); err != nil || string(got) != "other:" {
		t.Errorf("Request of another topic: %q, %v", got, err)
	}
	close(release)
	asked.Wait()
	if _, err := here.Request(ctx, 1, "topic", nil); err != nil {
		t.Errorf("Request after the rush: %v", err)
	}
}

func stopped(t *testing.T, here, there bus.Bus) {
	stop := serve(t, there, 1, echo(""))
	if _, err := here.Request(t.Context(), 1, "topic", nil); err != nil {
		t.Fatalf("Request: %v", err)
	}
	stop()
	stop()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if _, err := here.Request(ctx, 1, "topic", nil); !errors.Is(err, bus.ErrNoNode) {
		t.Errorf("Request after stop: %v, want ErrNoNode", err)
	}
	serve(t, here, 1, echo("again")) // the number is free
	if got, err := here.Request(ctx, 1, "topic", nil); err != nil || string(got) != "again" {
		t.Errorf("the node's successor answered %q, %v", got, err)
	}
}

func taken(t *testing.T, here, _ bus.Bus) {
	serve(t, here, 1, echo("first"))
	if _, err := here.Handle(1, "topic", echo("second")); !errors.Is(err, bus.ErrTaken) {
		t.Errorf("Handle of a taken node: %v, want ErrTaken", err)
	}
	if got, err := here.Request(t.Context(), 1, "topic", nil); err != nil || string(got) != "first" {
		t.Errorf("the node answered %q, %v after that", got, err)
	}
}

func deadline(t *testing.T, here, there bus.Bus) {
	release := make(chan struct{})
	serve(t, there, 1, func(context.Context, []byte) []byte { <-release; return nil })
	defer close(release)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := here.Request(ctx, 1, "topic", nil); !errors.Is(err, context.DeadlineExceeded) {
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
	got, err := here.Request(t.Context(), 1, "topic", payload)
	if err != nil || !bytes.Equal(got, kept) || len(got) != len(payload) {
		t.Errorf("the largest payload came back with %d bytes, %v", len(got), err)
	}
	if payload[0] != 'x' {
		t.Error("the handler wrote into the asker's payload")
	}
	if _, err := here.Request(t.Context(), 1, "topic", append(payload, 'x')); !errors.Is(err, bus.ErrTooLarge) {
		t.Errorf("Request with a larger one: %v, want ErrTooLarge", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if _, err := here.Request(ctx, 2, "topic", nil); !errors.Is(err, bus.ErrTooLarge) {
		t.Errorf("Request with a larger answer: %v, want ErrTooLarge", err)
	}
}

func panickingHandler(t *testing.T, here, there bus.Bus) {
	stop, err := there.Handle(7, "topic", func(_ context.Context, payload []byte) []byte {
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
		if _, err := here.Request(ctx, 7, "topic", []byte("bad")); !errors.Is(err, bus.ErrFailed) {
			t.Errorf("got %v, want ErrFailed", err)
		}
		if got, err := here.Request(ctx, 7, "topic", []byte("good")); err != nil || string(got) != "good" {
			t.Errorf("the neighbour: got %q and %v", got, err)
		}
		cancel()
	}
	stop()
}
