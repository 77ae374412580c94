package catalog_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/catalog"
	"github.com/dragoman-gateway/dragoman/store/sqlite"
)

// What is read by way of a memo is what is stored, whoever reads, changes and writes meanwhile,
// and of two stores that use one memo each has its own.
func TestMemo(t *testing.T) {
	ctx := t.Context()
	var memo catalog.Memo
	stores := []store.Store{sqlite.OpenMemory(sqlite.Options{}), sqlite.OpenMemory(sqlite.Options{})}
	for _, s := range stores {
		t.Cleanup(func() { s.Close() })
	}
	apis := catalog.Apis("us-east-1")
	put := func(s store.Store, name string) {
		if _, err := s.Update(ctx, func(tx store.Tx) error { return apis.Put(ctx, tx, "a1", &resource.Api{ApiId: "a1", Name: name}) }); err != nil {
			t.Error(err)
		}
	}
	name := func(s store.Store) (name string) {
		if err := s.View(ctx, func(r store.Reader) error {
			api, err := apis.Seen(ctx, r, "a1", &memo)
			if err == nil {
				name, api.Name, api.ApiEndpoint = api.Name, "changed by its reader", "there"
			}
			return err
		}); err != nil {
			t.Error(err)
		}
		return name
	}
	for i := range 3 {
		for n, s := range stores {
			put(s, fmt.Sprint(n, " at ", i))
		}
		for range 2 {
			for n, s := range stores {
				if got, want := name(s), fmt.Sprint(n, " at ", i); got != want {
					t.Errorf("got %q, want %q", got, want)
				}
			}
		}
	}
	_, err := stores[0].Update(ctx, func(tx store.Tx) error { return apis.Delete(ctx, tx, "a1") })
	if err != nil {
		t.Fatal(err)
	}
	err = stores[0].View(ctx, func(r store.Reader) error { _, err := apis.Seen(ctx, r, "a1", &memo); return err })
	if err != catalog.ErrNotFound {
		t.Errorf("of one that is gone: got %v", err)
	}
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for range 200 {
				name(stores[1])
			}
		})
	}
	for i := range 50 {
		put(stores[1], fmt.Sprint(i))
	}
	group.Wait()
	if got := name(stores[1]); got != "49" {
		t.Errorf("at the end: got %q", got)
	}
}
