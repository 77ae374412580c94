package control

import (
	"github.com/dragoman-gateway/dragoman/store/catalog"
	"github.com/dragoman-gateway/dragoman/wire"
)

// domainRows are the operations on custom domains and on VPC links.
func (c *Control) domainRows() map[string]wire.Handler {
	return map[string]wire.Handler{
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
	}
}

// planRows are the operations of the older API: keys and usage plans.
func (c *Control) planRows() map[string]wire.Handler {
	return map[string]wire.Handler{
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
	}
}

// portalRows are the operations on portals and their products.
func (c *Control) portalRows() map[string]wire.Handler {
	return map[string]wire.Handler{
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
	}
}
