package throttle

import (
	"sync"
	"weak"
)

// Set keeps the limiters of all routes by what they limit, and the limits of
// the account. A limiter lives as long as a gate uses it: two deployments that
// follow each other share it, a route that is gone leaves nothing behind.
type Set struct {
	clock   Clock
	account *Limiter // nil for no limit
	connect *Limiter // nil for no limit
	manage  *Limiter // nil for no limit

	mu    sync.Mutex // Protects fields below.
	known map[Key]shared
	sweep int // how large known may grow before it is swept
	nodes int
}

// Key says what a limiter limits. Route is "" for the account's own.
type Key struct{ API, Stage, Route string }

// shared is a limiter with the rate that its whole fleet has.
type shared struct {
	limiter weak.Pointer[Limiter]
	rate    Rate
}

// Options are the limits of the account, nil for none. AWS's are 10,000 a
// second and 5,000 at once, and 500 new connections a second.
type Options struct {
	Account *Rate // all requests and messages
	Connect *Rate // new WebSocket connections
	Manage  *Rate // calls of the management API; AWS has limits of its own for each operation
	Clock   Clock // Monotonic() if nil
}

const firstSweep = 64

// NewSet makes a set without any routes.
func NewSet(o Options) *Set {
	s := &Set{clock: o.Clock, known: map[Key]shared{}, sweep: firstSweep, nodes: 1}
	if s.clock == nil {
		s.clock = Monotonic()
	}
	if o.Account != nil {
		s.account = s.limiter(Key{API: "account"}, *o.Account)
	}
	if o.Connect != nil {
		s.connect = s.limiter(Key{API: "connect"}, *o.Connect)
	}
	if o.Manage != nil {
		s.manage = s.limiter(Key{API: "manage"}, *o.Manage)
	}
	return s
}

// Manage admits a call of the management API, or answers false: 429.
func (s *Set) Manage() bool { return s.manage == nil || s.manage.Allow(s.clock()) }

// Connect admits a new connection, or answers false: 429.
func (s *Set) Connect() bool {
	return s.connect == nil || s.connect.Allow(s.clock())
}

// Gate is where the requests or messages of one route are admitted.
type Gate struct {
	clock   Clock
	route   *Limiter // nil for no limit
	account *Limiter // nil for no limit
}

// Gate makes the gate of a route for a deployment that is to be served; r is
// nil if neither the route nor its stage has a limit. If the route has a gate
// already, its bucket is shared and takes the new rate at once.
//
// Assumed: a stage's default settings give each route a bucket of its own with
// these numbers, as REST APIs describe it for their methods.
func (s *Set) Gate(api, stage, route string, r *Rate) *Gate {
	g := &Gate{clock: s.clock, account: s.account}
	if r != nil {
		g.route = s.limiter(Key{api, stage, route}, *r)
	}
	return g
}

// Allow admits a request or a message, or answers false: 429. A nil gate
// admits everything.
func (g *Gate) Allow() bool {
	if g == nil || g.route == nil && g.account == nil {
		return true
	}
	now := g.clock()
	if g.route != nil && !g.route.Allow(now) {
		return false
	}
	if g.account != nil && !g.account.Allow(now) {
		if g.route != nil {
			g.route.Refund()
		}
		return false
	}
	return true
}

// Bucket is what is left in one of the buckets of a gate.
type Bucket struct {
	Name        string // route or account
	PerSecond   float64
	Left, Burst int
}

// Buckets are those that the gate takes tokens of, the route's first.
func (g *Gate) Buckets() (list []Bucket) {
	if g == nil {
		return nil
	}
	for _, b := range []struct {
		name    string
		limiter *Limiter
	}{{"route", g.route}, {"account", g.account}} {
		if b.limiter != nil {
			left, burst := b.limiter.Left(g.clock())
			list = append(list, Bucket{b.name, b.limiter.PerSecond(), left, burst})
		}
	}
	return list
}

// Nodes tells the set how many nodes share its limits, itself included.
func (s *Set) Nodes(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.nodes = max(1, n)
	for _, k := range s.known {
		if l := k.limiter.Value(); l != nil {
			l.Set(k.rate.Share(s.nodes))
		}
	}
}

// limiter answers the one limiter of a key, with this rate from now on.
func (s *Set) limiter(k Key, r Rate) *Limiter {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.known[k].limiter.Value()
	if l == nil {
		s.forget()
		l = &Limiter{}
	}
	l.Set(r.Share(s.nodes))
	s.known[k] = shared{weak.Make(l), r}
	return l
}

// forget drops the keys whose limiters nobody uses any more, whenever the set
// has doubled.
func (s *Set) forget() {
	if len(s.known) < s.sweep {
		return
	}
	for k, held := range s.known {
		if held.limiter.Value() == nil {
			delete(s.known, k)
		}
	}
	s.sweep = max(firstSweep, 2*len(s.known))
}
