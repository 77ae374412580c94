package own

import (
	"cmp"
	"context"

	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/management/control"
	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/catalog"
	"github.com/dragoman-gateway/dragoman/wire"
)

// TestPath tries an authorizer with a token.
const TestPath = "/_dragoman/authorizers/test"

// Verdict is what an authorizer would decide, and which check decides.
type Verdict struct {
	Decision   string         `json:"decision"` // allow or deny
	Status     int            `json:"status"`   // that the client would get
	Check      string         `json:"check,omitempty"`
	Why        string         `json:"why"`
	Claims     map[string]any `json:"claims,omitempty"`
	Authorizer string         `json:"authorizer"`
	API        string         `json:"api"`
}

// Try decides about a token as the data plane would, and remembers nothing of it. An error
// says why the authorizer cannot be tried.
type Try func(ctx context.Context, a *resource.Authorizer, token string, scopes []string) (Verdict, error)

// mostToken is how many bytes a request to test a token may have: what a header may hold,
// and what is around it.
const mostToken = 64 << 10

// Authorizers is the operation that tries authorizers. The token is in the body, which no
// log and no audit has.
func Authorizers(c *control.Control, try Try) []wire.Row {
	if try == nil {
		return nil
	}
	t := &trial{c, try}
	return []wire.Row{{Handle: t.handle, Operation: &wire.Operation{
		Name: "TestAuthorizer", Method: "POST", Path: TestPath, Status: 200, Shared: true, MaxBody: mostToken,
		Input: []wire.Member{
			{Name: "Api", Wire: "api", In: wire.InBody, Shape: text, Required: true},
			{Name: "Authorizer", Wire: "authorizer", In: wire.InBody, Shape: text, Required: true},
			{Name: "Token", Wire: "token", In: wire.InBody, Shape: text},
			{Name: "Scopes", Wire: "scopes", In: wire.InBody, Shape: textList},
		},
	}}}
}

type trial struct {
	*control.Control
	try Try
}

func (t *trial) handle(ctx context.Context, r *wire.Request) (any, error) {
	var found *resource.Authorizer
	var api string
	err := t.Store.View(ctx, func(reader store.Reader) error {
		region, id, err := findAPI(ctx, reader, r, r.String("api"))
		if err != nil {
			return err
		}
		api = id
		snapshot, err := catalog.LoadSnapshot(ctx, reader, region, id)
		if err != nil {
			return err
		}
		asked := r.String("authorizer")
		for i := range snapshot.Authorizers {
			if a := &snapshot.Authorizers[i]; a.AuthorizerId == asked || found == nil && a.Name == asked {
				found = a
			}
		}
		return nil
	})
	if err != nil {
		return nil, fault.E("own.TestAuthorizer", err)
	}
	if found == nil {
		return nil, fault.New(fault.NotFound, "there is no authorizer %q of %s", r.String("authorizer"), api)
	}
	verdict, err := t.try(ctx, found, r.String("token"), r.Strings("scopes"))
	if err != nil {
		return nil, fault.New(fault.BadRequest, "%s", err.Error())
	}
	verdict.API, verdict.Authorizer = api, cmp.Or(found.Name, found.AuthorizerId)
	return verdict, nil
}
