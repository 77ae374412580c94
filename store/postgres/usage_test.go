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
