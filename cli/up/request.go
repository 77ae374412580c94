package up

import (
	"regexp"
	"sync"
	"time"

	"github.com/dragoman-gateway/dragoman/exchange"
	"github.com/dragoman-gateway/dragoman/gateway/tap"
	"github.com/dragoman-gateway/dragoman/plan"
)

// teller tells of each request and message when it has ended. It is safe for
// concurrent use.
type teller struct {
	tell  func(*requestEvent)
	scene func() *scene // that is served, for its names

	mu    sync.Mutex // Protects field below.
	known map[string]*pending
}

// pending is what is known of an exchange before it has ended.
type pending struct{ function, failure string }

// functionName is the name in the ARN of a function.
var functionName = regexp.MustCompile(`:function:([A-Za-z0-9_-]+)`)

// most bounds the exchanges that are remembered; what goes on beyond is told without
// its function.
const most = 10_000

func newTeller(tell func(*requestEvent), scene func() *scene) *teller {
	return &teller{tell: tell, scene: scene, known: map[string]*pending{}}
}

// watch is the tap's source.
func (t *teller) watch(*plan.Stage) tap.Subscriber {
	return &tap.Func{Kinds: tap.Of(tap.Called, tap.Failed, tap.Ended, tap.Left, tap.Posted), Do: t.step}
}

func (t *teller) step(x *exchange.Exchange, _ *plan.Settings, s tap.Step) {
	switch s.Kind {
	case tap.Called:
		if m := functionName.FindStringSubmatch(s.Target); m != nil {
			t.note(x.RequestID, func(p *pending) { p.function = m[1] })
		}
	case tap.Failed:
		t.note(x.RequestID, func(p *pending) {
			if p.failure = s.Told; s.Cause != nil {
				p.failure = s.Cause.Error()
			}
		})
	case tap.Posted:
		at := t.scene()
		t.tell(&requestEvent{Event: "request", Time: s.At.UTC(), Api: at.apiName(x.ApiID), Stage: x.Stage, Route: "@connections",
			Method: "POST", Path: "@connections/" + x.ConnectionID, ConnectionID: x.ConnectionID, Status: 200})
	case tap.Left:
		t.take(x.RequestID)
	case tap.Ended:
		t.ended(x, t.take(x.RequestID))
	}
}

func (t *teller) note(id string, do func(*pending)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	p := t.known[id]
	if p == nil {
		if len(t.known) >= most {
			return
		}
		p = &pending{}
		t.known[id] = p
	}
	do(p)
}

func (t *teller) take(id string) pending {
	t.mu.Lock()
	defer t.mu.Unlock()
	p := t.known[id]
	delete(t.known, id)
	if p == nil {
		return pending{}
	}
	return *p
}

func (t *teller) ended(x *exchange.Exchange, known pending) {
	at := t.scene()
	e := &requestEvent{
		Event: "request", Time: x.RequestTime.UTC(), Api: at.apiName(x.ApiID), Stage: x.Stage, Route: x.RouteKey, ConnectionID: x.ConnectionID,
		Status: x.Status, Duration: float64(time.Since(x.RequestTime).Microseconds()) / 1000, Error: known.failure,
	}
	if known.function != "" {
		e.Function = at.logical(known.function)
	}
	if x.HTTP != nil {
		e.Method, e.Path = x.HTTP.Method, x.HTTP.Path
	}
	t.tell(e)
}
