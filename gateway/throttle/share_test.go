package throttle

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// nodes are as many sets and plans as a test wants, which share limits and a clock.
type nodes struct {
	hand
	sets  []*Set
	plans []*Plans
	gates map[string][]func() bool // by what is limited, one for each node
}

// together makes nodes that all limit the same, in each of the ways that there are.
func together(n int, r Rate) *nodes {
	w := &nodes{gates: map[string][]func() bool{}}
	for range n {
		w.join(r)
	}
	w.tell()
	return w
}

func (w *nodes) join(r Rate) {
	s := NewSet(Options{Account: &r, Connect: &r, Manage: &r, Clock: w.clock})
	s.account = nil // it would limit routes too; it is tried alone
	p := NewPlans(w.clock, nil)
	p.Replace([]Plan{{ID: "p", Rate: &r, Stages: []PlanStage{{API: "a", Stage: "s"}}, Keys: []PlanKey{{ID: "k", Value: "v"}}},
		{ID: "q", Stages: []PlanStage{{API: "b", Stage: "s", Routes: map[string]Rate{"$connect": r}}}, Keys: []PlanKey{{ID: "l", Value: "w"}}}})
	account := NewSet(Options{Account: &r, Clock: w.clock})
	route, all := s.Gate("a", "s", "r", &r), account.Gate("a", "s", "r", &Rate{1e9, 1e9})
	add := func(what string, allow func() bool) { w.gates[what] = append(w.gates[what], allow) }
	add("route", route.Allow)
	add("account", all.Allow)
	add("connect", s.Connect)
	add("management", s.Manage)
	add("plan", func() bool { v, _ := p.Admit("a", "s", "$connect", "v"); return v == Granted })
	add("plan's route", func() bool { v, _ := p.Admit("b", "s", "$connect", "w"); return v == Granted })
	w.sets, w.plans = append(w.sets, s, account), append(w.plans, p)
}

// leave has the last node go.
func (w *nodes) leave() {
	w.sets, w.plans = w.sets[:len(w.sets)-2], w.plans[:len(w.plans)-1]
	for what, gates := range w.gates {
		w.gates[what] = gates[:len(gates)-1]
	}
}

// tell tells all nodes how many there are.
func (w *nodes) tell() {
	for _, s := range w.sets {
		s.Nodes(len(w.plans))
	}
	for _, p := range w.plans {
		p.Nodes(len(w.plans))
	}
}

// offer offers a kind of limit so many a second for some seconds, at nodes that pick
// chooses, and answers how many were let through.
func (w *nodes) offer(what string, perSecond float64, seconds int, pick func() int) (admitted int) {
	for range int(perSecond * float64(seconds)) {
		w.now += int64(float64(second) / perSecond)
		if w.gates[what][pick()]() {
			admitted++
		}
	}
	return admitted
}

// For 10 seconds, from 20 a second on, all nodes together let through 70 to 125 % of what
// one would, however the load falls on them, and one alone at most 125 %.
func TestNodesTogetherKeepToTheRate(t *testing.T) {
	const seconds = 10
	for seed := range uint64(30) {
		random := rand.New(rand.NewPCG(seed, 1))
		n := 1 + random.IntN(8)
		r := Rate{PerSecond: 20 + float64(random.IntN(500))}
		r.Burst = 1 + random.IntN(int(r.PerSecond)) // AWS asks for no less than this order
		for what := range together(n, r).gates {
			for spread, pick := range map[string]func() int{
				"evenly":   func() func() int { i := 0; return func() int { i++; return i % n } }(),
				"randomly": func() int { return random.IntN(n) },
				"at one":   func() int { return 0 },
			} {
				w := together(n, r)
				got := float64(w.offer(what, 3*r.PerSecond, seconds, pick))
				most := 1.25*r.PerSecond*seconds + float64(n) // whole tokens of each node
				least := 0.70 * r.PerSecond * seconds
				if spread == "at one" {
					least /= float64(n)
				}
				if got < least || got > most {
					t.Errorf("seed %d: %s, %d nodes, %v, %s: %v were let through, want %v to %v", seed, what, n, r, spread, got, least, most)
				}
			}
		}
	}
}

// Limits are reckoned anew when nodes come and go: the rate over all is what it was.
func TestNodesComeAndGo(t *testing.T) {
	for seed := range uint64(30) {
		random := rand.New(rand.NewPCG(seed, 2))
		r := Rate{PerSecond: 20 + float64(random.IntN(500)), Burst: 1 + random.IntN(20)}
		w := together(3, r)
		for what := range w.gates {
			got, seconds := 0, 0
			for range 10 {
				if n := len(w.plans); n < 6 && (n == 1 || random.IntN(2) == 0) {
					w.join(r)
				} else {
					w.leave()
				}
				w.tell()
				got += w.offer(what, 3*r.PerSecond, 2, func() int { return random.IntN(len(w.plans)) })
				seconds += 2
			}
			// A node that comes has a full bucket: its share of the burst.
			least, most := 0.70*r.PerSecond*float64(seconds), 1.25*r.PerSecond*float64(seconds)+float64(10*(r.Burst+6))
			if float64(got) < least || float64(got) > most {
				t.Errorf("seed %d: %s at %v: %d in %d s, want %v to %v", seed, what, r, got, seconds, least, most)
			}
		}
	}
}

func TestShare(t *testing.T) {
	for _, row := range []struct {
		nodes int
		want  Rate
	}{{0, Rate{90, 10}}, {1, Rate{90, 10}}, {3, Rate{30, 4}}, {10, Rate{9, 1}}, {90, Rate{1, 1}}} {
		if got := (Rate{90, 10}).Share(row.nodes); got != row.want {
			t.Errorf("a share of %d: got %v, want %v", row.nodes, got, row.want)
		}
	}
	if got := (Rate{9, 0}).Share(3); got != (Rate{9, 0}) {
		t.Errorf("what lets nothing through: got %v", got)
	}
	if got := fmt.Sprint((Rate{1, 1<<63 - 1}).Share(2).Burst); got != "4611686018427387904" {
		t.Errorf("the largest burst: got %s", got)
	}
}
