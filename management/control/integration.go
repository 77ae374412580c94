package control

import (
	"context"
	"strings"

	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/store/catalog"
	"github.com/dragoman-gateway/dragoman/wire"
)

func (c *Control) createIntegration(ctx context.Context, r *wire.Request) (any, error) {
	const op = "control.CreateIntegration"
	var noun *resource.Integration
	_, err := c.update(ctx, r, func(t *change) error {
		noun = &resource.Integration{IntegrationId: resource.NewId(resource.IntegrationIdLength)}
		if err := r.Apply(noun); err != nil {
			return err
		}
		if r.Has("timeoutInMillis") {
			noun.SetTimeout(noun.TimeoutInMillis)
		}
		if err := quota(ctx, t, catalog.Integrations(t.region, t.api.ApiId), 300, "Integrations"); err != nil {
			return err
		}
		return t.putIntegration(ctx, noun)
	})
	if err != nil {
		return nil, fault.E(op, err)
	}
	return noun, nil
}

func (c *Control) updateIntegration(ctx context.Context, r *wire.Request) (any, error) {
	const op = "control.UpdateIntegration"
	var noun *resource.Integration
	_, err := c.update(ctx, r, func(t *change) (err error) {
		if noun, err = find(ctx, t.tx, catalog.Integrations(t.region, t.api.ApiId), "Integration", r.Path["integrationId"]); err != nil {
			return err
		}
		if noun.IntegrationSubtype != "" && !r.Has("integrationSubtype") {
			// Observed: the subtype must be repeated in every update.
			return badRequest("Invalid integration URI specified")
		}
		if err := applyIntegration(r, noun); err != nil {
			return err
		}
		return t.putIntegration(ctx, noun)
	})
	if err != nil {
		return nil, fault.E(op, err)
	}
	return noun, nil
}

// applyIntegration decodes a PATCH onto a stored integration: request parameters
// are merged by key and go when sent empty, response parameters are merged by
// status, templates are replaced.
func applyIntegration(r *wire.Request, noun *resource.Integration) error {
	if r.Has("requestTemplates") {
		// Assumed: clients send the templates whole.
		noun.RequestTemplates = nil
	}
	if err := r.Apply(noun); err != nil {
		return err
	}
	if r.Has("timeoutInMillis") {
		noun.SetTimeout(noun.TimeoutInMillis)
	}
	dropEmpty(noun.RequestParameters)
	for status, parameters := range noun.ResponseParameters {
		dropEmpty(parameters)
		if len(parameters) == 0 {
			delete(noun.ResponseParameters, status)
		}
	}
	if noun.IntegrationType == resource.TypeMock && !r.Has("integrationMethod") {
		noun.IntegrationMethod = ""
	}
	return nil
}

// putIntegration fills, checks and puts an integration.
func (t *change) putIntegration(ctx context.Context, noun *resource.Integration) error {
	noun.Fill(t.api.ProtocolType)
	if err := noun.Validate(t.api.ProtocolType, t.MaxTemplate); err != nil {
		return err
	}
	if err := checkIntegration(noun, t.api.ProtocolType); err != nil {
		return err
	}
	if err := t.checkLink(ctx, noun); err != nil {
		return err
	}
	if err := noun.ValidateMethod(); err != nil {
		return err
	}
	t.changed = true
	return catalog.Integrations(t.region, t.api.ApiId).Put(ctx, t.tx, noun.IntegrationId, noun)
}

// checkLink looks the VPC link of an HTTP API's private integration up. WebSocket
// APIs use links of the older kind, which are not kept here.
func (t *change) checkLink(ctx context.Context, noun *resource.Integration) error {
	if noun.ConnectionType != resource.VpcLinkType || t.api.ProtocolType != resource.HTTP || strings.HasPrefix(noun.ConnectionId, "${") {
		return nil
	}
	link, err := t.vpcLink(ctx, t.tx, t.region, noun.ConnectionId)
	if fault.KindOf(err) == fault.NotFound || err == nil && link.Deleted != 0 {
		return badRequest("Invalid VPC link identifier specified: %s", noun.ConnectionId)
	}
	return err
}

func (c *Control) deleteIntegration(ctx context.Context, r *wire.Request) (any, error) {
	const op = "control.DeleteIntegration"
	id := r.Path["integrationId"]
	_, err := c.update(ctx, r, func(t *change) error {
		at := catalog.Integrations(t.region, t.api.ApiId)
		noun, err := find(ctx, t.tx, at, "Integration", id)
		if err != nil {
			return err
		}
		if err := t.unreferenced(ctx, id); err != nil {
			return err
		}
		if noun.ApiGatewayManaged != nil && *noun.ApiGatewayManaged {
			return badRequest("Integration %s is managed by API Gateway and cannot be deleted", id)
		}
		t.changed = true
		return at.Delete(ctx, t.tx, id)
	})
	return nil, fault.E(op, err)
}

// unreferenced refuses to delete an integration that routes target.
func (t *change) unreferenced(ctx context.Context, id string) error {
	routes, err := catalog.Routes(t.region, t.api.ApiId).All(ctx, t.tx)
	if err != nil {
		return err
	}
	var ids []string
	for _, route := range routes {
		if target, ok := route.IntegrationId(); ok && target == id {
			ids = append(ids, route.RouteId)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	return conflict("Cannot delete Integration because it is referenced by the following Routes with Ids: [%s]", strings.Join(ids, ", "))
}
