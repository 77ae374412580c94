package control

import (
	"cmp"
	"context"
	"errors"

	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/catalog"
	"github.com/dragoman-gateway/dragoman/wire"
)

func (c *Control) createAuthorizer(ctx context.Context, r *wire.Request) (any, error) {
	var noun *resource.Authorizer
	if err := c.checkIssuer(ctx, r); err != nil {
		return nil, fault.E("control.CreateAuthorizer", err)
	}
	_, err := c.update(ctx, r, func(t *change) error {
		noun = &resource.Authorizer{AuthorizerId: resource.NewId(resource.AuthorizerIdLength)}
		if err := r.Apply(noun); err != nil {
			return err
		}
		if err := quota(ctx, t, catalog.Authorizers(t.region, t.api.ApiId), 10, "Authorizers"); err != nil {
			return err
		}
		return t.putAuthorizer(ctx, noun)
	})
	if err != nil {
		return nil, fault.E("control.CreateAuthorizer", err)
	}
	return noun, nil
}

func (c *Control) updateAuthorizer(ctx context.Context, r *wire.Request) (any, error) {
	var noun *resource.Authorizer
	if err := c.checkIssuer(ctx, r); err != nil {
		return nil, fault.E("control.UpdateAuthorizer", err)
	}
	_, err := c.update(ctx, r, func(t *change) (err error) {
		if noun, err = find(ctx, t.tx, catalog.Authorizers(t.region, t.api.ApiId), "Authorizer", r.Path["authorizerId"]); err != nil {
			return err
		}
		if r.Has("identitySource") {
			noun.IdentitySource = nil
		}
		if err := r.Apply(noun); err != nil {
			return err
		}
		return t.putAuthorizer(ctx, noun)
	})
	if err != nil {
		return nil, fault.E("control.UpdateAuthorizer", err)
	}
	return noun, nil
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
	if c.StrictIssuers == nil || issuer == "" {
		return nil
	}
	if err := c.StrictIssuers(ctx, issuer); err != nil {
		const discovery = "/.well-known/openid-configuration"
		return &fault.Error{Kind: fault.BadRequest, Err: err, Message: "Caught exception when connecting to " + issuer + discovery + " for issuer " + issuer +
			". Please try again later. Error: Invalid issuer: " + issuer + ". Issuer must have a valid discovery endpoint ended with '" + discovery + "'"}
	}
	return nil
}

// putAuthorizer checks and puts an authorizer; its name must be the only one of its API.
func (t *change) putAuthorizer(ctx context.Context, noun *resource.Authorizer) error {
	others, err := catalog.Authorizers(t.region, t.api.ApiId).All(ctx, t.tx)
	if err != nil {
		return err
	}
	for _, other := range others {
		if other.AuthorizerId != noun.AuthorizerId && other.Name == noun.Name {
			// What is wrong with the noun itself comes first.
			return cmp.Or(noun.Validate(t.api.ProtocolType), authorizerTaken(noun.Name))
		}
	}
	return t.storeAuthorizer(ctx, noun)
}

// authorizerTaken refuses a name. Assumed: the text is known, the exception is not.
func authorizerTaken(name string) error {
	return badRequest("Authorizer name must be unique. Authorizer %s already exists in this RestApi.", name)
}

// storeAuthorizer checks and puts an authorizer whose name no other has.
func (t *change) storeAuthorizer(ctx context.Context, noun *resource.Authorizer) error {
	if err := noun.Validate(t.api.ProtocolType); err != nil {
		return err
	}
	t.changed = true
	return catalog.Authorizers(t.region, t.api.ApiId).Put(ctx, t.tx, noun.AuthorizerId, noun)
}

func (c *Control) deleteAuthorizer(ctx context.Context, r *wire.Request) (any, error) {
	id := r.Path["authorizerId"]
	_, err := c.update(ctx, r, func(t *change) error {
		at := catalog.Authorizers(t.region, t.api.ApiId)
		noun, err := find(ctx, t.tx, at, "Authorizer", id)
		if err != nil {
			return err
		}
		routes, err := catalog.Routes(t.region, t.api.ApiId).All(ctx, t.tx)
		if err != nil {
			return err
		}
		for _, route := range routes {
			if route.AuthorizerId == id {
				return conflict("Cannot delete authorizer '%s', is referenced in route: %s", noun.Name, route.RouteKey)
			}
		}
		t.changed = true
		return at.Delete(ctx, t.tx, id)
	})
	return nil, fault.E("control.DeleteAuthorizer", err)
}

// resetAuthorizersCache stores that the answers for a stage are to be forgotten: every
// node comes to it in the feed, whatever becomes of the hint.
func (c *Control) resetAuthorizersCache(ctx context.Context, r *wire.Request) (any, error) {
	const op = "control.ResetAuthorizersCache"
	apiId, stage := r.Path["apiId"], r.Path["stageName"]
	there := func(reader store.Reader) error {
		if _, err := c.api(ctx, reader, r, apiId); err != nil {
			return err
		}
		return exists(ctx, reader, catalog.Stages(r.Region, apiId), "Stage", stage)
	}
	revision, err := c.Store.Update(ctx, func(tx store.Tx) error {
		if err := there(tx); err != nil {
			return err
		}
		return catalog.Resets(r.Region, apiId).Put(ctx, tx, stage, &catalog.Reset{})
	})
	if errors.Is(err, store.ErrReadOnly) && c.ResetAuthorizers != nil { // a file is served by one process
		if err = c.Store.View(ctx, there); err == nil {
			c.ResetAuthorizers(apiId, stage)
		}
		return nil, fault.E(op, err)
	}
	if err != nil {
		return nil, fault.E(op, err)
	}
	c.announce(ctx, revision)
	return nil, nil
}
