package domain

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
	"weak"
)

// maxJudged bounds how many connections are remembered with what was found of
// them. Forgetting costs one more verification.
const maxJudged = 4096

// judge holds clients to today's truststore: a connection is kept for as long as its
// client likes, and the handshake says only what was right when it was made.
type judge struct {
	mu    sync.Mutex // Protects fields below.
	found map[weak.Pointer[tls.ConnectionState]]finding
}

// finding is what was found of a client's certificates.
type finding struct {
	by    *x509.CertPool // the truststore that they were held to
	good  bool
	until time.Time // when the first of them ends
}

// verified says that the client has shown a certificate that the domain's
// truststore answers for now: the handshake was for this domain and no other.
// HTTP lets a client ask for other hosts on a connection (RFC 9110 section 7.4),
// which would be a way past mutual TLS.
func (d *Domains) verified(t *table, e *entry, r *http.Request) bool {
	if r.TLS == nil || len(r.TLS.VerifiedChains) == 0 || d.tls == nil || t.find(strings.ToLower(r.TLS.ServerName)) != e {
		return false
	}
	store := d.tls.truststores[e.truststore]
	return store != nil && d.judge.admits(r.TLS, store.Get(), time.Now())
}

// admits judges a connection, once for each truststore.
func (j *judge) admits(state *tls.ConnectionState, by *x509.CertPool, now time.Time) bool {
	key := weak.Make(state)
	j.mu.Lock()
	known, ok := j.found[key]
	j.mu.Unlock()
	if !ok || known.by != by || known.good && !now.Before(known.until) {
		known = hold(state.PeerCertificates, by, now)
		j.remember(key, known)
	}
	return known.good
}

func (j *judge) remember(key weak.Pointer[tls.ConnectionState], f finding) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if len(j.found) >= maxJudged || j.found == nil {
		j.found = map[weak.Pointer[tls.ConnectionState]]finding{} // who is still there is judged again
	}
	j.found[key] = f
}

// hold verifies certificates as the handshake would now (RFC 5280 section 6), for
// the use of clients (section 4.2.1.12).
func hold(shown []*x509.Certificate, by *x509.CertPool, now time.Time) finding {
	options := x509.VerifyOptions{Roots: by, Intermediates: x509.NewCertPool(), CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}
	for _, c := range shown[1:] {
		options.Intermediates.AddCert(c)
	}
	chains, err := shown[0].Verify(options)
	f := finding{by: by}
	if err != nil {
		return f
	}
	at := slices.IndexFunc(chains, acceptable)
	if f.good = at >= 0; !f.good {
		return f
	}
	f.until = chains[at][0].NotAfter
	for _, c := range chains[at] {
		if c.NotAfter.Before(f.until) {
			f.until = c.NotAfter
		}
	}
	return f
}
