package chaos

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

// fault is one thing that goes wrong, for a while.
type fault struct {
	at     time.Duration // since its round began
	kind   string
	node   int    // whose it is, for what happens to one node
	engine string // "store" or "bus", for what happens to a link
	lasts  time.Duration
}

func (f fault) String() string {
	text := fmt.Sprintf("%5.1fs %s", f.at.Seconds(), f.kind)
	switch f.kind {
	case kill, stop, apart:
		text += fmt.Sprintf(" of node %d", f.node)
	case cut, hang, slow:
		text += fmt.Sprintf(" %s of node %d", f.engine, f.node)
	}
	return fmt.Sprintf("%s for %.1fs", text, f.lasts.Seconds())
}

// The kinds of faults.
const (
	kill    = "kill -9"
	stop    = "SIGSTOP"
	restart = "restart PostgreSQL"
	broker  = "restart NATS"
	cut     = "cut"
	hang    = "hang"
	slow    = "slow"
	apart   = "hang all links" // of one node
)

// nodes is how many there are.
const nodes = 3

// roundOf is how long faults of one round begin; the longest ends some seconds later.
const roundOf = 36 * time.Second

// round makes the faults of one round: each kind once, links of both engines, at moments and
// for times of chance. Two may fall together, but no node has two at a time: what a process
// that is stopped does with a link is nothing.
func round(chance *rand.Rand) []fault {
	seconds := func(least, most float64) time.Duration {
		return time.Duration((least + chance.Float64()*(most-least)) * float64(time.Second)).Round(100 * time.Millisecond)
	}
	made := []fault{
		{kind: stop, lasts: 20 * time.Second},
		{kind: kill, lasts: seconds(0.5, 3)},
		{kind: apart, lasts: seconds(2, 20)},
		{kind: restart, lasts: seconds(0.5, 12)},
		{kind: broker, lasts: seconds(0.5, 12)},
	}
	for _, kind := range []string{cut, hang, slow} {
		for _, engine := range []string{"store", "bus"} {
			made = append(made, fault{kind: kind, engine: engine, lasts: seconds(1, 14)})
		}
	}
	chance.Shuffle(len(made), func(i, j int) { made[i], made[j] = made[j], made[i] })
	var free [nodes]time.Duration // when the fault of a node has ended
	for i := range made {
		f := &made[i]
		f.at = roundOf*time.Duration(i)/time.Duration(len(made)) + seconds(0, 2)
		if f.kind == restart || f.kind == broker {
			continue
		}
		f.node = chance.IntN(nodes)
		for n := range nodes { // the one that was drawn, else the one that is free first
			if free[f.node] > f.at && free[n] < free[f.node] {
				f.node = n
			}
		}
		f.at = max(f.at, free[f.node])
		free[f.node] = f.at + f.lasts + time.Second
	}
	slices.SortStableFunc(made, func(a, b fault) int { return int(a.at - b.at) })
	return made
}

// One seed makes one plan, another one another; each round has all kinds, and no node has two
// faults at a time.
func TestPlansOfSeeds(t *testing.T) {
	text := func(seed uint64) (all string) {
		for _, f := range round(rand.New(rand.NewPCG(seed, 0))) {
			all += f.String() + "\n"
		}
		return all
	}
	if first, again := text(1), text(1); first != again || first == text(2) {
		t.Error("a seed does not make one plan of its own")
	}
	for seed := range uint64(200) {
		faults := round(rand.New(rand.NewPCG(seed, 0)))
		for _, kind := range []string{kill, stop, apart, restart, broker, cut + " store", cut + " bus", hang + " store", hang + " bus", slow + " store", slow + " bus"} {
			if !strings.Contains(text(seed), kind) {
				t.Errorf("seed %d has no %s:\n%s", seed, kind, text(seed))
			}
		}
		for i, a := range faults {
			for _, b := range faults[i+1:] {
				ofNodes := a.kind != restart && a.kind != broker && b.kind != restart && b.kind != broker
				if ofNodes && a.node == b.node && b.at < a.at+a.lasts {
					t.Errorf("seed %d: %v and %v", seed, a, b)
				}
			}
			if end := a.at + a.lasts; end > roundOf+40*time.Second {
				t.Errorf("seed %d: %v ends after %v", seed, a, end)
			}
		}
	}
}
