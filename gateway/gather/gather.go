package gather

import (
	"context"
	"encoding/json"
	"slices"
	"sync"
	"time"

	"github.com/dragoman-gateway/dragoman/bus"
	"github.com/dragoman-gateway/dragoman/gateway/connection"
	"github.com/dragoman-gateway/dragoman/internal/tasks"
)

// Patience is how long other nodes are waited for. Whoever looks at a page would rather be
// told who is silent than wait for him.
const Patience = time.Second

// most is how many nodes are asked at a time: each answer may be as large as the bus takes.
const most = 16

// Options are what a Gatherer needs. Others are the nodes that live besides this one; it
// may be nil for a process that is alone.
type Options struct {
	Node    connection.Node
	Bus     bus.Bus
	Others  func(context.Context) ([]connection.Node, error)
	Reports *tasks.Reporter // is told of panics
}

// Gatherer asks other nodes, and answers what they ask.
type Gatherer struct {
	options Options
	held    int        // how many bytes of JSON one question may bring from all nodes
	mu      sync.Mutex // Protects field below.
	stops   []func()
}

// New makes a Gatherer that answers nothing yet.
func New(o Options) *Gatherer { return &Gatherer{options: o, held: mostHeld} }

// Answer answers what other nodes ask under a topic. What cannot be read is not answered,
// as if it had been lost: a newer node has asked.
func Answer[Q, A any](g *Gatherer, topic string, answer func(Q) A) error {
	return answerFor(g, topic, func(_ context.Context, asked Q) A { return answer(asked) })
}

// answerFor is Answer for what takes its time: ctx ends when the asker waits no longer.
func answerFor[Q, A any](g *Gatherer, topic string, answer func(context.Context, Q) A) error {
	return g.handle(topic, func(ctx context.Context, payload []byte) []byte {
		var asked Q
		if json.Unmarshal(payload, &asked) != nil {
			return nil
		}
		text, err := json.Marshal(answer(ctx, asked))
		if err != nil {
			return nil
		}
		return text
	})
}

// handle answers under a topic until g is closed.
func (g *Gatherer) handle(topic string, answer func(context.Context, []byte) []byte) error {
	stop, err := g.options.Bus.Handle(uint32(g.options.Node), topic, answer)
	if err != nil {
		return err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.stops = append(g.stops, stop)
	return nil
}

// Close answers nothing any more. It is called before the bus is closed.
func (g *Gatherer) Close() {
	g.mu.Lock()
	stops := g.stops
	g.stops = nil
	g.mu.Unlock()
	for _, stop := range stops {
		stop()
	}
}

// Ask asks all other nodes that live, and has each answer taken, one at a time. It returns
// those that were silent, in order; where not even their number is known, that is an error. A node
// is silent too whose answer came when others had filled what an asker holds.
func Ask[Q, A any](ctx context.Context, g *Gatherer, topic string, question Q, take func(connection.Node, A)) (silent []string, err error) {
	payload, err := json.Marshal(question)
	if err != nil {
		return nil, err
	}
	var held filling
	return g.each(ctx, func(ctx context.Context, n connection.Node) bool {
		answer, size, ok := askOne[A](ctx, g, n, topic, payload)
		return ok && held.take(size, g.held, func() { take(n, answer) })
	})
}

// filling is what one asker holds of all nodes' answers.
type filling struct {
	mu   sync.Mutex // Protects size, and what takers change.
	size int        // bytes of JSON
}

// take has so many bytes taken, one answer at a time; false, with nothing taken, where that is more
// than most in all. What is smaller may fit yet.
func (f *filling) take(size, most int, take func()) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.size+size > most {
		return false
	}
	f.size += size
	take()
	return true
}

// each has one called for every other node that lives, for some at a time, until Patience is
// over. Nodes for which it says false are silent.
func (g *Gatherer) each(ctx context.Context, one func(context.Context, connection.Node) bool) (silent []string, err error) {
	if g == nil || g.options.Others == nil {
		return nil, nil
	}
	ctx, cancel := context.WithTimeout(ctx, Patience)
	defer cancel()
	others, err := g.options.Others(ctx)
	if err != nil || len(others) == 0 {
		return nil, err
	}
	for _, n := range others {
		silent = append(silent, n.String()) // until it has answered
	}
	var mu sync.Mutex // Protects silent from here on.
	places := make(chan struct{}, most)
	all := tasks.Group{Reports: g.options.Reports}
	for _, n := range others {
		all.Go("asking a node", func() {
			// The deadline is common: those who wait for a place have less time, and are silent if it is too
			// little.
			places <- struct{}{}
			defer func() { <-places }()
			if one(ctx, n) {
				mu.Lock()
				defer mu.Unlock()
				silent = slices.DeleteFunc(silent, func(name string) bool { return name == n.String() })
			}
		})
	}
	all.Wait()
	slices.Sort(silent)
	return silent, nil
}

// askOne answers what a node does; size is that of its JSON in bytes, of which the bus takes half a
// megabyte.
func askOne[A any](ctx context.Context, g *Gatherer, n connection.Node, topic string, payload []byte) (answer A, size int, ok bool) {
	text, err := g.options.Bus.Request(ctx, uint32(n), topic, payload)
	// An answer that cannot be read is as good as none: its node is named as silent, and nothing of
	// it is shown.
	if err != nil || json.Unmarshal(text, &answer) != nil {
		return answer, 0, false
	}
	return answer, len(text), true
}
