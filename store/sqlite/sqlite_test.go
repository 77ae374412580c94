package sqlite_test

import (
	"testing"

	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/sqlite"
	"github.com/dragoman-gateway/dragoman/store/storetest"
)

var options = sqlite.Options{Tombstones: storetest.Deletions}

func open(t testing.TB, dir string) *sqlite.DB {
	t.Helper()
	db, err := sqlite.Open(dir, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func memory(t testing.TB) *sqlite.DB {
	db := sqlite.OpenMemory(options)
	t.Cleanup(func() { db.Close() })
	return db
}

func TestDirectory(t *testing.T) {
	storetest.Test(t, func(t *testing.T) store.Store { return open(t, t.TempDir()) })
}

func TestMemory(t *testing.T) {
	storetest.Test(t, func(t *testing.T) store.Store { return memory(t) })
}

func TestReopen(t *testing.T) {
	storetest.Reopen(t, func(t *testing.T, place string) store.Store { return open(t, place) })
}
