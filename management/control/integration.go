package control

import (
	"context"
	"strings"

	"github.com/dragoman-gateway/dragoman/management/control/family"
	"github.com/dragoman-gateway/dragoman/management/control/region"
	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/store/catalog"
)

// integrations are the integrations of an API.
//
// Assumed: a PATCH replaces templates whole, as clients send them. It merges request
// parameters by key, which go when sent empty, and response parameters by status.
func (c *Control) integrations() *family.Of[resource.Integration] {
	return &family.Of[resource.Integration]{
		Noun: "Integration", Label: "integrationId", At: family.InApi(catalog.Integrations), Freezes: true,
		Id:       func(i *resource.Integration) *string { return &i.IntegrationId },
		IdLength: resource.IntegrationIdLength,
		Quota:    300, Many: "Integrations",
		Open: openIntegration, Apply: applyIntegration, Check: c.checkIntegration, Free: c.freeIntegration,
	}
}

// openIntegration refuses an update that does not say again which service is called.
func openIntegration(t *family.Change, noun *resource.Integration) error {
	if noun.IntegrationSubtype != "" && !t.Request.Has("integrationSubtype") {
		// Observed: the subtype must be repeated in every update.
		return family.BadRequest("Invalid integration URI specified")
	}
	return nil
}

// applyIntegration applies a request. Observed: in an update an absent member keeps its
// value, the timeout too.
func applyIntegration(t *family.Change, noun *resource.Integration) error {
	r := t.Request
	if err := r.Apply(noun); err != nil {
		return err
	}
	if r.Has("timeoutInMillis") {
		noun.SetTimeout(noun.TimeoutInMillis)
	}
	// Observed: a MOCK integration answers no method: nobody is called. One that was of
	// another type must lose its own.
	if !r.Operation.Creates() && noun.IntegrationType == resource.TypeMock && !r.Has("integrationMethod") {
		noun.IntegrationMethod = ""
	}
	return nil
}

// checkIntegration fills an integration in and holds it to its rules.
func (c *Control) checkIntegration(ctx context.Context, t *family.Change, noun *resource.Integration) error {
	noun.Fill(t.Api.ProtocolType)
	if err := noun.Validate(t.Api.ProtocolType, c.MaxTemplate); err != nil {
		return err
	}
	if err := checkIntegrationTexts(noun, t.Api.ProtocolType); err != nil {
		return err
	}
	if err := checkLink(ctx, t, noun); err != nil {
		return err
	}
	return noun.ValidateMethod()
}

// checkLink looks the VPC link of an HTTP API's private integration up. WebSocket
// APIs use links of the older kind, which are not kept here.
func checkLink(ctx context.Context, t *family.Change, noun *resource.Integration) error {
	// A stage variable may name the link: which one that is shows only when it is used.
	if noun.ConnectionType != resource.VpcLinkType || t.Api.ProtocolType != resource.HTTP || strings.HasPrefix(noun.ConnectionId, "${") {
		return nil
	}
	link, err := region.VpcLinks().Find(ctx, &t.Sight, noun.ConnectionId)
	if family.IsNotFound(err) || err == nil && link.Deleted != 0 {
		return family.BadRequest("Invalid VPC link identifier specified: %s", noun.ConnectionId)
	}
	return err
}

// freeIntegration refuses to delete an integration that routes target, and one that
// quick create made.
func (c *Control) freeIntegration(ctx context.Context, t *family.Change, id string) error {
	noun, err := c.integrations().Find(ctx, &t.Sight, id)
	if err != nil {
		return err
	}
	routes, err := catalog.Routes(t.Region, t.Api.ApiId).All(ctx, t.Tx)
	if err != nil {
		return err
	}
	var ids []string
	for _, route := range routes {
		if target, ok := route.IntegrationId(); ok && target == id {
			ids = append(ids, route.RouteId)
		}
	}
	// Observed: 409, and all of the routes are named.
	if len(ids) > 0 {
		return family.Conflict("Cannot delete Integration because it is referenced by the following Routes with Ids: [%s]", strings.Join(ids, ", "))
	}
	// Documented: what quick create made may be updated but not deleted (API Gateway V2
	// API Reference, Integrations, apiGatewayManaged).
	if isManaged(noun.ApiGatewayManaged) {
		return family.BadRequest("Integration %s is managed by API Gateway and cannot be deleted", id)
	}
	return nil
}
