package connection

import (
	"bytes"
	"context"
	"errors"
	"reflect"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/dragoman-gateway/dragoman/bus/local"
	"github.com/dragoman-gateway/dragoman/exchange"
)

// A broadcast reaches clients of this node and of another, each once, and tells of each what a
// call for it alone would.
func TestBroadcast(t *testing.T) {
	here, there := fleet(t)
	mine, a := connect(t, here.registry)
	theirs, b := connect(t, there)
	full, slow := connect(t, there)
	slow.err = ErrFull
	gone := there.NewID()
	got := here.Broadcast(t.Context(), home, []string{mine.ID, theirs.ID, "nonsense", mine.ID, full.ID, "nonsense", gone}, []byte("to all"))
	want := []Outcome{{mine.ID, nil}, {theirs.ID, nil}, {"nonsense", ErrGone}, {full.ID, ErrFull}, {gone, ErrGone}}
	for i := range want {
		if len(got) != len(want) || got[i].ID != want[i].ID || !errors.Is(got[i].Err, want[i].Err) {
			t.Fatalf("got %v, want %v", got, want)
		}
	}
	if !slices.Equal(a.texts, []string{"to all"}) || !slices.Equal(b.texts, []string{"to all"}) {
		t.Errorf("the clients got %q and %q", a.texts, b.texts)
	}
	if got := here.Broadcast(t.Context(), Place{"api", "test"}, []string{mine.ID, theirs.ID}, nil); got[0].Err != ErrGone || got[1].Err != ErrGone {
		t.Errorf("clients of another stage: %v", got)
	}
	missing := Node(3).NewID().String()
	if got := here.Broadcast(t.Context(), home, []string{missing}, nil); len(got) != 1 || !errors.Is(got[0].Err, ErrGone) {
		t.Errorf("a client of no node: %v", got)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if got := here.Broadcast(ended, home, []string{mine.ID}, []byte("late")); got[0].Err == nil || len(a.texts) != 1 {
		t.Errorf("for an asker that has gone: %v, and the client got %q", got, a.texts)
	}
}

// A broadcast for those that fit is for all that do, at every node, and for nobody else.
func TestBroadcastTo(t *testing.T) {
	here, there := fleet(t)
	here.Others = func(context.Context) ([]Node, error) { return []Node{there.Node()}, nil }
	got := map[*client]string{}
	add := func(r *Registry, name, route, query string, context exchange.Values) {
		c, sender := connect(t, r)
		c.Query, c.Authorizer = query, context
		if route != "" {
			c.Route.Store(&route)
		}
		got[sender] = name
	}
	add(here.registry, "a", "chat", "room=7&lang=de&room=8", exchange.Values{{Name: "tenant", Value: "t1"}, {Name: "level", Value: int64(3)}})
	add(there, "b", "chat", "room=8", nil)
	add(there, "c", "", "room=7", exchange.Values{{Name: "tenant", Value: "t2"}})
	for _, row := range []struct {
		pick Pick
		want []string
	}{
		{Pick{}, []string{"a", "b", "c"}},
		{Pick{Routes: []string{"chat", "other"}}, []string{"a", "b"}},
		{Pick{Query: []Pair{{"room", "7"}}}, []string{"a", "c"}},
		{Pick{Query: []Pair{{"room", "8"}}}, []string{"a", "b"}},
		{Pick{Query: []Pair{{"room", "7"}, {"lang", "de"}}}, []string{"a"}},
		{Pick{Context: []Pair{{"tenant", "t2"}}}, []string{"c"}},
		{Pick{Context: []Pair{{"level", "3"}}, Routes: []string{"chat"}}, []string{"a"}},
		{Pick{Query: []Pair{{"room", ""}}}, nil},
	} {
		outcomes, silent, err := here.BroadcastTo(t.Context(), home, row.pick, []byte("x"))
		var reached []string
		for sender, name := range got {
			if len(sender.texts) > 0 {
				reached = append(reached, name)
			}
			sender.texts = nil
		}
		if slices.Sort(reached); !slices.Equal(reached, row.want) || len(outcomes) != len(row.want) || len(silent) > 0 || err != nil {
			t.Errorf("%+v reached %v (%v, %v, %v), want %v", row.pick, reached, outcomes, silent, err, row.want)
		}
	}
	here.Others = func(context.Context) ([]Node, error) { return []Node{there.Node(), 9}, nil }
	here.owners = unknown{}
	if outcomes, silent, err := here.BroadcastTo(t.Context(), home, Pick{}, nil); len(outcomes) != 3 || !slices.Equal(silent, []string{Node(9).String()}) || err != nil {
		t.Errorf("with a node that nobody hears: %v, silent %v, %v", outcomes, silent, err)
	}
	here.Others = func(context.Context) ([]Node, error) { return nil, errors.New("the store is away") }
	if _, _, err := here.BroadcastTo(t.Context(), home, Pick{}, nil); !errors.Is(err, ErrUnreachable) {
		t.Errorf("without knowing the nodes: %v", err)
	}
}

// unknown are owners that cannot tell of any node.
type unknown struct{}

func (unknown) Live(context.Context, Node) (bool, error) { return false, errors.New("away") }
func (unknown) Lost(context.Context, Node) (bool, error) { return false, errors.New("away") }
func (unknown) Lose(context.Context, Node) error         { return errors.New("away") }
func (unknown) Confirm(context.Context) error            { return nil }
func (unknown) Serves() bool                             { return true }
func (unknown) Doubts(Node) bool                         { return true }

func TestShares(t *testing.T) {
	n := Node(7)
	for _, s := range []share{
		{at: home, ids: []ID{n.NewID(), n.NewID()}, data: []byte("hello")},
		{at: home, pick: &Pick{}, data: []byte{}},
		{at: Place{"a", "s"}, pick: &Pick{Routes: []string{"x"}, Query: []Pair{{"a", "b"}, {"", ""}}, Context: []Pair{{"c", "d"}}}, data: []byte("hello"), part: 2, parts: 3},
	} {
		b := s.encode()
		if got, err := decodeShare(b); err != nil || !reflect.DeepEqual(got.at, s.at) || !slices.Equal(got.ids, s.ids) || string(got.data) != string(s.data) || !reflect.DeepEqual(got.pick, s.pick) || got.part != s.part || got.parts != s.parts {
			t.Errorf("got %+v %+v (%v), want %+v", got, got.pick, err, s)
		}
		for cut := range b {
			if got, err := decodeShare(b[:cut]); err == nil && (len(got.ids) > 0 || got.pick != nil) {
				t.Errorf("%d bytes of %d are read as %+v", cut, len(b), got)
			}
		}
	}
}

// Whatever another node says, or somebody in its name, is read or refused.
func FuzzShares(f *testing.F) {
	s := share{at: home, pick: &Pick{Routes: []string{"x"}, Query: []Pair{{"a", "b"}}}, data: []byte("hello")}
	f.Add(s.encode())
	f.Add(done{ids: []ID{Node(1).NewID()}, errs: []error{nil}}.encode())
	f.Add(done{parts: 3}.encode())
	f.Add([]byte{version, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, b []byte) {
		if s, err := decodeShare(b); err == nil {
			if _, err := decodeShare(s.encode()); err != nil {
				t.Errorf("%x was read, and what it says is not: %v", b, err)
			}
		}
		if d, err := decodeShared(b); err == nil && len(d.ids) != len(d.errs) {
			t.Errorf("%x: %d ids and %d outcomes", b, len(d.ids), len(d.errs))
		}
	})
}

// A process that is alone asks nobody.
func TestBroadcastOfOneNode(t *testing.T) {
	b := local.New()
	defer b.Close()
	d, err := NewFleet(NewRegistry(1), b, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	_, sender := connect(t, d.registry)
	if outcomes, silent, err := d.BroadcastTo(t.Context(), home, Pick{}, []byte{0xff}); len(outcomes) != 1 || silent != nil || err != nil || len(sender.binary) != 1 {
		t.Errorf("got %v, %v, %v; the client got %q", outcomes, silent, err, sender.binary)
	}
}

// counting counts what it gets, and failing panics.
type (
	counting struct {
		client
		got atomic.Int32
	}
	failing struct{ client }
)

func (c *counting) WriteText([]byte) error { c.got.Add(1); return nil }
func (*failing) WriteText([]byte) error    { panic("a client") }

// Clients of one node that are more than one request is for get it all the same, each once.
func TestBroadcastToACrowd(t *testing.T) {
	here, there := fleet(t)
	here.Others = func(context.Context) ([]Node, error) { return []Node{there.Node()}, nil }
	const many = 3 * mostShared
	clients := make([]counting, many)
	ids := make([]string, many)
	for i := range clients {
		ids[i] = there.NewID()
		if err := there.Add(&Connection{ID: ids[i], ApiID: home.ApiID, Stage: home.Stage, Sender: &clients[i]}); err != nil {
			t.Fatal(err)
		}
	}
	data := bytes.Repeat([]byte("x"), 128<<10)
	check := func(what string, outcomes []Outcome, silent []string, err error) {
		t.Helper()
		if len(outcomes) != many || len(silent) > 0 || err != nil {
			t.Fatalf("%s: %d outcomes, silent %v, %v", what, len(outcomes), silent, err)
		}
		for _, o := range outcomes {
			if o.Err != nil {
				t.Fatalf("%s: %v", what, o)
			}
		}
		for i := range clients {
			if n := clients[i].got.Swap(0); n != 1 {
				t.Fatalf("%s: a client got it %d times", what, n)
			}
		}
	}
	check("by their ids", here.Broadcast(t.Context(), home, ids, data), nil, nil)
	outcomes, silent, err := here.BroadcastTo(t.Context(), home, Pick{}, data)
	check("by what they are", outcomes, silent, err)
}

// What a panic has interrupted is not told as done.
func TestAPanicWithinABroadcast(t *testing.T) {
	here, _ := fleet(t)
	mine, _ := connect(t, here.registry)
	mine.Sender = new(failing)
	if got := here.Broadcast(t.Context(), home, []string{mine.ID}, nil); len(got) != 1 || !errors.Is(got[0].Err, ErrUnreachable) {
		t.Errorf("by its id: %v", got)
	}
	if got, silent, err := here.BroadcastTo(t.Context(), home, Pick{}, nil); len(got) != 0 || !slices.Equal(silent, []string{here.registry.Node().String()}) || err != nil {
		t.Errorf("by what it is: %v, silent %v, %v", got, silent, err)
	}
}
