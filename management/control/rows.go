package control

import (
	"github.com/dragoman-gateway/dragoman/store/catalog"
	"github.com/dragoman-gateway/dragoman/wire"
)

// rows is the table of the operations that are answered here.
func (c *Control) rows() map[string]wire.Handler {
	integrations := inApi(c, catalog.Integrations)
	routes := inApi(c, catalog.Routes)
	models := inApi(c, catalog.Models)
	authorizers := inApi(c, catalog.Authorizers)
	stages := inApi(c, catalog.Stages)
	return map[string]wire.Handler{
		"CreateApi":               c.createApi,
		"GetApi":                  c.getApi,
		"GetApis":                 c.getApis,
		"UpdateApi":               c.updateOneApi,
		"DeleteApi":               c.deleteApi,
		"DeleteCorsConfiguration": c.deleteCors,
		"ImportApi":               c.importApi,
		"ReimportApi":             c.reimportApi,
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
		"GetStage":                getter(c, stages, "Stage", "stageName"),
		"GetStages":               lister(c, stages),
		"UpdateStage":             c.updateStage,
		"DeleteStage":             c.deleteStage,
		"DeleteRouteSettings":     c.deleteRouteSettings,
		"DeleteAccessLogSettings": c.deleteAccessLogSettings,

		"CreateDeployment": c.createDeployment,
		"GetDeployment":    c.getDeployment,
		"GetDeployments":   c.getDeployments,
		"UpdateDeployment": c.updateDeployment,
		"DeleteDeployment": c.deleteDeployment,

		"CreateDomainName": c.createDomainName,
		"GetDomainName":    getter(c, inRegion(catalog.DomainNames), domainId, "domainName"),
		"GetDomainNames":   lister(c, inRegion(catalog.DomainNames)),
		"UpdateDomainName": c.updateDomainName,
		"DeleteDomainName": c.deleteDomainName,

		"CreateApiMapping": c.createApiMapping,
		"GetApiMapping":    getter(c, inDomain(catalog.ApiMappings), "API mapping", "apiMappingId"),
		"GetApiMappings":   lister(c, inDomain(catalog.ApiMappings)),
		"UpdateApiMapping": c.updateApiMapping,
		"DeleteApiMapping": c.deleteApiMapping,

		"CreateRoutingRule": c.createRoutingRule,
		"GetRoutingRule":    getter(c, inDomain(catalog.RoutingRules), ruleName, "routingRuleId"),
		"ListRoutingRules":  lister(c, inDomain(catalog.RoutingRules)),
		"PutRoutingRule":    c.putOneRoutingRule,
		"DeleteRoutingRule": c.deleteRoutingRule,

		"CreateVpcLink": c.createVpcLink,
		"GetVpcLink":    c.getVpcLink,
		"GetVpcLinks":   c.getVpcLinks,
		"UpdateVpcLink": c.updateVpcLink,
		"DeleteVpcLink": c.deleteVpcLink,

		"CreateApiKey": c.createApiKey,
		"GetApiKey":    c.getApiKey,
		"GetApiKeys":   c.getApiKeys,
		"UpdateApiKey": c.updateApiKey,
		"DeleteApiKey": c.deleteApiKey,

		"CreateUsagePlan": c.createUsagePlan,
		"GetUsagePlan":    c.getUsagePlan,
		"GetUsagePlans":   c.getUsagePlans,
		"UpdateUsagePlan": c.updateUsagePlan,
		"DeleteUsagePlan": c.deleteUsagePlan,

		"CreateUsagePlanKey": c.createUsagePlanKey,
		"GetUsagePlanKey":    c.getUsagePlanKey,
		"GetUsagePlanKeys":   c.getUsagePlanKeys,
		"DeleteUsagePlanKey": c.deleteUsagePlanKey,

		"CreatePortal":  c.createPortal,
		"GetPortal":     c.getPortal,
		"ListPortals":   c.listPortals,
		"UpdatePortal":  c.updatePortal,
		"DeletePortal":  c.deletePortal,
		"PublishPortal": c.publishPortal,
		"DisablePortal": c.disablePortal,
		"PreviewPortal": c.previewPortal,

		"CreatePortalProduct": c.createPortalProduct,
		"GetPortalProduct":    c.getPortalProduct,
		"ListPortalProducts":  c.listPortalProducts,
		"UpdatePortalProduct": c.updatePortalProduct,
		"DeletePortalProduct": c.deletePortalProduct,

		"PutPortalProductSharingPolicy":    c.putSharingPolicy,
		"GetPortalProductSharingPolicy":    c.getSharingPolicy,
		"DeletePortalProductSharingPolicy": c.deleteSharingPolicy,

		"CreateProductPage": c.createProductPage,
		"GetProductPage":    getter(c, inProduct(catalog.ProductPages), pageName, "productPageId"),
		"ListProductPages":  c.listProductPages,
		"UpdateProductPage": c.updateProductPage,
		"DeleteProductPage": c.deleteProductPage,

		"CreateProductRestEndpointPage": c.createEndpointPage,
		"GetProductRestEndpointPage":    c.getEndpointPage,
		"ListProductRestEndpointPages":  c.listEndpointPages,
		"UpdateProductRestEndpointPage": c.updateEndpointPage,
		"DeleteProductRestEndpointPage": c.deleteEndpointPage,

		"GetTags":       c.getTags,
		"TagResource":   c.tagResource,
		"UntagResource": c.untagResource,
	}
}
