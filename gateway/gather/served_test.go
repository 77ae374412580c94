package gather

import (
	"bytes"
	"compress/flate"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dragoman-gateway/dragoman/bus/local"
	"github.com/dragoman-gateway/dragoman/gateway/connection"
	"github.com/dragoman-gateway/dragoman/health"
	"github.com/dragoman-gateway/dragoman/measure"
)

// counters are what one node has counted.
type counters struct {
	measure.Hour
	totals []measure.Total
	open   map[measure.Stage]float64
	pulses map[string]health.Pulse
	shown  *Served
}

// counting is three nodes that count, and a fourth of which nobody has heard.
func counting(t *testing.T, test func(t *testing.T, nodes []*counters, b *local.Bus)) {
	synctest.Test(t, func(t *testing.T) {
		b := local.New()
		defer b.Close()
		all := []connection.Node{1, 2, 3, 4}
		var nodes []*counters
		for i := range 3 {
			c := &counters{open: map[measure.Stage]float64{}, pulses: map[string]health.Pulse{}}
			g := New(Options{Node: all[i], Bus: b, Others: func(context.Context) ([]connection.Node, error) {
				return slices.DeleteFunc(slices.Clone(all), func(o connection.Node) bool { return o == all[i] }), nil
			}})
			var err error
			c.shown, err = NewServed(Counting{
				Hour: &c.Hour, Totals: func() []measure.Total { return slices.Clone(c.totals) },
				Open: func() map[measure.Stage]float64 { return maps.Clone(c.open) },
				Pulse: func(api string) health.Pulse {
					p := c.pulses[api]
					return health.Pulse{Count: slices.Clone(p.Count), Failed: slices.Clone(p.Failed), Routes: slices.Clone(p.Routes)}
				},
			}, g)
			if err != nil {
				t.Fatal(err)
			}
			nodes = append(nodes, c)
		}
		test(t, nodes, b)
	})
}

// counts are the requests of series in their last minute, "api stage route count".
func counts(all measure.Served) (list []string) {
	for _, s := range all.Series {
		list = append(list, fmt.Sprintln(s.API, s.Stage, s.Route, s.Count[measure.Minutes-1]))
	}
	return list
}

// The last hour is of all nodes: counts are summed, and percentiles are of all requests together,
// not of one node's.
func TestHoursOfAllNodes(t *testing.T) {
	counting(t, func(t *testing.T, nodes []*counters, _ *local.Bus) {
		for i, n := range nodes {
			for range 10 {
				n.Series(measure.Key{API: "a", Stage: "s", Route: "GET /"}).Add(measure.Event{Status: 200, Latency: time.Duration(1+100*i) * time.Millisecond})
			}
			n.Series(measure.Key{API: "b", Stage: "s"}).Add(measure.Event{Status: 404})
			n.totals = []measure.Total{{Name: "count", API: "a", Stage: "s", Value: 10}, {Name: "count", API: fmt.Sprint("only", i), Stage: "s", Value: 1}}
			n.open = map[measure.Stage]float64{{API: "a", Name: "s"}: float64(i + 1)}
		}
		all, silent, err := nodes[1].shown.Served(t.Context(), measure.Filter{})
		if err != nil || !slices.Equal(silent, []string{"000004"}) {
			t.Errorf("silent %v, %v; want 000004", silent, err)
		}
		if got := strings.Join(counts(all), ""); got != "a s GET / 30\nb s  3\n" {
			t.Errorf("got %s", got)
		}
		// A third each at 1, 101 and 201 ms: the median is of the middle node.
		if p := all.Series[0].Latency; *p.P50[59] < 101 || *p.P50[59] > 143 || *p.P99[59] < 201 {
			t.Errorf("got p50 %v and p99 %v", *p.P50[59], *p.P99[59])
		}
		if got := fmt.Sprint(all.Totals); got != "[{count a s  30} {count only0 s  1} {count only1 s  1} {count only2 s  1}]" {
			t.Errorf("got %s", got)
		}
		if got := all.Open[measure.Stage{API: "a", Name: "s"}]; got != 6 {
			t.Errorf("%v connections, want 6", got)
		}
		route := ""
		f := measure.Filter{API: func(id string) bool { return id == "b" }, APIs: []string{"b"}, Route: &route}
		if all, _, _ := nodes[0].shown.Served(t.Context(), f); strings.Join(counts(all), "") != "b s  3\n" || len(all.Totals) != 0 {
			t.Errorf("of one API: got %v and %v", counts(all), all.Totals)
		}
	})
}

// What does not fit into one answer of the bus comes in several, each thing once.
func TestMoreThanAnAnswerTakes(t *testing.T) {
	counting(t, func(t *testing.T, nodes []*counters, _ *local.Bus) {
		random := rand.New(rand.NewPCG(1, 2))
		for i := range measure.MostSeries {
			s := nodes[2].Series(measure.Key{API: "a", Stage: "s", Route: fmt.Sprint(i)})
			for range 100 {
				s.Add(measure.Event{Status: 200, Latency: time.Duration(random.Int64N(1e10)), IntegrationLatency: time.Duration(random.Int64N(1e10))})
			}
		}
		for i := range 20_000 {
			nodes[2].totals = append(nodes[2].totals, measure.Total{Name: fmt.Sprint(random.Uint64(), random.Uint64()), API: "a", Stage: fmt.Sprint(i), Value: 1})
		}
		pages := 0
		for after, more := "", true; more; pages++ {
			p := pack(nodes[2].shown.answer(servedAsked{}), after)
			if text, _ := json.Marshal(p); len(text) > 500<<10 {
				t.Errorf("a page has %d bytes", len(text))
			}
			after, more = p.Next, p.Next != ""
		}
		all, silent, err := nodes[0].shown.Served(t.Context(), measure.Filter{})
		if err != nil || len(silent) != 1 || len(all.Totals) != 20_000 || len(all.Series) != measure.MostSeries || pages < 2 {
			t.Fatalf("got %d totals and %d series of %d pages, silent %v, %v", len(all.Totals), len(all.Series), pages, silent, err)
		}
		for _, total := range all.Totals {
			if total.Value != 1 {
				t.Fatalf("got %v", total)
			}
		}
		for _, s := range all.Series {
			if s.Count[measure.Minutes-1] != 100 {
				t.Fatalf("got %v", s)
			}
		}
	})
}

// What all nodes together may have an asker hold is bounded, and who came too late is named.
func TestAllNodesTogetherAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := local.New()
		defer b.Close()
		all := []connection.Node{1, 2, 3, 4}
		item := strings.Repeat("x", 1000)
		for _, n := range all[1:] {
			other := New(Options{Node: n, Bus: b})
			if err := AnswerAll(other, "large", func(struct{}) []keyed[string] { return []keyed[string]{{"a", item}} }); err != nil {
				t.Fatal(err)
			}
			if err := Answer(other, "whole", func(struct{}) string { return item }); err != nil {
				t.Fatal(err)
			}
		}
		g := New(Options{Node: 1, Bus: b, Others: func(context.Context) ([]connection.Node, error) { return all[1:], nil }})
		for _, row := range []struct{ held, taken int }{{mostHeld, 3}, {2500, 2}, {1001, 0}} {
			g.held = row.held
			taken := 0
			silent, err := AskAll(t.Context(), g, "large", struct{}{}, func(connection.Node, *string) { taken++ })
			if err != nil || taken != row.taken || len(silent) != 3-row.taken {
				t.Errorf("with room for %d bytes: took %d, silent %v, %v; want %d", row.held, taken, silent, err, row.taken)
			}
			taken = 0 // of answers that are no pages
			silent, err = Ask(t.Context(), g, "whole", struct{}{}, func(connection.Node, string) { taken++ })
			if err != nil || taken != row.taken || len(silent) != 3-row.taken {
				t.Errorf("with room for %d bytes: took %d whole answers, silent %v, %v; want %d", row.held, taken, silent, err, row.taken)
			}
		}
	})
}

// How APIs are doing is of all nodes together: beats are summed, and whether a backend answers is
// what the node says that asked it last.
func TestPulsesOfAllNodes(t *testing.T) {
	counting(t, func(t *testing.T, nodes []*counters, _ *local.Bus) {
		now := time.Now()
		for i, n := range nodes {
			n.pulses["a"] = health.Pulse{Count: []int64{0, int64(i + 1)}, Failed: []int64{0, 1}, Routes: []health.Route{
				{Stage: "s", Key: "GET /", Count: 5, Failed: 1, Backend: []string{"refused", "", "it answers 500"}[i], BackendAt: now.Add([]time.Duration{1, 3, 2}[i])},
				{Stage: "s", Key: fmt.Sprint("only ", i), Count: 1, Authorizer: "it does not answer", AuthorizerAt: now},
			}}
		}
		for i, n := range nodes {
			all, silent, err := n.shown.Pulses(t.Context(), []string{"a", "none"})
			p := all["a"]
			if err != nil || len(silent) != 1 || len(all) != 2 || len(p.Routes) != 4 || p.Count[1] != 6 || p.Failed[1] != 3 {
				t.Fatalf("got %+v, silent %v, %v", all, silent, err)
			}
			if r := p.Routes[0]; r.Count != 15 || r.Failed != 3 || r.Backend != "" {
				t.Errorf("node %d: got %+v, want 15 and what the second has seen", i, r)
			}
			if r := p.Routes[3]; r.Key != "only 2" || r.Authorizer == "" {
				t.Errorf("node %d: got %+v", i, r)
			}
		}
	})
}

// What another node says is checked as input is: nonsense leaves the node silent or counts
// nothing, and no page can become more than is held.
func TestNonsenseOfOtherNodes(t *testing.T) {
	packed := func(text string) []byte {
		var b bytes.Buffer
		w, _ := flate.NewWriter(&b, flate.BestSpeed)
		_, _ = w.Write([]byte(text))
		_ = w.Close()
		text2, _ := json.Marshal(page{Packed: b.Bytes(), Next: "zz"})
		return text2
	}
	counting(t, func(t *testing.T, nodes []*counters, b *local.Bus) {
		said := []byte(nil)
		stop, err := b.Handle(4, servedTopic, func(context.Context, []byte) []byte { return said })
		if err != nil {
			t.Fatal(err)
		}
		defer stop()
		for _, row := range []struct {
			name   string
			said   []byte
			silent bool
		}{
			{"nothing", []byte(`{}`), true},
			{"no base64", []byte(`{"packed":"?"}`), true},
			{"a torn end", []byte(`{"packed":"c2Fk"}`), true},
			{"too much", packed(strings.Repeat(" ", 3*unpackedRoom)), true},
			{"a page for ever", packed(`{"open":{"API":"a","Name":"s","count":-5}}`), false},
			{"buckets and minutes that are not there", packed(`{"series":{"API":"a","Stage":"s","minutes":[{"t":-9,"c":1},{"t":99999999999,"c":1},{"t":` +
				fmt.Sprint(time.Now().Unix()/60) + `,"l":[99,1,4294967295,1,3]}]}}`), false},
		} {
			said = row.said
			all, silent, err := nodes[0].shown.Served(t.Context(), measure.Filter{})
			if err != nil || (len(silent) == 1) != row.silent || all.Open[measure.Stage{API: "a", Name: "s"}] != 0 {
				t.Errorf("%s: got %v, silent %v, %v", row.name, all.Open, silent, err)
			}
			for _, s := range all.Series {
				if slices.Max(s.Count) > 0 || s.Latency.P50[measure.Minutes-1] != nil {
					t.Errorf("%s: got %+v", row.name, s)
				}
			}
		}
	})
}

// FuzzUnpack: whatever comes as a page is read or refused.
func FuzzUnpack(f *testing.F) {
	f.Add(pack([]keyed[servedItem]{{"a", servedItem{Open: &open{Count: 1}}}, {"b", servedItem{Series: &measure.Kept{Minutes: []measure.Minute{{At: 1, Latency: []uint32{1, 2}}}}}}}, "").Packed)
	f.Add([]byte("nonsense"))
	f.Fuzz(func(t *testing.T, packed []byte) {
		items, _, err := unpack[servedItem](packed)
		if err != nil {
			return
		}
		sum := (&measure.Hour{}).Sum(&measure.Filter{})
		for i := range items {
			if items[i].Series != nil {
				sum.Add(items[i].Series)
			}
		}
		sum.Read()
	})
}
