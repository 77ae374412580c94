package deployed

import (
	"context"
	"errors"
	"sync"

	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/catalog"
)

// Eager is how many bytes of frozen configurations are compiled at the start. They grow to
// some fifty times as much: this makes 15 MB and a tenth of a second of it, and is more than
// most gateways have in all, some thousands of routes.
const Eager = 256 << 10

// resting is an API that nobody has called since the start: the documents that it is made of,
// as they were stored then. Most of many APIs are called seldom, and compiled each takes some
// ten times the memory of its documents, and time before the gateway is ready.
//
// Compiling needs no store any more: whoever calls first waits for a computation alone, and
// meets exactly what was stored, also while the store is away.
type resting struct {
	at   place
	kept kept
	mu   sync.Mutex // Held by whoever compiles it.
}

// meet loads an API that may be served already. One that is not is compiled as long as what
// is left of the eager bytes suffices, and else rests.
func (l *Apis) meet(ctx context.Context, r store.Reader, at place, eager *int) error {
	found, _ := l.apis.Load(at.api)
	if _, is := found.(*served); is {
		return l.load(ctx, r, at)
	}
	k := &keeping{Reader: r}
	size, whole, err := k.read(ctx, at)
	if errors.Is(err, store.ErrDamaged) {
		return l.load(ctx, r, at) // of which the rest is served
	}
	if err != nil {
		return err
	}
	if *eager -= size; *eager >= 0 || !whole {
		return l.load(ctx, r, at) // what is not whole is told of
	}
	made := &resting{at: at, kept: k.kept}
	if found == nil {
		l.apis.Store(at.api, made)
	} else if !l.apis.CompareAndSwap(at.api, found, made) { // it is served meanwhile
		return l.load(ctx, r, at)
	}
	l.unread = append(l.unread, made)
	return nil
}

// wakeUp has an API be served that rests. All who call it meanwhile wait for the first.
func (l *Apis) wakeUp(r *resting) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if found, _ := l.apis.Load(r.at.api); found != any(r) {
		return
	}
	n := l.loading(r.kept, r.at, nil)
	n.quiet = true
	var err error
	if panicked := l.config.Reports.Do("compiling an API", func() { err = n.load(context.Background()) }); panicked != nil {
		err = panicked
	}
	if err != nil {
		n.keep(err)
	}
	l.swapping.Lock()
	defer l.swapping.Unlock()
	// What was loaded meanwhile is newer.
	if l.apis.CompareAndSwap(r.at.api, r, n.next) {
		l.settleTroubles(r.at.api, n.troubles)
	}
}

// reviewed is how many resting APIs are looked at in a round of Run: ten thousand take a
// minute, and nobody feels it.
const reviewed = 200

// review looks whether what rests can be unfolded, some of it at a time: an operator wants to
// hear of what is damaged before a client does. What cannot is woken up, and so told of.
func (l *Apis) review() {
	some := l.unread[:min(reviewed, len(l.unread))]
	for i, r := range some {
		some[i] = nil
		if found, _ := l.apis.Load(r.at.api); found != any(r) {
			continue // it was called, or replaced
		}
		if err := r.kept.check(); err != nil {
			l.wakeUp(r)
		}
	}
	if l.unread = l.unread[len(some):]; len(l.unread) == 0 {
		l.unread = nil
	}
}

// kept are the documents of one API, as a store.Reader for loading it. Their bodies are the
// store's own.
type kept struct {
	api    store.Document
	stages []store.Document
	frozen []store.Document
}

var _ store.Reader = kept{}

// Get implements store.Reader.
func (k kept) Get(_ context.Context, key store.Key) (store.Document, error) {
	if key == k.api.Key {
		return k.api, nil
	}
	for _, doc := range k.frozen {
		if doc.Key == key {
			return doc, nil
		}
	}
	return store.Document{}, store.ErrNotFound
}

// Children implements store.Reader: stages are all that loading asks it for.
func (k kept) Children(context.Context, store.Key, int64, int) ([]store.Document, error) {
	return k.stages, nil
}

// List implements store.Reader.
func (k kept) List(context.Context, store.Key, int64, int) ([]store.Document, error) {
	return nil, errors.ErrUnsupported
}

// Revision implements store.Reader.
func (k kept) Revision(context.Context) (int64, error) { return k.api.Revision, nil }

// check says whether all that is frozen can be unfolded.
func (k kept) check() error {
	for _, doc := range k.frozen {
		if err := catalog.Check(doc); err != nil {
			return err
		}
	}
	return nil
}

// keeping is a reader that keeps what is read of one API.
type keeping struct {
	store.Reader
	kept kept
}

// Get implements store.Reader: what is asked for is the API, and then what its stages serve.
func (k *keeping) Get(ctx context.Context, key store.Key) (store.Document, error) {
	doc, err := k.Reader.Get(ctx, key)
	switch {
	case err != nil:
	case k.kept.api.Key == "":
		k.kept.api = doc
	default:
		k.kept.frozen = append(k.kept.frozen, doc)
	}
	return doc, err
}

// Children implements store.Reader.
func (k *keeping) Children(ctx context.Context, prefix store.Key, after int64, limit int) (docs []store.Document, err error) {
	k.kept.stages, err = k.Reader.Children(ctx, prefix, after, limit)
	return k.kept.stages, err
}

// read reads an API with its stages and what they serve. size is what is frozen, in bytes;
// whole says that all of it can be read as far as that is seen without unfolding.
func (k *keeping) read(ctx context.Context, at place) (size int, whole bool, err error) {
	api, err := catalog.Apis(at.region).Entry(ctx, k, at.api)
	if errors.Is(err, store.ErrNotFound) {
		return 0, false, nil
	}
	if err != nil {
		return 0, false, err
	}
	stages, err := catalog.Stages(at.region, at.api).Page(ctx, k, 0, 0)
	whole = api.Err == nil
	for _, stage := range stages {
		whole = whole && stage.Err == nil
		if err != nil || stage.Noun.DeploymentId == "" || k.knows(at, stage.Noun.DeploymentId) {
			continue
		}
		var frozen catalog.Frozen
		if frozen, err = catalog.LoadFrozen(ctx, k, at.region, at.api, stage.Noun.DeploymentId); errors.Is(err, store.ErrNotFound) {
			err = nil // the stage serves its API without routes
		}
		size += frozen.Size()
	}
	return size, whole, err
}

// knows says that what a deployment froze was read already, for another stage.
func (k *keeping) knows(at place, deployment string) bool {
	key := catalog.FrozenKey(at.region, at.api, deployment)
	for _, doc := range k.kept.frozen {
		if doc.Key == key {
			return true
		}
	}
	return false
}
