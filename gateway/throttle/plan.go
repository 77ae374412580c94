package throttle

import (
	"cmp"
	"crypto/sha256"
	"slices"
	"sync"
	"time"
)

// Plan is a usage plan: which keys may use which stages, and how much.
type Plan struct {
	ID     string
	Rate   *Rate  // of each key; nil for no limit
	Quota  *Quota // of each key; nil for none
	Stages []PlanStage
	Keys   []PlanKey
}

// PlanStage is a stage that a plan opens.
type PlanStage struct {
	API, Stage string
	Routes     map[string]Rate // of each key on a route, by route key
}

// PlanKey is an API key of a plan.
type PlanKey struct {
	ID       string
	Value    string // what clients send
	Disabled bool
}

// Verdict is what becomes of a request with an API key.
type Verdict uint8

// The verdicts. The zero Verdict refuses.
const (
	Unknown   Verdict = iota // no such key for this stage, or it is disabled: 403
	Throttled                // too fast: 429
	Exhausted                // the quota is used up: 429
	Granted
)

// Plans admits requests by their API keys. Plans are replaced whole; the usage of
// a key in a plan survives that.
type Plans struct {
	clock Clock
	now   func() time.Time

	mu    sync.RWMutex // Protects fields below, not what they point to.
	index map[admission]*entry
	usage map[planKey]*usage
	plans []Plan // as they were given
	nodes int    // that share the throttles
}

// admission is what a request asks for. Keys are looked up by their hash, so
// that the time it takes says nothing of how much of a key was right.
type admission struct {
	api, stage string
	value      [sha256.Size]byte
}

type planKey struct{ plan, key string }

// entry is a key on a stage.
type entry struct {
	plan   *Plan
	key    string // id
	usage  *usage
	routes map[string]*Limiter
}

// usage is what one key has used of one plan. Its limiters change only under
// the write lock of Plans.
type usage struct {
	rate   *Limiter         // nil for no limit
	routes map[Key]*Limiter // of single routes

	mu    sync.Mutex
	spent spent // Protected by mu.
}

// NewPlans makes an empty table: every key is unknown. A nil clock or now is
// the machine's.
func NewPlans(clock Clock, now func() time.Time) *Plans {
	if clock == nil {
		clock = Monotonic()
	}
	if now == nil {
		now = time.Now
	}
	return &Plans{clock: clock, now: now, usage: map[planKey]*usage{}}
}

// Replace takes new plans in place of all that were. Buckets and counts of keys
// that stay in their plan are kept; those of others are forgotten. If two plans
// open one stage to one key, which AWS forbids, the first in the list counts.
func (p *Plans) Replace(plans []Plan) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.replace(plans)
}

// Nodes tells how many nodes share the throttles of keys, this one included. Quotas are
// not shared out: they are added up where all nodes write them.
func (p *Plans) Nodes(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if n != p.nodes {
		p.nodes = n
		p.replace(p.plans)
	}
}

// replace makes the table; p.mu is held.
func (p *Plans) replace(plans []Plan) {
	index, kept := map[admission]*entry{}, map[planKey]*usage{}
	for i := range plans {
		plan := &plans[i]
		for _, key := range plan.Keys {
			id := planKey{plan.ID, key.ID}
			u := p.usage[id]
			if u == nil {
				u = &usage{}
			}
			kept[id] = u
			u.limit(plan.Rate, p.nodes)
			routes := map[Key]*Limiter{}
			for _, stage := range plan.Stages {
				a := admission{stage.API, stage.Stage, sha256.Sum256([]byte(key.Value))}
				if index[a] == nil && key.Value != "" && !key.Disabled {
					index[a] = &entry{plan, key.ID, u, u.open(&stage, routes, p.nodes)}
				}
			}
			u.routes = routes
		}
	}
	p.index, p.usage, p.plans = index, kept, plans
}

// limit sets the plan's throttle, of which so many nodes have a part each.
func (u *usage) limit(r *Rate, nodes int) {
	switch {
	case r == nil:
		u.rate = nil
	case u.rate == nil:
		u.rate = NewLimiter(r.Share(nodes))
	default:
		u.rate.Set(r.Share(nodes))
	}
}

// open makes the limiters of a stage's routes, with the buckets that were.
func (u *usage) open(stage *PlanStage, into map[Key]*Limiter, nodes int) map[string]*Limiter {
	if len(stage.Routes) == 0 {
		return nil
	}
	routes := make(map[string]*Limiter, len(stage.Routes))
	for route, rate := range stage.Routes {
		k := Key{stage.API, stage.Stage, route}
		l := u.routes[k]
		if l == nil {
			l = &Limiter{}
		}
		l.Set(rate.Share(nodes))
		into[k], routes[route] = l, l
	}
	return routes
}

// Admit counts a request of a route by the value of its API key, and answers
// the key's id with the verdict. Only what is Granted is counted.
func (p *Plans) Admit(api, stage, route, value string) (Verdict, string) {
	if value == "" {
		return Unknown, ""
	}
	p.mu.RLock()
	defer p.mu.RUnlock()
	e := p.index[admission{api, stage, sha256.Sum256([]byte(value))}]
	if e == nil {
		return Unknown, ""
	}
	return e.admit(route, p.clock(), p.now), e.key
}

func (e *entry) admit(route string, tick int64, now func() time.Time) Verdict {
	u := e.usage
	u.mu.Lock()
	defer u.mu.Unlock()
	q := e.plan.Quota
	if q == nil {
		q = unlimited
	}
	u.spent.turn(q, now())
	if !u.spent.left(q) {
		return Exhausted
	}
	if u.rate != nil && !u.rate.Allow(tick) {
		return Throttled
	}
	if l := e.routes[route]; l != nil && !l.Allow(tick) {
		if u.rate != nil {
			u.rate.Refund()
		}
		return Throttled
	}
	u.spent.used++
	return Granted
}

// Counts answers what all keys have used of their quotas, in the order of their
// ids. Keys that were never used are left out.
func (p *Plans) Counts() []Count { return p.counts(func(*spent) bool { return true }) }

// Flush hands save what was counted since the last Flush, and counts it as
// saved if save returns nil. With nothing to save it does not call save. Call it
// from one goroutine.
func (p *Plans) Flush(save func([]Count) error) error {
	counts := p.counts(func(s *spent) bool { return s.used != s.saved })
	if len(counts) == 0 {
		return nil
	}
	if err := save(counts); err != nil {
		return err
	}
	p.mu.RLock()
	defer p.mu.RUnlock()
	for _, c := range counts {
		if u := p.usage[planKey{c.Plan, c.Key}]; u != nil {
			u.mu.Lock()
			if u.spent.start.Equal(c.Start) && u.spent.period == c.Period {
				u.spent.saved += c.Added
			}
			u.mu.Unlock()
		}
	}
	return nil
}

// Restore takes counts that were saved: after a start, or what other nodes
// counted. Counts of keys or plans that are gone are ignored, so Replace first.
func (p *Plans) Restore(counts []Count) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	for _, c := range counts {
		if u := p.usage[planKey{c.Plan, c.Key}]; u != nil {
			u.mu.Lock()
			u.spent.restore(c)
			u.mu.Unlock()
		}
	}
}

func (p *Plans) counts(want func(*spent) bool) []Count {
	p.mu.RLock()
	defer p.mu.RUnlock()
	var counts []Count
	for id, u := range p.usage {
		u.mu.Lock()
		if s := &u.spent; !s.start.IsZero() && want(s) {
			counts = append(counts, Count{id.plan, id.key, s.start, s.period, s.used, s.used - s.saved})
		}
		u.mu.Unlock()
	}
	slices.SortFunc(counts, func(a, b Count) int {
		return cmp.Or(cmp.Compare(a.Plan, b.Plan), cmp.Compare(a.Key, b.Key))
	})
	return counts
}
