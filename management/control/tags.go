package control

import (
	"context"
	"maps"

	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/management/control/family"
	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/catalog"
	"github.com/dragoman-gateway/dragoman/wire"
)

// tagged is a taggable noun: how to read its tags and how to write them.
type tagged struct {
	get func(ctx context.Context, reader store.Reader) (map[string]string, error)
	set func(ctx context.Context, tx store.Tx, tags map[string]string) error
}

// taggedNoun ties a noun of a collection to its tags.
func taggedNoun[T any](at catalog.Collection[T], name, id string, tags func(*T) *map[string]string) *tagged {
	return &tagged{
		get: func(ctx context.Context, reader store.Reader) (map[string]string, error) {
			noun, err := family.Find(ctx, reader, at, name, id)
			if err != nil {
				return nil, err
			}
			return *tags(noun), nil
		},
		set: func(ctx context.Context, tx store.Tx, fresh map[string]string) error {
			noun, err := family.Find(ctx, tx, at, name, id)
			if err != nil {
				return err
			}
			*tags(noun) = fresh
			return at.Put(ctx, tx, id, noun)
		},
	}
}

// byArn finds what the ARN of a request names; it need not exist.
func (c *Control) byArn(r *wire.Request) (*tagged, error) {
	region, path, ok := resource.ParseArn(r.Path["resource-arn"])
	if !ok {
		return nil, family.BadRequest("Invalid ARN specified in the request")
	}
	if region != r.Region || len(path) < 2 {
		return nil, fault.New(fault.NotFound, "Invalid resource identifier specified")
	}
	id := path[1]
	switch {
	case len(path) == 2 && path[0] == "apis":
		return taggedNoun(catalog.Apis(region), "API", id, func(n *resource.Api) *map[string]string { return &n.Tags }), nil
	case len(path) == 4 && path[0] == "apis" && path[2] == "stages":
		return taggedNoun(catalog.Stages(region, id), "Stage", path[3], func(n *resource.Stage) *map[string]string { return &n.Tags }), nil
	case len(path) == 2 && path[0] == "domainnames":
		return taggedNoun(catalog.DomainNames(region), "domain name", id, func(n *resource.DomainName) *map[string]string { return &n.Tags }), nil
	case len(path) == 2 && path[0] == "vpclinks":
		return taggedNoun(catalog.VpcLinks(region), "VpcLink", id, func(n *resource.VpcLink) *map[string]string { return &n.Tags }), nil
	case len(path) == 2 && path[0] == "portals":
		return taggedNoun(catalog.Portals(region), "Portal", id, func(n *resource.Portal) *map[string]string { return &n.Tags }), nil
	case len(path) == 2 && path[0] == "portalproducts":
		return taggedNoun(catalog.PortalProducts(region), "PortalProduct", id, func(n *resource.PortalProduct) *map[string]string { return &n.Tags }), nil
	}
	return nil, fault.New(fault.NotFound, "Invalid resource identifier specified")
}

func (c *Control) getTags(ctx context.Context, r *wire.Request) (any, error) {
	noun, err := c.byArn(r)
	if err != nil {
		return nil, fault.E("control.GetTags", err)
	}
	tags := map[string]string{}
	err = c.Store.View(ctx, func(reader store.Reader) error {
		found, err := noun.get(ctx, reader)
		maps.Copy(tags, found)
		return err
	})
	if err != nil {
		return nil, fault.E("control.GetTags", err)
	}
	return map[string]any{"tags": tags}, nil
}

func (c *Control) tagResource(ctx context.Context, r *wire.Request) (any, error) {
	return nil, fault.E("control.TagResource", c.retag(ctx, r, func(tags map[string]string) error {
		fresh := map[string]string{}
		if err := r.Decode("tags", &fresh); err != nil {
			return err
		}
		maps.Copy(tags, fresh)
		return resource.ValidateTags(tags)
	}))
}

func (c *Control) untagResource(ctx context.Context, r *wire.Request) (any, error) {
	return nil, fault.E("control.UntagResource", c.retag(ctx, r, func(tags map[string]string) error {
		for _, key := range r.Strings("tagKeys") {
			delete(tags, key)
		}
		return nil
	}))
}

func (c *Control) retag(ctx context.Context, r *wire.Request, edit func(tags map[string]string) error) error {
	noun, err := c.byArn(r)
	if err != nil {
		return err
	}
	_, err = c.Store.Update(ctx, func(tx store.Tx) error {
		old, err := noun.get(ctx, tx)
		if err != nil {
			return err
		}
		tags := map[string]string{}
		maps.Copy(tags, old)
		if err := edit(tags); err != nil {
			return err
		}
		return noun.set(ctx, tx, tags)
	})
	return err
}
