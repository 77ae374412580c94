package catalog

import "github.com/dragoman-gateway/dragoman/store"

// What a change is about.
const (
	ChangedApi        = "api"        // apiId
	ChangedStage      = "stage"      // apiId, name: the stage
	ChangedDeployment = "deployment" // apiId, name: its id
	ChangedReset      = "reset"      // apiId, name: the stage whose authorizers' answers are to be forgotten
	ChangedConfig     = "config"     // apiId: routes, integrations and the like, not served before they are deployed
	ChangedDomain     = "domain"     // name: the domain, one of its mappings or rules
	ChangedVpcLink    = "vpclink"    // name: its id
	ChangedApiKey     = "apikey"     // name: its id
	ChangedUsagePlan  = "usageplan"  // name: its id; or one of its keys
	ChangedPortal     = "portal"     // name: the id of the portal, or of the product that changed
)

// ofApi are the words for what is kept below an API, by kind.
var ofApi = map[string]string{stages: ChangedStage, deployments: ChangedDeployment, snapshots: ChangedDeployment, resets: ChangedReset}

// Classify says what an entry of the feed is about: one of the words above, ""
// for a key that was not made here. apiId and name are "" where the word has none.
func Classify(c store.Change) (what, region, apiId, name string) {
	path := store.Split(c.Key)
	// Shorter keys are of the fleet or of a later version: a reader of the feed passes them over.
	if len(path) < 3 {
		return "", "", "", ""
	}
	region, apiId = path[1], path[2]
	switch path[0] {
	case apis:
		return ChangedApi, region, apiId, ""
	// What is written on the way to a deployment is served by nobody, so followers pass over it.
	case config, marks, dues:
		return ChangedConfig, region, apiId, ""
	case stages, deployments, snapshots, resets:
		if len(path) < 4 {
			return "", "", "", ""
		}
		return ofApi[path[0]], region, apiId, path[3]
	case domainNames, apiMappings, routingRules:
		return ChangedDomain, region, "", path[2]
	case vpcLinks:
		return ChangedVpcLink, region, "", path[2]
	case apiKeys:
		return ChangedApiKey, region, "", path[2]
	case usagePlans, usagePlanKeys:
		return ChangedUsagePlan, region, "", path[2]
	case portals, portalProducts, productPages, endpointPages, sharingPolicies, portalPages:
		return ChangedPortal, region, "", path[2]
	}
	return "", "", "", ""
}

// Worldwide is the kind and the id of a document whose id stands for it wherever it is asked
// for, whatever its region and account: APIs are found by the id in their host, and custom
// domains are names of the network. Other kinds have "" and "".
func Worldwide(key store.Key) (kind, id string) {
	path := store.Split(key)
	if len(path) != 3 {
		return "", ""
	}
	switch path[0] {
	case apis, domainNames, portals, usagePlans, apiKeys:
		return path[0], path[2]
	}
	return "", ""
}
