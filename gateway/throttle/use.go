package throttle

import (
	"crypto/sha256"
	"time"
)

// Use is what a key has used of a plan, and what it may.
type Use struct {
	Plan  string // its id; "" where there is no such key
	Used  int64  // of the quota, in the period
	Quota *Quota // nil: none
	From  time.Time
	Until time.Time // when the next period begins; zero without a quota
	Rate  *Rate     // that refuses first: the route's, else the plan's; nil: none
}

// Use is what a key has used of a plan in the period of this moment. It changes nothing.
func (p *Plans) Use(plan, key string) Use {
	p.mu.RLock()
	defer p.mu.RUnlock()
	for _, e := range p.index {
		if e.plan.ID == plan && e.key == key {
			return e.use(p.now())
		}
	}
	return Use{Plan: plan}
}

// Look is what a request of a route by the value of its API key finds: the numbers behind
// the verdict of Admit. It changes nothing.
func (p *Plans) Look(api, stage, route, value string) Use {
	p.mu.RLock()
	defer p.mu.RUnlock()
	e := p.index[admission{api, stage, sha256.Sum256([]byte(value))}]
	if e == nil || value == "" {
		return Use{}
	}
	u := e.use(p.now())
	for i := range e.plan.Stages {
		if s := &e.plan.Stages[i]; s.API == api && s.Stage == stage {
			if rate, ok := s.Routes[route]; ok {
				u.Rate = &rate
			}
		}
	}
	return u
}

func (e *entry) use(now time.Time) Use {
	u := Use{Plan: e.plan.ID, Quota: e.plan.Quota, Rate: e.plan.Rate}
	if u.Quota == nil {
		return u
	}
	e.usage.mu.Lock()
	spent := e.usage.spent
	e.usage.mu.Unlock()
	spent.turn(u.Quota, now) // of a copy
	u.Used, u.From, u.Until = spent.used, spent.start, u.Quota.Period.end(spent.start)
	return u
}
