package up

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/dragoman-gateway/dragoman/internal/authority"
	"github.com/dragoman-gateway/dragoman/template/gateway"
)

// certificates are those of a template, each signed by itself: what they are good for
// is believed by the template's own functions alone.
type certificates struct {
	folder string // with a file of each, and its key
	known  atomic.Pointer[signed]
}

type signed struct {
	byName map[string]*tls.Certificate
	text   []byte
}

var _ authority.Beside = (*certificates)(nil)

func newCertificates(folder string) *certificates {
	c := &certificates{folder: folder}
	c.known.Store(&signed{})
	return c
}

// Certificate implements authority.Beside. A wildcard stands for one label (RFC 9525
// section 6.3).
func (c *certificates) Certificate(name string) *tls.Certificate {
	known := c.known.Load().byName
	if found := known[name]; found != nil {
		return found
	}
	if _, rest, ok := strings.Cut(name, "."); ok {
		return known["*."+rest]
	}
	return nil
}

// PEM implements authority.Beside.
func (c *certificates) PEM() []byte { return c.known.Load().text }

// set makes those that a template wants, where they are not there already.
func (c *certificates) set(wanted []gateway.Certificate) error {
	next := &signed{byName: map[string]*tls.Certificate{}}
	for _, w := range wanted {
		made, text, err := c.one(w)
		if err != nil {
			return err
		}
		next.text = append(next.text, text...)
		for _, name := range w.Names {
			next.byName[strings.ToLower(name)] = made
		}
	}
	c.known.Store(next)
	return nil
}

// A certificate is good for a year, and replaced a month before its end.
const (
	goodFor = 365 * 24 * time.Hour
	renewed = 30 * 24 * time.Hour
)

// one is the certificate that is kept, or a new one.
func (c *certificates) one(w gateway.Certificate) (*tls.Certificate, []byte, error) {
	id := sha256.Sum256([]byte(w.ARN))
	file := filepath.Join(c.folder, w.LogicalID+"-"+hex.EncodeToString(id[:4]))
	kept, err := tls.LoadX509KeyPair(file+".pem", file+".key")
	if err == nil && slices.Equal(kept.Leaf.DNSNames, w.Names) && time.Now().Add(renewed).Before(kept.Leaf.NotAfter) {
		text, err := os.ReadFile(file + ".pem")
		return &kept, text, err
	}
	text, key, err := sign(w.Names)
	if err != nil {
		return nil, nil, err
	}
	if err := errors.Join(os.MkdirAll(c.folder, 0o700), os.WriteFile(file+".key", key, 0o600), os.WriteFile(file+".pem", text, 0o600)); err != nil {
		return nil, nil, err
	}
	made, err := tls.X509KeyPair(text, key)
	return &made, text, err
}

// sign makes a certificate for names, and its key, in PEM. It is no authority: who has
// the key can be these names and nobody else.
func sign(names []string) (certificate, key []byte, err error) {
	signer, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	number, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 128))
	if err != nil {
		return nil, nil, err
	}
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber: number, Subject: pkix.Name{Organization: []string{"Dragoman"}}, DNSNames: names,
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(goodFor), BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, signer.Public(), signer)
	if err != nil {
		return nil, nil, err
	}
	secret, err := x509.MarshalPKCS8PrivateKey(signer)
	if err != nil {
		return nil, nil, err
	}
	var out bytes.Buffer
	_ = pem.Encode(&out, &pem.Block{Type: "CERTIFICATE", Bytes: der}) // a buffer takes everything
	return out.Bytes(), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}), nil
}
