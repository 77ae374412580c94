package gather

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/dragoman-gateway/dragoman/bus"
	"github.com/dragoman-gateway/dragoman/bus/local"
	"github.com/dragoman-gateway/dragoman/gateway/connection"
	"github.com/dragoman-gateway/dragoman/gateway/socket"
	"github.com/dragoman-gateway/dragoman/roster"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// world is nodes 1, 2 and 3 on one bus.
type world struct {
	bus   *local.Bus
	nodes [3]*Clients
	all   []connection.Node // that live, as every node believes
	err   error             // of knowing them
}

// inWorld runs a test with a clock of its own.
func inWorld(t *testing.T, test func(t *testing.T, w *world)) {
	synctest.Test(t, func(t *testing.T) {
		w := &world{bus: local.New(), all: []connection.Node{1, 2, 3}}
		defer w.bus.Close()
		for i := range w.nodes {
			n := w.all[i]
			here, err := connection.NewFleet(connection.NewRegistry(n), w.bus, nil)
			if err != nil {
				t.Fatal(err)
			}
			g := New(Options{Node: n, Bus: w.bus, Others: func(context.Context) ([]connection.Node, error) {
				return slices.DeleteFunc(slices.Clone(w.all), func(o connection.Node) bool { return o == n }), w.err
			}})
			if w.nodes[i], err = NewClients(here, g); err != nil {
				t.Fatal(err)
			}
		}
		test(t, w)
	})
}

// quiet is a client that nothing is said to.
type quiet struct{ connection.Sender }

func (quiet) LastActive() time.Time   { return time.Time{} }
func (quiet) Traffic() socket.Traffic { return socket.Traffic{} }

// connect adds a client of an API to a node, and answers its id.
func (w *world) connect(t *testing.T, node int, api, agent string) string {
	t.Helper()
	time.Sleep(time.Second) // each is newer than the one before
	r := w.nodes[node].Registry()
	id := r.NewID()
	if err := r.Add(&connection.Connection{ID: id, ApiID: api, Stage: "prod", ConnectedAt: time.Now(), UserAgent: agent, Sender: quiet{}}); err != nil {
		t.Fatal(err)
	}
	return id
}

// shown is who is shown, as "node/id", newest first.
func shown(found []roster.Connection) []string {
	list := []string{}
	for _, c := range found {
		list = append(list, c.Node+"/"+c.ID)
	}
	return list
}

func TestClientsOfAllNodes(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a := w.connect(t, 0, "x", "")
		b := w.connect(t, 1, "x", "")
		c := w.connect(t, 2, "y", "")
		d := w.connect(t, 0, "y", "")
		for i, here := range w.nodes {
			for _, row := range []struct {
				name  string
				f     roster.Filter
				apis  []string
				want  []string
				total int
			}{
				{"all", roster.Filter{Limit: 10}, nil, []string{"000001/" + d, "000003/" + c, "000002/" + b, "000001/" + a}, 4},
				{"the newest", roster.Filter{Limit: 2}, nil, []string{"000001/" + d, "000003/" + c}, 4},
				{"of an API", roster.Filter{Limit: 10, API: func(id string) bool { return id == "x" }}, []string{"x"}, []string{"000002/" + b, "000001/" + a}, 2},
				{"of none", roster.Filter{Limit: 10, API: func(string) bool { return false }}, []string{}, []string{}, 0},
				{"by text", roster.Filter{Limit: 10, Text: strings.ToUpper(c)}, nil, []string{"000003/" + c}, 1},
			} {
				found, total, silent, err := here.Connected(t.Context(), row.f, row.apis)
				if err != nil || total != row.total || len(silent) > 0 || !slices.Equal(shown(found), row.want) {
					t.Errorf("node %d, %s: got %v of %d, silent %v, %v; want %v of %d", i+1, row.name, shown(found), total, silent, err, row.want, row.total)
				}
			}
			if total, silent, err := here.Count(t.Context()); total != 4 || len(silent) > 0 || err != nil {
				t.Errorf("node %d counts %d, silent %v, %v", i+1, total, silent, err)
			}
		}
	})
}

// Those who do not answer within a second are named, and nobody waits longer; what cannot be
// read is no answer.
func TestSilentNodes(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		mine := w.connect(t, 0, "x", "")
		w.connect(t, 1, "x", "")
		for _, node := range []uint32{4, 5} {
			w.all = append(w.all, connection.Node(node))
			stop, err := w.bus.Handle(node, rosterTopic, func(context.Context, []byte) []byte {
				if node == 5 {
					return []byte(`{"total":"nonsense"`)
				}
				time.Sleep(time.Hour)
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			defer stop()
		}
		w.all = append(w.all, 6) // that nobody has heard of
		w.nodes[1].gather.Close()
		began := time.Now()
		found, total, silent, err := w.nodes[0].Connected(t.Context(), roster.Filter{Limit: 10}, nil)
		if err != nil || total != 1 || len(found) != 1 || found[0].ID != mine || time.Since(began) > Patience {
			t.Errorf("got %v of %d, %v after %v", shown(found), total, err, time.Since(began))
		}
		if want := []string{"000002", "000004", "000005", "000006"}; !slices.Equal(silent, want) {
			t.Errorf("silent: got %v, want %v", silent, want)
		}
		w.err = errors.New("the store is away")
		if _, _, _, err := w.nodes[0].Connected(t.Context(), roster.Filter{Limit: 10}, nil); err == nil {
			t.Error("nobody knows the other nodes, and that is no error")
		}
	})
}

// Another node cannot show what was not asked for, nor speak for a third.
func TestNodesAreNotBelieved(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.all = append(w.all, 9)
		stop, err := w.bus.Handle(9, rosterTopic, func(context.Context, []byte) []byte {
			return []byte(`{"connections":[{"id":"a","api":"x","node":"000001"},{"id":"b","api":"secret"}],"total":-5}`)
		})
		if err != nil {
			t.Fatal(err)
		}
		defer stop()
		f := roster.Filter{Limit: 10, API: func(id string) bool { return id == "x" }}
		found, total, _, err := w.nodes[0].Connected(t.Context(), f, []string{"x"})
		if err != nil || total != 0 || !slices.Equal(shown(found), []string{"000009/a"}) {
			t.Errorf("got %v of %d, %v", shown(found), total, err)
		}
	})
}

// An answer keeps to what the bus takes: the newest that fit.
func TestLargeAnswersFit(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		var newest string
		for i := range 300 {
			newest = w.connect(t, 1, "x", strings.Repeat("agent", 1000)+fmt.Sprint(i))
		}
		found, total, silent, err := w.nodes[0].Connected(t.Context(), roster.Filter{Limit: 1000}, nil)
		if err != nil || total != 300 || len(silent) > 0 || len(found) < 50 || len(found) > 100 || found[0].ID != newest {
			t.Errorf("got %d of %d, silent %v, %v; want the newest that fit into %d bytes", len(found), total, silent, err, bus.MaxPayload)
		}
	})
}

func TestAlone(t *testing.T) {
	b := local.New()
	defer b.Close()
	here, err := connection.NewFleet(connection.NewRegistry(1), b, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer here.Close()
	c, err := NewClients(here, nil)
	if err != nil {
		t.Fatal(err)
	}
	id := here.Registry().NewID()
	_ = here.Registry().Add(&connection.Connection{ID: id, ApiID: "x", Sender: quiet{}, ConnectedAt: time.Now()})
	found, total, silent, err := c.Connected(t.Context(), roster.Filter{Limit: 10}, nil)
	if err != nil || total != 1 || len(silent) > 0 || !slices.Equal(shown(found), []string{"/" + id}) {
		t.Errorf("got %v of %d, %v %v", shown(found), total, silent, err)
	}
}
