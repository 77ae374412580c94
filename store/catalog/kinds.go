package catalog

import (
	"context"

	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/store"
)

// The first segments of keys.
const (
	apis            = "apis"
	config          = "config"
	marks           = "marks"
	dues            = "due"
	resets          = "resets"
	nodes           = "nodes" // leases, once
	stages          = "stages"
	deployments     = "deployments"
	snapshots       = "snapshots"
	domainNames     = "domainnames"
	apiMappings     = "apimappings"
	routingRules    = "routingrules"
	vpcLinks        = "vpclinks"
	portals         = "portals"
	portalProducts  = "portalproducts"
	productPages    = "productpages"
	endpointPages   = "productrestendpointpages"
	sharingPolicies = "sharingpolicies"
	portalPages     = "portalpages"
	apiKeys         = "apikeys"
	usagePlans      = "usageplans"
	usagePlanKeys   = "usageplankeys"
	usageCounts     = "usagecounts"
	acmeItems       = "acme"
	acmeChallenges  = "acmechallenges"
	acmeOrders      = "acmeorders"
	spentCodes      = "spentcodes"
)

// The segments below config/{region}/{apiId}, and below a route or integration.
const (
	routes       = "routes"
	integrations = "integrations"
	models       = "models"
	authorizers  = "authorizers"
	responses    = "responses"
)

// Apis are the APIs of a region.
func Apis(region string) Collection[resource.Api] { return collection[resource.Api](apis, region) }

// Integrations are the integrations of an API.
func Integrations(region, apiId string) Collection[resource.Integration] {
	return collection[resource.Integration](config, region, apiId, integrations)
}

// IntegrationResponses are the responses of an integration.
func IntegrationResponses(region, apiId, integrationId string) Collection[resource.IntegrationResponse] {
	return collection[resource.IntegrationResponse](config, region, apiId, integrations, integrationId, responses)
}

// Routes are the routes of an API.
func Routes(region, apiId string) Collection[resource.Route] {
	return collection[resource.Route](config, region, apiId, routes)
}

// RouteResponses are the responses of a route.
func RouteResponses(region, apiId, routeId string) Collection[resource.RouteResponse] {
	return collection[resource.RouteResponse](config, region, apiId, routes, routeId, responses)
}

// Models are the models of an API.
func Models(region, apiId string) Collection[resource.Model] {
	return collection[resource.Model](config, region, apiId, models)
}

// Authorizers are the authorizers of an API.
func Authorizers(region, apiId string) Collection[resource.Authorizer] {
	return collection[resource.Authorizer](config, region, apiId, authorizers)
}

// Stages are the stages of an API, by name.
func Stages(region, apiId string) Collection[resource.Stage] {
	return collection[resource.Stage](stages, region, apiId)
}

// Deployment is a deployment as it is kept.
type Deployment struct {
	resource.Deployment
	Mark int64 `json:"mark"` // how many changes of the API it contains, see Mark
}

// Deployments are the deployments of an API; their frozen configurations are kept apart.
func Deployments(region, apiId string) Collection[Deployment] {
	return collection[Deployment](deployments, region, apiId)
}

// DomainNames are the custom domains of a region, by name.
func DomainNames(region string) Collection[resource.DomainName] {
	return collection[resource.DomainName](domainNames, region)
}

// ApiMappings are the mappings of a custom domain.
func ApiMappings(region, domain string) Collection[resource.ApiMapping] {
	return collection[resource.ApiMapping](apiMappings, region, domain)
}

// RoutingRules are the routing rules of a custom domain.
func RoutingRules(region, domain string) Collection[resource.RoutingRule] {
	return collection[resource.RoutingRule](routingRules, region, domain)
}

// VpcLinks are the VPC links of a region.
func VpcLinks(region string) Collection[resource.VpcLink] {
	return collection[resource.VpcLink](vpcLinks, region)
}

// Portals are the portals of a region.
func Portals(region string) Collection[resource.Portal] {
	return collection[resource.Portal](portals, region)
}

// PortalProducts are the portal products of a region.
func PortalProducts(region string) Collection[resource.PortalProduct] {
	return collection[resource.PortalProduct](portalProducts, region)
}

// ProductPages are the pages of a portal product.
func ProductPages(region, productId string) Collection[resource.ProductPage] {
	return collection[resource.ProductPage](productPages, region, productId)
}

// ProductRestEndpointPages are the endpoint pages of a portal product.
func ProductRestEndpointPages(region, productId string) Collection[resource.ProductRestEndpointPage] {
	return collection[resource.ProductRestEndpointPage](endpointPages, region, productId)
}

// SharingPolicy is the policy by which a portal product is shared.
type SharingPolicy struct {
	PolicyDocument  string `json:"policyDocument"`
	PortalProductId string `json:"portalProductId"`
}

// SharingPolicies are the sharing policies of a region, by product id.
func SharingPolicies(region string) Collection[SharingPolicy] {
	return collection[SharingPolicy](sharingPolicies, region)
}

// The two pages of a portal, by which they are kept.
const (
	PublishedPage = "published"
	PreviewPage   = "preview"
)

// PortalPages are what a portal serves: frozen copies of its content by PublishedPage and PreviewPage.
func PortalPages(region, portalId string) Collection[resource.PortalPage] {
	return collection[resource.PortalPage](portalPages, region, portalId)
}

// FindPortalPage reads a page of a portal, whatever its region, or answers ErrNotFound.
func FindPortalPage(ctx context.Context, r store.Reader, portalId, page string) (*resource.PortalPage, error) {
	docs, err := r.List(ctx, store.Join(portalPages), 0, 0)
	if err != nil {
		return nil, err
	}
	for _, doc := range docs {
		if path := store.Split(doc.Key); len(path) == 4 && path[2] == portalId && path[3] == page {
			e := entry[resource.PortalPage](doc)
			return e.Noun, e.Err
		}
	}
	return nil, ErrNotFound
}

// ApiKeys are the API keys of a region.
func ApiKeys(region string) Collection[resource.ApiKey] {
	return collection[resource.ApiKey](apiKeys, region)
}

// UsagePlans are the usage plans of a region.
func UsagePlans(region string) Collection[resource.UsagePlan] {
	return collection[resource.UsagePlan](usagePlans, region)
}

// UsagePlanKeys are the keys of a usage plan, by key id.
func UsagePlanKeys(region, planId string) Collection[resource.UsagePlanKey] {
	return collection[resource.UsagePlanKey](usagePlanKeys, region, planId)
}
