package postgres_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dragoman-gateway/dragoman/internal/needs"
	"github.com/dragoman-gateway/dragoman/store/postgres"
)

// A server is believed by its authority and its name, where that is asked for, and else refused
// before anything is told to it.
func TestServersAreVerified(t *testing.T) {
	server := needs.Postgres(t)
	cert, key := needs.Certificate(t)
	other, _ := needs.Certificate(t)
	// By the server itself: the files have to be its user's, and its folder is the present one.
	for name, text := range map[string]string{"server.crt": cert, "server.key": key} {
		server.SQL(`COPY (SELECT unnest(string_to_array('` + strings.TrimSpace(text) + `', E'\n'))) TO PROGRAM 'umask 077; cat > ` + name + `'`)
	}
	server.SQL(`ALTER SYSTEM SET ssl = on`)
	server.SQL(`SELECT pg_reload_conf()`)
	file := func(text string) string {
		path := filepath.Join(t.TempDir(), "root.pem")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	plain := fresh(server)
	secure := func(root string) string {
		return strings.Replace(plain, "sslmode=disable", "sslmode=verify-full&sslrootcert="+file(root), 1)
	}
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(50 * time.Millisecond) { // it reads its settings in its own time
		db, err := postgres.Open(t.Context(), secure(cert), options)
		if err == nil {
			_ = db.Close()
			break
		}
		if time.Now().After(end) {
			t.Fatalf("its own authority: %v", err)
		}
	}
	if err := putIn(t, open(t, secure(cert)), "a"); err != nil {
		t.Error(err)
	}
	// Who asks for a newer version of TLS than the server speaks is not given an older one.
	server.SQL(`ALTER SYSTEM SET ssl_max_protocol_version = 'TLSv1.2'`)
	server.SQL(`SELECT pg_reload_conf()`)
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		db, err := postgres.Open(t.Context(), secure(cert)+"&ssl_min_protocol_version=TLSv1.3", options)
		if err != nil {
			break
		}
		_ = db.Close()
		if time.Now().After(end) {
			t.Fatal("a server of TLS 1.2 was taken where 1.3 is asked for")
		}
	}
	if err := putIn(t, open(t, secure(cert)), "b"); err != nil {
		t.Error(err)
	}
	for name, address := range map[string]string{
		"another authority": secure(other),
		"another name":      strings.Replace(secure(cert), "127.0.0.1", "localhost", 1),
	} {
		if db, err := postgres.Open(t.Context(), address, options); err == nil {
			_ = db.Close()
			t.Errorf("%s: it was believed", name)
		} else if !strings.Contains(err.Error(), "certificate") {
			t.Errorf("%s: got %v, want what is wrong with the certificate", name, err)
		}
	}
}
