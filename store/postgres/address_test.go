package postgres_test

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dragoman-gateway/dragoman/internal/needs"
	"github.com/dragoman-gateway/dragoman/store/postgres"
)

// Addresses that cannot be served are refused with what is wrong, and never with a password.
func TestRefusals(t *testing.T) {
	server := needs.Postgres(t)
	address := fresh(server)
	open(t, address)
	schema := address[strings.LastIndex(address, "=")+1:]
	secret := strings.Replace(address, "dragoman@", "dragoman:hunter2@", 1)
	for name, row := range map[string]struct{ address, want string }{
		"a standby":         {secret + "&default_transaction_read_only=on", "read only"},
		"a wrong port":      {strings.Replace(secret, ":"+server.Port, ":1", 1), "127.0.0.1:1/postgres"},
		"a malformed port":  {"postgres://u:hunter2@h:port/x", "cannot be read"},
		"a malformed URL":   {"postgres://u:hunter2@h:5432/x?a=%zz&password=hunter2", "malformed"},
		"an order of hosts": {secret + "&load_balance_hosts=always", "load_balance_hosts"},
	} {
		t.Run(name, func(t *testing.T) {
			db, err := postgres.Open(t.Context(), row.address, options)
			if err == nil {
				db.Close()
				t.Fatal("it was opened")
			}
			if !strings.Contains(err.Error(), row.want) || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("got %v, want %q in it, and no password", err, row.want)
			}
		})
	}
	t.Run("a newer schema", func(t *testing.T) {
		server.SQL(`UPDATE ` + schema + `.dragoman_schema SET version = 9, oldest = 8`)
		_, err := postgres.Open(t.Context(), address, options)
		if err == nil || !strings.Contains(err.Error(), "version 9") || !strings.Contains(err.Error(), "this one knows version ") {
			t.Errorf("got %v, want both versions named", err)
		}
		server.SQL(`UPDATE ` + schema + `.dragoman_schema SET version = 9, oldest = 1`)
		open(t, address) // what a newer version has made for this one to read too
	})
}

// Members of libpq that the driver does not know are no reason to refuse an address.
func TestLibpqMembers(t *testing.T) {
	server := needs.Postgres(t)
	s := open(t, fresh(server)+"&keepalives=1&keepalives_idle=5&tcp_user_timeout=1000&load_balance_hosts=random&target_session_attrs=read-write&options=-c%20statement_timeout%3D9s")
	if err := putIn(t, s, "a"); err != nil {
		t.Error(err)
	}
	// As words, and as a service with its password in another file.
	words := "host=127.0.0.1 port=" + server.Port + " user=dragoman dbname=postgres sslmode=disable keepalives=1 tcp_user_timeout=1000"
	if s := open(t, words); putIn(t, s, "words") != nil {
		t.Error("words of libpq are refused")
	}
	folder := t.TempDir()
	write := func(name, text string) string {
		name = filepath.Join(folder, name)
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	t.Setenv("PGSERVICEFILE", write("services", "[gateway]\n"+strings.ReplaceAll(words, " ", "\n")+"\nload_balance_hosts=random\n"))
	t.Setenv("PGPASSFILE", write("passwords", "*:*:*:*:any\n"))
	for _, address := range []string{"service=gateway", "postgres:///?service=gateway"} {
		if s := open(t, address); !has(t, s, "words") || s.Name() != "127.0.0.1:"+server.Port+"/postgres" {
			t.Errorf("%s leads to %s", address, s.Name())
		}
	}
	t.Setenv("PGSERVICE", "gateway")
	if s := open(t, "postgres://"); !has(t, s, "words") {
		t.Errorf("the service of the environment leads to %s", s.Name())
	}
	t.Setenv("PGSERVICE", "")
	t.Setenv("PGHOST", "127.0.0.1")
	t.Setenv("PGPORT", server.Port)
	t.Setenv("PGUSER", "dragoman")
	t.Setenv("PGDATABASE", "postgres")
	t.Setenv("PGSSLMODE", "disable")
	if s := open(t, "postgres://"); putIn(t, s, "b") != nil || s.Name() != "127.0.0.1:"+server.Port+"/postgres" {
		t.Errorf("by the environment: %s", s.Name())
	}
}

// What libpq does by itself, and the driver does not: addresses beside names, services of the machine,
// TLS by its older word; and what asks for a protection that is missing is refused.
func TestLibpqByOurselves(t *testing.T) {
	server := needs.Postgres(t)
	rest := "user=dragoman dbname=postgres port=" + server.Port
	folder := t.TempDir()
	services := "[ofmachine]\nhost=127.0.0.1\n" + strings.ReplaceAll(rest, " ", "\n") + "\n"
	if err := os.WriteFile(filepath.Join(folder, "pg_service.conf"), []byte(services), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct{ variable, address, err string }{
		{"", rest + " host=db.invalid hostaddr=127.0.0.1", ""},
		{"", rest + " hostaddr=127.0.0.1", ""},
		{"", rest + " host=a.invalid,db.invalid hostaddr=127.0.0.2,127.0.0.1", ""},
		{"", "postgres://dragoman@db.invalid:" + server.Port + "/postgres?hostaddr=127.0.0.1", ""},
		{"PGHOSTADDR=127.0.0.1", rest + " host=db.invalid", ""},
		{"PGHOSTADDR=127.0.0.9", rest + " host=db.invalid hostaddr=127.0.0.1", ""},
		{"", rest + " host=db.invalid hostaddr=db", `"db" is no IP address`},
		{"", rest + " host=a,b hostaddr=127.0.0.1", "1 addresses for 2 hosts"},
		{"PGSYSCONFDIR=" + folder, "service=ofmachine", ""},
		{"PGSYSCONFDIR=" + folder, "postgres:///?service=ofmachine", ""},
		{"PGSYSCONFDIR=" + folder, "postgres://?service=another", "another"},
		{"PGREQUIRESSL=1", rest + " host=127.0.0.1", "TLS"},
		{"PGREQUIRESSL=1", rest + " host=127.0.0.1 sslmode=disable", ""},
		{"PGREQUIRESSL=0", rest + " host=127.0.0.1", ""},
		{"", rest + " host=127.0.0.1 gssencmode=prefer client_encoding=UTF8 replication=false fallback_application_name=x", ""},
		{"", rest + " host=127.0.0.1 gssencmode=require", "gssencmode"},
		{"PGGSSENCMODE=require", rest + " host=127.0.0.1", "PGGSSENCMODE"},
		{"", rest + " host=127.0.0.1 client_encoding=LATIN1", "client_encoding"},
		{"", rest + " host=127.0.0.1 replication=database", "replication"},
		{"", rest + " host=127.0.0.1 ssl_max_protocol_version=SSLv3", "ssl_max_protocol_version"},
	} {
		t.Run(row.variable+" "+row.address, func(t *testing.T) {
			if name, value, ok := strings.Cut(row.variable, "="); ok {
				t.Setenv(name, value)
			}
			if row.err == "" {
				if s := open(t, row.address); putIn(t, s, "a") != nil {
					t.Error("it does not lead to the database")
				}
				return
			}
			db, err := postgres.Open(t.Context(), row.address, options)
			if err == nil {
				db.Close()
			}
			if err == nil || !strings.Contains(err.Error(), row.err) {
				t.Errorf("got %v, want %s", err, row.err)
			}
		})
	}
}

// Hosts are tried in their order, or in any where that is asked for.
func TestOrderOfHosts(t *testing.T) {
	tried := make(chan string, 1000)
	host := func(name string) string {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = l.Close() })
		go func() { // until its listener is closed
			for conn, err := l.Accept(); err == nil; conn, err = l.Accept() {
				tried <- name // before whoever dialed reads that this is the end
				_ = conn.Close()
			}
		}()
		_, port, _ := net.SplitHostPort(l.Addr().String())
		return port
	}
	address := "user=dragoman dbname=postgres sslmode=disable host=127.0.0.1,127.0.0.1 port=" + host("a") + "," + host("b")
	first := func(address string) string {
		if db, err := postgres.Open(t.Context(), address, options); err == nil {
			db.Close()
			t.Fatal("it was opened")
		}
		first := <-tried
		for len(tried) > 0 { // the other, and both again
			<-tried
		}
		return first
	}
	if got := first(address); got != "a" {
		t.Errorf("without a word, %s was tried first", got)
	}
	seen := map[string]bool{}
	for i := 0; len(seen) < 2; i++ {
		if i == 40 { // all alike once in 2^39 times
			t.Fatalf("at random, only %v were tried first", seen)
		}
		seen[first(address+" load_balance_hosts=random")] = true
	}
}
