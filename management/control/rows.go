package control

import (
	"maps"

	"github.com/dragoman-gateway/dragoman/management/control/portal"
	"github.com/dragoman-gateway/dragoman/management/control/region"
	"github.com/dragoman-gateway/dragoman/wire"
)

// rows is the table of the operations that are answered here: those that all kinds of
// resources have, and then what some kinds have beside or do in another way.
func (c *Control) rows() map[string]wire.Handler {
	rows := map[string]wire.Handler{}
	for _, kind := range []map[string]wire.Handler{
		c.apis().Rows(c.plane), c.stages().Rows(c.plane), c.deployer.Rows(),
		c.integrations().Rows(c.plane), c.integrationResponses().Rows(c.plane),
		c.routes().Rows(c.plane), c.routeResponses().Rows(c.plane),
		models().Rows(c.plane), c.authorizers().Rows(c.plane),
		region.Rows(c.plane), portal.Rows(c.plane, c.PortalURL),
		// Last, since what stands there replaces what a kind would answer by itself.
		c.others(),
	} {
		maps.Copy(rows, kind)
	}
	return rows
}

func (c *Control) others() map[string]wire.Handler {
	return map[string]wire.Handler{
		"CreateApi":               c.createApi,
		"UpdateApi":               c.apis().Answering(c.plane, c.updateApi),
		"DeleteApi":               c.deleteApi,
		"DeleteCorsConfiguration": c.apis().Silent(c.plane, c.dropCors),
		"ImportApi":               c.importApi,
		"ReimportApi":             c.reimportApi,
		"ImportDocument":          c.importDocument,
		"ReimportDocument":        c.reimportDocument,
		"ExportApi":               c.exportApi,

		"DeleteRouteRequestParameter": c.routes().Silent(c.plane, c.dropRequestParameter),
		"GetModelTemplate":            c.getModelTemplate,
		"ResetAuthorizersCache":       c.resetAuthorizersCache,

		"GetStage":                c.getStage,
		"DeleteRouteSettings":     c.stages().Silent(c.plane, c.dropRouteSettings),
		"DeleteAccessLogSettings": c.stages().Silent(c.plane, c.dropAccessLogSettings),

		"GetTags":       c.getTags,
		"TagResource":   c.retag(addTags),
		"UntagResource": c.retag(dropTags),
	}
}
