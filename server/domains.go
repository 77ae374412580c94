package server

import (
	"path/filepath"
	"strings"

	"github.com/dragoman-gateway/dragoman/gateway/domain"
	"github.com/dragoman-gateway/dragoman/management/state"
)

// openDomains makes the table of custom domains, which deployed fills, and reads what the
// listener with TLS needs.
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
		if s.config.Fleet.Shared() {
			options.ACME.Store = state.Served(s.store)
		} else if s.config.DataDir != "" {
			options.ACME.Cache = filepath.Join(s.config.DataDir, "acme")
		}
	}
	return s.domains.OpenTLS(options)
}
