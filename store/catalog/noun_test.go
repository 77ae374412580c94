package catalog

import (
	"testing"

	"github.com/dragoman-gateway/dragoman/store"
)

func TestNoun(t *testing.T) {
	for want, keys := range map[string][]store.Key{
		"API":                  {Apis("r").Key("a")},
		"route":                {Routes("r", "a").Key("x")},
		"route response":       {RouteResponses("r", "a", "x").Key("y")},
		"integration":          {Integrations("r", "a").Key("x")},
		"integration response": {IntegrationResponses("r", "a", "x").Key("y")},
		"model":                {Models("r", "a").Key("x")},
		"authorizer":           {Authorizers("r", "a").Key("x")},
		"stage":                {Stages("r", "a").Key("x")},
		"domain name":          {DomainNames("r").Key("x")},
		"API mapping":          {ApiMappings("r", "d").Key("x")},
		"routing rule":         {RoutingRules("r", "d").Key("x")},
		"VPC link":             {VpcLinks("r").Key("x")},
		"portal":               {Portals("r").Key("x")},
		"API key":              {ApiKeys("r").Key("x")},
		"usage plan":           {UsagePlans("r").Key("x")},
		"usage plan key":       {UsagePlanKeys("r", "p").Key("x")},
		"":                     {"", "else", Deployments("r", "a").Key("x"), PortalPages("r", "p").Key("x"), "config", store.Join(config, "r", "a")},
	} {
		for _, key := range keys {
			if got := Noun(key); got != want {
				t.Errorf("%q: got %q, want %q", key, got, want)
			}
		}
	}
}
