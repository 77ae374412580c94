package file_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/file"
	"github.com/dragoman-gateway/dragoman/store/storetest"
)

func TestRead(t *testing.T) {
	storetest.Read(t, func(t *testing.T, documents []store.Document) store.Store { return open(t, documents) })
}

func open(t *testing.T, documents []store.Document) *file.Store {
	t.Helper()
	s, err := file.New(documents)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// documents makes documents of keys and bodies in turn.
func documents(pairs ...string) (made []store.Document) {
	for pair := range slices.Chunk(pairs, 2) {
		made = append(made, store.Document{Key: store.Key(pair[0]), Body: []byte(pair[1])})
	}
	return made
}

func list(t *testing.T, s store.Store) (pairs []string) {
	t.Helper()
	err := s.View(t.Context(), func(r store.Reader) error {
		found, err := r.List(t.Context(), "", 0, 0)
		for _, d := range found {
			pairs = append(pairs, string(d.Key), string(d.Body))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return pairs
}

func TestUpdateIsRefused(t *testing.T) {
	s := open(t, documents("a", "1"))
	called := false
	_, err := s.Update(t.Context(), func(store.Tx) error { called = true; return nil })
	if !errors.Is(err, store.ErrReadOnly) || called {
		t.Errorf("Update: %v, called %v, want ErrReadOnly, false", err, called)
	}
}

func TestReplaceTellsTheDifference(t *testing.T) {
	s := open(t, documents("a", "1", "b", "1", "c", "1"))
	changes, err := s.Changes(t.Context(), 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	at := changes[len(changes)-1].Revision
	revision, err := s.Replace(documents("d", "1", "c", "2", "a", "1"))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := list(t, s), []string{"a", "1", "c", "2", "d", "1"}; !slices.Equal(got, want) {
		t.Errorf("after Replace the store has %q, want %q", got, want)
	}
	changes, err = s.Changes(t.Context(), at, 0)
	want := []store.Change{{Revision: at + 1, Key: "b", Deleted: true}, {Revision: at + 2, Key: "d"}, {Revision: at + 3, Key: "c"}}
	if err != nil || !slices.Equal(changes, want) || revision != at+3 {
		t.Errorf("the feed tells %+v, %v, revision %d, want %+v", changes, err, revision, want)
	}
	if again, err := s.Replace(documents("d", "1", "c", "2", "a", "1")); err != nil || again != revision {
		t.Errorf("replacing by the same is revision %d, %v, want %d", again, err, revision)
	}
}

func TestViewSurvivesReplace(t *testing.T) {
	s := open(t, documents("a", "1"))
	err := s.View(t.Context(), func(r store.Reader) error {
		if _, err := s.Replace(nil); err != nil {
			t.Error(err)
		}
		d, err := r.Get(t.Context(), "a")
		if string(d.Body) != "1" {
			t.Errorf("in the View a is %q, want 1", d.Body)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	if got := list(t, s); len(got) > 0 {
		t.Errorf("after replacing by nothing the store has %q", got)
	}
}

func TestBadDocumentsChangeNothing(t *testing.T) {
	s := open(t, documents("a", "1"))
	if _, err := s.Replace(documents("b", "1", "c//d", "1")); !errors.Is(err, store.ErrKey) {
		t.Errorf("Replace with a malformed key: %v, want ErrKey", err)
	}
	if _, err := s.Replace(documents("b", "1", "b", "2")); err == nil {
		t.Error("Replace took a key twice")
	}
	if got := list(t, s); !slices.Equal(got, []string{"a", "1"}) {
		t.Errorf("the store has %q, want what it had", got)
	}
	if _, err := file.New(documents("", "1")); !errors.Is(err, store.ErrKey) {
		t.Errorf("New with an empty key: %v, want ErrKey", err)
	}
}

func TestClosed(t *testing.T) {
	s := open(t, nil)
	s.Close()
	_, uerr := s.Update(t.Context(), nil)
	_, cerr := s.Changes(t.Context(), 0, 0)
	verr := s.View(t.Context(), nil)
	for name, err := range map[string]error{"Update": uerr, "Changes": cerr, "View": verr} {
		if !errors.Is(err, store.ErrClosed) {
			t.Errorf("%s of a closed store: %v, want ErrClosed", name, err)
		}
	}
}
