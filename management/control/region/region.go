package region

import (
	"context"
	"maps"

	"github.com/dragoman-gateway/dragoman/management/control/family"
	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/store/catalog"
	"github.com/dragoman-gateway/dragoman/wire"
)

// Rows are the handlers of the operations of a region, by name.
func Rows(m *family.Plane) map[string]wire.Handler {
	rows := map[string]wire.Handler{}
	for _, kind := range []map[string]wire.Handler{
		DomainNames().Rows(m), ApiMappings().Rows(m), RoutingRules().Rows(m), VpcLinks().Rows(m),
		ApiKeys().Rows(m), UsagePlans().Rows(m), UsagePlanKeys().Rows(m),
		{"GetUsage": getUsage(m)},
		{"DeleteVpcLink": VpcLinks().Silent(m, deleteVpcLink)},
	} {
		maps.Copy(rows, kind)
	}
	return rows
}

// invocable looks up the API and stage that a mapping, rule, key or plan names.
func invocable(ctx context.Context, t *family.Change, apiId, stage string) (*resource.Api, error) {
	// The transaction is read and not the image: an API that is deleted meanwhile is not named.
	api, err := catalog.Apis(t.Region).Get(ctx, t.Tx, apiId)
	if family.IsNotFound(err) {
		return nil, family.BadRequest("Invalid API identifier specified: %s", apiId)
	}
	if err != nil {
		return nil, err
	}
	// Observed: 400 for either, each in its own words.
	_, err = catalog.Stages(t.Region, apiId).Get(ctx, t.Tx, stage)
	if family.IsNotFound(err) {
		return nil, family.BadRequest("Invalid stage identifier specified: %s", stage)
	}
	return api, err
}
