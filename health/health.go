package health

import (
	"cmp"
	"slices"
	"time"
)

// Broken is something of a configuration that will fail when a request reaches it.
type Broken struct {
	Integration string `json:"integrationId,omitempty"` // or none of them
	Response    string `json:"integrationResponseId,omitempty"`
	Key         string `json:"key,omitempty"` // of the template, model or response
	Line        int    `json:"line,omitempty"`
	Column      int    `json:"column,omitempty"`
	Message     string `json:"message"`
}

// Pulse is how an API is doing: what its exchanges were, second by second of the last
// minute with the present one last, and what each route has served since the process
// began, by stage and key.
type Pulse struct {
	Count  []int64 `json:"count"`
	Failed []int64 `json:"failed"`
	Routes []Route `json:"routes"`
}

// Route is how a route of a stage is doing. Backend and Authorizer are why those failed when
// they were asked last; "" when they did not, or were not asked.
type Route struct {
	Stage      string `json:"stage"`
	Key        string `json:"route"`
	Count      int64  `json:"count"`
	Failed     int64  `json:"failed"`
	Backend    string `json:"backend,omitempty"`
	Authorizer string `json:"authorizer,omitempty"`

	// When those were asked last: what several processes know is decided by the last of them.
	BackendAt    time.Time `json:"-"`
	AuthorizerAt time.Time `json:"-"`
}

// Add adds how the API is doing in another process, second by second as each counts back from
// its own present one: their clocks need not be alike.
func (p *Pulse) Add(there *Pulse) {
	p.Count, p.Failed = sum(p.Count, there.Count), sum(p.Failed, there.Failed)
	for i := range there.Routes {
		r := &there.Routes[i]
		known := slices.IndexFunc(p.Routes, func(o Route) bool { return o.Stage == r.Stage && o.Key == r.Key })
		if known < 0 {
			p.Routes = append(p.Routes, *r)
			continue
		}
		p.Routes[known].add(r)
	}
	slices.SortFunc(p.Routes, func(a, b Route) int { return cmp.Or(cmp.Compare(a.Stage, b.Stage), cmp.Compare(a.Key, b.Key)) })
}

func (r *Route) add(there *Route) {
	r.Count += max(0, there.Count)
	r.Failed += max(0, there.Failed)
	if there.BackendAt.After(r.BackendAt) {
		r.Backend, r.BackendAt = there.Backend, there.BackendAt
	}
	if there.AuthorizerAt.After(r.AuthorizerAt) {
		r.Authorizer, r.AuthorizerAt = there.Authorizer, there.AuthorizerAt
	}
}

// sum adds numbers from their ends, which are the present second.
func sum(a, b []int64) []int64 {
	for i := 1; i <= min(len(a), len(b)); i++ {
		a[len(a)-i] += max(0, b[len(b)-i])
	}
	return a
}
