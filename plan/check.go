package plan

import (
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
	if stage.WebSocket == nil {
		return nil
	}
	c := &checker{api: stage.ApiID}
	if stage.WebSocket.SelectErr != nil {
		c.add("", stage.Api.RouteSelectionExpression, stage.WebSocket.SelectErr)
	}
	inner := &compiler{stage: stage, in: Input{Stage: stage.Stage, Snapshot: snapshot}, before: stage.templates}
	for i := range snapshot.Integrations {
		integration := inner.integration(&snapshot.Integrations[i])
		id := integration.Resource.IntegrationId
		c.templates(id, &integration.Templates)
		responses := integration.Responses
		if integration.Default != nil {
			responses = append(responses, integration.Default)
		}
		for _, response := range responses {
			if response.PatternErr != nil {
				c.add(id, response.Resource.IntegrationResponseKey, response.PatternErr)
			}
			c.templates(id, &response.Templates)
		}
	}
	for i := range snapshot.Models {
		if model := inner.model(snapshot.Models[i].Name); model.Err != nil {
			c.add("", model.Name, model.Err)
		}
	}
	return c.found
}

type checker struct {
	api   string
	found []Warning
}

func (c *checker) add(integration, key string, err error) {
	w := Warning{API: c.api, Integration: integration, Key: key, Message: err.Error()}
	w.Line, w.Column = position(err)
	c.found = append(c.found, w)
}

func (c *checker) templates(integration string, t *Templates) {
	if t.SelectErr != nil {
		c.add(integration, "TemplateSelectionExpression", t.SelectErr)
	}
	for key, template := range t.byKey {
		if template.Err != nil {
			c.add(integration, key, template.Err)
		}
	}
	if t.fallback != nil && t.fallback.Err != nil {
		c.add(integration, resource.DefaultKey, t.fallback.Err)
	}
}
