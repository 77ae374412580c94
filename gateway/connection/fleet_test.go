package connection

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/dragoman-gateway/dragoman/bus"
	"github.com/dragoman-gateway/dragoman/bus/local"
	"github.com/dragoman-gateway/dragoman/record/mask"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var home = Place{"api", "prod"}

// fleet is two nodes on one bus.
func fleet(t *testing.T) (here *Fleet, there *Registry) {
	t.Helper()
	here, other, _ := nodes(t)
	return here, other.registry
}

func nodes(t *testing.T) (here, there *Fleet, b bus.Bus) {
	t.Helper()
	on := local.New()
	t.Cleanup(func() { on.Close() })
	join := func(n Node) *Fleet {
		d, err := NewFleet(NewRegistry(n), on, nil)
		if err != nil {
			t.Fatalf("NewFleet: %v", err)
		}
		t.Cleanup(d.Close)
		return d
	}
	return join(1), join(2), on
}

// Who records what it sends to a client of another node shows of it what that node lets it,
// and nothing where that says nothing or is older. The client gets all of it, once.
func TestWhatOtherNodesShow(t *testing.T) {
	here, there, b := nodes(t)
	client, sender := connect(t, there.registry)
	own, _ := connect(t, here.registry)
	send := func(id, want string, problem error) {
		t.Helper()
		shown, err := here.SendShown(t.Context(), home, id, []byte("secret"))
		if string(shown) != want || !errors.Is(err, problem) {
			t.Errorf("got %q %v, want %q %v", shown, err, want, problem)
		}
	}
	send(client.ID, "", nil) // it has nobody who shows
	there.Show = func(_ *mask.Secrets, data []byte) []byte { return append([]byte("hidden: "), data[:2]...) }
	send(client.ID, "hidden: se", nil)
	send(own.ID, "", nil)
	send("nonsense", "", ErrGone)
	sender.err = ErrFull
	send(client.ID, "", ErrFull)
	sender.err = nil
	if len(sender.texts) != 3 { // the one that was full notes it too
		t.Errorf("the client got %q, want it each time once", sender.texts)
	}
	// A node of the version before.
	there.Close()
	stop, err := b.Handle(2, topic, func(ctx context.Context, payload []byte) []byte {
		if payload[1] == byte(opShow) {
			return encodeReply(Info{}, errMalformed)
		}
		return there.answer(ctx, payload)
	})
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	send(client.ID, "", nil)
	if len(sender.texts) != 4 {
		t.Errorf("the client got %q, want it from an older node too", sender.texts)
	}
}

// Every outcome is the same for a connection of this node and of another.
func TestFleet(t *testing.T) {
	here, there := fleet(t)
	for name, r := range map[string]*Registry{"this node": here.registry, "another node": there} {
		t.Run(name, func(t *testing.T) {
			c, sender := connect(t, r)
			ctx := t.Context()
			if err := here.Send(ctx, home, c.ID, []byte("héllo")); err != nil {
				t.Errorf("Send: %v", err)
			}
			if err := here.Send(ctx, home, c.ID, nil); err != nil {
				t.Errorf("Send of nothing: %v", err)
			}
			if err := here.Send(ctx, home, c.ID, []byte{0xff, 0}); err != nil {
				t.Errorf("Send of bytes: %v", err)
			}
			if !slices.Equal(sender.texts, []string{"héllo", ""}) || !slices.Equal(sender.binary, []string{"\xff\x00"}) {
				t.Errorf("the client got %q and %q", sender.texts, sender.binary)
			}
			want := Info{time.UnixMilli(1000), time.UnixMilli(2000), "192.0.2.1", "wscat", home}
			if got, err := here.Info(ctx, home, c.ID); err != nil || got != want {
				t.Errorf("Info: %v, %v, want %v", got, err, want)
			}
			if got, err := here.Find(ctx, c.ID); err != nil || got != home {
				t.Errorf("Find: %v, %v, want %v", got, err, home)
			}
			for _, failure := range []error{ErrGone, ErrFull, ErrTooLarge} {
				sender.err = failure
				if err := here.Send(ctx, home, c.ID, []byte("a")); !errors.Is(err, failure) {
					t.Errorf("Send: %v, want %v", err, failure)
				}
			}
			for _, elsewhere := range []Place{{}, {"api", "test"}, {"other", "prod"}} {
				if _, err := here.Info(ctx, elsewhere, c.ID); !errors.Is(err, ErrGone) {
					t.Errorf("Info at %v: %v, want ErrGone", elsewhere, err)
				}
			}
			if err := here.Disconnect(ctx, home, c.ID, 1000, "Connection Closed Normally"); err != nil {
				t.Errorf("Disconnect: %v", err)
			}
			if !slices.Equal(sender.closed, []string{"1000 Connection Closed Normally"}) {
				t.Errorf("the client was closed with %q", sender.closed)
			}
			if err := here.Send(ctx, home, c.ID, nil); !errors.Is(err, ErrGone) {
				t.Errorf("Send after Disconnect: %v, want ErrGone", err)
			}
			if _, err := here.Find(ctx, c.ID); !errors.Is(err, ErrGone) {
				t.Errorf("Find after Disconnect: %v, want ErrGone", err)
			}
			if err := here.Disconnect(ctx, home, c.ID, 1000, ""); !errors.Is(err, ErrGone) {
				t.Errorf("Disconnect again: %v, want ErrGone", err)
			}
		})
	}
}

func TestFleetFindsNobody(t *testing.T) {
	here, _ := fleet(t)
	for name, id := range map[string]string{
		"no id":                   "nonsense",
		"never added":             here.registry.NewID(),
		"never added, over there": Node(2).NewID().String(),
		"a node that is no more":  Node(3).NewID().String(),
	} {
		if err := here.Send(t.Context(), home, id, nil); !errors.Is(err, ErrGone) {
			t.Errorf("%s: %v, want ErrGone", name, err)
		}
		if _, err := here.Find(t.Context(), id); !errors.Is(err, ErrGone) {
			t.Errorf("%s: Find: %v, want ErrGone", name, err)
		}
	}
}

func TestNodeTaken(t *testing.T) {
	here, _ := fleet(t)
	if _, err := NewFleet(NewRegistry(2), here.bus, nil); !errors.Is(err, bus.ErrTaken) {
		t.Errorf("a second node 2: %v, want ErrTaken", err)
	}
}

// strange is a bus whose node answers whatever it likes.
type strange struct {
	bus.Bus
	reply []byte
	err   error
}

func (s strange) Request(ctx context.Context, _ uint32, _ string, _ []byte) ([]byte, error) {
	if s.err == context.DeadlineExceeded {
		<-ctx.Done()
	}
	return s.reply, s.err
}

func TestNodeMisbehaves(t *testing.T) {
	here, _ := fleet(t)
	id := Node(9).NewID().String()
	for name, s := range map[string]strange{
		"empty reply":       {},
		"another version":   {reply: []byte{version + 1, 0}},
		"unknown outcome":   {reply: []byte{version, 200}},
		"half an info":      {reply: encodeReply(Info{SourceIP: "192.0.2.1"}, nil)[:20]},
		"more than an info": {reply: append(encodeReply(Info{SourceIP: "192.0.2.1"}, nil), 0)},
		"broken bus":        {err: errors.New("no route")},
	} {
		here.bus = s
		if _, err := here.Info(t.Context(), home, id); !errors.Is(err, ErrUnreachable) {
			t.Errorf("%s: %v, want ErrUnreachable", name, err)
		}
	}
	here.bus = strange{err: context.DeadlineExceeded}
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if _, err := here.Info(ctx, home, id); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("no answer: %v, want the deadline", err)
	}
	if reply := here.answer(t.Context(), []byte("nonsense")); slices.Equal(reply, []byte{version, 0}) {
		t.Error("nonsense was answered as if it had been done")
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(call{op: opSend, id: ID{1}, at: home, data: []byte("a")}.encode())
	f.Add(encodeReply(Info{SourceIP: "192.0.2.1"}, nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		if c, err := decodeCall(b); err == nil && string(c.encode()) != string(b) {
			t.Errorf("%x was read as %+v", b, c)
		}
		_, _ = decodeReply(b)
	})
}
