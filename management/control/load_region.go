package control

import (
	"context"
	"strconv"

	"github.com/dragoman-gateway/dragoman/management/control/family"
	"github.com/dragoman-gateway/dragoman/management/control/portal"
	"github.com/dragoman-gateway/dragoman/management/control/region"
	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/store/catalog"
)

// below makes a change of what belongs to one noun of the region.
func (l *Loader) below(id string) *family.Change {
	t := l.c.plane.Change(l.t.Tx, l.t.Request)
	t.Below = id
	return t
}

// VpcLink puts a link, which is ready at once.
func (l *Loader) VpcLink(ctx context.Context, link *resource.VpcLink) error {
	return put(ctx, l, l.t, region.VpcLinks(), link, nil)
}

// Domain puts a custom domain with its mappings and rules.
func (l *Loader) Domain(ctx context.Context, d *resource.DomainName, mappings []resource.ApiMapping, rules []resource.RoutingRule) error {
	address := ""
	if len(d.DomainNameConfigurations) > 0 {
		address = d.DomainNameConfigurations[0].ApiGatewayDomainName
	}
	// Drawn from the name, so that a DNS record that points there outlives a reload.
	if address == "" {
		address = region.Address(l.t.Region, Derive(d.DomainName, resource.ApiIdLength))
	}
	d.Fill(l.t.Region, address)
	if err := put(ctx, l, l.t, region.DomainNames(), d, nil); err != nil {
		return err
	}
	t := l.below(d.DomainName)
	if err := load(ctx, l, t, region.ApiMappings(), mappings, "mappings"); err != nil {
		return err
	}
	return load(ctx, l, t, region.RoutingRules(), rules, "rules")
}

// Mapping puts one more mapping of a custom domain that is there.
func (l *Loader) Mapping(ctx context.Context, domain string, m *resource.ApiMapping) error {
	return region.ApiMappings().Put(ctx, l.below(domain), m)
}

// Rule puts one more routing rule of a custom domain that is there.
func (l *Loader) Rule(ctx context.Context, domain string, rule *resource.RoutingRule) error {
	return region.RoutingRules().Put(ctx, l.below(domain), rule)
}

// ApiKey puts a key, which must have a value: nobody could send one that is drawn.
func (l *Loader) ApiKey(ctx context.Context, key *resource.ApiKey) error {
	if key.Value == "" {
		return l.refused(family.BadRequest("Invalid value specified for value: an API key that is loaded needs one"))
	}
	return put(ctx, l, l.t, region.ApiKeys(), key, nil)
}

// UsagePlan puts a plan with the ids of its keys.
func (l *Loader) UsagePlan(ctx context.Context, plan *resource.UsagePlan, keys []string) error {
	if err := put(ctx, l, l.t, region.UsagePlans(), plan, nil); err != nil {
		return err
	}
	t := l.below(plan.Id)
	for i, id := range keys {
		// A key that is not there would be a row that opens the plan to whoever makes it later.
		if _, err := region.ApiKeys().Find(ctx, &t.Sight, id); err != nil {
			if err := l.refused(family.Part(err, []string{"keys", strconv.Itoa(i)})); err != nil {
				return err
			}
			continue
		}
		if err := region.UsagePlanKeys().Put(ctx, t, &resource.UsagePlanKey{Id: id}); err != nil {
			return err
		}
	}
	return nil
}

// Product puts a portal product with its pages and sharing policy, "" for none.
func (l *Loader) Product(ctx context.Context, p *resource.ProductOnPage, policy string) error {
	id := p.Product.PortalProductId
	t := l.below(id)
	if err := load(ctx, l, t, portal.Pages(), p.Pages, "pages"); err != nil {
		return err
	}
	if err := load(ctx, l, t, portal.EndpointPages(), p.Endpoints, "endpoints"); err != nil {
		return err
	}
	if err := portal.Products().Put(ctx, l.t, &p.Product); err != nil || policy == "" {
		return err
	}
	return portal.Policies().Put(ctx, t, &catalog.SharingPolicy{PolicyDocument: policy, PortalProductId: id})
}

// Portal puts a portal. One that is published shows its products as they were loaded.
func (l *Loader) Portal(ctx context.Context, p *resource.Portal) error {
	// A preview has an end, which passed while the portal lay in a document.
	p.Preview, p.StatusException, p.Began, p.PreviewBegan = nil, nil, 0, 0
	portals := portal.Portals()
	if err := portals.Check(ctx, l.t, p); err != nil {
		return err
	}
	// A portal that was on its way to be published has nobody to bring it there.
	if p.PublishStatus != resource.Published {
		p.PublishStatus = resource.Disabled
		return portals.Store(ctx, l.t, p)
	}
	return portal.Freeze(ctx, l.t, p, catalog.PublishedPage)
}
