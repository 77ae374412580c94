package postgres_test

import (
	"fmt"
	"net/url"
	"testing"

	"github.com/dragoman-gateway/dragoman/internal/needs"
	"github.com/dragoman-gateway/dragoman/store/lease"
	"github.com/dragoman-gateway/dragoman/store/storetest"
)

func TestLeases(t *testing.T) {
	server := needs.Postgres(t)
	at := fresh(server)
	parsed, err := url.Parse(at)
	if err != nil {
		t.Fatal(err)
	}
	here, there := open(t, at), open(t, at)
	back := func(column string, node uint32) {
		server.SQL(fmt.Sprintf(`UPDATE "%s".dragoman_leases SET %s = %s - interval '%d s' WHERE node = %d`, parsed.Query().Get("search_path"), column, column, int(lease.Over.Seconds()), node))
	}
	storetest.Leases(t, here.Leases(), there.Leases(), func(node uint32, renewed, unbroken bool) {
		if renewed {
			back("renewed", node)
		}
		if unbroken {
			back("unbroken", node)
		}
	})
	if documents := server.SQL(fmt.Sprintf(`SELECT revision FROM "%s".dragoman_feed`, parsed.Query().Get("search_path"))); documents != "0\n" {
		t.Errorf("the feed counts %s, want nothing of leases", documents)
	}
}
