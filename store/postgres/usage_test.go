package postgres_test

import (
	"testing"

	"github.com/dragoman-gateway/dragoman/internal/needs"
	"github.com/dragoman-gateway/dragoman/store/storetest"
)

func TestCounts(t *testing.T) {
	url := fresh(needs.Postgres(t))
	storetest.Counts(t, open(t, url), open(t, url))
}

// A database that nobody has written to has its id already: nodes find each other by it.
func TestFleetOfAFreshDatabase(t *testing.T) {
	url := fresh(needs.Postgres(t))
	here, there := open(t, url), open(t, url)
	if here.Fleet() == "" || here.Fleet() != there.Fleet() {
		t.Errorf("got the ids %q and %q, want one", here.Fleet(), there.Fleet())
	}
}
