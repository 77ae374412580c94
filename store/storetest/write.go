package storetest

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/dragoman-gateway/dragoman/store"
)

func putTellsRevisions(t *testing.T, s store.Store) {
	first := put(t, s, "a", "1")
	second := update(t, s, func(tx store.Tx) error {
		return errors.Join(tx.Put(t.Context(), "b", []byte("2")), tx.Put(t.Context(), "c", []byte("3")))
	})
	a, b, c := get(t, s, "a"), get(t, s, "b"), get(t, s, "c")
	if a.Revision != first || c.Revision != second || first <= 0 {
		t.Errorf("Update answered %d and %d for documents of revision %d and %d", first, second, a.Revision, c.Revision)
	}
	if !(a.Revision < b.Revision && b.Revision < c.Revision) {
		t.Errorf("revisions %d, %d, %d do not rise", a.Revision, b.Revision, c.Revision)
	}
	for _, d := range []store.Document{a, b, c} {
		if d.Created != d.Revision {
			t.Errorf("new document %q was created at %d, written at %d", d.Key, d.Created, d.Revision)
		}
	}
	if got := revision(t, s); got != second {
		t.Errorf("the store is at revision %d, want %d", got, second)
	}
}

func putTakesAnyBody(t *testing.T, s store.Store) {
	bodies := map[store.Key]string{
		"empty": "", "text": `{"name":"é"}`, "binary": "\x00\xff\x00", "large": large(1), "4096": strings.Repeat("x", 4096), "4097": strings.Repeat("x", 4097),
	}
	for key, body := range bodies {
		put(t, s, key, body)
	}
	update(t, s, func(tx store.Tx) error { return tx.Put(t.Context(), "nil", nil) })
	view(t, s, func(r store.Reader) {
		for key, body := range bodies {
			want(t, r, key, body)
		}
		want(t, r, "nil", "")
	})
	// Small to large, large to large, large to small: no trace of what was before.
	for _, body := range []string{"s", large(2), large(3), "t"} {
		put(t, s, "text", body)
		view(t, s, func(r store.Reader) { want(t, r, "text", body) })
	}
}

func putTakesAnyKey(t *testing.T, s store.Store) {
	var written []store.Key
	for _, segment := range []string{"$default", "GET /pets/{id}", "orders/v1", "50%", "é", "\x00\xff", "'\"; DROP TABLE documents", strings.Repeat("k", 500), "A", "a", "a ", "%_"} {
		key := store.Join("mappings", segment)
		put(t, s, key, segment)
		written = append(written, key)
	}
	view(t, s, func(r store.Reader) {
		for _, key := range written {
			want(t, r, key, key.Name())
		}
		children, err := r.Children(t.Context(), "mappings", 0, 0)
		if got := keys(children); err != nil || !slices.Equal(got, written) {
			t.Errorf("Children = %q, %v, want %q", got, err, written)
		}
	})
}

func putRefusesMalformedKeys(t *testing.T, s store.Store) {
	update(t, s, func(tx store.Tx) error {
		for _, key := range []store.Key{"", "/", "/a", "a/", "a//b", store.Key(strings.Repeat("k", store.MaxKey+1))} {
			if err := tx.Put(t.Context(), key, nil); !errors.Is(err, store.ErrKey) {
				t.Errorf("Put(%.20q) = %v, want ErrKey", key, err)
			}
		}
		return tx.Put(t.Context(), "a", nil) // a refused key does not spoil the Update
	})
	if got := all(t, s); !slices.Equal(got, []store.Key{"a"}) {
		t.Errorf("the store has %q, want only a", got)
	}
}

func replacingKeepsPlace(t *testing.T, s store.Store) {
	created := put(t, s, "p/a", "1")
	put(t, s, "p/b", "1")
	written := put(t, s, "p/a", "2")
	if d := get(t, s, "p/a"); d.Created != created || d.Revision != written || string(d.Body) != "2" {
		t.Errorf("replaced document is %+v, want created %d, revision %d, body 2", d, created, written)
	}
	if got := all(t, s); !slices.Equal(got, []store.Key{"p/a", "p/b"}) {
		t.Errorf("order after replacing is %q", got)
	}
}

func recreatingGoesLast(t *testing.T, s store.Store) {
	put(t, s, "p/a", "1")
	put(t, s, "p/b", "1")
	del(t, s, "p/a")
	again := put(t, s, "p/a", "2")
	update(t, s, func(tx store.Tx) error {
		return errors.Join(tx.Delete(t.Context(), "p/b"), tx.Put(t.Context(), "p/b", []byte("3")), tx.Put(t.Context(), "p/b", []byte("4")))
	})
	if d := get(t, s, "p/a"); d.Created != again {
		t.Errorf("document created again has Created %d, want %d", d.Created, again)
	}
	if got := all(t, s); !slices.Equal(got, []store.Key{"p/a", "p/b"}) {
		t.Errorf("order after creating again is %q", got)
	}
	view(t, s, func(r store.Reader) { want(t, r, "p/b", "4") })
}

func deleteTakesOne(t *testing.T, s store.Store) {
	put(t, s, "a", "1")
	put(t, s, "a/b", "2")
	before := revision(t, s)
	if got := del(t, s, "a"); got <= before {
		t.Errorf("Delete is revision %d after %d", got, before)
	}
	view(t, s, func(r store.Reader) { absent(t, r, "a"); want(t, r, "a/b", "2") })
	for _, key := range []store.Key{"a", "never", "", "a/"} {
		_, err := s.Update(t.Context(), func(tx store.Tx) error { return tx.Delete(t.Context(), key) })
		if !errors.Is(err, store.ErrNotFound) {
			t.Errorf("Delete(%q) = %v, want ErrNotFound", key, err)
		}
	}
}

func deleteAllTakesTheTree(t *testing.T, s store.Store) {
	for _, d := range tree() {
		put(t, s, d.Key, string(d.Body))
	}
	for _, step := range []struct {
		prefix store.Key
		left   []store.Key
	}{
		{"r/apis/a", []store.Key{"r/apis/b", "r/apis/ab", "r/apis/ab/routes/3", "r/apis/a!/routes/4", "r", "s", "large"}},
		{"nothing", []store.Key{"r/apis/b", "r/apis/ab", "r/apis/ab/routes/3", "r/apis/a!/routes/4", "r", "s", "large"}},
		{"r", []store.Key{"s", "large"}},
		{"", nil},
	} {
		update(t, s, func(tx store.Tx) error { return tx.DeleteAll(t.Context(), step.prefix) })
		if got := all(t, s); !slices.Equal(got, step.left) {
			t.Errorf("after DeleteAll(%q) the store has %q, want %q", step.prefix, got, step.left)
		}
	}
}

func updateReadsItsWrites(t *testing.T, s store.Store) {
	put(t, s, "p/old", large(4))
	put(t, s, "p/gone", "x")
	update(t, s, func(tx store.Tx) error {
		err := errors.Join(tx.Put(t.Context(), "p/new", []byte(large(5))), tx.Delete(t.Context(), "p/gone"), tx.Put(t.Context(), "p/q/r", nil))
		want(t, tx, "p/new", large(5))
		want(t, tx, "p/old", large(4))
		absent(t, tx, "p/gone")
		list, lerr := tx.List(t.Context(), "p", 0, 0)
		if got := keys(list); !slices.Equal(got, []store.Key{"p/old", "p/new", "p/q/r"}) {
			t.Errorf("List in the Update = %q, %v", got, lerr)
		}
		children, cerr := tx.Children(t.Context(), "p", 0, 1)
		if got := keys(children); !slices.Equal(got, []store.Key{"p/old"}) {
			t.Errorf("Children in the Update = %q, %v", got, cerr)
		}
		if n, rerr := tx.Revision(t.Context()); rerr != nil || n < read(t, tx, "p/q/r").Revision {
			t.Errorf("Revision in the Update = %d, %v, less than that of a document", n, rerr)
		}
		return err
	})
	view(t, s, func(r store.Reader) { want(t, r, "p/new", large(5)); absent(t, r, "p/gone") })
}

func updateWithoutWrites(t *testing.T, s store.Store) {
	before := put(t, s, "a", "1")
	got := update(t, s, func(tx store.Tx) error { want(t, tx, "a", "1"); return nil })
	if got != before || revision(t, s) != before {
		t.Errorf("an Update that wrote nothing answered %d, the store is at %d, want %d", got, revision(t, s), before)
	}
}

func failedUpdateLeavesNothing(t *testing.T, s store.Store) {
	before := put(t, s, "kept", large(6))
	cause := errors.New("of the caller")
	_, err := s.Update(t.Context(), func(tx store.Tx) error {
		return errors.Join(tx.Put(t.Context(), "kept", []byte("changed")), tx.Put(t.Context(), "new", []byte(large(7))), tx.DeleteAll(t.Context(), ""), cause)
	})
	if !errors.Is(err, cause) {
		t.Errorf("Update answered %v, want the error of its function", err)
	}
	unchanged(t, s, before, large(6))
}

func panickingUpdateLeavesNothing(t *testing.T, s store.Store) {
	before := put(t, s, "kept", "1")
	func() {
		defer func() {
			if got := recover(); got != "of the caller" {
				t.Errorf("recovered %v, want the panic of the function", got)
			}
		}()
		s.Update(t.Context(), func(tx store.Tx) error {
			if err := tx.Put(t.Context(), "kept", []byte("2")); err != nil {
				t.Error(err)
			}
			panic("of the caller")
		})
	}()
	unchanged(t, s, before, "1")
}

func cancelledUpdateLeavesNothing(t *testing.T, s store.Store) {
	before := put(t, s, "kept", "1")
	write := func(tx store.Tx) error { return tx.Put(context.Background(), "kept", []byte("2")) }
	if _, err := s.Update(cancelled(), write); !errors.Is(err, context.Canceled) {
		t.Errorf("Update with an ended context: %v, want context.Canceled", err)
	}
	unchanged(t, s, before, "1")
	before = revision(t, s)
	ctx, cancel := context.WithCancel(t.Context())
	_, err := s.Update(ctx, func(tx store.Tx) error { defer cancel(); return write(tx) })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("Update whose context ended meanwhile: %v, want context.Canceled", err)
	}
	unchanged(t, s, before, "1")
}

// unchanged checks that the store has one document, that it still writes, and that
// the feed knows nothing that did not happen.
func unchanged(t *testing.T, s store.Store, at int64, body string) {
	t.Helper()
	if got := all(t, s); !slices.Equal(got, []store.Key{"kept"}) {
		t.Errorf("the store has %q, want only what it had", got)
	}
	view(t, s, func(r store.Reader) { want(t, r, "kept", body) })
	if changes := feed(t, s, at, 0); len(changes) > 0 {
		t.Errorf("the feed tells %v", changes)
	}
	put(t, s, "probe", "")
	if d := get(t, s, "probe"); d.Created <= at {
		t.Errorf("the next write is revision %d, not after %d", d.Created, at)
	}
	del(t, s, "probe")
	if got := feed(t, s, at, 0); len(got) != 1 || got[0].Key != "probe" || !got[0].Deleted {
		t.Errorf("the feed tells %v, want the deletion of probe", got)
	}
}
