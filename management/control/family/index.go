package family

import (
	"context"
	"maps"
	"sync"

	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/catalog"
)

// index knows the nouns of some collections of one API, so that a write need not read
// all siblings to see that it is the only one of its key. It belongs to one change at
// a time.
type index struct {
	revision int64 // of the API's version when the sets were right; 0 for none
	written  bool  // by the change that has it
	sets     map[store.Key]*set
}

// put and remove keep the sets right that there are.
func (x *index) put(at store.Key, id, key string) {
	x.written = true
	if s := x.sets[at]; s != nil {
		s.put(id, key)
	}
}

func (x *index) remove(at store.Key, id string) {
	x.written = true
	if s := x.sets[at]; s != nil {
		s.remove(id)
	}
	gone := at.Child(id)
	maps.DeleteFunc(x.sets, func(key store.Key, _ *set) bool { return key.Below(gone) })
}

// maxIndexes bounds for how many APIs an index is kept between changes.
const maxIndexes = 256

// indexes keeps the indexes of APIs between changes. One is right so long as the
// version of its API is of the same revision: whoever changes what an API's deployments
// freeze raises that in the same transaction, this process or another, and whoever
// replaces the whole configuration takes it away.
type indexes struct {
	mu   sync.Mutex // protects fields below
	kept map[string]*index
}

// take gives a change the index of its API, which is a new one when there is none or
// somebody else has written since.
func (x *indexes) take(ctx context.Context, t *Change) (*index, error) {
	revision, err := catalog.VersionedAt(ctx, t.Tx, t.Region, t.Api.ApiId)
	if err != nil {
		return nil, err
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	old := x.kept[t.apiName()]
	delete(x.kept, t.apiName())
	if old != nil && old.revision == revision && revision != 0 {
		return old, nil
	}
	return &index{revision: revision, sets: map[store.Key]*set{}}, nil
}

// giveBack ends what a change does with its index, while nobody else writes: the next
// change may begin before this one is durable, and is only when this one is. failed is
// why the change fails, and is answered.
func (x *indexes) giveBack(ctx context.Context, t *Change, failed error) (err error) {
	kept := t.index
	switch {
	case kept == nil || failed != nil && kept.written:
		return failed
	case kept.written:
		if kept.revision, err = catalog.VersionedAt(ctx, t.Tx, t.Region, t.Api.ApiId); err != nil {
			return err
		}
	}
	kept.written = false
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.kept == nil {
		x.kept = map[string]*index{}
	}
	for other := range x.kept {
		if len(x.kept) < maxIndexes {
			break
		}
		delete(x.kept, other)
	}
	x.kept[t.apiName()] = kept
	return failed
}

// forget drops an index: what it tells was not stored.
func (x *indexes) forget(gone *index) {
	if gone == nil {
		return
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	maps.DeleteFunc(x.kept, func(_ string, kept *index) bool { return kept == gone })
}

func (s *Sight) apiName() string { return s.Region + "/" + s.Api.ApiId }
