package control

import (
	"context"

	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/management/control/family"
	"github.com/dragoman-gateway/dragoman/mapping/schema"
	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/store/catalog"
	"github.com/dragoman-gateway/dragoman/wire"
)

// models are the models of an API, known by their names.
func models() *family.Of[resource.Model] {
	return &family.Of[resource.Model]{
		Noun: "Model", Label: "modelId", At: family.InApi(catalog.Models), Freezes: true,
		Id:       func(m *resource.Model) *string { return &m.ModelId },
		IdLength: resource.ModelIdLength,
		Key:      func(_ *family.Change, m *resource.Model) string { return m.Name },
		Check:    checkModel,
	}
}

// checkModel holds a model to its rules; its name must be the only one of its API.
func checkModel(ctx context.Context, t *family.Change, noun *resource.Model) error {
	// Documented: models are for WebSocket APIs (API Gateway V2 API Reference,
	// CreateModel). Observed: the words.
	if t.Api.ProtocolType != resource.WebSocket {
		return family.BadRequest("Currently, Models are not permitted for APIs with a protocol type of HTTP")
	}
	if err := noun.Validate(); err != nil {
		return err
	}
	taken, err := models().Taken(ctx, t, noun)
	if err != nil {
		return err
	}
	if taken != "" {
		return family.Conflict("Model name already exists for this API: %s", noun.Name)
	}
	return checkSchema(ctx, t, noun.Schema)
}

// checkSchema compiles a schema, which may refer to the other models of its API.
func checkSchema(ctx context.Context, t *family.Change, text string) error {
	var failed error
	// A schema that does not compile would fail every message of the routes that name
	// it. Documented: application/json models are JSON schema draft 4 (API Gateway V2 API
	// Reference, Models).
	_, err := schema.Compile(text, func(name string) (string, bool) {
		id, err := models().Known(ctx, t, name)
		if err != nil || id == "" {
			failed = err
			return "", false
		}
		e, err := catalog.Models(t.Region, t.Api.ApiId).Entry(ctx, t.Tx, id)
		if err != nil {
			failed = err
			return "", false
		}
		return e.Noun.Schema, true
	})
	if failed != nil {
		return failed
	}
	if err != nil {
		return family.BadRequest("%s", fault.Plain(err))
	}
	return nil
}

// knownModels refuses models that are not there.
func knownModels(ctx context.Context, t *family.Change, wanted map[string]string) error {
	for _, name := range wanted {
		id, err := models().Known(ctx, t, name)
		if err != nil {
			return err
		}
		if id == "" {
			return family.BadRequest("Invalid model identifier specified: %s", name)
		}
	}
	return nil
}

// getModelTemplate answers a sample template for a model's schema, which is not stored.
// Documented: the answer has one member, value (API Gateway V2 API Reference,
// GetModelTemplate).
func (c *Control) getModelTemplate(ctx context.Context, r *wire.Request) (any, error) {
	var noun *resource.Model
	err := c.plane.View(ctx, r, func(s *family.Sight) (err error) {
		noun, err = models().Find(ctx, s, r.Path["modelId"])
		return err
	})
	if err != nil {
		return nil, err
	}
	return map[string]string{"value": sampleTemplate(noun.Schema)}, nil
}
