package plan

import (
	"maps"
	"reflect"
	"slices"

	"github.com/dragoman-gateway/dragoman/resource"
)

// reusable are the stages whose parts may stand in a plan of in: what is compiled
// depends on the limits too.
func reusable(known []*Stage, in *Input) []*Stage {
	return slices.DeleteFunc(slices.Clone(known), func(s *Stage) bool {
		return s == nil || s.Broken != nil || s.limits != in.Limits
	})
}

// knownTemplate finds a template that was compiled from the same text.
func (c *compiler) knownTemplate(id templateID) *Template {
	if t := c.stage.templates[id]; t != nil {
		return t
	}
	for _, s := range c.known {
		if t := s.templates[id]; t != nil {
			return t
		}
	}
	return nil
}

// knownModel finds a model that was compiled while all models were the same: one
// may refer to any other.
func (c *compiler) knownModel(name string) *Model {
	for _, s := range c.known {
		if m := s.models[name]; m != nil && sameList(s.Snapshot.Models, c.in.Snapshot.Models) {
			return m
		}
	}
	return nil
}

// knownIntegration finds an integration that was compiled from the same resources
// and stage variables, or compiles it.
func (c *compiler) knownIntegration(r *resource.Integration) *Integration {
	for _, s := range c.known {
		if s.WebSocket == nil || !maps.Equal(s.Variables, c.stage.Variables) {
			continue
		}
		i := s.WebSocket.integrations[r.IntegrationId]
		if i != nil && (s.Snapshot == c.in.Snapshot || c.unchanged(s, i.Resource, r) &&
			sameList(s.Snapshot.IntegrationResponses[r.IntegrationId], c.in.Snapshot.IntegrationResponses[r.IntegrationId])) {
			c.adopt(i)
			return i
		}
	}
	return c.integration(r)
}

// unchanged compares an integration with that of a known stage. Where no integration was changed
// between the two deployments they share the memory of all.
func (c *compiler) unchanged(s *Stage, known, r *resource.Integration) bool {
	return sameMemory(s.Snapshot.Integrations, c.in.Snapshot.Integrations) || reflect.DeepEqual(known, r)
}

// adopt makes the templates of an integration known to the plans that come after.
func (c *compiler) adopt(i *Integration) {
	keep := func(t *Templates) {
		for _, template := range t.byKey {
			c.stage.templates[templateID{template.Key, template.Text}] = template
		}
		if t.fallback != nil {
			c.stage.templates[templateID{t.fallback.Key, t.fallback.Text}] = t.fallback
		}
	}
	keep(&i.Templates)
	for _, response := range i.all() {
		keep(&response.Templates)
	}
}

// knownHTTPIntegration is knownIntegration for HTTP APIs.
func (c *compiler) knownHTTPIntegration(r *resource.Integration) *HTTPIntegration {
	for _, s := range c.known {
		if s.HTTP == nil || !maps.Equal(s.Variables, c.stage.Variables) {
			continue
		}
		i := s.HTTP.integrations[r.IntegrationId]
		if i != nil && (s.Snapshot == c.in.Snapshot || c.unchanged(s, i.Resource, r)) {
			return i
		}
	}
	return c.httpIntegration(r)
}

// sameList compares lists of resources; the same list is seen at once.
func sameList[T any](a, b []T) bool {
	return len(a) == len(b) && (sameMemory(a, b) || reflect.DeepEqual(a, b))
}

func sameMemory[T any](a, b []T) bool { return len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0]) }
