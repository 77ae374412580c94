package nats_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/base32"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/dragoman-gateway/dragoman/bus/nats"
	"github.com/dragoman-gateway/dragoman/internal/needs"
)

// nkey is a user of a broker: the seed that he has in a file, and what the broker knows of him.
// Its form is that of nats-io/nkeys: prefix, key and CRC-16 in base 32.
func nkey(t *testing.T) (seed, public string) {
	t.Helper()
	pub, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	const user, seeds = 20 << 3, 18 << 3
	encode := func(b []byte) string {
		sum := uint16(0)
		for _, x := range b { // CRC-16/XMODEM
			sum ^= uint16(x) << 8
			for range 8 {
				if sum&0x8000 != 0 {
					sum = sum<<1 ^ 0x1021
				} else {
					sum <<= 1
				}
			}
		}
		return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(binary.LittleEndian.AppendUint16(b, sum))
	}
	return encode(append([]byte{seeds | user>>5, user & 31 << 3}, private.Seed()...)), encode(append([]byte{user}, pub...))
}

// pair writes a certificate for 127.0.0.1 that is its own authority, and its key.
func pair(t *testing.T) (cert, key string, parsed tls.Certificate) {
	t.Helper()
	certText, keyText := needs.Certificate(t)
	cert, key = filepath.Join(t.TempDir(), "cert.pem"), filepath.Join(t.TempDir(), "key.pem")
	for path, text := range map[string]string{cert: certText, key: keyText} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	parsed, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		t.Fatal(err)
	}
	return cert, key, parsed
}

// reaches says whether a bus of some options comes to the broker. Who is awaited has longer than
// who is not.
func (b *broker) reaches(t *testing.T, want bool, change func(*nats.Options)) bool {
	t.Helper()
	joined := b.join(t, func(o *nats.Options) {
		o.URLs = strings.Replace(b.url(), "node:hunter2@", "", 1)
		change(o)
	})
	defer joined.Close()
	patience := time.Second
	if want {
		patience = 30 * time.Second
	}
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if joined.Connected() > 0 {
			return true
		}
	}
	return false
}

// Whoever proves to be a user by an NKey is let in, and nobody else.
func TestUsersByNKey(t *testing.T) {
	seed, public := nkey(t)
	stranger, _ := nkey(t)
	b := newBroker(t)
	b.stop()
	b.options.Username, b.options.Password = "", ""
	b.options.Nkeys = []*server.NkeyUser{{Nkey: public}}
	b.start()
	file := func(text string) string {
		path := filepath.Join(t.TempDir(), "seed")
		if err := os.WriteFile(path, []byte(text+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	if !b.reaches(t, true, func(o *nats.Options) { o.NKey = file(seed) }) {
		t.Error("the user is not let in")
	}
	if b.reaches(t, false, func(o *nats.Options) { o.NKey = file(stranger) }) {
		t.Error("a stranger is let in")
	}
	if _, err := nats.Open(nats.Options{URLs: b.url(), Fleet: "fleet", Secret: []byte("secret"), NKey: file("nonsense")}); err == nil || !strings.Contains(err.Error(), "--bus-nkey") {
		t.Errorf("a file without a seed: got %v, want one that names --bus-nkey", err)
	}
}

// A broker is believed by an authority that the operator names, and asks for the client's own
// certificate where it wants to.
func TestBrokerOverTLS(t *testing.T) {
	cert, key, own := pair(t)
	other, _, _ := pair(t)
	pool := x509.NewCertPool()
	pool.AddCert(own.Leaf)
	b := newBroker(t)
	b.stop()
	b.options.TLSConfig = &tls.Config{Certificates: []tls.Certificate{own}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: pool, MinVersion: tls.VersionTLS12}
	b.options.TLSTimeout, b.options.TLSVerify = 10, true
	b.start()
	for _, row := range []struct {
		name          string
		ca, cert, key string
		want          bool
	}{
		{"both certificates", cert, cert, key, true},
		{"another authority", other, cert, key, false},
		{"no certificate of its own", cert, "", "", false},
	} {
		got := b.reaches(t, row.want, func(o *nats.Options) {
			o.Login = func() (string, string) { return "node", "hunter2" }
			o.CA, o.Cert, o.Key = row.ca, row.cert, row.key
		})
		if got != row.want {
			t.Errorf("%s: reached %t, want %t", row.name, got, row.want)
		}
	}
	stranger := b.join(t, func(o *nats.Options) { o.CA = other })
	until(t, "that the broker is not believed is told", func() bool { return strings.Contains(stranger.Why(), "certificate") })
}
