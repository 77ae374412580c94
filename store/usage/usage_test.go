package usage

import (
	"reflect"
	"testing"

	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/catalog"
	"github.com/dragoman-gateway/dragoman/store/sqlite"
	"github.com/dragoman-gateway/dragoman/store/storetest"
)

func memory(t *testing.T) store.Store {
	s := sqlite.OpenMemory(sqlite.Options{})
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func TestDocuments(t *testing.T) {
	s := memory(t)
	storetest.Counts(t, Of(s), Of(s))
}

// What a version before has counted of a period counts on, as of its first day.
func TestDocumentsOfVersionsBefore(t *testing.T) {
	s := memory(t)
	put := func(key, body string) {
		t.Helper()
		if _, err := s.Update(t.Context(), func(tx store.Tx) error { return tx.Put(t.Context(), catalog.UsageCount("p", key), []byte(body)) }); err != nil {
			t.Fatal(err)
		}
	}
	put("k", `{"start":"2026-03-01T00:00:00Z","used":5}`)
	put("broken", `{`)
	got, err := Of(s).Count(t.Context(), []store.Added{{Plan: "p", Key: "k", Day: "2026-03-04", Since: "2026-03-01", N: 2}})
	want := []store.Total{{Plan: "p", Key: "k", First: "2026-03-01", Last: "2026-03-04", Used: 7}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %v %v, want %v", got, err, want)
	}
	totals, err := Of(s).Totals(t.Context(), "p", "2026-03-01")
	if err == nil || !reflect.DeepEqual(totals, want) {
		t.Errorf("beside one that cannot be read: got %v %v, want %v and an error that names it", totals, err, want)
	}
	if err := Of(s).Forget(t.Context(), "2026-01-01", func(string, string) bool { return true }); err != nil {
		t.Errorf("Forget: %v", err)
	}
}

// What a document has counted is told by day, and made a document again.
func TestDocumentAndDays(t *testing.T) {
	days := []store.Day{{Plan: "p", Key: "k", Day: "2026-03-01", Used: 1}, {Plan: "p", Key: "k", Day: "2026-03-02", Used: 2}}
	key, body, err := Document(days)
	if err != nil || key != catalog.UsageCount("p", "k") {
		t.Fatalf("got %s %v", key, err)
	}
	if got, err := OfDocument(store.Document{Key: key, Body: body}); err != nil || !reflect.DeepEqual(got, days) {
		t.Errorf("got %v %v, want %v", got, err, days)
	}
	for _, bad := range []store.Document{{Key: "apis/r/a", Body: body}, {Key: catalog.UsageCountsOf("p"), Body: body}, {Key: key, Body: []byte("{")}} {
		if _, err := OfDocument(bad); err == nil {
			t.Errorf("%s %s: want an error", bad.Key, bad.Body)
		}
	}
}
