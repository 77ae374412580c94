package domain

import (
	"context"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/crypto/acme"

	"github.com/dragoman-gateway/dragoman/internal/tasks"
)

// Config is the TLS configuration of the listener in front of the domains.
// Documented: API Gateway Developer Guide, Choose a security policy for your
// custom domain: TLS_1_2 takes TLS 1.2 and 1.3.
func (d *Domains) Config() *tls.Config {
	base := &tls.Config{
		MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"},
		GetCertificate: d.certificate,
	}
	if d.tls.manager != nil {
		base.NextProtos = append(base.NextProtos, acme.ALPNProto)
	}
	base.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) { return d.forClient(hello, base) }
	return base
}

// forClient asks clients of domains with mutual TLS for their certificates. nil
// is the configuration of all others.
func (d *Domains) forClient(hello *tls.ClientHelloInfo, base *tls.Config) (*tls.Config, error) {
	e := d.table.Load().find(strings.ToLower(hello.ServerName))
	if e == nil || e.truststore == "" || isChallenge(hello) {
		return nil, nil
	}
	store := d.tls.truststores[e.truststore]
	if store == nil {
		return nil, fmt.Errorf("domain %s: no file is mapped for its truststore %s", e.name, e.truststore)
	}
	config := base.Clone()
	config.GetConfigForClient = nil
	config.ClientAuth, config.ClientCAs = tls.RequireAndVerifyClientCert, store.Get()
	// A session that is resumed would outlive its truststore, and tickets of one
	// domain are good for another.
	config.SessionTicketsDisabled = true
	config.VerifyConnection = strong
	return config, nil
}

// isChallenge knows the handshake by which an ACME server makes sure of a domain:
// acme-tls/1 and no other protocol (RFC 8737 section 3).
func isChallenge(hello *tls.ClientHelloInfo) bool {
	return len(hello.SupportedProtos) == 1 && hello.SupportedProtos[0] == acme.ALPNProto
}

// maxChain is how many certificates a client's chain may have.
// Documented: API Gateway Developer Guide, How to turn on mutual TLS
// authentication for your HTTP APIs.
const maxChain = 4

// strong holds a client's chain to the rules of that page: at most four
// certificates, RSA keys of 2048 bits and curves of 256 at least. SHA-1 is
// refused by crypto/x509.
func strong(state tls.ConnectionState) error {
	if !slices.ContainsFunc(state.VerifiedChains, acceptable) {
		return errors.New("the client's certificates are too weak, or too many")
	}
	return nil
}

// The chain is counted with its root, which the truststore holds.
func acceptable(chain []*x509.Certificate) bool {
	return len(chain) <= maxChain && !slices.ContainsFunc(chain, func(c *x509.Certificate) bool { return !strongKey(c) })
}

func strongKey(c *x509.Certificate) bool {
	switch key := c.PublicKey.(type) {
	case *rsa.PublicKey:
		return key.N.BitLen() >= 2048
	case *ecdsa.PublicKey:
		return key.Curve.Params().BitSize >= 256
	}
	return true // Ed25519
}

// certificate chooses by the name that the client asks for: that of its domain,
// else any that is good for the name, else one that is fetched, else the fallback.
func (d *Domains) certificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	name := strings.ToLower(strings.TrimSuffix(hello.ServerName, "."))
	if d.tls.manager != nil && isChallenge(hello) {
		return d.tls.manager.GetCertificate(hello)
	}
	if e := d.table.Load().find(name); e != nil {
		if w := d.tls.certificates[e.certificate]; w != nil {
			return w.Get(), nil
		}
	}
	if _, found := d.tls.covering(name); found != nil {
		return found, nil
	}
	if d.tls.manager != nil && d.fetches(name) {
		return d.fetch(hello)
	}
	if w := d.tls.certificates[Fallback]; w != nil {
		return w.Get(), nil
	}
	return nil, fmt.Errorf("there is no certificate for %q", name)
}

// fetch is the certificate that an ACME server gives, or has given. One that another node is
// ordering is waited for here and not in the cache, which autocert asks with the lock of all
// certificates: handshakes for other names go on.
func (d *Domains) fetch(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	ctx, cancel := context.WithTimeout(hello.Context(), orderTime)
	defer cancel()
	for {
		found, err := d.tls.manager.GetCertificate(hello)
		if !errors.Is(err, errOrdered) || tasks.Pause(ctx, lookAgain) != nil {
			return found, err
		}
	}
}

// covering is the first certificate that is good for a name, and its ARN.
func (t *TLS) covering(name string) (string, *tls.Certificate) {
	if name == "" {
		return "", nil
	}
	for _, arn := range t.order {
		if c := t.certificates[arn].Get(); c.Leaf != nil && c.Leaf.VerifyHostname(name) == nil {
			return arn, c
		}
	}
	return "", nil
}
