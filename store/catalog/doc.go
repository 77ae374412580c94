// Package catalog says under which key each noun of the management API is kept,
// and reads and writes nouns instead of bytes.
//
//	apis/{region}/{apiId}                              stages/{region}/{apiId}/{name}
//	config/{region}/{apiId}/routes/{id}[/responses/{id}]
//	config/{region}/{apiId}/integrations/{id}[/responses/{id}]
//	config/{region}/{apiId}/models/{id}                config/{region}/{apiId}/authorizers/{id}
//	marks/{region}/{apiId}                             deployments/{region}/{apiId}/{id}
//	snapshots/{region}/{apiId}/{deploymentId}          due/{region}/{apiId}
//	resets/{region}/{apiId}/{stage}
//	domainnames/{region}/{domain}                      apimappings/{region}/{domain}/{id}
//	routingrules/{region}/{domain}/{id}                vpclinks/{region}/{id}
//	portals/{region}/{id}                              portalproducts/{region}/{id}
//	productpages/{region}/{productId}/{id}             productrestendpointpages/{region}/{productId}/{id}
//	sharingpolicies/{region}/{productId}               portalpages/{region}/{portalId}/{published|preview}
//	apikeys/{region}/{id}                              usageplans/{region}/{id}
//	usageplankeys/{region}/{planId}/{keyId}            acme/{name}
//	acmechallenges/{name}                              acmeorders/{name}
//
// The kind comes first, so that what is read often lies apart from what is large,
// and the region second, so that resources of different regions never meet.
//
// Processes that share a store are in none of these: their leases come and go all the time, and
// whoever follows documents would be told of each.
//
// It promises that a noun comes back as it was put, lists in order of creation,
// and that Classify knows every key that is made here. It judges no noun.
package catalog
