package storetest

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/dragoman-gateway/dragoman/store"
)

// Read runs what a store promises to readers. open answers a store that holds the
// documents, created in their order.
func Read(t *testing.T, open func(t *testing.T, documents []store.Document) store.Store) {
	for _, tt := range []struct {
		name string
		test func(*testing.T, store.Store)
	}{
		{"Get", readGet},
		{"Lists", readLists},
		{"Pages", readPages},
		{"Feed", readFeed},
		{"Context", readContext},
		{"ErrorOfView", readError},
	} {
		t.Run(tt.name, func(t *testing.T) { tt.test(t, open(t, tree())) })
	}
	t.Run("Empty", func(t *testing.T) { readEmpty(t, open(t, nil)) })
}

// tree is two APIs whose ids begin alike, with what belongs to them.
func tree() (documents []store.Document) {
	for _, key := range []store.Key{
		"r/apis/b", "r/apis/a", "r/apis/a/routes/2", "r/apis/a/routes/1", "r/apis/ab",
		"r/apis/a/routes/1/responses/x", "r/apis/ab/routes/3", "r/apis/a!/routes/4", "r", "s",
	} {
		documents = append(documents, store.Document{Key: key, Body: []byte("body of " + key)})
	}
	return append(documents, store.Document{Key: "large", Body: []byte(large(0))})
}

func readGet(t *testing.T, s store.Store) {
	view(t, s, func(r store.Reader) {
		for _, d := range tree() {
			want(t, r, d.Key, string(d.Body))
		}
		for _, key := range []store.Key{"", "r/apis", "r/apis/", "r/apis/a/", "R", "r/apis/a/routes/1/responses", "/r"} {
			absent(t, r, key)
		}
		if a, b := read(t, r, "r/apis/b"), read(t, r, "r/apis/a"); a.Created >= b.Created || a.Revision < a.Created {
			t.Errorf("first document %+v, second %+v: want rising Created, and Revision no less", a, b)
		}
	})
}

func readLists(t *testing.T, s store.Store) {
	tests := []struct {
		prefix         store.Key
		list, children []store.Key
	}{
		{"r/apis", []store.Key{"r/apis/b", "r/apis/a", "r/apis/a/routes/2", "r/apis/a/routes/1", "r/apis/ab",
			"r/apis/a/routes/1/responses/x", "r/apis/ab/routes/3", "r/apis/a!/routes/4"},
			[]store.Key{"r/apis/b", "r/apis/a", "r/apis/ab"}},
		{"r/apis/a", []store.Key{"r/apis/a/routes/2", "r/apis/a/routes/1", "r/apis/a/routes/1/responses/x"}, nil},
		{"r/apis/a/routes", []store.Key{"r/apis/a/routes/2", "r/apis/a/routes/1", "r/apis/a/routes/1/responses/x"},
			[]store.Key{"r/apis/a/routes/2", "r/apis/a/routes/1"}},
		{"s", nil, nil},
		{"nothing", nil, nil},
		{"", func() (k []store.Key) {
			for _, d := range tree() {
				k = append(k, d.Key)
			}
			return k
		}(), []store.Key{"r", "s", "large"}},
	}
	view(t, s, func(r store.Reader) {
		for _, tt := range tests {
			list, err := r.List(t.Context(), tt.prefix, 0, 0)
			if got := keys(list); err != nil || !slices.Equal(got, tt.list) {
				t.Errorf("List(%q) = %q, %v, want %q", tt.prefix, got, err, tt.list)
			}
			children, err := r.Children(t.Context(), tt.prefix, 0, 0)
			if got := keys(children); err != nil || !slices.Equal(got, tt.children) {
				t.Errorf("Children(%q) = %q, %v, want %q", tt.prefix, got, err, tt.children)
			}
			for _, d := range list {
				want(t, r, d.Key, string(d.Body))
			}
		}
	})
}

func readPages(t *testing.T, s store.Store) {
	type lister func(context.Context, store.Key, int64, int) ([]store.Document, error)
	view(t, s, func(r store.Reader) {
		for name, list := range map[string]lister{"List": r.List, "Children": r.Children} {
			whole, err := list(t.Context(), "r/apis", 0, 0)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			for limit := 1; limit <= len(whole)+1; limit++ {
				var got []store.Key
				for after := int64(0); ; {
					page, err := list(t.Context(), "r/apis", after, limit)
					if err != nil || len(page) > limit {
						t.Fatalf("%s after %d, limit %d: %d documents, %v", name, after, limit, len(page), err)
					}
					if len(page) == 0 {
						break
					}
					got = append(got, keys(page)...)
					after = page[len(page)-1].Created
				}
				if !slices.Equal(got, keys(whole)) {
					t.Errorf("%s in pages of %d = %q, want %q", name, limit, got, keys(whole))
				}
			}
			if past, err := list(t.Context(), "r/apis", 1<<63-1, 0); err != nil || len(past) > 0 {
				t.Errorf("%s after the greatest revision = %q, %v, want nothing", name, keys(past), err)
			}
		}
	})
}

func readFeed(t *testing.T, s store.Store) {
	changes := feed(t, s, 0, 0)
	if len(changes) != len(tree()) {
		t.Fatalf("feed tells %d changes, want %d", len(changes), len(tree()))
	}
	view(t, s, func(r store.Reader) {
		for i, c := range changes {
			if d := read(t, r, c.Key); c.Deleted || d.Revision != c.Revision {
				t.Errorf("change %+v of document at revision %d", c, d.Revision)
			}
			if i > 0 && c.Revision <= changes[i-1].Revision {
				t.Errorf("revision %d comes after %d", c.Revision, changes[i-1].Revision)
			}
		}
	})
	if got, want := changes[len(changes)-1].Revision, revision(t, s); got != want {
		t.Errorf("the feed ends at %d, the store is at %d", got, want)
	}
}

func readContext(t *testing.T, s store.Store) {
	called := false
	err := s.View(cancelled(), func(store.Reader) error { called = true; return nil })
	if !errors.Is(err, context.Canceled) || called {
		t.Errorf("View with an ended context: %v, called %v, want context.Canceled, false", err, called)
	}
	if _, err := s.Changes(cancelled(), 0, 0); !errors.Is(err, context.Canceled) {
		t.Errorf("Changes with an ended context: %v, want context.Canceled", err)
	}
}

func readError(t *testing.T, s store.Store) {
	cause := errors.New("of the caller")
	if err := s.View(t.Context(), func(store.Reader) error { return cause }); !errors.Is(err, cause) {
		t.Errorf("View answered %v, want %v", err, cause)
	}
}

func readEmpty(t *testing.T, s store.Store) {
	if got := revision(t, s); got != 0 {
		t.Errorf("an empty store is at revision %d, want 0", got)
	}
	if got := feed(t, s, 0, 0); len(got) > 0 {
		t.Errorf("the feed of an empty store tells %v", got)
	}
	if got := all(t, s); len(got) > 0 {
		t.Errorf("an empty store lists %q", got)
	}
}
