package pulse

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/dragoman-gateway/dragoman/exchange"
	"github.com/dragoman-gateway/dragoman/gateway/tap"
	"github.com/dragoman-gateway/dragoman/health"
	"github.com/dragoman-gateway/dragoman/message"
	"github.com/dragoman-gateway/dragoman/plan"
)

// Seconds is how far back the pulse of an API goes.
const Seconds = 60

// mostRoutes bounds the routes of an API, over all of its stages, that are counted by
// themselves: stages come and go, and nobody asks after so many.
const mostRoutes = 1000

// Pulse is a tap.Source that listens to all exchanges.
type Pulse struct {
	mu   sync.Mutex // Protects apis.
	apis map[string]*api
}

// api is what is known of one.
type api struct {
	mu     sync.Mutex // Protects below.
	beats  [Seconds]beat
	routes map[place]*health.Route
}

// beat is one second.
type beat struct{ at, count, failed int64 }

type place struct{ stage, route string }

// New makes a pulse.
func New() *Pulse { return &Pulse{apis: map[string]*api{}} }

// Stage implements tap.Source.
func (p *Pulse) Stage(stage *plan.Stage) tap.Subscriber {
	if stage == nil {
		return nil
	}
	return &listener{api: p.of(stage.ApiID), stage: stage.Name}
}

// of makes the entry of an API at its first exchange. Forget takes it away with the last stage.
func (p *Pulse) of(id string) *api {
	p.mu.Lock()
	defer p.mu.Unlock()
	found := p.apis[id]
	if found == nil {
		found = &api{routes: map[place]*health.Route{}}
		p.apis[id] = found
	}
	return found
}

// Forget forgets a stage that is served no more, and its API with the last one.
func (p *Pulse) Forget(id, stage string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	a := p.apis[id]
	if a == nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	for at := range a.routes {
		if at.stage == stage {
			delete(a.routes, at)
		}
	}
	if len(a.routes) == 0 {
		delete(p.apis, id)
	}
}

// Of is how an API is doing now.
func (p *Pulse) Of(id string) health.Pulse { return p.at(id, time.Now()) }

// at takes only beats of the seconds that are shown: a place of the ring that nothing wrote
// since keeps an old one.
func (p *Pulse) at(id string, now time.Time) health.Pulse {
	v := health.Pulse{Count: make([]int64, Seconds), Failed: make([]int64, Seconds), Routes: []health.Route{}}
	p.mu.Lock()
	a := p.apis[id]
	p.mu.Unlock()
	if a == nil {
		return v
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, b := range a.beats {
		if age := now.Unix() - b.at; age >= 0 && age < Seconds {
			v.Count[Seconds-1-age], v.Failed[Seconds-1-age] = b.count, b.failed
		}
	}
	for _, r := range a.routes {
		v.Routes = append(v.Routes, *r)
	}
	slices.SortFunc(v.Routes, func(a, b health.Route) int { return cmp.Or(cmp.Compare(a.Stage, b.Stage), cmp.Compare(a.Key, b.Key)) })
	return v
}

// listener listens to one stage.
type listener struct {
	api   *api
	stage string
}

var _ tap.Subscriber = (*listener)(nil)

// Wants implements tap.Subscriber.
func (l *listener) Wants(*plan.Settings) tap.Kinds { return tap.Of(tap.Ended) }

// Step implements tap.Subscriber.
func (l *listener) Step(x *exchange.Exchange, _ *plan.Settings, s tap.Step) {
	at := s.At
	if at.IsZero() {
		at = time.Now()
	}
	failed := x.Status >= 400 || x.Status == 0 && x.Error.Message != ""
	a := l.api
	a.mu.Lock()
	defer a.mu.Unlock()
	b := &a.beats[at.Unix()%Seconds]
	if b.at != at.Unix() {
		*b = beat{at: at.Unix()}
	}
	b.count++
	r := a.route(place{l.stage, x.RouteKey})
	r.Count++
	if failed {
		b.failed++
		r.Failed++
	}
	note(r, x, at)
}

// route finds what is counted of a route. Beyond the bound all others are one.
func (a *api) route(at place) *health.Route {
	if found := a.routes[at]; found != nil {
		return found
	}
	if len(a.routes) >= mostRoutes {
		if at.route = ""; a.routes[at] != nil {
			return a.routes[at]
		}
	}
	made := &health.Route{Stage: at.stage, Key: at.route}
	a.routes[at] = made
	return made
}

// note says in a route whether what was asked for an exchange has answered. A refusal is an answer,
// and so is what a backend says of a request that it does not like; a mock is nobody.
func note(r *health.Route, x *exchange.Exchange, at time.Time) {
	if asked := &x.AuthorizerAt; asked.Status != 0 {
		r.AuthorizerAt = at
		if r.Authorizer = ""; asked.Status >= http.StatusInternalServerError {
			r.Authorizer = cmp.Or(plain(asked), "it does not answer")
		}
	}
	asked := &x.Integration
	if *asked == (exchange.Step{}) {
		return
	}
	r.BackendAt = at
	if r.Backend = plain(asked); r.Backend == "" && asked.Status >= http.StatusInternalServerError && asked.Latency > 0 {
		r.Backend = "it answers " + strconv.Itoa(asked.Status)
	}
}

// plain is why something that was asked has failed, without what it has said itself: that
// may repeat what it was sent, secrets too, and who looks at pages of the gateway need not
// be allowed to see them. Records tell it, masked.
func plain(asked *exchange.Step) string {
	switch {
	case strings.HasPrefix(asked.Error, message.FunctionFailed):
		return "the function fails"
	case asked.Error != "" && asked.ServiceStatus >= http.StatusBadRequest:
		return "it answers " + strconv.Itoa(asked.ServiceStatus)
	}
	return asked.Error
}
