package plan

import (
	"maps"
	"slices"

	"github.com/dragoman-gateway/dragoman/mapping/vtl"
	"github.com/dragoman-gateway/dragoman/resource"
)

// Warning is something in a configuration that will fail when a request reaches
// it, with its place.
type Warning struct {
	API         string
	Integration string // or "" outside of integrations
	Key         string // of the template, model or response
	Line        int    // in the template, from 1; 0 when unknown
	Column      int
	Message     string
}

// Check lists what in a configuration cannot work.
func Check(snapshot *resource.Snapshot) []Warning {
	stage := Compile(Input{Stage: &resource.Stage{}, Snapshot: snapshot, Limits: vtl.Limits{}}, nil)
	c := &checker{api: stage.ApiID}
	if stage.HTTP != nil {
		stage.HTTP.check(c)
	}
	if stage.WebSocket == nil {
		return c.found
	}
	c.add("", stage.Api.RouteSelectionExpression, stage.WebSocket.SelectErr)
	inner := &compiler{stage: stage, in: Input{Stage: stage.Stage, Snapshot: snapshot}, before: stage.templates}
	for i := range snapshot.Integrations {
		integration := inner.integration(&snapshot.Integrations[i])
		id := integration.Resource.IntegrationId
		c.templates(id, &integration.Templates)
		c.add(id, "RequestParameters", integration.ParametersErr)
		responses := integration.Responses
		if integration.Default != nil {
			responses = append(responses, integration.Default)
		}
		for _, response := range responses {
			c.add(id, response.Resource.IntegrationResponseKey, response.PatternErr)
			c.add(id, "ResponseParameters", response.ParametersErr)
			c.templates(id, &response.Templates)
		}
	}
	for i := range snapshot.Models {
		model := inner.model(snapshot.Models[i].Name)
		c.add("", model.Name, model.Err)
	}
	return c.found
}

type checker struct {
	api   string
	found []Warning
}

// add notes an error, if there is one.
func (c *checker) add(integration, key string, err error) {
	if err == nil {
		return
	}
	w := Warning{API: c.api, Integration: integration, Key: key, Message: err.Error()}
	w.Line, w.Column = position(err)
	c.found = append(c.found, w)
}

func (c *checker) templates(integration string, t *Templates) {
	c.add(integration, "TemplateSelectionExpression", t.SelectErr)
	for _, key := range slices.Sorted(maps.Keys(t.byKey)) {
		c.add(integration, key, t.byKey[key].Err)
	}
	if t.fallback != nil {
		c.add(integration, resource.DefaultKey, t.fallback.Err)
	}
}
