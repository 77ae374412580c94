package control

import (
	"maps"

	"github.com/dragoman-gateway/dragoman/store/catalog"
	"github.com/dragoman-gateway/dragoman/wire"
)

// rows is the table of the operations that are answered here.
func (c *Control) rows() map[string]wire.Handler {
	all := map[string]wire.Handler{}
	for _, family := range []map[string]wire.Handler{c.apiRows(), c.domainRows(), c.planRows(), c.portalRows()} {
		maps.Copy(all, family)
	}
	return all
}

// apiRows are the operations on APIs and what is below them, and on tags.
func (c *Control) apiRows() map[string]wire.Handler {
	integrations := inApi(c, catalog.Integrations)
	routes := inApi(c, catalog.Routes)
	models := inApi(c, catalog.Models)
	authorizers := inApi(c, catalog.Authorizers)
	return map[string]wire.Handler{
		"CreateApi":               c.createApi,
		"GetApi":                  c.getApi,
		"GetApis":                 c.getApis,
		"UpdateApi":               c.updateOneApi,
		"DeleteApi":               c.deleteApi,
		"DeleteCorsConfiguration": c.deleteCors,
		"ImportApi":               c.importApi,
		"ReimportApi":             c.reimportApi,
		"ImportDocument":          c.importDocument,
		"ReimportDocument":        c.reimportDocument,
		"ExportApi":               c.exportApi,

		"CreateIntegration": c.createIntegration,
		"GetIntegration":    getter(c, integrations, "Integration", "integrationId"),
		"GetIntegrations":   lister(c, integrations),
		"UpdateIntegration": c.updateIntegration,
		"DeleteIntegration": c.deleteIntegration,

		"CreateIntegrationResponse": c.createIntegrationResponse,
		"GetIntegrationResponse":    getter(c, c.integrationResponses, "IntegrationResponse", "integrationResponseId"),
		"GetIntegrationResponses":   lister(c, c.integrationResponses),
		"UpdateIntegrationResponse": c.updateIntegrationResponse,
		"DeleteIntegrationResponse": c.deleteIntegrationResponse,

		"CreateRoute":                 c.createRoute,
		"GetRoute":                    getter(c, routes, "Route", "routeId"),
		"GetRoutes":                   lister(c, routes),
		"UpdateRoute":                 c.updateRoute,
		"DeleteRoute":                 c.deleteRoute,
		"DeleteRouteRequestParameter": c.deleteRouteRequestParameter,

		"CreateRouteResponse": c.createRouteResponse,
		"GetRouteResponse":    getter(c, c.routeResponses, "RouteResponse", "routeResponseId"),
		"GetRouteResponses":   lister(c, c.routeResponses),
		"UpdateRouteResponse": c.updateRouteResponse,
		"DeleteRouteResponse": c.deleteRouteResponse,

		"CreateModel":      c.createModel,
		"GetModel":         getter(c, models, "Model", "modelId"),
		"GetModels":        lister(c, models),
		"UpdateModel":      c.updateModel,
		"DeleteModel":      c.deleteModel,
		"GetModelTemplate": c.getModelTemplate,

		"CreateAuthorizer":      c.createAuthorizer,
		"GetAuthorizer":         getter(c, authorizers, "Authorizer", "authorizerId"),
		"GetAuthorizers":        lister(c, authorizers),
		"UpdateAuthorizer":      c.updateAuthorizer,
		"DeleteAuthorizer":      c.deleteAuthorizer,
		"ResetAuthorizersCache": c.resetAuthorizersCache,

		"CreateStage":             c.createStage,
		"GetStage":                c.getStage,
		"GetStages":               c.getStages,
		"UpdateStage":             c.updateStage,
		"DeleteStage":             c.deleteStage,
		"DeleteRouteSettings":     c.deleteRouteSettings,
		"DeleteAccessLogSettings": c.deleteAccessLogSettings,

		"CreateDeployment": c.createDeployment,
		"GetDeployment":    c.getDeployment,
		"GetDeployments":   c.getDeployments,
		"UpdateDeployment": c.updateDeployment,
		"DeleteDeployment": c.deleteDeployment,

		"GetTags":       c.getTags,
		"TagResource":   c.tagResource,
		"UntagResource": c.untagResource,
	}
}
