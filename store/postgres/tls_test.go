package postgres_test

import (
	"crypto"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
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
	serveTLS(server, cert, key)
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
	awaitTLS(t, secure(cert))
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

// serveTLS has a server speak TLS. It writes the files itself: they have to be its user's, and its
// folder is the present one.
func serveTLS(server *needs.Database, cert, key string) {
	for name, text := range map[string]string{"server.crt": cert, "server.key": key} {
		server.SQL(`COPY (SELECT unnest(string_to_array('` + strings.TrimSpace(text) + `', E'\n'))) TO PROGRAM 'umask 077; cat > ` + name + `'`)
	}
	server.SQL(`ALTER SYSTEM SET ssl = on`)
	server.SQL(`SELECT pg_reload_conf()`)
}

// awaitTLS waits for a server that reads its settings in its own time.
func awaitTLS(t *testing.T, address string) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		db, err := postgres.Open(t.Context(), address, options)
		if err == nil {
			_ = db.Close()
			return
		}
		if time.Now().After(end) {
			t.Fatalf("its own authority: %v", err)
		}
	}
}

// A server whose certificate was taken back is refused, and one of which no list tells; so is a list
// that nobody would look at.
func TestRevokedServers(t *testing.T) {
	server := needs.Postgres(t)
	cert, key := needs.Certificate(t)
	other, otherKey := needs.Certificate(t)
	serveTLS(server, cert, key)
	folder := t.TempDir()
	write := func(name, text string) string {
		name = filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	root := write("root.pem", cert)
	hour := time.Hour
	empty := write("empty.crl", revocations(t, cert, key, hour))
	revoked := write("revoked.crl", revocations(t, cert, key, hour, 7, 1))
	old := write("old.crl", revocations(t, cert, key, -hour))
	foreign := write("foreign.crl", revocations(t, other, otherKey, hour))
	both := write("both.crl", revocations(t, other, otherKey, hour)+revocations(t, cert, key, hour))
	write("good/ab12.r0", revocations(t, cert, key, hour))
	write("good/README", "no list")
	write("bad/ab12.r0", revocations(t, cert, key, hour, 1))
	write("home/.postgresql/root.crl", revocations(t, cert, key, hour, 1))
	plain := fresh(server)
	with := func(words string) string { return strings.Replace(plain, "sslmode=disable", words, 1) }
	full := "sslmode=verify-full&sslrootcert=" + root
	awaitTLS(t, with(full))
	for _, row := range []struct{ variable, address, err string }{
		{"", with(full + "&sslcrl=" + empty), ""},
		{"", with(full + "&sslcrl=" + both), ""},
		{"", with(full + "&sslcrldir=" + folder + "/good"), ""},
		{"", with("sslmode=verify-ca&sslrootcert=" + root + "&sslcrl=" + empty), ""},
		{"", with("sslmode=require&sslrootcert=" + root + "&sslcrl=" + empty), ""},
		{"PGSSLCRL=" + empty, with(full), ""},
		{"", with(full + "&sslcrl=" + revoked), "revoked on"},
		{"", with("sslmode=verify-ca&sslrootcert=" + root + "&sslcrl=" + revoked), "revoked on"},
		{"", with("sslmode=require&sslrootcert=" + root + "&sslcrl=" + revoked), "revoked on"},
		{"", with(full + "&sslcrldir=" + folder + "/bad"), "revoked on"},
		{"PGSSLCRLDIR=" + folder + "/bad", with(full), "revoked on"},
		{"HOME=" + folder + "/home", with(full), "revoked on"},
		{"HOME=" + folder + "/home", with("sslmode=prefer"), ""}, // by itself it asks for nothing
		{"", with(full + "&sslcrl=" + old), "no revocation list"},
		{"", with(full + "&sslcrl=" + foreign), "no revocation list"},
		{"", with(full + "&sslcrldir=" + folder + "/none"), "sslcrldir"},
		{"", with(full + "&sslcrl=" + folder + "/none"), "none"},
		{"", with(full + "&sslcrl=" + root), "X509 CRL"},
		{"", with(full + "&sslcrl=" + folder), "no file"},
		{"", with("sslmode=require&sslcrl=" + empty), "verify-full"},
		{"PGSSLCRL=" + empty, with("sslmode=prefer"), "verify-full"},
	} {
		t.Run(strings.ReplaceAll(row.variable+" "+row.address[strings.Index(row.address, "sslmode"):], folder, ""), func(t *testing.T) {
			if name, value, ok := strings.Cut(row.variable, "="); ok {
				t.Setenv(name, value)
			}
			opens(t, row.address, row.err)
		})
	}
	t.Run("while it is served", func(t *testing.T) {
		list := write("changing.crl", revocations(t, cert, key, hour))
		address := with(full + "&sslcrl=" + list)
		opens(t, address, "")
		write("changing.crl", revocations(t, cert, key, hour, 1))
		opens(t, address, "revoked on")
	})
}

// opens opens a store, or wants to be told why not.
func opens(t *testing.T, address, refused string) {
	t.Helper()
	db, err := postgres.Open(t.Context(), address, options)
	if err == nil {
		defer db.Close()
	}
	switch {
	case refused == "" && err != nil:
		t.Error(err)
	case refused != "" && (err == nil || !strings.Contains(err.Error(), refused)):
		t.Errorf("got %v, want %s", err, refused)
	}
}

// revocations is a list that an authority has signed, of certificates by their numbers. It is
// replaced by the next one after some time, or should have been.
func revocations(t *testing.T, cert, key string, next time.Duration, numbers ...int64) string {
	t.Helper()
	pair, err := tls.X509KeyPair([]byte(cert), []byte(key))
	if err != nil {
		t.Fatal(err)
	}
	issuer := *pair.Leaf
	issuer.KeyUsage |= x509.KeyUsageCRLSign
	list := &x509.RevocationList{Number: big.NewInt(1), ThisUpdate: time.Now().Add(-2 * time.Hour), NextUpdate: time.Now().Add(next)}
	for _, n := range numbers {
		list.RevokedCertificateEntries = append(list.RevokedCertificateEntries, x509.RevocationListEntry{SerialNumber: big.NewInt(n), RevocationTime: time.Now()})
	}
	der, err := x509.CreateRevocationList(rand.Reader, list, &issuer, pair.PrivateKey.(crypto.Signer))
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: der}))
}

// A server behind a socket is asked for its user where that is told, and one behind TCP is not.
func TestOwnersOfSockets(t *testing.T) {
	server := needs.Postgres(t)
	folder := strings.TrimSpace(server.SQL("SHOW unix_socket_directories"))
	owner := strings.TrimSpace(server.SQL("CREATE TEMP TABLE told (t text); COPY told FROM PROGRAM 'id -un'; SELECT t FROM told"))
	local := "user=dragoman dbname=postgres port=" + server.Port + " host=" + folder
	for _, row := range []struct{ variable, address, err string }{
		{"", local + " requirepeer=" + owner, ""},
		{"PGREQUIREPEER=" + owner, local, ""},
		{"", local + " requirepeer=somebody", "not as \"somebody\""},
		{"PGREQUIREPEER=somebody", local, "not as \"somebody\""},
		{"PGREQUIREPEER=somebody", local + " requirepeer=" + owner, ""},
		{"", strings.Replace(local, folder, "127.0.0.1", 1) + " sslmode=disable requirepeer=somebody", ""},
	} {
		t.Run(row.variable+" "+row.address, func(t *testing.T) {
			if name, value, ok := strings.Cut(row.variable, "="); ok {
				t.Setenv(name, value)
			}
			opens(t, row.address, row.err)
		})
	}
}
