package family

import (
	"context"

	"github.com/dragoman-gateway/dragoman/store/catalog"
)

// Taken gives the id of another noun that is known by what noun is known by, "" when
// there is none.
func (f *Of[T]) Taken(ctx context.Context, t *Change, noun *T) (id string, err error) {
	if id, err = f.Known(ctx, t, f.key(t, noun)); id == *f.Id(noun) {
		return "", err
	}
	return id, err
}

// Known gives the id of the noun that is known by a key, "" when there is none.
func (f *Of[T]) Known(ctx context.Context, t *Change, key string) (id string, err error) {
	set, err := f.siblings(ctx, t)
	if err != nil {
		return "", err
	}
	return set.byKey[key], nil
}

func (f *Of[T]) key(t *Change, noun *T) string {
	if f.Key == nil {
		return ""
	}
	return f.Key(t, noun)
}

// siblings are the nouns of the collection that a change is about. Nouns that cannot
// be read are known as far as they can.
func (f *Of[T]) siblings(ctx context.Context, t *Change) (*set, error) {
	at, err := f.At(ctx, &t.Sight)
	if err != nil {
		return nil, err
	}
	if !f.indexed(t) {
		return f.gather(ctx, t, at)
	}
	if err := t.takeIndex(ctx); err != nil {
		return nil, err
	}
	s := t.index.sets[at.Prefix()]
	if s == nil {
		if s, err = f.gather(ctx, t, at); err == nil {
			t.index.sets[at.Prefix()] = s
		}
	}
	return s, err
}

// gather reads the nouns of a collection.
func (f *Of[T]) gather(ctx context.Context, t *Change, at catalog.Collection[T]) (*set, error) {
	found, err := at.Page(ctx, t.Tx, 0, 0)
	if err != nil {
		return nil, err
	}
	s := &set{byKey: make(map[string]string, len(found)), byId: make(map[string]string, len(found))}
	for _, e := range found {
		s.put(e.Name, f.key(t, e.Noun))
	}
	return s, nil
}

// indexed says whether an index tells of the kind: it is right by the version of an
// API, which is that of what deployments freeze of it.
func (f *Of[T]) indexed(t *Change) bool { return f.Freezes && t.Api != nil }

// wrote notes what was done to a noun, in the index too.
func (f *Of[T]) wrote(ctx context.Context, t *Change, note func(x *index)) error {
	t.Changed = t.Changed || f.Freezes
	if !f.indexed(t) {
		return nil
	}
	if err := t.takeIndex(ctx); err != nil {
		return err
	}
	note(t.index)
	return nil
}

// takeIndex gives a change the index of its API.
func (t *Change) takeIndex(ctx context.Context) (err error) {
	// Taken when it is asked for: most changes look at no sibling.
	if t.index == nil {
		t.index, err = t.indexes.take(ctx, t)
	}
	return err
}

// set are the nouns of one collection.
type set struct {
	byKey map[string]string // id; of nouns that have a key
	byId  map[string]string // key
}

func (s *set) put(id, key string) {
	// Its former key first: a noun that is renamed gives its old name free.
	s.remove(id)
	s.byId[id] = key
	if key != "" {
		s.byKey[key] = id
	}
}

func (s *set) remove(id string) {
	// Another noun may have taken the key within the same change: then it stays that one's.
	if key := s.byId[id]; s.byKey[key] == id {
		delete(s.byKey, key)
	}
	delete(s.byId, id)
}
