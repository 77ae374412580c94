package authority

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"math/big"
	"net"
	"strings"
	"time"
)

// How long certificates are good. Apple's systems take no leaf of more than 825 days.
const (
	life     = 5 * 365 * 24 * time.Hour
	renewal  = 90 * 24 * time.Hour // before its end an authority is replaced
	leafLife = 30 * 24 * time.Hour // below renewal: no leaf outlives its authority
	early    = time.Hour           // clocks differ
)

// mostLeaves bounds the leaves that are remembered.
const mostLeaves = 128

func newKey() (*ecdsa.PrivateKey, error) { return ecdsa.GenerateKey(elliptic.P256(), rand.Reader) }

// serial is a random number of 128 bits (RFC 5280 section 4.1.2.2).
func serial() (*big.Int, error) { return rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 128)) }

// newAuthority makes a certificate and its key. The constraints are critical (RFC
// 5280 section 4.2.1.10): a verifier that does not know them refuses everything.
// "localhost" covers the names below it too.
func newAuthority(now time.Time) (certificate, key *pem.Block, err error) {
	signer, err := newKey()
	if err != nil {
		return nil, nil, err
	}
	number, err := serial()
	if err != nil {
		return nil, nil, err
	}
	secret, err := x509.MarshalPKCS8PrivateKey(signer)
	if err != nil {
		return nil, nil, err
	}
	public, err := x509.MarshalPKIXPublicKey(signer.Public())
	if err != nil {
		return nil, nil, err
	}
	id := sha256.Sum256(public)
	template := &x509.Certificate{
		SerialNumber: number, Subject: pkix.Name{Organization: []string{"Dragoman"}, CommonName: "Dragoman local authority " + hex.EncodeToString(id[:4])},
		NotBefore: now.Add(-early), NotAfter: now.Add(life),
		IsCA: true, BasicConstraintsValid: true, MaxPathLenZero: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		PermittedDNSDomainsCritical: true, PermittedDNSDomains: []string{"localhost"},
		PermittedIPRanges: []*net.IPNet{{IP: net.IPv4(127, 0, 0, 0).To4(), Mask: net.CIDRMask(8, 32)}, {IP: net.IPv6loopback, Mask: net.CIDRMask(128, 128)}},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, signer.Public(), signer)
	if err != nil {
		return nil, nil, err
	}
	return &pem.Block{Type: "CERTIFICATE", Bytes: der}, &pem.Block{Type: "PRIVATE KEY", Bytes: secret}, nil
}

// TLS is the configuration of a listener whose certificates the authority signs.
func (a *Authority) TLS() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"}, GetCertificate: a.certificate}
}

// certificate is a leaf for the name that the client asks for, if it is one that the
// authority may sign, and for the machine's own names in any case. It names what was
// asked for itself: programs take no *.localhost (RFC 9525 section 6.3 leaves it to
// them), and no wildcard stands for two labels.
func (a *Authority) certificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	name := strings.ToLower(strings.TrimSuffix(hello.ServerName, "."))
	if a.beside != nil {
		if other := a.beside.Certificate(name); other != nil {
			return other, nil
		}
	}
	if !strings.HasSuffix(name, ".localhost") || len(name) > 253 {
		name = ""
	}
	var at net.IP
	if hello.Conn != nil {
		if local, ok := hello.Conn.LocalAddr().(*net.TCPAddr); ok && local.IP.IsLoopback() {
			at = local.IP
		}
	}
	return a.signed(name, at)
}

// signed is a leaf that is good for a while yet; name and at may be empty.
func (a *Authority) signed(name string, at net.IP) (*tls.Certificate, error) {
	h, now, key := a.present(), a.now(), name+" "+at.String()
	a.mu.Lock()
	defer a.mu.Unlock()
	if known := a.leaves[key]; known != nil && now.Add(leafLife/3).Before(known.Leaf.NotAfter) {
		return known, nil
	}
	made, err := newLeaf(h, a.leaf, name, at, now)
	if err != nil {
		return nil, err
	}
	if len(a.leaves) >= mostLeaves {
		clear(a.leaves)
	}
	a.leaves[key] = made
	return made, nil
}

func newLeaf(by *held, key crypto.Signer, name string, at net.IP, now time.Time) (*tls.Certificate, error) {
	number, err := serial()
	if err != nil {
		return nil, err
	}
	end := now.Add(leafLife)
	if last := by.certificate.NotAfter; end.After(last) {
		end = last
	}
	template := &x509.Certificate{
		SerialNumber: number, Subject: pkix.Name{Organization: []string{"Dragoman"}, CommonName: "localhost"},
		NotBefore: now.Add(-early), NotAfter: end,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, BasicConstraintsValid: true,
		DNSNames: []string{"localhost", "*.execute-api.localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
	}
	if name != "" {
		template.DNSNames = append(template.DNSNames, name)
	}
	if at != nil && !at.Equal(template.IPAddresses[0]) && !at.Equal(template.IPAddresses[1]) {
		template.IPAddresses = append(template.IPAddresses, at)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, by.certificate, key.Public(), by.key)
	if err != nil {
		return nil, err
	}
	made := &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
	made.Leaf, err = x509.ParseCertificate(der)
	return made, err
}
