package server

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"

	"github.com/dragoman-gateway/dragoman/gateway/domain"
	"github.com/dragoman-gateway/dragoman/gateway/peer"
	"github.com/dragoman-gateway/dragoman/gateway/routing"
	"github.com/dragoman-gateway/dragoman/internal/recovery"
)

// DomainsConfig is the TLS of the data plane. Custom domains are served without
// it too, by their Host.
type DomainsConfig struct {
	Listen       string            // TLS listener, host:port; "" for none
	Certificates map[string]string // "cert.pem,key.pem" by ARN; "*" for hosts without one of their own
	Truststores  map[string]string // files by s3:// URI

	// AcmeDirectory is the URL of the ACME server that certificates of custom
	// domains come from which no file has; AcmeEmail alone means Let's Encrypt.
	AcmeDirectory string
	AcmeEmail     string
}

// validate says what is wrong, in the words of the flags.
func (c *DomainsConfig) validate() error {
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
	s.secure.Listener, err = listenOn("listen-tls", c.Listen)
	return err
}

// openSecure gives the TLS listener the handler of the data listener, and that
// one the challenges of ACME servers.
func (s *Server) openSecure(handler *routing.Handler) {
	s.domains.Serve(s.deployed)
	if s.secure.Listener == nil {
		return
	}
	own := *handler
	own.Policy = s.policy(s.secure.Listener)
	plain := s.data.Server
	s.secure.Server = &http.Server{
		Handler: recovery.Handler(s.requests.count(&own), s.reports), BaseContext: s.base, ConnContext: peer.ConnContext, TLSConfig: s.domains.Config(),
		ReadHeaderTimeout: plain.ReadHeaderTimeout, WriteTimeout: plain.WriteTimeout, IdleTimeout: plain.IdleTimeout,
		MaxHeaderBytes: plain.MaxHeaderBytes, HTTP2: streams(), ConnState: s.secure.state, ErrorLog: recovery.ErrorLog(s.logger, s.reports),
	}
	plain.Handler = s.domains.Challenge(plain.Handler)
}

// serveSecure serves the TLS listener until it is shut down.
func (s *Server) serveSecure() error { return s.secure.ServeTLS(s.secure.Listener, "", "") }

func (s *Server) drainSecure(ctx context.Context) {
	if s.secure.Server == nil {
		return
	}
	if err := s.secure.Shutdown(ctx); err != nil {
		_ = s.secure.Server.Close()
	}
}

// SecureAddr is where APIs are served over TLS, host:port; "" when they are not.
func (s *Server) SecureAddr() string {
	if s.secure.Listener == nil {
		return ""
	}
	return s.secure.Listener.Addr().String()
}
