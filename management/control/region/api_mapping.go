package region

import (
	"context"

	"github.com/dragoman-gateway/dragoman/management/control/family"
	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/store/catalog"
)

// maxMultiLevel is how many keys with slashes a domain may have.
//
// Documented: API Gateway Developer Guide, Quotas for configuring and running a REST API
// (multi-level API mappings for each domain).
const maxMultiLevel = 200

// ApiMappings are the mappings of a custom domain.
func ApiMappings() *family.Of[resource.ApiMapping] {
	return &family.Of[resource.ApiMapping]{
		Noun: "ApiMapping", Named: "API mapping", Label: "apiMappingId", At: inDomain(catalog.ApiMappings), Serves: true,
		Id:       func(m *resource.ApiMapping) *string { return &m.ApiMappingId },
		IdLength: resource.ApiMappingIdLength,
		Check:    checkApiMapping,
	}
}

// checkApiMapping holds a mapping to its rules and to its siblings. Observed: an API or
// stage that is not there is 400 here, not 404: the body names it, not the path.
func checkApiMapping(ctx context.Context, t *family.Change, noun *resource.ApiMapping) error {
	if err := noun.Validate(); err != nil {
		return err
	}
	api, err := invocable(ctx, t, noun.ApiId, noun.Stage)
	if err != nil {
		return err
	}
	others, err := catalog.ApiMappings(t.Region, t.Below).All(ctx, t.Tx)
	if err != nil {
		return err
	}
	levels := 0
	for _, other := range others {
		if other.ApiMappingId == noun.ApiMappingId {
			continue
		}
		// Observed: 409. The empty key counts as a key: a domain has one root.
		if other.ApiMappingKey == noun.ApiMappingKey {
			return family.Conflict("ApiMapping key already exists for this domain name")
		}
		if other.MultiLevel() {
			levels++
		}
		if err := sameProtocol(ctx, t, api, other.ApiId); err != nil {
			return err
		}
	}
	if noun.MultiLevel() && levels >= maxMultiLevel {
		return family.Conflict("Maximum number of multi-level API mappings for this domain name has been reached")
	}
	return nil
}

// sameProtocol refuses a domain that would serve WebSocket and HTTP APIs.
// Assumed: that they do not share a domain is documented, the text is not.
func sameProtocol(ctx context.Context, t *family.Change, api *resource.Api, otherId string) error {
	if otherId == api.ApiId {
		return nil
	}
	other, err := catalog.Apis(t.Region).Get(ctx, t.Tx, otherId)
	// What is gone serves nothing, so nothing can clash with it.
	if family.IsNotFound(err) {
		return nil
	}
	if err == nil && other.ProtocolType != api.ProtocolType {
		return family.BadRequest("WEBSOCKET APIs and HTTP APIs cannot be mapped to the same custom domain name")
	}
	return err
}
