package control

import (
	"errors"
	"maps"
	"slices"

	"github.com/dragoman-gateway/dragoman/management/control/family"
	"github.com/dragoman-gateway/dragoman/mapping/param"
	"github.com/dragoman-gateway/dragoman/resource"
)

// badMapping words a parameter mapping that breaks a rule of its language.
func badMapping(err error) error {
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*param.Error](err); ok && e.Member == "IntegrationSubtype" {
		return family.BadRequest("Invalid integration subtype specified: %s", e.Key)
	}
	// Observed: this frame around the rule; the rule's own words are ours.
	return family.BadRequest("Invalid mapping expression specified: Validation Result: warnings : [], errors : [%v]", err)
}

// checkSubtypeParameters holds an integration with an AWS service to the
// parameters of its subtype.
func checkSubtypeParameters(noun *resource.Integration) error {
	// Documented: each subtype has required and optional parameters (API Gateway Developer
	// Guide, AWS service integrations subtype reference).
	_, err := param.ParseService(noun.IntegrationSubtype, noun.RequestParameters)
	return badMapping(err)
}

// checkRequestParameters holds the mappings of a WebSocket API's integration to their language.
func checkRequestParameters(mappings map[string]string) error {
	for _, key := range sorted(mappings) {
		if _, err := param.ParseV1Request(key, mappings[key]); err != nil {
			return badMapping(err)
		}
	}
	return nil
}

// checkResponseParameters holds the mappings of an integration response to their language.
func checkResponseParameters(mappings map[string]string) error {
	for _, key := range sorted(mappings) {
		if _, err := param.ParseV1Response(key, mappings[key]); err != nil {
			return badMapping(err)
		}
	}
	return nil
}

// checkHTTPParameters holds the mappings of an HTTP API's integration to their language.
func checkHTTPParameters(noun *resource.Integration) error {
	for _, key := range sorted(noun.RequestParameters) {
		// Documented: append, overwrite and remove, of headers, query and path (API Gateway
		// Developer Guide, Transform API requests and responses for HTTP APIs).
		if _, err := param.ParseV2Request(key, noun.RequestParameters[key]); err != nil {
			return badMapping(err)
		}
	}
	for _, status := range sorted(noun.ResponseParameters) {
		// Documented: response mappings are kept by status code, 200 to 599 (API Gateway V2
		// API Reference, CreateIntegration, responseParameters).
		if err := param.CheckStatusKey(status); err != nil {
			return badMapping(err)
		}
		mappings := noun.ResponseParameters[status]
		for _, key := range sorted(mappings) {
			if _, err := param.ParseV2Response(key, mappings[key]); err != nil {
				return badMapping(err)
			}
		}
	}
	return nil
}

// sorted gives keys in order, so that of several faults the same one is told each time.
func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
