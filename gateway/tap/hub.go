package tap

import (
	"net/http"
	"time"

	"github.com/dragoman-gateway/dragoman/exchange"
	"github.com/dragoman-gateway/dragoman/internal/tasks"
	"github.com/dragoman-gateway/dragoman/plan"
	"github.com/dragoman-gateway/dragoman/record"
)

// Subscriber is told of the exchanges of one stage. It is safe for concurrent use.
type Subscriber interface {
	// Wants says which steps it is to be told of exchanges on a route with these
	// settings; nil is for exchanges that have found no route yet. It is asked often.
	Wants(route *plan.Settings) Kinds
	// Step is told of a step that it wants. It does not block, keeps nothing of x and
	// does not change it.
	Step(x *exchange.Exchange, route *plan.Settings, s Step)
}

// Source makes what is told of the exchanges of a stage; nil where the stage's
// configuration needs nothing of it. The stage is nil for exchanges that have found
// none.
type Source func(stage *plan.Stage) Subscriber

// Func is a Subscriber that always wants the same.
type Func struct {
	Kinds Kinds
	Do    func(x *exchange.Exchange, route *plan.Settings, s Step)
}

var _ Subscriber = (*Func)(nil)

// Wants implements Subscriber.
func (f *Func) Wants(*plan.Settings) Kinds { return f.Kinds }

// Step implements Subscriber.
func (f *Func) Step(x *exchange.Exchange, route *plan.Settings, s Step) { f.Do(x, route, s) }

// Hub knows everybody who listens. A nil Hub has nobody.
type Hub struct {
	sources []Source
	follow  Follow
	record  Recorder // nil: nobody records
	reports *tasks.Reporter
	nowhere *Audience // of exchanges without a stage
}

// New makes a Hub; reports is told of panics of subscribers. Subscribers are told in
// the order of their sources.
func New(reports *tasks.Reporter, sources ...Source) *Hub {
	h := &Hub{sources: sources, reports: reports}
	h.nowhere = h.gather(nil)
	return h
}

// Follow begins to follow an exchange through what it calls and leaves its Span on it.
// The header is that of a request or a handshake, nil for what has none.
type Follow func(x *exchange.Exchange, h http.Header)

// Follow has every exchange followed; nil follows none. It must be called first.
func (h *Hub) Follow(f Follow) { h.follow = f }

// Begin has an exchange followed, where anybody follows.
func (h *Hub) Begin(x *exchange.Exchange, header http.Header) {
	if h != nil && h.follow != nil {
		h.follow(x, header)
	}
}

// Recorder begins the records of exchanges. *recorder.Recorder is one.
type Recorder interface {
	// Begin begins the record of an exchange with an API, "" where none was found; nil
	// where none is made. It is asked for each exchange. No time is the present one.
	Begin(api, name string, at time.Time) *record.Draft
}

// Record has exchanges recorded; nil records none. It must be called first.
func (h *Hub) Record(r Recorder) { h.record = r }

// Draft begins the record of an exchange with an API, nil where none is made.
func (h *Hub) Draft(api, name string, at time.Time) *record.Draft {
	if h == nil || h.record == nil {
		return nil
	}
	return h.record.Begin(api, name, at)
}

// Audience is who listens to the exchanges of one stage.
type Audience struct {
	subscribers []Subscriber
	reports     *tasks.Reporter
}

func (h *Hub) gather(stage *plan.Stage) *Audience {
	a := &Audience{reports: h.reports}
	for _, source := range h.sources {
		_ = h.reports.Do("gathering who is told of a stage", func() {
			if s := source(stage); s != nil {
				a.subscribers = append(a.subscribers, s)
			}
		})
	}
	return a
}

// Stage gathers the audience of a stage that comes to be served; nil stands for no
// stage.
func (h *Hub) Stage(stage *plan.Stage) *Audience {
	switch {
	case h == nil:
		return nil
	case stage == nil:
		return h.nowhere
	}
	return h.gather(stage)
}

// Tap is what one exchange tells its audience through. The zero value has none.
type Tap struct {
	audience *Audience
	route    *plan.Settings
	heard    Kinds         // what the audience wants
	wants    Kinds         // and what the record does: one question for both
	draft    *record.Draft // nil: the exchange is not recorded
	ended    *record.Draft // what draft was, once the exchange has ended
}

// Open begins to tell an audience of an exchange on a route with these settings, nil
// while no route is found. It may be opened again when there is more to know.
func (t *Tap) Open(a *Audience, route *plan.Settings) {
	*t = Tap{audience: a, route: route, draft: t.draft}
	if t.draft != nil {
		t.wants = Everything
	}
	if a == nil {
		return
	}
	for _, s := range a.subscribers {
		t.heard |= s.Wants(route)
	}
	t.wants |= t.heard
}

// Record has the exchange leave a record; nil has it leave none.
func (t *Tap) Record(d *record.Draft) {
	if t.draft = d; d != nil {
		t.wants |= Everything
	}
}

// Now is the present time where the exchange is recorded, and no time else.
func (t *Tap) Now() time.Time {
	if t.draft == nil {
		return time.Time{}
	}
	return time.Now()
}

// Draft is the record that the exchange is to leave, nil for none.
func (t *Tap) Draft() *record.Draft { return t.draft }

// Wants says whether anybody wants to be told of steps of a kind, or to record them.
func (t *Tap) Wants(k Kind) bool { return t.wants.Has(k) }

// Heard says whether anybody wants to be told of steps of a kind: the record is told in its
// own words.
func (t *Tap) Heard(k Kind) bool { return t.heard.Has(k) }

// Data says whether anybody wants data in the steps.
func (t *Tap) Data() bool { return t.wants&Data != 0 }

// Logged says whether somebody keeps the log that the API's owner asked for.
func (t *Tap) Logged() bool { return t.wants&Logged != 0 }

// Tell tells all who want it. What is made for a step is worth its cost only where
// Heard said so.
func (t *Tap) Tell(x *exchange.Exchange, s Step) {
	if !t.Heard(s.Kind) || t.audience == nil {
		return
	}
	for _, to := range t.audience.subscribers {
		if wants := to.Wants(t.route); wants.Has(s.Kind) {
			t.tell(to, wants, x, s)
		}
	}
}

func (t *Tap) tell(to Subscriber, wants Kinds, x *exchange.Exchange, s Step) {
	defer t.audience.reports.Catch("telling of an exchange", nil)
	if wants&Data == 0 {
		s.Header, s.Data = "", ""
	}
	to.Step(x, t.route, s)
}
