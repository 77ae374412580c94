package control

import (
	"context"

	"github.com/dragoman-gateway/dragoman/management/control/family"
	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/store/catalog"
)

// integrationResponses are the responses of an integration; there is only one of a key.
//
// Assumed: a PATCH replaces both maps whole, as the clients that are known send them.
func (c *Control) integrationResponses() *family.Of[resource.IntegrationResponse] {
	return &family.Of[resource.IntegrationResponse]{
		Noun: "IntegrationResponse", Label: "integrationResponseId", Freezes: true,
		At: family.Under(c.integrations(), func(s *family.Sight) catalog.Collection[resource.IntegrationResponse] {
			return catalog.IntegrationResponses(s.Region, s.Api.ApiId, s.Below)
		}),
		Id:       func(r *resource.IntegrationResponse) *string { return &r.IntegrationResponseId },
		IdLength: resource.IntegrationResponseIdLength,
		Key:      func(_ *family.Change, r *resource.IntegrationResponse) string { return r.IntegrationResponseKey },
		Check:    c.checkIntegrationResponse,
	}
}

// checkIntegrationResponse holds a response to its rules.
// Documented: only WebSocket APIs have them; an HTTP API maps responses by status in the
// integration itself (API Gateway Developer Guide, Transform API requests and responses
// for HTTP APIs). Observed: the words of the refusal.
func (c *Control) checkIntegrationResponse(ctx context.Context, t *family.Change, noun *resource.IntegrationResponse) error {
	if t.Api.ProtocolType != resource.WebSocket {
		return family.BadRequest("IntegrationResponses are currently not supported for this API protocol type.")
	}
	if err := noun.Validate(c.MaxTemplate); err != nil {
		return err
	}
	if err := checkResponseTexts(noun); err != nil {
		return err
	}
	// Two responses of one key would leave it open which one is chosen.
	taken, err := c.integrationResponses().Taken(ctx, t, noun)
	if taken != "" {
		return family.Conflict("IntegrationResponse with key %s already exists for this Integration", noun.IntegrationResponseKey)
	}
	return err
}
