package gather

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/dragoman-gateway/dragoman/gateway/connection"
	"github.com/dragoman-gateway/dragoman/health"
	"github.com/dragoman-gateway/dragoman/measure"
)

// The topics that other nodes answer.
const (
	servedTopic = "served"
	pulseTopic  = "pulse"
)

// Counting is what this node has counted.
type Counting struct {
	Hour   *measure.Hour
	Totals func() []measure.Total
	Open   func() map[measure.Stage]float64 // connections, by stage
	Pulse  func(api string) health.Pulse
}

// Served shows what all nodes have served.
type Served struct {
	here   Counting
	gather *Gatherer // nil: there are no others
}

// NewServed joins what nodes have counted. g is nil for a process that is alone.
func NewServed(here Counting, g *Gatherer) (*Served, error) {
	s := &Served{here, g}
	if g == nil {
		return s, nil
	}
	if err := AnswerAll(g, servedTopic, s.answer); err != nil {
		return nil, err
	}
	return s, AnswerAll(g, pulseTopic, s.pulses)
}

// servedAsked is a filter as it travels: which APIs is worked out by who asks.
type servedAsked struct {
	APIs  []string `json:"apis,omitempty"` // none: all
	Stage string   `json:"stage,omitempty"`
	Route *string  `json:"route,omitempty"`
}

// servedItem is one of three things that a node has counted.
type servedItem struct {
	Series *measure.Kept  `json:"series,omitempty"`
	Total  *measure.Total `json:"total,omitempty"`
	Open   *open          `json:"open,omitempty"`
}

// open is how many connections a stage has.
type open struct {
	measure.Stage
	Count float64 `json:"count"`
}

// keyOf makes one text of a kind and names; no name has a zero byte.
func keyOf(names ...string) string { return strings.Join(names, "\x00") }

// answer is what this node has of what another asks for.
func (s *Served) answer(asked servedAsked) (items []keyed[servedItem]) {
	f := measure.Filter{Stage: asked.Stage, Route: asked.Route}
	if len(asked.APIs) > 0 {
		f.API = func(id string) bool { return slices.Contains(asked.APIs, id) }
	}
	for stage, n := range s.here.Open() {
		// Of all stages: whoever asks tells how many are open at all, whatever he looks at.
		items = append(items, keyed[servedItem]{keyOf("open", stage.API, stage.Name), servedItem{Open: &open{stage, n}}})
	}
	// Filtered here, so that a page which shows one API asks for no more than that.
	kept := s.here.Hour.Kept()
	for i := range kept {
		if k := kept[i].Key; f.Takes(k) {
			items = append(items, keyed[servedItem]{keyOf("series", k.API, k.Stage, k.Route), servedItem{Series: &kept[i]}})
		}
	}
	totals := s.here.Totals()
	for i := range totals {
		if t := &totals[i]; f.Takes(t.Key()) {
			items = append(items, keyed[servedItem]{keyOf("total", t.Name, t.API, t.Stage, t.Route), servedItem{Total: t}})
		}
	}
	return items
}

// Served answers what all nodes have served of what a filter asks for, and the connections of
// all stages, whatever it asks for. silent are the nodes of which something is missing.
func (s *Served) Served(ctx context.Context, f measure.Filter) (all measure.Served, silent []string, err error) {
	// This node's own first, and whatever the others do: it is asked by nobody.
	sum := s.here.Hour.Sum(&f)
	totals := newTotals(s.here.Totals())
	all.Open = s.here.Open()
	asked := servedAsked{APIs: f.APIs, Stage: f.Stage, Route: f.Route}
	silent, err = AskAll(ctx, s.gather, servedTopic, asked, func(_ connection.Node, there *servedItem) {
		if there.Open != nil {
			all.Open[there.Open.Stage] += max(0, there.Open.Count)
		}
		// Other nodes are not believed to have left out what is not asked for.
		if there.Series != nil && f.Takes(there.Series.Key) {
			sum.Add(there.Series)
		}
		if there.Total != nil {
			totals.add(*there.Total)
		}
	})
	all.From, all.Series = sum.Read()
	totals.inOrder()
	all.Totals = slices.DeleteFunc(totals.list, func(t measure.Total) bool { return !f.Takes(t.Key()) })
	return all, silent, err
}

// totals are sums by name and labels, in the order in which they came.
type totals struct {
	list  []measure.Total
	known map[measure.Total]int // without values
}

func newTotals(own []measure.Total) *totals {
	t := &totals{known: make(map[measure.Total]int, len(own))}
	for _, one := range own {
		t.add(one)
	}
	return t
}

func (t *totals) add(one measure.Total) {
	// The value is no part of what a total is of.
	key := one
	key.Value = 0
	at, ok := t.known[key]
	if !ok {
		t.known[key] = len(t.list)
		t.list = append(t.list, one)
		return
	}
	t.list[at].Value += one.Value
}

// inOrder sorts totals as Prometheus tells them: by name, then by labels.
func (t *totals) inOrder() {
	slices.SortFunc(t.list, func(a, b measure.Total) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.API, b.API), cmp.Compare(a.Stage, b.Stage), cmp.Compare(a.Route, b.Route))
	})
}

// pulsesAsked are the APIs of which somebody wants to know how they are doing.
type pulsesAsked struct {
	APIs []string `json:"apis"`
}

// beating is how an API is doing at one node. Times are beside the pulse, which has none for those who
// look at it.
type beating struct {
	API    string       `json:"api"`
	Pulse  health.Pulse `json:"pulse"`
	Asked  []time.Time  `json:"asked"`  // by the pulse's routes: when the backend was
	Judged []time.Time  `json:"judged"` // and the authorizer
}

func (s *Served) pulses(asked pulsesAsked) (items []keyed[beating]) {
	for _, api := range asked.APIs {
		p := s.here.Pulse(api)
		if len(p.Routes) == 0 { // nothing was served
			continue
		}
		b := beating{API: api, Pulse: p}
		for i := range p.Routes {
			b.Asked, b.Judged = append(b.Asked, p.Routes[i].BackendAt), append(b.Judged, p.Routes[i].AuthorizerAt)
		}
		items = append(items, keyed[beating]{api, b})
	}
	return items
}

// Pulses answers how APIs are doing at all nodes together, by their ids.
func (s *Served) Pulses(ctx context.Context, apis []string) (all map[string]health.Pulse, silent []string, err error) {
	all = make(map[string]health.Pulse, len(apis))
	for _, api := range apis {
		all[api] = s.here.Pulse(api)
	}
	silent, err = AskAll(ctx, s.gather, pulseTopic, pulsesAsked{apis}, func(_ connection.Node, there *beating) {
		// An API that nobody asked after may be another account's.
		p, wanted := all[there.API]
		if !wanted || len(there.Asked) != len(there.Pulse.Routes) || len(there.Judged) != len(there.Pulse.Routes) {
			return
		}
		for i := range there.Pulse.Routes {
			there.Pulse.Routes[i].BackendAt, there.Pulse.Routes[i].AuthorizerAt = there.Asked[i], there.Judged[i]
		}
		p.Add(&there.Pulse)
		all[there.API] = p
	})
	return all, silent, err
}
