package console

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"

	"github.com/dragoman-gateway/dragoman/server"
)

const day = 24 * time.Hour

// certified writes a certificate of its own for a host, which ends at a time, and answers with
// the files as a gateway is given them.
func certified(t *testing.T, host string, end time.Time) (pair string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: host}, DNSNames: []string{host},
		NotBefore: end.Add(-365 * day), NotAfter: end, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	must(t, err)
	private, err := x509.MarshalPKCS8PrivateKey(key)
	must(t, err)
	dir := t.TempDir()
	for name, block := range map[string]*pem.Block{"cert.pem": {Type: "CERTIFICATE", Bytes: der}, "key.pem": {Type: "PRIVATE KEY", Bytes: private}} {
		must(t, os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o600))
	}
	return filepath.Join(dir, "cert.pem") + "," + filepath.Join(dir, "key.pem")
}

// Each domain shows until when its certificate is good: what has expired and what soon will are
// told in words, on Access, where a host is followed, and among what needs attention.
func TestCertificatesTellTheirEnd(t *testing.T) {
	const arn = "arn:aws:acm:us-east-1:000000000000:certificate/"
	now := time.Now()
	domains := map[string]struct {
		end  time.Time
		says string
	}{
		"old.shop.example":   {now.Add(-3 * day), "has expired"},
		"soon.shop.example":  {now.Add(10*day + 12*time.Hour), "ends in 10 days"},
		"fresh.shop.example": {now.Add(90*day + 12*time.Hour), "90 days left"},
	}
	g := start(t, func(c *server.Config) {
		c.Domains.Listen, c.Domains.Certificates = "127.0.0.1:0", map[string]string{}
		for host, d := range domains {
			c.Domains.Certificates[arn+host] = certified(t, host, d.end)
		}
	})
	o := g.shop()
	for host := range domains {
		_, err := g.sdk.CreateDomainName(t.Context(), &apigatewayv2.CreateDomainNameInput{DomainName: aws.String(host),
			DomainNameConfigurations: []types.DomainNameConfiguration{{CertificateArn: aws.String(arn + host), EndpointType: types.EndpointTypeRegional}}})
		must(t, err)
		_, err = g.sdk.CreateApiMapping(t.Context(), &apigatewayv2.CreateApiMappingInput{ApiId: &o.api, DomainName: aws.String(host), Stage: aws.String("prod")})
		must(t, err)
	}
	b := open(t, g, "/console/access")
	table := b.find("table", "Domains")
	for host, d := range domains {
		date := d.end.UTC().Format(time.DateOnly)
		b.until(host+": "+d.says+" "+date, func() bool {
			for _, row := range b.all("row", "", table) {
				if text := row.text(); strings.Contains(text, host) && strings.Contains(text, d.says) && strings.Contains(text, date) {
					return true
				}
			}
			return false
		})
		b.fill("Host", host)
		b.fill("Path", "/")
		b.click("button", "Find")
		leads := b.find("region", "Leads to")
		b.until(host+" is followed to its certificate", func() bool {
			return strings.Contains(leads.text(), host) && strings.Contains(leads.text(), d.says)
		})
	}
	b.whole("certificates")
	b.size(360, 740)
	b.whole("certificates-narrow")
	b.size(1280, 800)

	b.visit("/console/")
	attention := b.find("region", "Needs attention")
	b.until("both that need somebody", func() bool {
		text := attention.text()
		return strings.Contains(text, "old.shop.example") && strings.Contains(text, "expired") && strings.Contains(text, "soon.shop.example") && strings.Contains(text, "10 days")
	})
	if strings.Contains(attention.text(), "fresh.shop.example") {
		t.Errorf("a certificate that is good for 90 days needs attention: %s", attention.text())
	}
	b.pictures("certificates-home")
}
