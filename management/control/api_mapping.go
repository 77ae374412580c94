package control

import (
	"context"

	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/store/catalog"
	"github.com/dragoman-gateway/dragoman/wire"
)

// maxMultiLevel is how many keys with slashes a domain may have.
const maxMultiLevel = 200

func (c *Control) createApiMapping(ctx context.Context, r *wire.Request) (any, error) {
	var noun *resource.ApiMapping
	err := c.inDomain(ctx, r, func(t *change, d *resource.DomainName) error {
		noun = &resource.ApiMapping{}
		if err := r.Apply(noun); err != nil {
			return err
		}
		noun.ApiMappingId = resource.NewId(resource.ApiMappingIdLength)
		return t.putApiMapping(ctx, d, noun)
	})
	if err != nil {
		return nil, err
	}
	return noun, nil
}

func (c *Control) updateApiMapping(ctx context.Context, r *wire.Request) (any, error) {
	var noun *resource.ApiMapping
	err := c.inDomain(ctx, r, func(t *change, d *resource.DomainName) (err error) {
		if noun, err = find(ctx, t.tx, catalog.ApiMappings(t.region, d.DomainName), "API mapping", r.Path["apiMappingId"]); err != nil {
			return err
		}
		if err := r.Apply(noun); err != nil {
			return err
		}
		return t.putApiMapping(ctx, d, noun)
	})
	if err != nil {
		return nil, err
	}
	return noun, nil
}

func (c *Control) deleteApiMapping(ctx context.Context, r *wire.Request) (any, error) {
	return nil, c.inDomain(ctx, r, func(t *change, d *resource.DomainName) error {
		at := catalog.ApiMappings(t.region, d.DomainName)
		if err := exists(ctx, t.tx, at, "API mapping", r.Path["apiMappingId"]); err != nil {
			return err
		}
		return at.Delete(ctx, t.tx, r.Path["apiMappingId"])
	})
}

// putApiMapping checks and puts a mapping of a domain.
func (t *change) putApiMapping(ctx context.Context, d *resource.DomainName, noun *resource.ApiMapping) error {
	if err := noun.Validate(); err != nil {
		return err
	}
	api, err := t.invocable(ctx, noun.ApiId, noun.Stage)
	if err != nil {
		return err
	}
	at := catalog.ApiMappings(t.region, d.DomainName)
	others, err := at.All(ctx, t.tx)
	if err != nil {
		return err
	}
	levels := 0
	for _, other := range others {
		if other.ApiMappingId == noun.ApiMappingId {
			continue
		}
		if other.ApiMappingKey == noun.ApiMappingKey {
			return conflict("ApiMapping key already exists for this domain name")
		}
		if other.MultiLevel() {
			levels++
		}
		if err := t.sameProtocol(ctx, api, other.ApiId); err != nil {
			return err
		}
	}
	if noun.MultiLevel() && levels >= maxMultiLevel {
		return conflict("Maximum number of multi-level API mappings for this domain name has been reached")
	}
	return at.Put(ctx, t.tx, noun.ApiMappingId, noun)
}

// invocable looks up the API and stage that a mapping or rule names.
func (t *change) invocable(ctx context.Context, apiId, stage string) (*resource.Api, error) {
	api, err := catalog.Apis(t.region).Get(ctx, t.tx, apiId)
	if fault.KindOf(missing(err)) == fault.NotFound {
		return nil, badRequest("Invalid API identifier specified: %s", apiId)
	}
	if err != nil {
		return nil, err
	}
	_, err = catalog.Stages(t.region, apiId).Get(ctx, t.tx, stage)
	if fault.KindOf(missing(err)) == fault.NotFound {
		return nil, badRequest("Invalid stage identifier specified: %s", stage)
	}
	return api, err
}

// sameProtocol refuses a domain that would serve WebSocket and HTTP APIs.
// Assumed: that they do not share a domain is documented, the text is not.
func (t *change) sameProtocol(ctx context.Context, api *resource.Api, otherId string) error {
	if otherId == api.ApiId {
		return nil
	}
	other, err := catalog.Apis(t.region).Get(ctx, t.tx, otherId)
	if fault.KindOf(missing(err)) == fault.NotFound {
		return nil
	}
	if err == nil && other.ProtocolType != api.ProtocolType {
		return badRequest("WEBSOCKET APIs and HTTP APIs cannot be mapped to the same custom domain name")
	}
	return err
}
