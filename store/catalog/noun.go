package catalog

import "github.com/dragoman-gateway/dragoman/store"

// Noun says in words what a document is: "route", "integration response". It is ""
// for a key that was not made here and for what nobody writes by hand, which is
// deployments, with what they froze, and the pages that portals serve.
// Summaries of imports, and what an error calls a document, are made of these words.
func Noun(key store.Key) string {
	path := store.Split(key)
	if len(path) == 0 {
		return ""
	}
	switch path[0] {
	case apis:
		return "API"
	case config:
		return configNoun(path[1:])
	case stages:
		return "stage"
	case domainNames:
		return "domain name"
	case apiMappings:
		return "API mapping"
	case routingRules:
		return "routing rule"
	case vpcLinks:
		return "VPC link"
	case portals:
		return "portal"
	case portalProducts:
		return "portal product"
	case productPages:
		return "product page"
	case endpointPages:
		return "product endpoint page"
	case sharingPolicies:
		return "sharing policy"
	case apiKeys:
		return "API key"
	case usagePlans:
		return "usage plan"
	case usagePlanKeys:
		return "usage plan key"
	}
	return ""
}

// configNoun is Noun for what is below region and API.
func configNoun(path []string) string {
	if len(path) < 4 {
		return ""
	}
	nested := len(path) > 4
	switch path[2] {
	case routes:
		if nested {
			return "route response"
		}
		return "route"
	case integrations:
		if nested {
			return "integration response"
		}
		return "integration"
	case models:
		return "model"
	case authorizers:
		return "authorizer"
	}
	return ""
}
