package domain

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"golang.org/x/crypto/acme"
	"golang.org/x/crypto/acme/autocert"

	"github.com/dragoman-gateway/dragoman/store"
)

// Fallback is the ARN under which the certificate is given that serves hosts
// without one of their own, such as the names of APIs themselves.
const Fallback = "*"

// Interval is how often files are looked at. Looking and not watching works on
// every file system, also where a secret is replaced by switching a symbolic
// link.
const Interval = time.Second

// Pair is a certificate with its chain, and its private key, each a file in PEM.
type Pair struct{ Certificate, Key string }

// Options are what TLS is made of.
type Options struct {
	Certificates map[string]Pair   // by ARN, or Fallback
	Truststores  map[string]string // files in PEM by URI
	ACME         *ACME             // nil: no certificates are fetched
}

// ACME is where certificates come from that no file has.
type ACME struct {
	Directory string // URL; "" is Let's Encrypt
	Email     string // may be ""
	Cache     string // directory; "" keeps certificates in memory
	// Store, where it is set, keeps them for all nodes that share it, with the account and open
	// challenges.
	Store store.Store
	// Client may be nil.
	Client *http.Client
}

// TLS holds certificates and truststores.
type TLS struct {
	certificates map[string]*watched[tls.Certificate]
	order        []string // of certificates, so that choices do not change
	truststores  map[string]*watched[x509.CertPool]
	manager      *autocert.Manager // nil without ACME
}

// OpenTLS reads all certificates and truststores. An error names the one that
// cannot be used.
func (d *Domains) OpenTLS(o Options) error {
	t := &TLS{certificates: map[string]*watched[tls.Certificate]{}, truststores: map[string]*watched[x509.CertPool]{}}
	t.order = slices.Sorted(maps.Keys(o.Certificates))
	for _, arn := range t.order {
		pair := o.Certificates[arn]
		w := &watched[tls.Certificate]{what: "certificate " + arn, paths: []string{pair.Certificate, pair.Key}, parse: parsePair}
		if _, err := w.read(); err != nil {
			return err
		}
		t.certificates[arn] = w
	}
	for _, uri := range slices.Sorted(maps.Keys(o.Truststores)) {
		w := &watched[x509.CertPool]{what: "truststore " + uri, paths: []string{o.Truststores[uri]}, parse: parsePool}
		if _, err := w.read(); err != nil {
			return err
		}
		t.truststores[uri] = w
	}
	if o.ACME != nil {
		t.manager = d.manager(o.ACME)
	}
	d.tls = t
	return nil
}

func parsePair(contents [][]byte) (*tls.Certificate, error) {
	pair, err := tls.X509KeyPair(contents[0], contents[1])
	return &pair, err
}

func parsePool(contents [][]byte) (*x509.CertPool, error) {
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(contents[0]) {
		return nil, errors.New("there is no certificate in it")
	}
	return pool, nil
}

// manager fetches certificates for exact names of domains that no file serves.
func (d *Domains) manager(o *ACME) *autocert.Manager {
	m := &autocert.Manager{
		Prompt: autocert.AcceptTOS, Email: o.Email,
		Client: &acme.Client{DirectoryURL: cmp.Or(o.Directory, autocert.DefaultACMEDirectory), HTTPClient: o.Client},
		// Anybody may send any name in a handshake: without this each would be ordered, until the
		// authority refuses this account (RFC 8555, 6.6).
		HostPolicy: func(_ context.Context, host string) error {
			if d.fetches(host) {
				return nil
			}
			return fmt.Errorf("no certificate is fetched for %s", host)
		},
	}
	// Without a cache each start orders all of them anew.
	if o.Store != nil {
		m.Cache = newShared(o.Store, d.fetches)
	} else if o.Cache != "" {
		m.Cache = autocert.DirCache(o.Cache)
	}
	return m
}

// fetches says whether a certificate is to be fetched for a host. Wildcards are not:
// HTTP-01 and TLS-ALPN-01 prove single names (RFC 8555 section 8.3, RFC 8737).
func (d *Domains) fetches(host string) bool {
	e := d.table.Load().find(host)
	return e != nil && e.name == host && d.tls.certificates[e.certificate] == nil
}

// Watch reads files again that have changed, until ctx ends.
func (d *Domains) Watch(ctx context.Context) {
	if d.tls == nil {
		return
	}
	ticker := time.NewTicker(Interval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		for _, arn := range d.tls.order {
			d.tls.certificates[arn].again(d.say)
		}
		for _, w := range d.tls.truststores {
			w.again(d.say)
		}
	}
}

func (d *Domains) say(what string, err error) {
	if err != nil {
		d.logger.Error("files have changed and cannot be used; the last version stays", slog.Any("error", err))
		return
	}
	d.logger.Info("files were read again", "what", what)
}

// Challenge answers the questions by which an ACME server makes sure that a
// domain is ours, on plain HTTP (RFC 8555 section 8.3); everything else goes to
// next.
func (d *Domains) Challenge(next http.Handler) http.Handler {
	if d.tls == nil || d.tls.manager == nil {
		return next
	}
	answers := d.tls.manager.HTTPHandler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, _ := strings.Cut(strings.ToLower(r.Host), ":")
		if strings.HasPrefix(r.URL.Path, "/.well-known/acme-challenge/") && d.fetches(host) {
			answers.ServeHTTP(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}
