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

// tagged gives the tags of a noun as edit leaves them, and puts them where there is a
// transaction to put them.
type tagged func(ctx context.Context, reader store.Reader, tx store.Tx, edit func(tags map[string]string) error) (map[string]string, error)

// taggedNoun ties a noun of a collection to its tags.
func taggedNoun[T any](at catalog.Collection[T], name, id string, tags func(*T) *map[string]string) tagged {
	return func(ctx context.Context, reader store.Reader, tx store.Tx, edit func(map[string]string) error) (map[string]string, error) {
		noun, err := family.Find(ctx, reader, at, name, id)
		if err != nil {
			return nil, err
		}
		// A copy: an edit that is refused leaves the noun as it was read.
		fresh := map[string]string{}
		maps.Copy(fresh, *tags(noun))
		if err := edit(fresh); err != nil || tx == nil {
			return fresh, err
		}
		*tags(noun) = fresh
		return fresh, at.Put(ctx, tx, id, noun)
	}
}

// byArn finds what the ARN of a request names; it need not exist.
func byArn(r *wire.Request) (tagged, error) {
	region, path, ok := resource.ParseArn(r.Path["resource-arn"])
	if !ok {
		return nil, family.BadRequest("Invalid ARN specified in the request")
	}
	// Documented: an ARN names its region; a call to one region reaches no other's nouns
	// (API Gateway Developer Guide, API Gateway ARN resource reference).
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
	var tags map[string]string
	err := c.plane.View(ctx, r, func(s *family.Sight) error {
		noun, err := byArn(r)
		if err != nil {
			return err
		}
		tags, err = noun(ctx, s.Reader, nil, func(map[string]string) error { return nil })
		return err
	})
	if err != nil {
		return nil, err
	}
	return map[string]any{"tags": tags}, nil
}

// retag is a handler that changes tags. What is served has none.
func (c *Control) retag(edit func(r *wire.Request, tags map[string]string) error) wire.Handler {
	return func(ctx context.Context, r *wire.Request) (any, error) {
		_, err := c.plane.Write(ctx, r, func(t *family.Change) error {
			noun, err := byArn(r)
			if err != nil {
				return err
			}
			_, err = noun(ctx, t.Tx, t.Tx, func(tags map[string]string) error { return edit(r, tags) })
			return err
		})
		return nil, err
	}
}

// addTags merges tags into those that are there. Documented: the limits hold for all of
// them together (AWS General Reference, Tagging AWS resources); TagResource: API Gateway
// V2 API Reference, Tags.
func addTags(r *wire.Request, tags map[string]string) error {
	fresh := map[string]string{}
	if err := r.Decode("tags", &fresh); err != nil {
		return err
	}
	maps.Copy(tags, fresh)
	return resource.ValidateTags(tags)
}

// dropTags takes tags away; keys that are not there change nothing.
func dropTags(r *wire.Request, tags map[string]string) error {
	for _, key := range r.Strings("tagKeys") {
		delete(tags, key)
	}
	return nil
}
