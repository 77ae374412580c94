package server

import (
	"context"
	"net/http"

	"github.com/dragoman-gateway/dragoman/gateway/admission"
	"github.com/dragoman-gateway/dragoman/management/access"
	"github.com/dragoman-gateway/dragoman/sigv4"
	"github.com/dragoman-gateway/dragoman/sigv4/credential"
	"github.com/dragoman-gateway/dragoman/wire"
)

// openCredentials reads the access keys, when a file of them is given.
func (s *Server) openCredentials() error {
	if s.config.Credentials == "" {
		return nil
	}
	keys, err := credential.Open(s.config.Credentials)
	if err != nil {
		return err
	}
	s.keys = keys
	// Proxies that are trusted tell of TLS, whichever listener they call.
	s.verifier = &sigv4.Verifier{Keys: keys, Secure: func(r *http.Request) bool { return s.from(r).Secure }}
	return nil
}

// watchCredentials takes new keys when the file changes; a broken file leaves the
// last good ones in force.
func (s *Server) watchCredentials(ctx context.Context) {
	if s.keys == nil {
		return
	}
	s.keys.Watch(ctx, 0, func(err error) {
		if err != nil {
			s.logger.Error("access keys were not reloaded", "error", err)
			return
		}
		s.logger.Info("access keys reloaded", "keys", s.keys.Len())
	})
}

// authenticate verifies calls of the management API; nil when nobody asked for it.
func (s *Server) authenticate() func(*http.Request) (*wire.Claim, error) {
	if s.config.Auth == "" {
		return nil
	}
	return access.Verify(s.verifier, s.refused)
}

// refused tells the operator of a signature that is no good, and answers its error.
func (s *Server) refused(r *http.Request, err error) error {
	return admission.Refused(s.notices, r, s.from(r).Address, err)
}
