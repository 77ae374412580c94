package plan

import (
	"maps"
	"slices"

	"github.com/dragoman-gateway/dragoman/resource"
)

// Warning is something in a configuration that will fail when a request reaches
// it, with its place.
type Warning struct {
	API         string
	Integration string // or "" outside of integrations
	Response    string // id of the integration response that it is in, "" outside of those
	Key         string // of the template, model or response
	Line        int    // in the template, from 1; 0 when unknown
	Column      int
	Message     string
}

// Check lists what in a configuration cannot work, for those who serve no stage.
func Check(snapshot *resource.Snapshot) []Warning {
	return Compile(Input{Stage: &resource.Stage{}, Snapshot: snapshot}).Warnings()
}

// Warnings lists what of a stage cannot work, in the order of its configuration.
func (s *Stage) Warnings() []Warning {
	c := &checker{api: s.ApiID}
	switch {
	case s.HTTP != nil:
		for i := range s.Snapshot.Integrations {
			id := s.Snapshot.Integrations[i].IntegrationId
			c.add(id, "", s.HTTP.integrations[id].Err)
		}
	case s.WebSocket != nil:
		c.add("", s.Api.RouteSelectionExpression, s.WebSocket.SelectErr)
		for i := range s.Snapshot.Integrations {
			c.integration(s.WebSocket.integrations[s.Snapshot.Integrations[i].IntegrationId])
		}
		for i := range s.Snapshot.Models {
			model := s.models[s.Snapshot.Models[i].Name]
			c.add("", model.Name, model.Err)
		}
	}
	return c.found
}

// checker walks a compiled stage and gathers what is broken in it, so that a caller is told
// of all of it at once.
type checker struct {
	api      string
	response string // that is being checked
	found    []Warning
}

// add notes an error, if there is one.
func (c *checker) add(integration, key string, err error) {
	if err == nil {
		return
	}
	w := Warning{API: c.api, Integration: integration, Response: c.response, Key: key, Message: err.Error()}
	w.Line, w.Column = position(err)
	c.found = append(c.found, w)
}

// integration notes what is broken in an integration and in its responses. The order is
// that in which a message would meet it.
func (c *checker) integration(i *Integration) {
	id := i.Resource.IntegrationId
	c.add(id, "", i.Err)
	c.templates(id, &i.Templates)
	c.add(id, "RequestParameters", i.ParametersErr)
	defer func() { c.response = "" }()
	for _, response := range i.all() {
		c.response = response.Resource.IntegrationResponseId
		c.add(id, response.Resource.IntegrationResponseKey, response.PatternErr)
		c.add(id, "ResponseParameters", response.ParametersErr)
		c.templates(id, &response.Templates)
	}
}

// templates are checked by the order of their keys: the same configuration gives the same
// warnings, which callers compare.
func (c *checker) templates(integration string, t *Templates) {
	c.add(integration, "TemplateSelectionExpression", t.SelectErr)
	for _, key := range slices.Sorted(maps.Keys(t.byKey)) {
		c.add(integration, key, t.byKey[key].Err)
	}
	if t.fallback != nil {
		c.add(integration, resource.DefaultKey, t.fallback.Err)
	}
}
