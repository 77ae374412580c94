package conformance

import (
	bigendian "encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dragoman-gateway/dragoman/internal/needs"
	"github.com/dragoman-gateway/dragoman/server"
	"github.com/dragoman-gateway/dragoman/sigv4/credential"
)

// before lays the directory that an earlier release has left: testdata/before was written by
// the program as it was before accounts were kept apart, and configuration.yaml is what that
// program exported of it.
func before(t *testing.T, change func(database []byte)) (dir string) {
	t.Helper()
	database, err := os.ReadFile("testdata/before/dragoman.db")
	must(t, err)
	if change != nil {
		change(database)
	}
	dir = t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "dragoman.db"), database, 0o600))
	return dir
}

// What an earlier release has stored is served, is the gateway's own account's to read and to
// change, and is not there for another's: in a directory, and in a database.
func TestUpgradeFromBefore(t *testing.T) {
	t.Parallel()
	dir := before(t, nil)
	upgraded(t, func(c *server.Config) { c.DataDir = dir })
}

func TestUpgradeOfADatabaseFromBefore(t *testing.T) {
	t.Parallel()
	url := databaseBefore(t, "")
	upgraded(t, func(c *server.Config) { c.Fleet.Store = credential.Secret(url) })
}

// databaseBefore is a database with what the same program had stored in one: pg_dump wrote
// testdata/before/database.sql. change is done to it as SQL.
func databaseBefore(t *testing.T, change string) (url string) {
	t.Helper()
	dump, err := os.ReadFile("testdata/before/database.sql")
	must(t, err)
	database := needs.Postgres(t)
	database.SQL(string(dump) + change)
	return database.URL("before") // the schema is there by now
}

// upgraded starts a gateway on what testdata/before has, and holds it to that.
func upgraded(t *testing.T, at func(*server.Config)) {
	t.Helper()
	g := startAccounts(t, at, func(c *server.Config) { c.Account = "000000000000" })
	want, err := os.ReadFile("testdata/before/configuration.yaml")
	must(t, err)
	if got := g.by(full, "GET", "/_dragoman/configuration", ""); got.body != string(want) {
		t.Errorf("the configuration has become\n%s\nwant\n%s", got.body, want)
	}
	const id = "dqjxbcjkfx" // of its one API
	a := &socketApi{gateway: g, id: id}
	if got := a.ask(a.dial(nil), `{"action":"ask"}`); got != `{"made":"before"}` {
		t.Errorf("got %s", got)
	}
	if got := g.by(other, "GET", "/v2/apis/"+id, ""); got.StatusCode != 404 {
		t.Errorf("another account sees it: %d %s", got.StatusCode, got.body)
	}
	if got := g.by(full, "PATCH", "/v2/apis/"+id, `{"description":"after"}`); got.StatusCode != 200 || !strings.Contains(got.body, "after") {
		t.Errorf("it cannot be changed: %d %s", got.StatusCode, got.body)
	}
}

// A store of a later release is refused before anything of it is touched, and both versions
// are named.
func TestStoreOfALaterRelease(t *testing.T) {
	t.Parallel()
	dir := before(t, func(database []byte) { bigendian.BigEndian.PutUint32(database[60:], 77) }) // user_version, SQLite file format, 1.3
	config := server.Default()
	config.DataDir, config.Listen, config.Management = dir, "127.0.0.1:0", "127.0.0.1:0"
	refusesLater(t, config, "schema 77", "this one knows 3")
	config.DataDir, config.Fleet.Store = "", credential.Secret(databaseBefore(t, "UPDATE before.dragoman_schema SET version = 77, oldest = 77;"))
	refusesLater(t, config, "version 77 of the schema", "this one knows version 2")
}

func refusesLater(t *testing.T, config server.Config, stored, known string) {
	t.Helper()
	_, err := server.New(config)
	if err == nil {
		t.Fatal("it was opened")
	}
	if text := err.Error(); !strings.Contains(text, stored) || !strings.Contains(text, known) {
		t.Errorf("got %v", err)
	}
}
