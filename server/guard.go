package server

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/gateway/authorize"
	"github.com/dragoman-gateway/dragoman/gateway/notice"
	"github.com/dragoman-gateway/dragoman/gateway/peer"
	"github.com/dragoman-gateway/dragoman/gateway/serving"
	"github.com/dragoman-gateway/dragoman/gateway/wsapi"
	"github.com/dragoman-gateway/dragoman/management/own"
	"github.com/dragoman-gateway/dragoman/sigv4"
	"github.com/dragoman-gateway/dragoman/sigv4/credential"
	"github.com/dragoman-gateway/dragoman/wire"
)

// The names that AWS signs for.
const (
	signsManagement  = "apigateway"
	signsFunctions   = "lambda"
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
	return func(r *http.Request) (*wire.Claim, error) {
		service := signsManagement
		if strings.HasPrefix(r.URL.Path, own.FunctionsPath) {
			service = signsFunctions
		}
		claim, err := s.verifier.Head(r, service)
		if err != nil {
			return nil, s.refused(r, err)
		}
		return &wire.Claim{Proven: claim.Proven(), Identity: func(body []byte) (wire.Identity, error) {
			id, err := claim.Body(sigv4.Bytes(body))
			if err != nil {
				return wire.Identity{}, s.refused(r, err)
			}
			return wire.Identity{
				AccessKey: id.Key.ID, Account: id.Key.Account, Region: id.Authorization.Region,
				Permit: permit(id.Key),
			}, nil
		}}, nil
	}
}

// refusals are the kinds of refused signatures.
var refusals = map[string]fault.Kind{
	sigv4.MissingAuthenticationToken: fault.MissingAuthentication,
	sigv4.UnrecognizedClient:         fault.UnrecognizedClient,
	sigv4.InvalidSignature:           fault.InvalidSignature,
	sigv4.IncompleteSignature:        fault.IncompleteSignature,
}

// manageGuard decides on calls of @connections. Without keys those are believed that
// this machine alone can have made, and all others refused.
func (s *Server) manageGuard() func(*http.Request, *peer.Client, *serving.Stage) (*wsapi.Claim, error) {
	if s.verifier == nil {
		return func(r *http.Request, client *peer.Client, stage *serving.Stage) (*wsapi.Claim, error) {
			why := client.Doubt(r)
			if why == "" {
				return &wsapi.Claim{Proven: true, Prove: func([]byte) error { return nil }, May: func(*serving.Stage) error { return nil }}, nil
			}
			s.notices.Tell(notice.Unverified, why, "path", notice.Short(r.URL.Path), "client", client.Address, "hint", authorize.HowToSign)
			return nil, fault.New(fault.Forbidden, "Forbidden")
		}
	}
	return func(r *http.Request, _ *peer.Client, stage *serving.Stage) (*wsapi.Claim, error) {
		claim, err := s.verifier.Head(r, signsConnections)
		if err != nil {
			return nil, badSignature(s.refused(r, err))
		}
		if stage != nil && claim.Region() != stage.Region {
			return nil, s.refused(r, elsewhere())
		}
		var key *credential.Key
		may := func(stage *serving.Stage) error {
			switch {
			case claim.Region() != stage.Region:
				return s.refused(r, elsewhere())
			case !key.Permits(stage.ApiID, r.Method != http.MethodGet):
				return s.refused(r, fault.New(fault.Forbidden, "Forbidden"))
			}
			return nil
		}
		return &wsapi.Claim{Proven: claim.Proven(), May: may, Prove: func(body []byte) error {
			id, err := claim.Body(sigv4.Bytes(body))
			if err != nil {
				return badSignature(s.refused(r, err))
			}
			if key = id.Key; stage == nil {
				return nil
			}
			return may(stage)
		}}, nil
	}
}

// refused tells the operator of a signature that is no good, and answers its error.
func (s *Server) refused(r *http.Request, err error) error {
	rule := fault.KindOf(err).Exception()
	if bad, ok := errors.AsType[*sigv4.Error](err); ok {
		rule = bad.Code
	}
	why, _, _ := strings.Cut(err.Error(), "\n") // what follows repeats what was signed
	from := s.from(r)
	s.notices.Tell(notice.Signature, rule, "method", notice.Short(r.Method), "path", notice.Short(r.URL.Path), "client", from.Address, "error", why)
	return err
}

// elsewhere refuses signatures for another region than the API's.
func elsewhere() error {
	return fault.New(fault.InvalidSignature, "Credential should be scoped to a valid region. ")
}

// badSignature is a signature's error as a fault.
func badSignature(err error) error {
	if refused, ok := errors.AsType[*sigv4.Error](err); ok {
		return fault.New(refusals[refused.Code], "%s", refused.Message)
	}
	return fault.E("server.manage", err)
}
