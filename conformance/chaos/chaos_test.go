package chaos

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// setting is a number of the environment.
func setting(t *testing.T, name string, otherwise uint64) uint64 {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

func duration(t *testing.T) time.Duration {
	t.Helper()
	text := os.Getenv("DURATION")
	if text == "" {
		return time.Minute
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		t.Fatalf("DURATION: %v", err)
	}
	return d
}

// clients is how many sockets there are: 2,000, or what the limit of open files has room for.
func clients(t *testing.T) int {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	n := int(min(setting(t, "SOCKETS", 2000), (limit.Cur-200)/2))
	if n < 2000 {
		t.Logf("%d sockets instead of 2000", n)
	}
	return n
}

// recovery is how long the fleet may take to be whole after the last fault.
const recovery = 20 * time.Second

// stalls measures how long this machine gave the run no processor at all: what it took from the
// run it took from the nodes as well.
type stalls struct{ total chan time.Duration }

func watchStalls(ctx context.Context) *stalls {
	s := &stalls{make(chan time.Duration, 1)}
	s.total <- 0
	go func() {
		const tick = 50 * time.Millisecond
		for ctx.Err() == nil {
			began := time.Now()
			time.Sleep(tick)
			if late := time.Since(began) - tick; late > tick {
				s.total <- <-s.total + late
			}
		}
	}()
	return s
}

func (s *stalls) sum() time.Duration {
	n := <-s.total
	s.total <- n
	return n
}

// TestChaos: see the package.
func TestChaos(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("leases count sleep on Linux only")
	}
	length, seed := duration(t), setting(t, "SEED", uint64(time.Now().UnixNano())%1e9)
	fmt.Printf("chaos: seed %d; `make chaos DURATION=%s SEED=%d` fails the same\n", seed, length, seed)
	const keys = 6
	f := newFleet(t, newLedger(keys))
	page := backend()
	defer page.Close()
	site, err := build(t.Context(), f.nodes[0].management, page.URL, keys)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	late := watchStalls(ctx)
	c := &crowd{ledger: f.ledger, path: site.socketPath(), ctx: ctx}
	w := &load{ledger: f.ledger, site: site, seed: seed}
	for _, n := range f.nodes {
		c.places = append(c.places, &place{address: n.data, doors: make(chan struct{}, 32), life: n.now, down: n.downIn})
		w.doors = append(w.doors, door{n.i, n.data, n.management, n.downIn})
	}
	many := clients(t)
	c.come(many, seed)
	f.within(t, time.Minute, "all clients are connected", func() string { return f.missing(many) })
	var endLoad, endAsking context.CancelFunc
	w.ctx, endLoad = context.WithCancel(ctx)
	asking, endAsking := context.WithCancel(ctx)
	defer endAsking()
	w.run()
	c.group.Go(func() { c.asking(asking, 10*time.Second) })

	chance := rand.New(rand.NewPCG(seed, 0))
	for began, turn := time.Now(), 0; turn == 0 || time.Since(began)+roundOf <= length; turn++ {
		f.round(round(chance), late)
	}
	endLoad()
	w.group.Wait()
	endAsking()
	f.settle(c, w)
	c.leave(cancel)
	f.report(t)
}

// round lets the faults of a plan come and go, and waits until the fleet is whole.
func (f *fleet) round(plan []fault, late *stalls) {
	type event struct {
		at  time.Duration
		act func()
	}
	var events []event
	for _, x := range plan {
		fmt.Println("chaos:", x)
		events = append(events, event{x.at, func() { f.begin(x) }}, event{x.at + x.lasts, func() { f.end(x) }})
	}
	slices.SortStableFunc(events, func(a, b event) int { return int(a.at - b.at) })
	f.is(false)
	began := time.Now()
	for _, e := range events {
		time.Sleep(time.Until(began.Add(e.at)))
		e.act()
	}
	f.starting.Wait()
	ended, before := time.Now(), late.sum()
	var why string
	for {
		if why = f.ailing(); why == "" {
			break
		}
		if time.Since(ended) > recovery+late.sum()-before {
			f.breach("the fleet is not whole %v after the last fault, of which this machine stalled for %v: %s", time.Since(ended), late.sum()-before, why)
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	fmt.Printf("chaos: whole %.1fs after the last fault; this machine stalled for %.1fs meanwhile\n", time.Since(ended).Seconds(), (late.sum() - before).Seconds())
	f.is(why == "")
	time.Sleep(5 * time.Second) // of which the ledger says that all is whole
}

// settle asks everybody once more, and reads every key of every node.
func (f *fleet) settle(c *crowd, w *load) {
	for k := range w.keys {
		for _, d := range w.doors {
			f.within(f.T, time.Minute, "a read is answered", func() string {
				if w.read(d, k) && w.readCreated(d, k) {
					return ""
				}
				return d.management
			})
		}
	}
	c.askAll(c.ctx, time.Second)
	for end := time.Now().Add(recovery); f.waiting() > 0 && time.Now().Before(end); {
		time.Sleep(50 * time.Millisecond)
	}
	time.Sleep(2 * time.Second) // what is under way to clients arrives
}

// within waits until nothing is missing.
func (f *fleet) within(t *testing.T, d time.Duration, what string, missing func() string) {
	t.Helper()
	for end := time.Now().Add(d); ; time.Sleep(50 * time.Millisecond) {
		left := missing()
		if left == "" {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("not within %v: %s: %s", d, what, left)
		}
	}
}

func (l *ledger) missing(many int) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if n := many - len(l.open); n > 0 {
		return fmt.Sprintf("%d are missing; %v", n, l.breaches)
	}
	return ""
}

// report tells what happened, and what should not have.
func (f *fleet) report(t *testing.T) {
	t.Helper()
	found := f.judge() // which counts too
	var told []string
	for what, n := range f.counts {
		told = append(told, fmt.Sprint(what, ": ", n))
	}
	slices.Sort(told)
	fmt.Println("chaos:", strings.Join(told, "; "))
	for what, least := range map[string]int{"posts answered 200": 100, "posts answered 410": 1, "a write answered 200": 30, "deployments acknowledged": 2, "pages answered 200": 100, "answers": 100} {
		if f.counts[what] < least {
			t.Errorf("%s: %d, want %d at least: a run of nothing shows nothing", what, f.counts[what], least)
		}
	}
	for i, breach := range found {
		if i == 40 {
			t.Errorf("and %d more", len(found)-i)
			break
		}
		t.Error(breach)
	}
	if t.Failed() {
		for _, n := range f.nodes {
			t.Logf("node %d:\n%s", n.i, n.tail())
		}
	}
}
