package access

import (
	"net/http"

	"github.com/dragoman-gateway/dragoman/management/own/right"
	"github.com/dragoman-gateway/dragoman/sigv4"
	"github.com/dragoman-gateway/dragoman/sigv4/credential"
	"github.com/dragoman-gateway/dragoman/wire"
)

// The names that AWS signs calls for.
const (
	forManagement = "apigateway"
	forFunctions  = "lambda"
)

// Callers are the keys by which calls are let in.
type Callers struct {
	Verifier *sigv4.Verifier // nil: calls need no signature
	// Functions verifies by the keys that functions of this machine sign with; nil:
	// there are none. They call Lambda, and never the management API by a key that was
	// made for them.
	Functions *sigv4.Verifier
	Refused   func(*http.Request, error) error // is told of a signature that is no good; answers its error
}

// Verify verifies calls of the management API. It answers a nil claim where a call
// needs no signature.
func (c *Callers) Verify(r *http.Request) (*wire.Claim, error) {
	service, verifier := forManagement, c.Verifier
	if right.IsLambda(r.URL.Path) {
		service = forFunctions
	}
	if key := c.ofFunction(r); key != nil && (key.Temporary || service == forFunctions) {
		verifier = c.Functions
	}
	if verifier == nil {
		return nil, nil
	}
	claim, err := verifier.Head(r, service)
	if err != nil {
		return nil, c.Refused(r, err)
	}
	return &wire.Claim{Proven: claim.Proven(), Identity: func(body []byte) (wire.Identity, error) {
		id, err := claim.Body(sigv4.Bytes(body))
		if err != nil {
			return wire.Identity{}, c.Refused(r, err)
		}
		found := wire.Identity{AccessKey: id.Key.ID, Account: id.Key.Account, Region: id.Authorization.Region, Permit: permit(id.Key), Reaches: reaches(id.Key)}
		switch {
		case id.Key.Temporary:
			found.Permit = functionsAlone(id.Key)
		case id.Key.Opens:
			found.Permit = sessionsAlone(id.Key)
		}
		return found, nil
	}}, nil
}

// ofFunction is the key of functions that a call says it is signed with, nil for none:
// where callers have it too, it is theirs.
func (c *Callers) ofFunction(r *http.Request) *credential.Key {
	if c.Functions == nil || c.Verifier.Knows(r) {
		return nil
	}
	key, _ := c.Functions.Keys.Lookup(sigv4.Claimed(r))
	return key
}

// Verifies says whether Verify asks a call for its signature: all of them, or those of
// Lambda's API that functions of this machine say they make.
func (c *Callers) Verifies(r *http.Request) bool {
	return c.Verifier != nil || right.IsLambda(r.URL.Path) && c.Functions.Knows(r)
}
