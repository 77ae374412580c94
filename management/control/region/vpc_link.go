package region

import (
	"context"
	"strings"

	"github.com/dragoman-gateway/dragoman/management/control/family"
	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/store/catalog"
	"github.com/dragoman-gateway/dragoman/wire"
)

// VpcLinks are the VPC links of a region. One that is deleted is there for a while,
// on its way out.
func VpcLinks() *family.Of[resource.VpcLink] {
	return &family.Of[resource.VpcLink]{
		Noun: "VpcLink", Label: "vpcLinkId", At: family.InRegion(catalog.VpcLinks), Serves: true,
		Id:       func(v *resource.VpcLink) *string { return &v.VpcLinkId },
		IdLength: resource.VpcLinkIdLength,
		// Documented: API Gateway Developer Guide, Quotas for configuring and running an HTTP API: 10
		// VPC links for each account and region.
		Quota: 10, Many: "VPC links",
		Begin: beginVpcLink, Open: openVpcLink,
		Check: func(_ context.Context, _ *family.Change, v *resource.VpcLink) error {
			v.Fill()
			return v.Validate()
		},
		Arn: func(s *family.Sight, v *resource.VpcLink) string { return resource.VpcLinkArn(s.Region, v.VpcLinkId) },
		Seen: func(_ context.Context, s *family.Sight, v *resource.VpcLink) (there bool, err error) {
			return !v.Gone(s.Now()), nil
		},
		Show: func(_ context.Context, m *family.Plane, _ *wire.Request, links ...*resource.VpcLink) error {
			for _, v := range links {
				v.Show(m.Now())
			}
			return nil
		},
	}
}

// beginVpcLink dates a link: its status goes by the time since. Documented: a new link is
// PENDING while its network interfaces are made (API Gateway V2 API Reference, VpcLinks).
func beginVpcLink(ctx context.Context, t *family.Change, v *resource.VpcLink) error {
	now := t.Now()
	v.CreatedDate, v.Made = resource.At(now), now.UnixNano()
	return sweepVpcLinks(ctx, t)
}

// openVpcLink refuses to change a link that is on its way out.
func openVpcLink(_ *family.Change, v *resource.VpcLink) error {
	if v.Deleted != 0 {
		return family.BadRequest("The VPC link %s is being deleted", v.VpcLinkId)
	}
	return nil
}

// sweepVpcLinks removes what was deleted long enough ago.
func sweepVpcLinks(ctx context.Context, t *family.Change) error {
	at := catalog.VpcLinks(t.Region)
	links, err := at.All(ctx, t.Tx)
	if err != nil {
		return err
	}
	for _, link := range links {
		// Links go when somebody makes or deletes another: no clock of its own is needed, and
		// readers skip those that are due.
		if link.Gone(t.Now()) {
			if err := at.Delete(ctx, t.Tx, link.VpcLinkId); err != nil {
				return err
			}
		}
	}
	return nil
}

// deleteVpcLink marks a link that nothing uses; for a while it says DELETING.
func deleteVpcLink(ctx context.Context, t *family.Change) error {
	if err := sweepVpcLinks(ctx, t); err != nil {
		return err
	}
	link, err := VpcLinks().Find(ctx, &t.Sight, t.Request.Path["vpcLinkId"])
	// A deletion that is repeated is answered like the first.
	if err != nil || link.Deleted != 0 {
		return err
	}
	users, err := usersOfLink(ctx, t, link.VpcLinkId)
	if err != nil {
		return err
	}
	// Observed: 400 and these words. Without the link its routes would reach nobody.
	if len(users) > 0 {
		return family.BadRequest("Cannot delete vpc link. Vpc link '%s', is referenced in [%s] in format of [Method:Resource].", link.VpcLinkId, strings.Join(users, ", "))
	}
	// Documented: 202, not 204: the deletion goes on (API Gateway V2 API Reference,
	// DeleteVpcLink). Observed: automation polls until GetVpcLink answers 404.
	link.Deleted = t.Now().UnixNano()
	return VpcLinks().Store(ctx, t, link)
}

// usersOfLink lists the routes that reach their integration through a link, and
// the integrations that no route uses, in AWS's form.
func usersOfLink(ctx context.Context, t *family.Change, id string) ([]string, error) {
	apis, err := catalog.Apis(t.Region).All(ctx, t.Tx)
	if err != nil {
		return nil, err
	}
	var users []string
	for _, api := range apis {
		integrations, err := catalog.Integrations(t.Region, api.ApiId).All(ctx, t.Tx)
		if err != nil {
			return nil, err
		}
		for _, i := range integrations {
			if i.ConnectionType != resource.VpcLinkType || i.ConnectionId != id {
				continue
			}
			routes, err := routesTo(ctx, t, api.ApiId, i.IntegrationId)
			if err != nil {
				return nil, err
			}
			// An integration without routes still holds the link: a route may be given to it.
			if len(routes) == 0 {
				routes = []string{"ANY:" + i.IntegrationId}
			}
			users = append(users, routes...)
		}
	}
	return users, nil
}

func routesTo(ctx context.Context, t *family.Change, apiId, integrationId string) ([]string, error) {
	routes, err := catalog.Routes(t.Region, apiId).All(ctx, t.Tx)
	var found []string
	for _, route := range routes {
		if target, ok := route.IntegrationId(); ok && target == integrationId {
			found = append(found, "ANY:"+route.RouteId)
		}
	}
	return found, err
}
