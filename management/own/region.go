package own

import (
	"context"
	"slices"

	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/management/control"
	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/catalog"
	"github.com/dragoman-gateway/dragoman/wire"
)

// RegionsPath tells in which regions there are APIs.
const RegionsPath = "/_dragoman/regions"

// Regions is the operation that tells them, of the APIs that the caller's key reaches. Each
// call is for one region, which its signature names: whoever only looks must learn which
// there are.
func Regions(c *control.Control) []wire.Row {
	return []wire.Row{{
		Operation: &wire.Operation{Name: "GetRegions", Method: "GET", Path: RegionsPath, Status: 200, Shared: true},
		Handle: func(ctx context.Context, r *wire.Request) (any, error) {
			found := []string{}
			err := c.Store.View(ctx, func(reader store.Reader) error {
				all, err := catalog.ListApis(ctx, reader)
				for i := range all {
					// Only regions of APIs that the key reaches: that a region is used at all is others' matter.
					if r.Reaches(all[i].ApiId) && !slices.Contains(found, all[i].Region) {
						found = append(found, all[i].Region)
					}
				}
				return err
			})
			// In a fixed order, whatever the order in which the APIs were made.
			slices.Sort(found)
			return map[string]any{"regions": found}, fault.E("own.GetRegions", err)
		},
	}}
}
