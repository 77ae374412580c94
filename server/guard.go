package server

import (
	"context"
	"errors"
	"net/http"

	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/plan"
	"github.com/dragoman-gateway/dragoman/sigv4"
	"github.com/dragoman-gateway/dragoman/sigv4/credential"
	"github.com/dragoman-gateway/dragoman/wire"
)

// The names that AWS signs for.
const (
	signsManagement  = "apigateway"
	signsConnections = "execute-api"
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
	s.verifier = &sigv4.Verifier{Keys: keys}
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
func (s *Server) authenticate() func(*http.Request, []byte) (wire.Identity, error) {
	if s.config.Auth == "" {
		return nil
	}
	return func(r *http.Request, body []byte) (wire.Identity, error) {
		id, err := s.verifier.Verify(r, signsManagement, sigv4.Bytes(body))
		if err != nil {
			return wire.Identity{}, err
		}
		return wire.Identity{
			AccessKey: id.Key.ID, Account: id.Key.Account, Region: id.Authorization.Region,
			Permit: permit(id.Key),
		}, nil
	}
}

// refusals are the kinds of refused signatures.
var refusals = map[string]fault.Kind{
	sigv4.MissingAuthenticationToken: fault.MissingAuthentication,
	sigv4.UnrecognizedClient:         fault.UnrecognizedClient,
	sigv4.InvalidSignature:           fault.InvalidSignature,
	sigv4.IncompleteSignature:        fault.IncompleteSignature,
}

// manageGuard decides on calls of @connections. Without keys they are believed on
// loopback, where only this machine can call, and refused everywhere else.
func (s *Server) manageGuard() func(*http.Request, []byte, *plan.Stage) error {
	if s.verifier == nil {
		open := loopback(s.config.Listen)
		return func(*http.Request, []byte, *plan.Stage) error {
			if open {
				return nil
			}
			return fault.New(fault.Forbidden, "Forbidden")
		}
	}
	return func(r *http.Request, body []byte, stage *plan.Stage) error {
		id, err := s.verifier.Verify(r, signsConnections, sigv4.Bytes(body))
		if refused, ok := errors.AsType[*sigv4.Error](err); ok {
			return fault.New(refusals[refused.Code], "%s", refused.Message)
		}
		if err != nil {
			return fault.E("server.manage", err)
		}
		if id.Authorization.Region != stage.Region {
			return fault.New(fault.InvalidSignature, "Credential should be scoped to a valid region. ")
		}
		if !id.Key.Permits(stage.ApiID, r.Method != http.MethodGet) {
			return fault.New(fault.Forbidden, "Forbidden")
		}
		return nil
	}
}
