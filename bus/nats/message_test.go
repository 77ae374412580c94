package nats

import (
	"bytes"
	"testing"
	"time"

	"github.com/dragoman-gateway/dragoman/bus"
)

func FuzzOpen(f *testing.F) {
	key := []byte("key")
	whole := message{kind: request, number: 7, extra: 1000, payload: []byte("payload")}
	f.Add(whole.seal(key, "s"), "s")
	f.Add([]byte{layout, byte(request)}, "")
	f.Add(bytes.Repeat([]byte{layout}, 100), "s")
	f.Fuzz(func(t *testing.T, data []byte, subject string) {
		m, err := open(key, subject, data, request, bus.MaxPayload)
		if err != nil {
			return
		}
		// Only who has the key makes one, so it is one of ours, written the one way there is.
		if again := m.seal(key, subject); !bytes.Equal(again, data) {
			t.Errorf("%x was read as %+v, which is written %x", data, m, again)
		}
	})
}

func TestMessages(t *testing.T) {
	key := []byte("key")
	m := message{kind: request, sender: [senderSize]byte{1, 2}, number: 1 << 40, extra: 5, payload: []byte("hello")}
	data := m.seal(key, "subject")
	got, err := open(key, "subject", data, request, 5)
	if err != nil || got.sender != m.sender || got.number != m.number || got.left() != 5*time.Millisecond || string(got.payload) != "hello" {
		t.Fatalf("got %+v, %v", got, err)
	}
	for name, try := range map[string]func() error{
		"another key":     func() error { _, err := open([]byte("other"), "subject", data, request, 5); return err },
		"another subject": func() error { _, err := open(key, "subjec", data, request, 5); return err },
		"another kind":    func() error { _, err := open(key, "subject", data, answer, 5); return err },
		"too large":       func() error { _, err := open(key, "subject", data, request, 4); return err },
		"cut":             func() error { _, err := open(key, "subject", data[:len(data)-1], request, 5); return err },
	} {
		if try() == nil {
			t.Errorf("%s: it was read", name)
		}
	}
	for i := range data {
		changed := bytes.Clone(data)
		changed[i] ^= 1
		if _, err := open(key, "subject", changed, request, 5); err == nil {
			t.Errorf("with byte %d changed it was read", i)
		}
	}
}

func TestOnce(t *testing.T) {
	var o once
	a, b := [senderSize]byte{1}, [senderSize]byte{2}
	for _, row := range []struct {
		sender [senderSize]byte
		number uint64
		first  bool
	}{
		{a, 10, true}, {a, 10, false}, {a, 9, true}, {a, 9, false}, {b, 10, true}, {a, 12, true}, {a, 11, true}, {a, 12, false},
		{a, 12 + window, true}, {a, 12, false}, {a, 13, true}, {a, 13, false}, {a, 12 + window, false},
		{a, 1 << 60, true}, {a, 13 + window, false}, {a, 1<<60 - 1, true}, {a, 1 << 60, false},
	} {
		if got := o.first(row.sender, row.number); got != row.first {
			t.Errorf("%v %d: got %v, want %v", row.sender[0], row.number, got, row.first)
		}
	}
	for i := range 2 * mostSenders {
		o.first([senderSize]byte{3, byte(i), byte(i >> 8)}, 1)
	}
	if len(o.senders) > mostSenders {
		t.Errorf("%d senders are remembered, want %d at most", len(o.senders), mostSenders)
	}
}

func TestSleepersDropWhatIsOld(t *testing.T) {
	var clock time.Duration
	w := &wakefulness{now: func() time.Duration { return clock }}
	if clock = 200 * time.Millisecond; w.stale(time.Millisecond) {
		t.Error("a busy machine counts as one that slept")
	}
	if w.beat() {
		t.Error("it has not slept")
	}
	clock += 20 * time.Second
	if !w.stale(5*time.Second) || w.stale(time.Minute) {
		t.Error("read before it knows that it slept: want what waits no longer to be dropped, and nothing else")
	}
	if !w.beat() || !w.stale(5*time.Second) {
		t.Error("what waited is still to be read")
	}
	clock += tick
	if !w.beat() || !w.stale(5*time.Second) {
		t.Error("it has not been read yet")
	}
	w.awake()
	if w.beat() || w.stale(5*time.Second) {
		t.Error("all has been read")
	}
}
