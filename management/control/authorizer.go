package control

import (
	"context"
	"errors"

	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/management/control/family"
	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/catalog"
	"github.com/dragoman-gateway/dragoman/wire"
)

// authorizers are the authorizers of an API, known by their names.
//
// Documented: at most 10 authorizers for an API (API Gateway Developer Guide, Quotas
// for configuring and running an HTTP API).
func (c *Control) authorizers() *family.Of[resource.Authorizer] {
	return &family.Of[resource.Authorizer]{
		Noun: "Authorizer", Label: "authorizerId", At: family.InApi(catalog.Authorizers), Freezes: true,
		Id:       func(a *resource.Authorizer) *string { return &a.AuthorizerId },
		IdLength: resource.AuthorizerIdLength,
		Key:      func(_ *family.Change, a *resource.Authorizer) string { return a.Name },
		Quota:    10, Many: "Authorizers",
		Before: c.checkIssuer, Check: c.checkAuthorizer, Free: c.freeAuthorizer,
	}
}

// checkIssuer asks the issuer that a request names, before the transaction: no
// writer waits for somebody else's server.
func (c *Control) checkIssuer(ctx context.Context, r *wire.Request) error {
	var jwt resource.JWTConfiguration
	if r.Decode("jwtConfiguration", &jwt) != nil {
		return nil // its form is judged with the others
	}
	return c.askIssuer(ctx, jwt.Issuer)
}

// askIssuer asks an issuer for its discovery document, when the server is strict.
func (c *Control) askIssuer(ctx context.Context, issuer string) error {
	// Many configurations name issuers that this host cannot reach; unless asked to be
	// strict, the first token finds that out.
	if c.StrictIssuers == nil || issuer == "" {
		return nil
	}
	if err := c.StrictIssuers(ctx, issuer); err != nil {
		// Observed: AWS fetches the discovery document at create and at update, and says
		// this when it cannot.
		const discovery = "/.well-known/openid-configuration"
		return &fault.Error{Kind: fault.BadRequest, Err: err, Message: "Caught exception when connecting to " + issuer + discovery + " for issuer " + issuer +
			". Please try again later. Error: Invalid issuer: " + issuer + ". Issuer must have a valid discovery endpoint ended with '" + discovery + "'"}
	}
	return nil
}

// checkAuthorizer holds an authorizer to its rules; its name must be the only one of its API.
func (c *Control) checkAuthorizer(ctx context.Context, t *family.Change, noun *resource.Authorizer) error {
	if err := noun.Validate(t.Api.ProtocolType, c.PerRoute); err != nil {
		return err
	}
	taken, err := c.authorizers().Taken(ctx, t, noun)
	if taken != "" {
		return authorizerTaken(noun.Name)
	}
	return err
}

// authorizerTaken refuses a name. Assumed: the text is known, the exception is not.
func authorizerTaken(name string) error {
	return family.BadRequest("Authorizer name must be unique. Authorizer %s already exists in this RestApi.", name)
}

// freeAuthorizer refuses to delete an authorizer that a route names.
func (c *Control) freeAuthorizer(ctx context.Context, t *family.Change, id string) error {
	noun, err := c.authorizers().Find(ctx, &t.Sight, id)
	if err != nil {
		return err
	}
	routes, err := catalog.Routes(t.Region, t.Api.ApiId).All(ctx, t.Tx)
	if err != nil {
		return err
	}
	for _, route := range routes {
		// Observed: 409, with the first such route. Deleting it would open the route or
		// make all its calls fail.
		if route.AuthorizerId == id {
			return family.Conflict("Cannot delete authorizer '%s', is referenced in route: %s", noun.Name, route.RouteKey)
		}
	}
	return nil
}

// resetAuthorizersCache stores that the answers for a stage are to be forgotten: every
// node comes to it in the feed, whatever becomes of the hint.
func (c *Control) resetAuthorizersCache(ctx context.Context, r *wire.Request) (any, error) {
	apiId, stage := r.Path["apiId"], r.Path["stageName"]
	there := func(s *family.Sight) error { return c.stages().Exists(ctx, s, stage) }
	revision, err := c.plane.Write(ctx, r, func(t *family.Change) error {
		if err := there(&t.Sight); err != nil {
			return err
		}
		return catalog.Resets(r.Region, apiId).Put(ctx, t.Tx, stage, &catalog.Reset{})
	})
	// Documented: the operation answers 204 once the stage's entries are flushed (API
	// Gateway V2 API Reference, ResetAuthorizersCache). It changes no configuration, so
	// a read-only store is no reason to refuse it.
	if errors.Is(err, store.ErrReadOnly) && c.ResetAuthorizers != nil { // a file is served by one process
		if err = c.plane.View(ctx, r, there); err == nil {
			c.ResetAuthorizers(apiId, stage)
		}
		return nil, err
	}
	if err == nil {
		c.plane.Announce(ctx, revision)
	}
	return nil, err
}
