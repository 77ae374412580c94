package control

import (
	"context"

	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/mapping/schema"
	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/store/catalog"
	"github.com/dragoman-gateway/dragoman/wire"
)

func (c *Control) createModel(ctx context.Context, r *wire.Request) (any, error) {
	var noun *resource.Model
	_, err := c.update(ctx, r, func(t *change) error {
		noun = &resource.Model{ModelId: resource.NewId(resource.ModelIdLength)}
		if err := r.Apply(noun); err != nil {
			return err
		}
		return t.putModel(ctx, noun)
	})
	if err != nil {
		return nil, fault.E("control.CreateModel", err)
	}
	return noun, nil
}

func (c *Control) updateModel(ctx context.Context, r *wire.Request) (any, error) {
	var noun *resource.Model
	_, err := c.update(ctx, r, func(t *change) (err error) {
		if noun, err = find(ctx, t.tx, catalog.Models(t.region, t.api.ApiId), "Model", r.Path["modelId"]); err != nil {
			return err
		}
		if err := r.Apply(noun); err != nil {
			return err
		}
		return t.putModel(ctx, noun)
	})
	if err != nil {
		return nil, fault.E("control.UpdateModel", err)
	}
	return noun, nil
}

// putModel checks and puts a model; its name must be the only one of its API.
func (t *change) putModel(ctx context.Context, noun *resource.Model) error {
	if t.api.ProtocolType != resource.WebSocket {
		return badRequest("Currently, Models are not permitted for APIs with a protocol type of HTTP")
	}
	if err := noun.Validate(); err != nil {
		return err
	}
	at := catalog.Models(t.region, t.api.ApiId)
	others, err := at.All(ctx, t.tx)
	if err != nil {
		return err
	}
	for _, other := range others {
		if other.ModelId != noun.ModelId && other.Name == noun.Name {
			return conflict("Model name already exists for this API: %s", noun.Name)
		}
	}
	if err := checkSchema(noun.Schema, others); err != nil {
		return err
	}
	t.changed = true
	return at.Put(ctx, t.tx, noun.ModelId, noun)
}

// checkSchema compiles a schema, which may refer to the other models of its API.
func checkSchema(text string, models []*resource.Model) error {
	_, err := schema.Compile(text, func(name string) (string, bool) {
		for _, m := range models {
			if m.Name == name {
				return m.Schema, true
			}
		}
		return "", false
	})
	if err != nil {
		return badRequest("%s", fault.Plain(err))
	}
	return nil
}

func (c *Control) deleteModel(ctx context.Context, r *wire.Request) (any, error) {
	_, err := c.update(ctx, r, func(t *change) error {
		return remove(ctx, t, catalog.Models(t.region, t.api.ApiId), "Model", r.Path["modelId"])
	})
	return nil, fault.E("control.DeleteModel", err)
}

func (c *Control) getModelTemplate(ctx context.Context, r *wire.Request) (any, error) {
	found, err := getter(c, inApi(c, catalog.Models), "Model", "modelId")(ctx, r)
	if err != nil {
		return nil, err
	}
	return map[string]string{"value": sampleTemplate(found.(*resource.Model).Schema)}, nil
}
