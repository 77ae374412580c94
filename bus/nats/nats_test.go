package nats_test

import (
	"bytes"
	"context"
	"errors"
	"net"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	client "github.com/nats-io/nats.go"

	"github.com/dragoman-gateway/dragoman/bus"
	"github.com/dragoman-gateway/dragoman/bus/bustest"
	"github.com/dragoman-gateway/dragoman/bus/nats"
)

// broker is a NATS server of a test's own, whose port stays its own.
type broker struct {
	t       *testing.T
	options server.Options
	server  *server.Server
}

func newBroker(t *testing.T) *broker {
	t.Helper()
	b := &broker{t: t, options: server.Options{Host: "127.0.0.1", Port: server.RANDOM_PORT, NoLog: true, NoSigs: true, Username: "node", Password: "hunter2"}}
	b.start()
	b.options.Port = b.server.Addr().(*net.TCPAddr).Port
	t.Cleanup(func() { b.stop() })
	return b
}

func (b *broker) start() {
	b.t.Helper()
	options := b.options // the server writes into it
	s, err := server.NewServer(&options)
	if err != nil {
		b.t.Fatal(err)
	}
	go s.Start()
	if !s.ReadyForConnections(20 * time.Second) {
		b.t.Fatal("the broker does not start")
	}
	b.server = s
}

func (b *broker) stop() {
	b.server.Shutdown()
	b.server.WaitForShutdown()
}

func (b *broker) url() string {
	return "nats://node:hunter2@127.0.0.1:" + strconv.Itoa(b.options.Port)
}

func (b *broker) join(t *testing.T, change ...func(*nats.Options)) *nats.Bus {
	t.Helper()
	o := nats.Options{URLs: b.url(), Fleet: "fleet", Secret: []byte("secret")}
	for _, c := range change {
		c(&o)
	}
	joined, err := nats.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { joined.Close() })
	return joined
}

func TestBus(t *testing.T) {
	b := newBroker(t)
	bustest.Test(t, func(t *testing.T) (here, there bus.Bus) { return b.join(t), b.join(t) })
}

func echo(_ context.Context, payload []byte) []byte { return bytes.Clone(payload) }

func handle(t *testing.T, b bus.Bus, answer func(context.Context, []byte) []byte) {
	t.Helper()
	stop, err := b.Handle(1, "topic", answer)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
}

// Two fleets on one broker hear nothing of each other, whatever the other knows.
func TestFleetsAreApart(t *testing.T) {
	b := newBroker(t)
	ours := b.join(t)
	handle(t, ours, echo)
	other := b.join(t, func(o *nats.Options) { o.Fleet = "another" })
	if _, err := other.Request(t.Context(), 1, "topic", nil); !errors.Is(err, bus.ErrNoNode) {
		t.Errorf("another fleet: got %v, want ErrNoNode", err)
	}
	liar := b.join(t, func(o *nats.Options) { o.Secret = []byte("guessed") })
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if _, err := liar.Request(ctx, 1, "topic", nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("who has no key: got %v, want no answer", err)
	}
	if forged, _ := ours.Dropped(); forged != 1 {
		t.Errorf("%d messages were dropped, want 1", forged)
	}
}

// The broker can say nothing: neither what it has heard once more, nor to somebody else, nor
// changed.
func TestTheBrokerCannotSpeak(t *testing.T) {
	b := newBroker(t)
	here, there := b.join(t), b.join(t)
	var mu sync.Mutex
	var heard []string
	handle(t, there, func(_ context.Context, payload []byte) []byte {
		mu.Lock()
		defer mu.Unlock()
		heard = append(heard, string(payload))
		return payload
	})
	spy, err := client.Connect(b.url())
	if err != nil {
		t.Fatal(err)
	}
	defer spy.Close()
	seen := make(chan *client.Msg, 10)
	if _, err := spy.ChanSubscribe("dragoman.*.r.>", seen); err != nil || spy.Flush() != nil {
		t.Fatal(err)
	}
	if _, err := here.Request(t.Context(), 1, "topic", []byte("first")); err != nil {
		t.Fatal(err)
	}
	original := <-seen
	for name, m := range map[string]*client.Msg{
		"once more":    {Subject: original.Subject, Data: original.Data},
		"changed":      {Subject: original.Subject, Data: append(bytes.Clone(original.Data[:len(original.Data)-1]), original.Data[len(original.Data)-1]^1)},
		"short":        {Subject: original.Subject, Data: original.Data[:10]},
		"empty":        {Subject: original.Subject},
		"a new layout": {Subject: original.Subject, Data: append([]byte{99}, original.Data[1:]...)},
	} {
		before, _ := there.Dropped()
		if err := errors.Join(spy.PublishMsg(m), spy.Flush()); err != nil {
			t.Fatal(err)
		}
		// What is asked after it is answered after it.
		if _, err := here.Request(t.Context(), 1, "topic", []byte("next")); err != nil {
			t.Fatal(err)
		}
		if after, _ := there.Dropped(); after != before+1 {
			t.Errorf("%s: %d messages were dropped, want 1", name, after-before)
		}
	}
	mu.Lock()
	defer mu.Unlock()
	if len(heard) != 6 || heard[0] != "first" || heard[5] != "next" {
		t.Errorf("the node heard %q", heard)
	}
}

// While the broker is away nothing is kept for later; when it is back all goes on.
func TestTheBrokerGoesAndComes(t *testing.T) {
	b := newBroker(t)
	here, there := b.join(t), b.join(t)
	handle(t, there, echo)
	if here.Connected() == 0 {
		t.Error("the bus says that it is not connected")
	}
	b.stop()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	for here.Connected() != 0 {
		select {
		case <-time.After(5 * time.Millisecond):
		case <-ctx.Done():
			t.Fatal("the bus does not notice that the broker has gone")
		}
	}
	if err := here.Announce(ctx, "topic", nil); err == nil {
		t.Error("an announcement to nobody was taken")
	}
	asked, stop := context.WithTimeout(t.Context(), 5*time.Second)
	defer stop()
	if _, err := here.Request(asked, 1, "topic", []byte("lost")); !errors.Is(err, bus.ErrAway) {
		t.Errorf("a request to nobody: got %v, want ErrAway", err)
	}
	b.start()
	for {
		got, err := here.Request(ctx, 1, "topic", []byte("again"))
		if err == nil && string(got) == "again" {
			break
		}
		if ctx.Err() != nil {
			t.Fatalf("the bus does not come back: %v", err)
		}
		<-time.After(20 * time.Millisecond)
	}
}

// A node that starts before the broker is on the bus when that is there.
func TestTheBrokerComesLater(t *testing.T) {
	b := newBroker(t)
	b.stop()
	here := b.join(t)
	handle(t, here, echo)
	b.start()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for {
		if _, err := here.Request(ctx, 1, "topic", nil); err == nil {
			return
		} else if ctx.Err() != nil {
			t.Fatalf("it does not come: %v", err)
		}
		<-time.After(20 * time.Millisecond)
	}
}
