package domain

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dragoman-gateway/dragoman/resource"
)

const (
	arn   = "arn:aws:acm:us-east-1:000000000000:certificate/one"
	trust = "s3://bucket/trust.pem"
)

// secured are domains with TLS: api.example.com with a certificate of its own,
// and mutual.example.com and lost.example.com with mutual TLS; no file is mapped
// for the truststore of the last.
func secured(t *testing.T, change ...func(*Options)) (d *Domains, ca *authority, dir string) {
	t.Helper()
	dir, ca = t.TempDir(), newAuthority(t, "ca")
	define := func(name, certificate, truststore string) Definition {
		n := named(name, resource.MappingOnly)
		n.DomainNameConfigurations = []resource.DomainNameConfiguration{{CertificateArn: certificate}}
		if truststore != "" {
			n.MutualTlsAuthentication = &resource.MutualTlsAuthentication{TruststoreUri: truststore}
		}
		return Definition{n, keys("", "1"), nil, nil}
	}
	d = domains(define("api.example.com", arn, ""), define("plain.example.com", "arn:unmapped", ""),
		define("mutual.example.com", arn, trust), define("lost.example.com", arn, "s3://bucket/lost.pem"))
	check(t, os.WriteFile(filepath.Join(dir, "trust.pem"), ca.pem, 0o600))
	o := Options{
		Certificates: map[string]Pair{
			arn:             ca.files(dir, "one", "api.example.com"),
			"arn:other":     ca.files(dir, "other", "*.example.org"),
			"arn:zlast:all": ca.files(dir, "last", "plain.example.com"),
			Fallback:        ca.files(dir, "fallback", "fallback.test"),
		},
		Truststores: map[string]string{trust: filepath.Join(dir, "trust.pem")},
	}
	for _, c := range change {
		c(&o)
	}
	check(t, d.OpenTLS(o))
	return d, ca, dir
}

// shake makes a handshake, and answers what each side knows and the server's
// error.
func shake(t *testing.T, d *Domains, client *tls.Config) (us, them tls.ConnectionState, err error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	inner, outer := net.Pipe()
	defer inner.Close()
	defer outer.Close()
	server, other := tls.Server(inner, d.Config()), tls.Client(outer, client)
	shaken := make(chan error, 1)
	go func() {
		defer inner.Close()
		err := server.HandshakeContext(ctx)
		if err == nil { // a ticket comes with the first byte
			_, err = server.Write([]byte("x"))
		}
		shaken <- err
	}()
	clientErr := other.HandshakeContext(ctx)
	if clientErr == nil {
		_, clientErr = other.Read(make([]byte, 1))
	}
	if clientErr != nil {
		outer.Close()
	}
	if err = <-shaken; err == nil {
		err = clientErr
	}
	return server.ConnectionState(), other.ConnectionState(), err
}

func trusting(name string, certs ...tls.Certificate) *tls.Config {
	return &tls.Config{ServerName: name, InsecureSkipVerify: true, Certificates: certs, NextProtos: []string{"h2", "http/1.1"}} // #nosec: which certificate it is gets tested
}

func TestCertificateIsChosenByName(t *testing.T) {
	d, _, _ := secured(t)
	for name, want := range map[string]string{
		"api.example.com":          "api.example.com",
		"API.example.com":          "api.example.com",
		"plain.example.com":        "plain.example.com", // not mapped by its ARN, but good for the name
		"x.example.org":            "*.example.org",
		"a1.execute-api.localhost": "fallback.test",
		"":                         "fallback.test",
	} {
		_, them, err := shake(t, d, trusting(name))
		if err != nil || them.PeerCertificates[0].DNSNames[0] != want {
			t.Errorf("%q: got %v, want the certificate of %s", name, err, want)
			continue
		}
		if them.NegotiatedProtocol != "h2" {
			t.Errorf("%q: got %q, want h2", name, them.NegotiatedProtocol)
		}
	}
	d, _, _ = secured(t, func(o *Options) { delete(o.Certificates, Fallback) })
	if _, _, err := shake(t, d, trusting("a1.execute-api.localhost")); err == nil {
		t.Error("a name without a certificate: got a handshake")
	}
}

func TestOldVersionsAreRefused(t *testing.T) {
	d, _, _ := secured(t)
	old := trusting("api.example.com")
	old.MinVersion, old.MaxVersion = tls.VersionTLS10, tls.VersionTLS11
	if _, _, err := shake(t, d, old); err == nil {
		t.Error("TLS 1.1: got a handshake")
	}
	recent := trusting("api.example.com")
	recent.MaxVersion = tls.VersionTLS12
	if _, _, err := shake(t, d, recent); err != nil {
		t.Errorf("TLS 1.2: got %v", err)
	}
}

func TestMutualTLS(t *testing.T) {
	d, ca, _ := secured(t)
	stranger, later := newAuthority(t, "stranger"), time.Now().Add(time.Hour)
	weak, err := rsa.GenerateKey(rand.Reader, 1024)
	check(t, err)
	strongRSA, err := rsa.GenerateKey(rand.Reader, 2048)
	check(t, err)
	for _, row := range []struct {
		name, host string
		certs      []tls.Certificate
		want       bool
	}{
		{"trusted", "mutual.example.com", ca.client(newKey(t), later), true},
		{"RSA", "mutual.example.com", ca.client(strongRSA, later), true},
		{"none", "mutual.example.com", nil, false},
		{"a stranger's", "mutual.example.com", stranger.client(newKey(t), later), false},
		{"expired", "mutual.example.com", ca.client(newKey(t), time.Now().Add(-time.Minute)), false},
		{"weak", "mutual.example.com", ca.client(weak, later), false},
		{"no truststore", "lost.example.com", ca.client(newKey(t), later), false},
		{"another domain asks for none", "api.example.com", nil, true},
	} {
		_, _, err := shake(t, d, trusting(row.host, row.certs...))
		if (err == nil) != row.want {
			t.Errorf("%s: got %v, want a handshake: %v", row.name, err, row.want)
		}
	}
}

func TestMutualTLSCannotBeWalkedAround(t *testing.T) {
	d, ca, _ := secured(t)
	verified, _, err := shake(t, d, trusting("mutual.example.com", ca.client(newKey(t), time.Now().Add(time.Hour))...))
	check(t, err)
	other, _, err := shake(t, d, trusting("api.example.com"))
	check(t, err)
	for _, row := range []struct {
		name, host string
		state      *tls.ConnectionState
		want       bool
	}{
		{"verified", "mutual.example.com", &verified, true},
		{"without TLS", "mutual.example.com", nil, false},
		{"through another domain", "mutual.example.com", &other, false},
		{"verified for another domain", "lost.example.com", &verified, false},
		{"another domain", "api.example.com", &verified, true},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.TLS = row.state
		if _, known, mapped := d.Route(row.host, r); !known || mapped != row.want {
			t.Errorf("%s: got known %v mapped %v, want mapped %v", row.name, known, mapped, row.want)
		}
	}
	r := httptest.NewRequest("GET", "/", nil)
	r.TLS = &verified
	v, _, _ := d.Route("mutual.example.com", r)
	c := v.ClientCert
	if c == nil || c.SubjectDN != "O=Test,CN=leaf" || c.IssuerDN != "CN=ca" || c.SerialNumber != "0a:1b:2c" || !strings.HasPrefix(c.PEM, "-----BEGIN CERTIFICATE-----\n") {
		t.Errorf("client certificate: got %+v", c)
	}
	if _, err := time.Parse("Jan _2 15:04:05 2006 MST", c.NotAfter); err != nil || !strings.HasSuffix(c.NotBefore, " GMT") {
		t.Errorf("validity: got %q to %q", c.NotBefore, c.NotAfter)
	}
	if v, _, _ := d.Route("api.example.com", r); v.ClientCert != nil {
		t.Error("a domain without mutual TLS: got a client certificate")
	}
}

func TestSessionsDoNotOutliveTruststores(t *testing.T) {
	d, ca, dir := secured(t)
	client := trusting("mutual.example.com", ca.client(newKey(t), time.Now().Add(time.Hour))...)
	client.ClientSessionCache = tls.NewLRUClientSessionCache(4)
	if _, _, err := shake(t, d, client); err != nil {
		t.Fatal(err)
	}
	check(t, os.WriteFile(filepath.Join(dir, "trust.pem"), newAuthority(t, "new").pem, 0o600))
	d.tls.truststores[trust].again(d.say)
	if _, _, err := shake(t, d, client); err == nil {
		t.Error("a client of the old truststore: got in with its session")
	}
}

// A connection that is kept is judged by the truststore of today.
func TestKeptConnectionsAreJudgedAgain(t *testing.T) {
	d, ca, dir := secured(t)
	state, _, err := shake(t, d, trusting("mutual.example.com", ca.client(newKey(t), time.Now().Add(time.Hour))...))
	check(t, err)
	ask := func() bool {
		r := httptest.NewRequest("GET", "/", nil)
		r.TLS = &state
		_, known, mapped := d.Route("mutual.example.com", r)
		if !known {
			t.Error("the domain is not known any more")
		}
		return mapped
	}
	change := func(pem []byte) {
		check(t, os.WriteFile(filepath.Join(dir, "trust.pem"), pem, 0o600))
		d.tls.truststores[trust].again(d.say)
	}
	other := newAuthority(t, "new").pem
	for _, step := range []struct {
		name string
		pem  []byte
		want bool
	}{
		{"as it began", nil, true},
		{"another authority", other, false},
		{"both", append(append([]byte{}, other...), ca.pem...), true},
		{"without its own again", other, false},
		{"a file that cannot be read changes nothing", []byte("nothing"), false},
		{"as it was", ca.pem, true},
	} {
		if step.pem != nil {
			change(step.pem)
		}
		for range 2 { // what was found is remembered
			if got := ask(); got != step.want {
				t.Errorf("%s: got admitted %v, want %v", step.name, got, step.want)
			}
		}
	}
}

// So it is by the clock: a certificate ends while its connection is kept.
func TestKeptConnectionsEndWithTheirCertificates(t *testing.T) {
	d, ca, _ := secured(t)
	state, _, err := shake(t, d, trusting("mutual.example.com", ca.client(newKey(t), time.Now().Add(time.Hour))...))
	check(t, err)
	by := d.tls.truststores[trust].Get()
	var j judge
	for _, step := range []struct {
		after time.Duration
		want  bool
	}{{0, true}, {50 * time.Minute, true}, {2 * time.Hour, false}} {
		if got := j.admits(&state, by, time.Now().Add(step.after)); got != step.want {
			t.Errorf("after %s: got admitted %v, want %v", step.after, got, step.want)
		}
	}
	for range maxJudged + 10 {
		again := state
		j.admits(&again, by, time.Now())
	}
	if len(j.found) > maxJudged {
		t.Errorf("%d connections are remembered, want at most %d", len(j.found), maxJudged)
	}
}

func TestFilesAreReadAgain(t *testing.T) {
	d, _, dir := secured(t)
	said := []string{}
	say := func(what string, err error) {
		if err != nil {
			what = "error"
		}
		said = append(said, what)
	}
	w := d.tls.certificates[arn]
	before := w.Get()
	w.again(say) // nothing has changed
	check(t, os.WriteFile(filepath.Join(dir, "one.pem"), []byte("not a certificate"), 0o600))
	w.again(say)
	w.again(say) // still broken, which is known
	if w.Get() != before {
		t.Error("broken files: the certificate changed")
	}
	newAuthority(t, "ca 2").files(dir, "one", "new.example.com")
	w.again(say)
	if _, them, err := shake(t, d, trusting("api.example.com")); err != nil || them.PeerCertificates[0].DNSNames[0] != "new.example.com" {
		t.Errorf("new files: got %v, want the new certificate", err)
	}
	check(t, os.Remove(filepath.Join(dir, "one.key")))
	w.again(say)
	if got := strings.Join(said, ", "); got != "error, certificate "+arn+", error" {
		t.Errorf("said: got %s", got)
	}
}

func TestOpenTLSRefuses(t *testing.T) {
	dir := t.TempDir()
	ca := newAuthority(t, "ca")
	one, two := ca.files(dir, "one", "a"), ca.files(dir, "two", "b")
	empty := filepath.Join(dir, "empty.pem")
	check(t, os.WriteFile(empty, nil, 0o600))
	for name, o := range map[string]Options{
		"certificate " + arn + ": ":   {Certificates: map[string]Pair{arn: {one.Certificate, two.Key}}},
		"certificate " + arn + ": op": {Certificates: map[string]Pair{arn: {filepath.Join(dir, "none"), two.Key}}},
		"truststore " + trust:         {Truststores: map[string]string{trust: empty}},
	} {
		if err := New(nil).OpenTLS(o); err == nil || !strings.HasPrefix(err.Error(), strings.TrimSuffix(name, "op")) {
			t.Errorf("got %v, want an error about %s", err, name)
		}
	}
}

func TestLongChainsAreRefused(t *testing.T) {
	good := &x509.Certificate{PublicKey: newKey(t).Public()}
	if acceptable([]*x509.Certificate{good, good, good, good, good}) || !acceptable([]*x509.Certificate{good, good, good, good}) {
		t.Error("want chains of at most four certificates")
	}
}
