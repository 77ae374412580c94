package control

import (
	"context"

	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/catalog"
	"github.com/dragoman-gateway/dragoman/wire"
)

// integrationResponses is where the responses of a request's integration are kept.
func (c *Control) integrationResponses(ctx context.Context, reader store.Reader, r *wire.Request) (catalog.Collection[resource.IntegrationResponse], error) {
	at := catalog.IntegrationResponses(r.Region, r.Path["apiId"], r.Path["integrationId"])
	if _, err := c.api(ctx, reader, r, r.Path["apiId"]); err != nil {
		return at, err
	}
	_, err := find(ctx, reader, catalog.Integrations(r.Region, r.Path["apiId"]), "Integration", r.Path["integrationId"])
	return at, err
}

func (c *Control) createIntegrationResponse(ctx context.Context, r *wire.Request) (any, error) {
	const op = "control.CreateIntegrationResponse"
	var noun *resource.IntegrationResponse
	_, err := c.update(ctx, r, func(t *change) error {
		at, err := c.integrationResponses(ctx, t.tx, r)
		if err != nil {
			return err
		}
		noun = &resource.IntegrationResponse{IntegrationResponseId: resource.NewId(resource.IntegrationResponseIdLength)}
		if err := r.Apply(noun); err != nil {
			return err
		}
		return t.putIntegrationResponse(ctx, at, noun)
	})
	if err != nil {
		return nil, fault.E(op, err)
	}
	return noun, nil
}

// updateIntegrationResponse changes what the request names and keeps the rest.
func (c *Control) updateIntegrationResponse(ctx context.Context, r *wire.Request) (any, error) {
	const op = "control.UpdateIntegrationResponse"
	var noun *resource.IntegrationResponse
	_, err := c.update(ctx, r, func(t *change) error {
		at, err := c.integrationResponses(ctx, t.tx, r)
		if err != nil {
			return err
		}
		if noun, err = find(ctx, t.tx, at, "IntegrationResponse", r.Path["integrationResponseId"]); err != nil {
			return err
		}
		if err := applyIntegrationResponse(r, noun); err != nil {
			return err
		}
		return t.putIntegrationResponse(ctx, at, noun)
	})
	if err != nil {
		return nil, fault.E(op, err)
	}
	return noun, nil
}

// applyIntegrationResponse decodes a PATCH onto a stored response.
func applyIntegrationResponse(r *wire.Request, noun *resource.IntegrationResponse) error {
	// Assumed: both maps are replaced whole, as the clients that are known send them.
	if r.Has("responseParameters") {
		noun.ResponseParameters = nil
	}
	if r.Has("responseTemplates") {
		noun.ResponseTemplates = nil
	}
	return r.Apply(noun)
}

// putIntegrationResponse checks and puts a response; its key must be the only
// one of its integration.
func (t *change) putIntegrationResponse(ctx context.Context, at catalog.Collection[resource.IntegrationResponse], noun *resource.IntegrationResponse) error {
	if t.api.ProtocolType != resource.WebSocket {
		return badRequest("IntegrationResponses are currently not supported for this API protocol type.")
	}
	if err := noun.Validate(t.MaxTemplate); err != nil {
		return err
	}
	if err := checkIntegrationResponse(noun); err != nil {
		return err
	}
	others, err := at.All(ctx, t.tx)
	if err != nil {
		return err
	}
	for _, other := range others {
		if other.IntegrationResponseKey == noun.IntegrationResponseKey && other.IntegrationResponseId != noun.IntegrationResponseId {
			return conflict("IntegrationResponse with key %s already exists for this Integration", noun.IntegrationResponseKey)
		}
	}
	t.changed = true
	return at.Put(ctx, t.tx, noun.IntegrationResponseId, noun)
}

func (c *Control) deleteIntegrationResponse(ctx context.Context, r *wire.Request) (any, error) {
	const op = "control.DeleteIntegrationResponse"
	_, err := c.update(ctx, r, func(t *change) error {
		at, err := c.integrationResponses(ctx, t.tx, r)
		if err != nil {
			return err
		}
		return remove(ctx, t, at, "IntegrationResponse", r.Path["integrationResponseId"])
	})
	return nil, fault.E(op, err)
}

// remove deletes a noun that must be there.
func remove[T any](ctx context.Context, t *change, at catalog.Collection[T], name, id string) error {
	if err := exists(ctx, t.tx, at, name, id); err != nil {
		return err
	}
	t.changed = true
	return at.Delete(ctx, t.tx, id)
}
