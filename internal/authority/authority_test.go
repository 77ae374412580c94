package authority

import (
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/dragoman-gateway/dragoman/internal/tasks"
)

func opened(t *testing.T, folder string, now time.Time) *Authority {
	t.Helper()
	a, err := open(folder, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func believed(a *Authority) *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(a.PEM())
	return pool
}

func TestKeptForItsUserAlone(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "deep", "dragoman")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	a := opened(t, folder, time.Now())
	again := opened(t, folder, time.Now())
	if a.Fingerprint() != again.Fingerprint() || a.Path() != again.Path() {
		t.Error("it was made twice")
	}
	err := filepath.WalkDir(folder, func(path string, entry os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
		if strings.HasPrefix(entry.Name(), ".") {
			t.Errorf("%s was left", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS == "windows" {
		return
	}
	key := filepath.Join(filepath.Dir(a.Path()), keyFile)
	if err := os.Chmod(key, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(folder); err == nil || !strings.Contains(err.Error(), "others can read "+key) {
		t.Errorf("a key that others can read: got %v", err)
	}
	if err := os.Remove(key); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(folder); err == nil || !strings.Contains(err.Error(), "a file is missing; remove that folder") {
		t.Errorf("without its key: got %v", err)
	}
}

// Whoever makes it at the same time gets the same.
func TestMadeOnce(t *testing.T) {
	folder := t.TempDir()
	found := make(chan string, 16)
	var group tasks.Group
	for range cap(found) {
		group.Go("opening", func() {
			a, err := Open(folder)
			if err != nil {
				t.Error(err)
				found <- ""
				return
			}
			found <- a.Fingerprint()
		})
	}
	group.Wait()
	first := <-found
	for range cap(found) - 1 {
		if other := <-found; other != first {
			t.Errorf("one has %s, another %s", first, other)
		}
	}
	if entries, _ := os.ReadDir(folder); len(entries) != 1 {
		t.Errorf("%v were left", entries)
	}
}

func TestRenewedBeforeItsEnd(t *testing.T) {
	folder, made := t.TempDir(), time.Now()
	now := made
	a, err := open(folder, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	first, leaf := a.Fingerprint(), func() *tls.Certificate {
		t.Helper()
		c, err := a.certificate(&tls.ClientHelloInfo{ServerName: "localhost"})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Leaf.Verify(x509.VerifyOptions{DNSName: "localhost", Roots: believed(a), CurrentTime: now}); err != nil {
			t.Errorf("after %v: %v", now.Sub(made), err)
		}
		return c
	}
	one := leaf()
	now = made.Add(leafLife / 2)
	if leaf() != one {
		t.Error("a leaf that is good was made again")
	}
	now = made.Add(leafLife - time.Hour)
	if leaf() == one {
		t.Error("a leaf was not renewed")
	}
	now = made.Add(life - renewal + time.Hour)
	leaf()
	if second := a.Fingerprint(); second == first || opened(t, folder, now).Fingerprint() != second {
		t.Error("the authority was not renewed, or not for others")
	}
}

// What the authority signs is good for this machine's own names, and the key is good
// for nothing else.
func TestConstraints(t *testing.T) {
	a := opened(t, t.TempDir(), time.Now())
	c := a.held.certificate
	if !c.PermittedDNSDomainsCritical || len(c.PermittedDNSDomains) != 1 || len(c.PermittedIPRanges) != 2 || !c.MaxPathLenZero {
		t.Errorf("constraints: %v %v %v", c.PermittedDNSDomainsCritical, c.PermittedDNSDomains, c.PermittedIPRanges)
	}
	for name, want := range map[string]bool{
		"localhost": true, "a1.execute-api.localhost": true, "chat.localhost": true, "a.b.localhost": true, "127.0.0.1": true, "127.9.9.9": true, "::1": true,
		"example.com": false, "localhost.example.com": false, "notlocalhost": false, "10.0.0.1": false, "128.0.0.1": false, "::2": false, "amazonaws.com": false,
	} {
		template := &x509.Certificate{SerialNumber: c.SerialNumber, NotAfter: time.Now().Add(time.Hour), ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
		if ip := net.ParseIP(name); ip != nil {
			template.IPAddresses = []net.IP{ip}
		} else {
			template.DNSNames = []string{name}
		}
		der, err := x509.CreateCertificate(rand.Reader, template, c, a.leaf.Public(), a.held.key)
		if err != nil {
			t.Fatal(err)
		}
		signed, err := x509.ParseCertificate(der)
		if err != nil {
			t.Fatal(err)
		}
		_, err = signed.Verify(x509.VerifyOptions{DNSName: name, Roots: believed(a)})
		if (err == nil) != want {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestLeaves(t *testing.T) {
	a := opened(t, t.TempDir(), time.Now())
	for asked, want := range map[string]string{
		"": "localhost", "localhost": "localhost", "a1.execute-api.localhost": "a1.execute-api.localhost",
		"CHAT.localhost.": "chat.localhost", "example.com": "localhost", "a\x00.localhost": "", "ü.localhost": "",
	} {
		c, err := a.certificate(&tls.ClientHelloInfo{ServerName: asked})
		if want == "" {
			if err == nil && c.Leaf.VerifyHostname("localhost") != nil {
				t.Errorf("%q: got %v", asked, c.Leaf.DNSNames)
			}
			continue
		}
		if err != nil {
			t.Errorf("%q: %v", asked, err)
			continue
		}
		if err := c.Leaf.VerifyHostname(want); err != nil {
			t.Errorf("%q: %v", asked, err)
		}
		if strings.Contains(strings.Join(c.Leaf.DNSNames, " "), "example") {
			t.Errorf("%q: signed %v", asked, c.Leaf.DNSNames)
		}
	}
	for i := range 3 * mostLeaves {
		if _, err := a.signed(strings.Repeat("x", i%60+1)+".localhost", net.IPv4(127, 0, 0, byte(i%250))); err != nil {
			t.Fatal(err)
		}
	}
	if len(a.leaves) > mostLeaves {
		t.Errorf("%d leaves are kept", len(a.leaves))
	}
}

// Whom a process believes already it believes still.
func TestTrust(t *testing.T) {
	a := opened(t, t.TempDir(), time.Now())
	folder, dir := t.TempDir(), t.TempDir()
	system, own := filepath.Join(dir, "system.pem"), filepath.Join(dir, "own.pem")
	for path, text := range map[string]string{system: "SYSTEM\n", own: "OWN"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	before := roots
	defer func() { roots = before }()
	roots = []string{filepath.Join(dir, "none"), system}
	values := map[string]string{"AWS_CA_BUNDLE": own, "REQUESTS_CA_BUNDLE": "own.pem", "SSL_CERT_FILE": filepath.Join(dir, "missing.pem")}
	for range 2 { // what is made once is there the next time
		given := map[string]string{}
		for name, value := range values {
			given[name] = value
		}
		if err := a.Trust(given, folder, dir); err != nil {
			t.Fatal(err)
		}
		for name, want := range map[string]string{
			"NODE_EXTRA_CA_CERTS": string(a.PEM()), "AWS_CA_BUNDLE": "OWN\n" + string(a.PEM()), "REQUESTS_CA_BUNDLE": "OWN\n" + string(a.PEM()),
		} {
			if text, _ := os.ReadFile(given[name]); string(text) != want {
				t.Errorf("%s: got %q", name, text)
			}
		}
		if given["SSL_CERT_FILE"] != values["SSL_CERT_FILE"] {
			t.Error("a file that cannot be read was replaced")
		}
	}
	given := map[string]string{}
	if err := a.Trust(given, folder, dir); err != nil {
		t.Fatal(err)
	}
	if text, _ := os.ReadFile(given["SSL_CERT_FILE"]); string(text) != "SYSTEM\n"+string(a.PEM()) {
		t.Errorf("SSL_CERT_FILE: got %q", text)
	}
	roots, given = nil, map[string]string{}
	if err := a.Trust(given, folder, dir); err != nil || len(given) != 1 {
		t.Errorf("a system without roots: got %v %v; the programs' own must stay", given, err)
	}
}
