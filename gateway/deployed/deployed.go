package deployed

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dragoman-gateway/dragoman/bus"
	"github.com/dragoman-gateway/dragoman/gateway/admission"
	"github.com/dragoman-gateway/dragoman/gateway/serving"
	"github.com/dragoman-gateway/dragoman/gateway/tap"
	"github.com/dragoman-gateway/dragoman/internal/tasks"
	"github.com/dragoman-gateway/dragoman/mapping/vtl"
	"github.com/dragoman-gateway/dragoman/plan"
	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/catalog"
)

// Poll is how often the store is asked for changes that nobody announced.
const Poll = time.Second

// Compile makes the plan of a stage from what is deployed there. known are plans of
// the same API, for parts that can be used again; any may be nil.
type Compile func(in plan.Input, known ...*plan.Stage) *plan.Stage

// Compiler compiles plans whose templates draw from one account of memory, and are of
// maxTemplate characters at most.
func Compiler(renderings *vtl.Account, maxTemplate int, extensions resource.Extensions) Compile {
	return func(in plan.Input, known ...*plan.Stage) *plan.Stage {
		in.Renderings, in.MaxTemplate, in.Extensions = renderings, maxTemplate, extensions
		return plan.Compile(in, known...)
	}
}

// Load takes what is stored now in place of what was. It answers what could not be
// read, which concerns nothing else; an error means that the store failed, and that
// it is to be called again.
type Load func(context.Context, store.Reader) ([]*catalog.Unreadable, error)

// Config is what Live needs.
type Config struct {
	Store   store.Store
	Bus     bus.Bus // joins the nodes that serve the store
	Account string
	Compile Compile
	// Rules make the rules of stages, and Taps know who is told of their exchanges; nil
	// Rules limit nothing and let nobody in where an authorizer is asked for.
	Rules *admission.Rules
	Taps  *tap.Hub
	// Retired is told of a stage that is served no more, with what was served of it last; may be nil.
	Retired func(apiID, name string, stage *serving.Stage)
	Reset   func(apiID, stage string) // forgets what authorizers answered for a stage; may be nil
	// Domains and Keys load custom domains, and API keys with their usage plans,
	// when any of them have changed; nil loads none.
	Domains, Keys Load
	// Trouble is told of what cannot be served, and with an empty text that it can
	// again; about names it. May be nil.
	Trouble func(about, text string)
	// Progress is told at the start of how many APIs of all have been read; may be nil. It must
	// return at once.
	Progress func(done, all int64)
	// Eager is how many bytes of frozen configurations are compiled at the start; the APIs
	// beyond it are when they are called first. 0 is the constant of that name.
	Eager   int
	Logger  *slog.Logger
	Reports *tasks.Reporter // is told of panics
}

// Apis is the served configuration of this process.
type Apis struct {
	config  Config
	apis    sync.Map // api id → *served or *resting, each immutable
	applied atomic.Int64
	wake    chan struct{}
	late    atomic.Pointer[arrears] // what is stored and not served; nil when nothing is

	swapping sync.Mutex // Held while an API is replaced together with its troubles.
	making   sync.Mutex // Held while rules and audiences are made.
	unread   []*resting // that Run has not looked at yet

	mu       sync.Mutex // Protects fields below.
	waiters  []waiter
	offered  []offer
	troubles map[trouble]string
}

// arrears are revisions that are not served, and since when that is known.
type arrears struct {
	revision int64
	since    time.Time
}

// waiter waits until a revision is served.
type waiter struct {
	revision int64
	done     chan struct{}
}

// New loads everything that is stored. Run keeps it up to date.
func New(ctx context.Context, config Config) (*Apis, error) {
	l := &Apis{config: config, wake: make(chan struct{}, 1), troubles: map[trouble]string{}}
	if err := l.reload(ctx, config.Progress); err != nil {
		return nil, err
	}
	return l, nil
}

// Api finds what an API serves, nil when there is none.
func (l *Apis) Api(id string) *serving.Api {
	if found := l.served(id); found != nil {
		return found.api
	}
	return nil
}

// Revision is the store's revision that is served.
func (l *Apis) Revision() int64 { return l.applied.Load() }

// Lag is for how long there has been something in the store that this process does
// not serve; 0 when it serves everything. It is known from when somebody looked,
// which Run does each second.
func (l *Apis) Lag(ctx context.Context) (time.Duration, error) {
	latest, err := l.latest(ctx)
	if err != nil {
		return 0, err
	}
	return l.lag(latest), nil
}

// lag notes whether the latest revision is served.
func (l *Apis) lag(latest int64) time.Duration {
	applied := l.applied.Load()
	late := l.late.Load()
	if late != nil && late.revision <= applied { // what was missing is served
		l.late.CompareAndSwap(late, nil)
		late = nil
	}
	switch {
	case latest <= applied:
		return 0
	case late == nil:
		l.late.CompareAndSwap(nil, &arrears{latest, time.Now()})
		return 0
	}
	return time.Since(late.since)
}

// Hint says that the store may have changed. It never blocks.
func (l *Apis) Hint() {
	select {
	case l.wake <- struct{}{}:
	default: // it is awake already
	}
}

// Await waits until this process serves a revision, or ctx ends.
func (l *Apis) Await(ctx context.Context, revision int64) error {
	if l.applied.Load() >= revision {
		return nil
	}
	w := waiter{revision, make(chan struct{})}
	l.mu.Lock()
	l.waiters = append(l.waiters, w)
	l.mu.Unlock()
	l.Hint()
	select {
	case <-w.done:
		return nil
	case <-ctx.Done():
		l.mu.Lock()
		defer l.mu.Unlock()
		l.waiters = slices.DeleteFunc(l.waiters, func(other waiter) bool { return other == w })
		return ctx.Err()
	}
}

// Run follows the feed until ctx ends.
func (l *Apis) Run(ctx context.Context) {
	defer l.listen(ctx)()
	ticker := time.NewTicker(Poll)
	defer ticker.Stop()
	for {
		if err := l.follow(ctx); err != nil && ctx.Err() == nil {
			// What is served goes on, and the next look may find the store again.
			l.config.Logger.Error("following the store", "error", err)
		}
		l.review()
		select {
		case <-ctx.Done():
			return
		case <-l.wake:
		case <-ticker.C:
		}
	}
}

// batch is how many changes are read at once: enough that one import is served whole, and
// not so many that the memory for them shows.
const batch = 1000

// follow applies what is new in the feed. The latest revision is asked for first: what is
// written while the changes are read is the next round's.
func (l *Apis) follow(ctx context.Context) error {
	for {
		after := l.applied.Load()
		latest, err := l.latest(ctx)
		if err != nil {
			return err
		}
		l.lag(latest)
		changes, err := l.config.Store.Changes(ctx, after, batch)
		// Deletions in between were forgotten, so that changes alone no longer lead to what is stored.
		if errors.Is(err, store.ErrCompacted) {
			return l.reload(ctx, nil)
		}
		if err != nil {
			return err
		}
		if err := l.apply(ctx, changes); err != nil {
			return err
		}
		if len(changes) < batch { // that was all there was at latest
			l.settle(max(after, latest))
			return nil
		}
		l.settle(changes[len(changes)-1].Revision)
	}
}

// latest is the revision that is stored now.
func (l *Apis) latest(ctx context.Context) (revision int64, err error) {
	err = l.config.Store.View(ctx, func(r store.Reader) error {
		revision, err = r.Revision(ctx)
		return err
	})
	return revision, err
}

// settle records the revision that is served and tells those who wait for it. It never goes
// back: a reload that began earlier may end later.
func (l *Apis) settle(revision int64) {
	if revision > l.applied.Load() {
		l.applied.Store(revision)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	kept := l.waiters[:0]
	for _, w := range l.waiters {
		if w.revision <= revision {
			close(w.done)
		} else {
			kept = append(kept, w)
		}
	}
	clear(l.waiters[len(kept):])
	l.waiters = kept
}
