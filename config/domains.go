package config

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
)

// Domains is the TLS of the data plane. Custom domains are served without
// it too, by their Host.
type Domains struct {
	Listen       string            // TLS listener, host:port; "" for none
	Certificates map[string]string // "cert.pem,key.pem" by ARN; "*" for hosts without one of their own
	Truststores  map[string]string // files by s3:// URI

	// AcmeDirectory is the URL of the ACME server that certificates of custom
	// domains come from which no file has; AcmeEmail alone means Let's Encrypt.
	AcmeDirectory string
	AcmeEmail     string
}

// validate says what is wrong, in the words of the flags.
func (c *Domains) validate() error {
	var faults []error
	wrong := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }
	if c.Listen != "" {
		if _, _, err := net.SplitHostPort(c.Listen); err != nil {
			wrong("--listen-tls %q: want HOST:PORT", c.Listen)
		}
	}
	for arn, pair := range c.Certificates {
		if cert, key, _ := strings.Cut(pair, ","); cert == "" || key == "" || strings.Contains(key, ",") {
			wrong("--certificate %s=%s: want ARN=CERT,KEY", arn, pair)
		}
	}
	for uri := range c.Truststores {
		if !strings.HasPrefix(uri, "s3://") {
			wrong("--truststore %q: want s3://BUCKET/KEY=FILE", uri)
		}
	}
	if at, err := url.Parse(c.AcmeDirectory); c.AcmeDirectory != "" && (err != nil || at.Host == "") {
		wrong("--acme-directory %q: want a URL", c.AcmeDirectory)
	}
	acme := c.AcmeDirectory != "" || c.AcmeEmail != ""
	if c.Listen == "" && (acme || len(c.Certificates)+len(c.Truststores) > 0) {
		wrong("--certificate, --truststore and --acme-… need --listen-tls HOST:PORT")
	}
	if c.Listen != "" && !acme && len(c.Certificates) == 0 {
		wrong("--listen-tls needs certificates: give --certificate ARN=CERT,KEY or --acme-email")
	}
	return errors.Join(faults...)
}
