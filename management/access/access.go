package access

import (
	"net/http"
	"strings"

	"github.com/dragoman-gateway/dragoman/management/own"
	"github.com/dragoman-gateway/dragoman/sigv4"
	"github.com/dragoman-gateway/dragoman/wire"
)

// The names that AWS signs calls for.
const (
	forManagement = "apigateway"
	forFunctions  = "lambda"
)

// Verify verifies calls of the management API. refused is told of a signature that is
// no good, and answers its error.
func Verify(verifier *sigv4.Verifier, refused func(*http.Request, error) error) func(*http.Request) (*wire.Claim, error) {
	return func(r *http.Request) (*wire.Claim, error) {
		service := forManagement
		if strings.HasPrefix(r.URL.Path, own.FunctionsPath) {
			service = forFunctions
		}
		claim, err := verifier.Head(r, service)
		if err != nil {
			return nil, refused(r, err)
		}
		return &wire.Claim{Proven: claim.Proven(), Identity: func(body []byte) (wire.Identity, error) {
			id, err := claim.Body(sigv4.Bytes(body))
			if err != nil {
				return wire.Identity{}, refused(r, err)
			}
			return wire.Identity{
				AccessKey: id.Key.ID, Account: id.Key.Account, Region: id.Authorization.Region,
				Permit: permit(id.Key),
			}, nil
		}}, nil
	}
}
