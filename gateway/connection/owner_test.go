package connection

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dragoman-gateway/dragoman/bus"
	"github.com/dragoman-gateway/dragoman/bus/local"
)

// leases are what a test says of the other node.
type leases struct {
	until     time.Time // the lease is over then
	lost      bool
	unleased  bool // there is none
	asked     int
	confirmed int
	unknown   error // of Live
	refused   error // of Lose
	fenced    bool
	doubted   bool
}

func (l *leases) Doubts(Node) bool { return l.doubted }

func (l *leases) Serves() bool { return !l.fenced }

func (l *leases) Live(context.Context, Node) (bool, error) {
	l.asked++
	return !l.unleased && !l.lost && time.Now().Before(l.until), l.unknown
}

func (l *leases) Lost(ctx context.Context, n Node) (bool, error) {
	live, err := l.Live(ctx, n)
	return !live && !l.unleased, err
}

func (l *leases) Confirm(context.Context) error {
	l.confirmed++
	return l.unknown
}

func (l *leases) Lose(context.Context, Node) error {
	l.lost = l.refused == nil
	return l.refused
}

// since is a bus that its node has joined some time ago.
type since struct {
	bus.Bus
	joined time.Time
}

func (s since) Connected() time.Duration { return time.Since(s.joined) }

// asker is one node that looks for clients of another.
type asker struct {
	*Fleet
	leases *leases
	broker *local.Bus
	there  *Registry
}

const other = Node(2)

// whenAsked runs a test with a clock of its own, on a bus that the asker has joined some
// time ago. The other node is not on the bus yet.
func whenAsked(t *testing.T, joined time.Duration, test func(t *testing.T, a *asker)) {
	synctest.Test(t, func(t *testing.T) {
		a := &asker{leases: &leases{until: time.Now().Add(time.Hour)}, broker: local.New(), there: NewRegistry(other)}
		defer a.broker.Close()
		var err error
		if a.Fleet, err = NewFleet(NewRegistry(1), since{a.broker, time.Now().Add(-joined)}, a.leases); err != nil {
			t.Fatal(err)
		}
		defer a.Close()
		test(t, a)
	})
}

// join has the other node on the bus.
func (a *asker) join(t *testing.T) {
	d, err := NewFleet(a.there, a.broker, nil)
	if err != nil {
		t.Error(err)
		return
	}
	t.Cleanup(d.Close)
}

// calls are all that can be asked of a connection.
var calls = map[string]func(a *asker, id string) error{
	"POST":   func(a *asker, id string) error { return a.Send(context.Background(), home, id, []byte("hello")) },
	"GET":    func(a *asker, id string) error { _, err := a.Info(context.Background(), home, id); return err },
	"DELETE": func(a *asker, id string) error { return a.Disconnect(context.Background(), home, id, 1000, "") },
	"find":   func(a *asker, id string) error { _, err := a.Find(context.Background(), id); return err },
}

// What it means that nobody answers for a node.
func TestMissingOwner(t *testing.T) {
	broken := errors.New("the store is away")
	for _, row := range []struct {
		name   string
		joined time.Duration // the asker, so long ago
		leases func(*leases)
		want   error
		after  time.Duration
		lost   bool
	}{
		{"its lease is over", time.Hour, func(l *leases) { l.until = time.Now() }, ErrGone, 0, false},
		{"its lease is over, and the asker has just come", 0, func(l *leases) { l.until = time.Now() }, ErrGone, 0, false},
		{"it has no lease", time.Hour, func(l *leases) { l.unleased, l.doubted = true, true }, ErrGone, 0, false},
		{"it was lost before", time.Hour, func(l *leases) { l.lost = true }, ErrGone, 0, true},
		{"its lease ends meanwhile", time.Hour, func(l *leases) { l.until = time.Now().Add(500 * time.Millisecond) }, ErrGone, 500 * time.Millisecond, false},
		{"its lease is live", time.Hour, func(*leases) {}, ErrGone, again, true},
		{"its lease is live, and the asker has come a while ago", settled + time.Millisecond - again, func(*leases) {}, ErrGone, again, true},
		{"its lease is live, and the asker may be the one cut off", settled - again - time.Millisecond, func(*leases) {}, ErrUnreachable, again, false},
		{"its lease is live, and the asker has just come", 0, func(*leases) {}, ErrUnreachable, again, false},
		{"nobody knows of its lease", time.Hour, func(l *leases) { l.unknown = broken }, ErrUnreachable, 0, false},
		{"it cannot be recorded as lost", time.Hour, func(l *leases) { l.refused = broken }, ErrUnreachable, again, false},
	} {
		for method, call := range calls {
			t.Run(row.name+" "+method, func(t *testing.T) {
				whenAsked(t, row.joined, func(t *testing.T, a *asker) {
					row.leases(a.leases)
					began := time.Now()
					err := call(a, other.NewID().String())
					if took := time.Since(began); !errors.Is(err, row.want) || took < row.after || took > row.after+askEvery {
						t.Errorf("got %v after %v, want %v after %v", err, took, row.want, row.after)
					}
					if errors.Is(err, ErrGone) && errors.Is(err, ErrUnreachable) {
						t.Errorf("%v is both a yes and a no", err)
					}
					if a.leases.lost != row.lost {
						t.Errorf("lost: got %v, want %v", a.leases.lost, row.lost)
					}
					gone, unheard := a.Requests.Gone.Load(), a.Requests.Unheard.Load()
					if want := row.want == ErrGone; (gone == 1) != want || (unheard == 1) == want {
						t.Errorf("counted %d gone and %d unheard", gone, unheard)
					}
				})
			})
		}
	}
}

// One that joins the bus while it is asked again is told once.
func TestOwnerThatComesBack(t *testing.T) {
	whenAsked(t, time.Hour, func(t *testing.T, a *asker) {
		c, sender := connect(t, a.there)
		time.AfterFunc(700*time.Millisecond, func() { a.join(t) })
		if err := calls["POST"](a, c.ID); err != nil {
			t.Errorf("got %v, want that the client is told", err)
		}
		if len(sender.texts) != 1 || a.leases.lost || a.Requests.Answered.Load() != 1 {
			t.Errorf("the client got %q; lost: %v", sender.texts, a.leases.lost)
		}
	})
}

// One that holds its number by the bus, since it began while the leases were away, is asked: that it has
// no lease yet says nothing of its clients.
func TestOwnerWithoutALease(t *testing.T) {
	whenAsked(t, time.Hour, func(t *testing.T, a *asker) {
		a.leases.unleased, a.leases.doubted = true, true
		a.join(t)
		c, sender := connect(t, a.there)
		if err := calls["POST"](a, c.ID); err != nil || len(sender.texts) != 1 {
			t.Errorf("got %v, and the client got %q; want that it is told", err, sender.texts)
		}
	})
}

// absent is a bus whose broker is away until some moment.
type absent struct {
	bus.Bus
	until time.Time
}

func (a absent) Request(ctx context.Context, node uint32, topic string, payload []byte) ([]byte, error) {
	if time.Now().Before(a.until) {
		return nil, bus.ErrAway
	}
	return a.Bus.Request(ctx, node, topic, payload)
}

// While the broker is away nobody is asked of leases: a client is told once when it is back within
// a second, and nobody knows after that.
func TestTheBrokerIsAwayForAMoment(t *testing.T) {
	for name, row := range map[string]struct {
		away time.Duration
		want error
	}{"within a second": {800 * time.Millisecond, nil}, "for longer": {time.Hour, ErrUnreachable}} {
		whenAsked(t, time.Hour, func(t *testing.T, a *asker) {
			a.join(t)
			c, sender := connect(t, a.there)
			a.Fleet.bus = absent{a.broker, time.Now().Add(row.away)}
			began := time.Now()
			err := calls["POST"](a, c.ID)
			if took := time.Since(began); !errors.Is(err, row.want) || took > again+askEvery {
				t.Errorf("%s: got %v after %v, want %v", name, err, took, row.want)
			}
			if told := len(sender.texts); (told == 1) != (row.want == nil) || a.leases.lost || a.leases.asked > 0 {
				t.Errorf("%s: the client was told %d times; the leases were asked %d times", name, told, a.leases.asked)
			}
		})
	}
}

// One that does not answer in time is an error for the caller, and counted; if its lease is over,
// as that of a process which is stopped, it is gone, and nobody who knows waits for it.
func TestSilentOwner(t *testing.T) {
	for _, row := range []struct {
		name   string
		leases func(*leases)
		want   error
		after  time.Duration
	}{
		{"its lease is live", func(*leases) {}, ErrUnreachable, silence},
		{"its lease is live, and was not lately", func(l *leases) { l.doubted = true }, ErrUnreachable, silence},
		{"its lease is over", func(l *leases) { l.until = time.Now() }, ErrGone, silence},
		{"its lease has been over", func(l *leases) { l.until, l.doubted = time.Now(), true }, ErrGone, 0},
		{"it has no lease", func(l *leases) { l.unleased, l.doubted = true, true }, ErrUnreachable, silence},
	} {
		for method, call := range calls {
			t.Run(row.name+" "+method, func(t *testing.T) {
				whenAsked(t, time.Hour, func(t *testing.T, a *asker) {
					stop, err := a.broker.Handle(uint32(other), topic, func(ctx context.Context, _ []byte) []byte {
						time.Sleep(time.Minute)
						return encodeReply(Info{}, nil)
					})
					if err != nil {
						t.Fatal(err)
					}
					defer stop()
					row.leases(a.leases)
					began := time.Now()
					if err := call(a, other.NewID().String()); !errors.Is(err, row.want) || errors.Is(err, ErrGone) != (row.want == ErrGone) || time.Since(began) != row.after {
						t.Errorf("got %v after %v, want %v after %v", err, time.Since(began), row.want, row.after)
					}
					if silent := a.Requests.Silent.Load(); a.leases.lost || (silent == 1) != (row.want == ErrUnreachable) {
						t.Errorf("lost: %v, counted %d", a.leases.lost, silent)
					}
				})
			})
		}
	}
}

// A caller that leaves first is not told anything, and nobody is called lost for it.
func TestAskerLeaves(t *testing.T) {
	whenAsked(t, time.Hour, func(t *testing.T, a *asker) {
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		defer cancel()
		if err := a.Send(ctx, home, other.NewID().String(), nil); !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, ErrGone) {
			t.Errorf("got %v, want the end of the caller's context", err)
		}
		if a.leases.lost {
			t.Error("the node was called lost")
		}
	})
}

// Gone is final: what a node that was lost has connected takes no message and is closed,
// and one that was being let in never comes to be.
func TestGoneIsFinal(t *testing.T) {
	whenAsked(t, time.Hour, func(t *testing.T, a *asker) {
		c, sender := connect(t, a.there)
		c.ConnectedAt = time.Now()
		entering := &Connection{ID: a.there.NewID(), ApiID: "api", Stage: "prod", ConnectedAt: time.Now(), Sender: &client{}}
		if err := calls["POST"](a, c.ID); !errors.Is(err, ErrGone) {
			t.Fatalf("got %v, want ErrGone", err)
		}
		if closed := a.there.Lose(1001, "Going away"); closed != 1 || len(sender.closed) != 1 || sender.closed[0] != "1001 Going away" {
			t.Errorf("%d clients were closed, with %q; want one, with 1001", closed, sender.closed)
		}
		if err := a.there.Add(entering); !errors.Is(err, ErrGone) {
			t.Errorf("a client that came before: %v, want ErrGone", err)
		}
		a.leases.lost = false // it lives again, without them
		a.join(t)
		for method, call := range calls {
			for _, id := range []string{c.ID, entering.ID} {
				if err := call(a, id); !errors.Is(err, ErrGone) {
					t.Errorf("%s: got %v, want ErrGone for ever", method, err)
				}
			}
		}
		if len(sender.texts) != 0 {
			t.Errorf("a client that was called gone got %q", sender.texts)
		}
		time.Sleep(time.Millisecond)
		later := &Connection{ID: a.there.NewID(), ApiID: "api", Stage: "prod", ConnectedAt: time.Now(), Sender: &client{}}
		if err := a.there.Add(later); err != nil {
			t.Errorf("Add: %v", err)
		}
		if err := calls["POST"](a, later.ID); err != nil {
			t.Errorf("a client that came later: %v", err)
		}
	})
}
