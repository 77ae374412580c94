package server

import (
	"path/filepath"
	"strings"

	"github.com/dragoman-gateway/dragoman/gateway/domain"
	"github.com/dragoman-gateway/dragoman/gateway/listen"
)

// openDomains makes the table of custom domains, which deployed fills, and opens the
// TLS listener.
func (s *Server) openDomains() error {
	s.domains = domain.New(s.logger)
	c := &s.config.Domains
	if c.Listen == "" {
		return nil
	}
	options := domain.Options{Certificates: map[string]domain.Pair{}, Truststores: c.Truststores}
	for arn, pair := range c.Certificates {
		cert, key, _ := strings.Cut(pair, ",")
		options.Certificates[arn] = domain.Pair{Certificate: cert, Key: key}
	}
	if c.AcmeDirectory != "" || c.AcmeEmail != "" {
		options.ACME = &domain.ACME{Directory: c.AcmeDirectory, Email: c.AcmeEmail}
		if s.config.DataDir != "" {
			options.ACME.Cache = filepath.Join(s.config.DataDir, "acme")
		}
	}
	if err := s.domains.OpenTLS(options); err != nil {
		return err
	}
	var err error
	s.secure.Listener, err = listen.Open("listen-tls", c.Listen)
	return err
}

// SecureAddr is where APIs are served over TLS, host:port; "" when they are not.
func (s *Server) SecureAddr() string {
	if s.secure.Listener == nil {
		return ""
	}
	return s.secure.Listener.Addr().String()
}
