package control

import (
	"context"
	"strings"

	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/catalog"
	"github.com/dragoman-gateway/dragoman/wire"
)

func (c *Control) createVpcLink(ctx context.Context, r *wire.Request) (any, error) {
	var noun resource.VpcLink
	err := c.write(ctx, r, func(t *change) error {
		noun = resource.VpcLink{}
		if err := r.Apply(&noun); err != nil {
			return err
		}
		if err := t.sweepVpcLinks(ctx); err != nil {
			return err
		}
		if err := quota(ctx, t, catalog.VpcLinks(t.region), 10, "VPC links"); err != nil {
			return err
		}
		now := c.Now()
		noun.VpcLinkId = resource.NewId(resource.VpcLinkIdLength)
		noun.CreatedDate, noun.Made = resource.At(now), now.UnixNano()
		return t.putVpcLink(ctx, &noun)
	})
	if err != nil {
		return nil, err
	}
	r.Resource = resource.VpcLinkArn(r.Region, noun.VpcLinkId)
	noun.Show(c.Now())
	return &noun, nil
}

func (t *change) putVpcLink(ctx context.Context, noun *resource.VpcLink) error {
	noun.Fill()
	if err := noun.Validate(); err != nil {
		return err
	}
	return catalog.VpcLinks(t.region).Put(ctx, t.tx, noun.VpcLinkId, noun)
}

// vpcLink finds a link that is there, or still on its way out.
func (c *Control) vpcLink(ctx context.Context, reader store.Reader, region, id string) (*resource.VpcLink, error) {
	link, err := find(ctx, reader, catalog.VpcLinks(region), "VpcLink", id)
	if err == nil && link.Gone(c.Now()) {
		return nil, notFound("VpcLink")
	}
	return link, err
}

// sweepVpcLinks removes what was deleted long enough ago.
func (t *change) sweepVpcLinks(ctx context.Context) error {
	at := catalog.VpcLinks(t.region)
	links, err := at.All(ctx, t.tx)
	if err != nil {
		return err
	}
	for _, link := range links {
		if link.Gone(t.Now()) {
			if err := at.Delete(ctx, t.tx, link.VpcLinkId); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *Control) getVpcLink(ctx context.Context, r *wire.Request) (any, error) {
	var noun *resource.VpcLink
	err := c.view(ctx, r, func(reader store.Reader) (err error) {
		noun, err = c.vpcLink(ctx, reader, r.Region, r.Path["vpcLinkId"])
		return err
	})
	if err != nil {
		return nil, err
	}
	noun.Show(c.Now())
	return noun, nil
}

func (c *Control) getVpcLinks(ctx context.Context, r *wire.Request) (any, error) {
	return filtered(ctx, c, r, inRegion(catalog.VpcLinks), pageSize, func(_ store.Reader, link *resource.VpcLink) (bool, error) {
		gone := link.Gone(c.Now())
		link.Show(c.Now())
		return !gone, nil
	})
}

func (c *Control) updateVpcLink(ctx context.Context, r *wire.Request) (any, error) {
	var noun *resource.VpcLink
	err := c.write(ctx, r, func(t *change) (err error) {
		if noun, err = c.vpcLink(ctx, t.tx, r.Region, r.Path["vpcLinkId"]); err != nil {
			return err
		}
		if noun.Deleted != 0 {
			return badRequest("The VPC link %s is being deleted", noun.VpcLinkId)
		}
		if err := r.Apply(noun); err != nil {
			return err
		}
		return t.putVpcLink(ctx, noun)
	})
	if err != nil {
		return nil, err
	}
	noun.Show(c.Now())
	return noun, nil
}

// deleteVpcLink marks a link that nothing uses; for a while it says DELETING.
func (c *Control) deleteVpcLink(ctx context.Context, r *wire.Request) (any, error) {
	id := r.Path["vpcLinkId"]
	return nil, c.write(ctx, r, func(t *change) error {
		if err := t.sweepVpcLinks(ctx); err != nil {
			return err
		}
		link, err := c.vpcLink(ctx, t.tx, r.Region, id)
		if err != nil || link.Deleted != 0 {
			return err
		}
		users, err := t.usersOfLink(ctx, id)
		if err != nil {
			return err
		}
		if len(users) > 0 {
			return badRequest("Cannot delete vpc link. Vpc link '%s', is referenced in [%s] in format of [Method:Resource].", id, strings.Join(users, ", "))
		}
		link.Deleted = c.Now().UnixNano()
		return catalog.VpcLinks(t.region).Put(ctx, t.tx, id, link)
	})
}

// usersOfLink lists the routes that reach their integration through a link, and
// the integrations that no route uses, in AWS's form.
func (t *change) usersOfLink(ctx context.Context, id string) ([]string, error) {
	apis, err := catalog.Apis(t.region).All(ctx, t.tx)
	if err != nil {
		return nil, err
	}
	var users []string
	for _, api := range apis {
		integrations, err := catalog.Integrations(t.region, api.ApiId).All(ctx, t.tx)
		if err != nil {
			return nil, err
		}
		for _, i := range integrations {
			if i.ConnectionType != resource.VpcLinkType || i.ConnectionId != id {
				continue
			}
			routes, err := t.routesTo(ctx, api.ApiId, i.IntegrationId)
			if err != nil {
				return nil, err
			}
			if len(routes) == 0 {
				routes = []string{"ANY:" + i.IntegrationId}
			}
			users = append(users, routes...)
		}
	}
	return users, nil
}

func (t *change) routesTo(ctx context.Context, apiId, integrationId string) ([]string, error) {
	routes, err := catalog.Routes(t.region, apiId).All(ctx, t.tx)
	var found []string
	for _, route := range routes {
		if target, ok := route.IntegrationId(); ok && target == integrationId {
			found = append(found, "ANY:"+route.RouteId)
		}
	}
	return found, err
}
