package document

import (
	"strings"
	"testing"

	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/catalog"
	"github.com/dragoman-gateway/dragoman/store/file"
)

// One author's mistakes are told at once, each where it stands, and none that only
// follows from another.
func TestCheckTellsAll(t *testing.T) {
	text := `dragoman: 1
regions:
  us-east-1:
    apis:
      web:
        name: web
        protocolType: HTTP
        corsConfiguration: {maxAge: -7}
        integrations:
          a: {integrationType: HTTP_PROXY, integrationMethod: GET, integrationUri: nonsense, payloadFormatVersion: "1.0"}
        routes:
          one: {routeKey: GET /one, target: integrations/a}
          two: {routeKey: two}
        deployments:
          d: {description: all of it}
        stages:
          prod: {deploymentId: d, autoDeploy: true}
          beta: {deploymentId: e}
      bad:
        name: bad
        protocolType: SMTP
    domains:
      api.example.com:
        domainNameConfigurations: [{certificateArn: "arn:aws:acm:us-east-1:000000000000:certificate/c"}]
        mappings:
          m: {apiId: web, stage: gone}
`
	want := []string{
		"line 8: regions.us-east-1.apis.web.corsConfiguration.maxAge: Invalid value specified for MaxAge",
		"line 10: regions.us-east-1.apis.web.integrations.a.integrationUri: Invalid HTTP endpoint",
		"line 13: regions.us-east-1.apis.web.routes.two.routeKey: The provided route key",
		"line 17: regions.us-east-1.apis.web.stages.prod.deploymentId: Deployment ID cannot be set",
		"line 18: regions.us-east-1.apis.web.stages.beta.deploymentId: Invalid Deployment identifier",
		"line 21: regions.us-east-1.apis.bad.protocolType: Invalid protocol specified",
		"line 26: regions.us-east-1.domains.api.example.com.mappings.m.stage: Invalid stage identifier",
	}
	found := Check([]byte(text), 0)
	for i := range max(len(want), len(found)) {
		if i >= len(want) || i >= len(found) || !strings.HasPrefix(found[i].Error(), want[i]) {
			t.Errorf("fault %d: got %v, want %v", i, found[min(i, len(found)):], want[min(i, len(want)):])
			break
		}
	}
	if found := Check(full(t), 0); len(found) > 0 {
		t.Errorf("a document that is right: got %v", found)
	}
}

// A deployment without a configuration is listed, and what a stage serves of it changes
// with the API.
func TestDeploymentOfTheApiAsItIs(t *testing.T) {
	text := `dragoman: 1
regions:
  us-east-1:
    apis:
      web:
        name: web
        protocolType: HTTP
        routes:
          one: {routeKey: GET /one}
        deployments:
          d: {description: all of it}
        stages:
          prod: {deploymentId: d}
`
	for _, key := range []string{"GET /one", "GET /two"} {
		s, err := file.New(parse(t, strings.Replace(text, "GET /one", key, 1)))
		if err != nil {
			t.Fatal(err)
		}
		err = s.View(t.Context(), func(r store.Reader) error {
			frozen, err := catalog.LoadDeployment(t.Context(), r, "us-east-1", "web", "d")
			if err != nil {
				return err
			}
			if len(frozen.Routes) != 1 || frozen.Routes[0].RouteKey != key {
				t.Errorf("the deployment froze %v, want the route %s", frozen.Routes, key)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	_, err := Parse([]byte(strings.Replace(text, "one: {routeKey: GET /one}", "", 1)), 0)
	if want := "deployments.d: At least one route is required"; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("without a route: got %v, want %q", err, want)
	}
}
