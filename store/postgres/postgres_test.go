package postgres_test

import (
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/dragoman-gateway/dragoman/internal/needs"
	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/postgres"
	"github.com/dragoman-gateway/dragoman/store/storetest"
)

var options = postgres.Options{Tombstones: storetest.Deletions}

func open(t testing.TB, url string) *postgres.DB {
	t.Helper()
	db, err := postgres.Open(t.Context(), url, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// schemas counts those that tests have made, for each needs one.
var schemas atomic.Int64

func fresh(server *needs.Database) string {
	return server.URL(fmt.Sprint("s", schemas.Add(1)))
}

func TestStore(t *testing.T) {
	server := needs.Postgres(t)
	storetest.Test(t, func(t *testing.T) store.Store { return open(t, fresh(server)) })
}

func TestReopen(t *testing.T) {
	server := needs.Postgres(t)
	url := fresh(server)
	storetest.Reopen(t, func(t *testing.T, _ string) store.Store { return open(t, url) })
}
