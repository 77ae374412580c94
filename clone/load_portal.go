package clone

import (
	"context"
	"errors"
	"slices"

	"github.com/dragoman-gateway/dragoman/management/control"
	"github.com/dragoman-gateway/dragoman/management/control/family"
	"github.com/dragoman-gateway/dragoman/resource"
)

// developers puts the products, and then the portals that show them.
func (b *builder) developers(ctx context.Context, d *developers) error {
	for _, p := range d.products {
		if err := b.product(ctx, p); err != nil {
			return err
		}
	}
	for i := range d.portals {
		p := &d.portals[i]
		b.shown(d, p)
		err := b.in(ctx, b.store, func(l *control.Loader) error { return l.Portal(ctx, p) })
		if why(err) == "" && err != nil {
			return err
		}
		if err != nil {
			b.report.left(portalTitle(p), "%s", why(err))
		}
	}
	return nil
}

// shown takes away the products that the rules did not take: a portal that names one
// would be refused whole.
func (b *builder) shown(d *developers, p *resource.Portal) {
	for _, gone := range d.products {
		arn := resource.PortalProductArn(b.region, b.account, gone.Product.PortalProductId)
		if n := slices.Index(p.IncludedPortalProductArns, arn); gone.refused && n >= 0 {
			p.IncludedPortalProductArns = slices.Delete(p.IncludedPortalProductArns, n, n+1)
			b.report.left(portalTitle(p), "the %s, which is not copied", gone.title())
		}
	}
}

// product puts a product, without the pages that are refused.
func (b *builder) product(ctx context.Context, p *product) error {
	for {
		err := b.in(ctx, b.store, func(l *control.Loader) error { return l.Product(ctx, &p.ProductOnPage, p.policy) })
		part, ok := errors.AsType[*family.PartError](err)
		switch {
		case err == nil:
			return nil
		case ok && p.drop(part, b.region, b.account):
			b.report.left(p.title()+", "+where(part), "%s", why(part.Err))
		case why(err) != "":
			p.refused = true
			b.report.left(p.title(), "%s", why(err))
			return nil
		default:
			return err
		}
	}
}

// drop takes a page out of a product and its order, and says whether it was there.
func (p *product) drop(part *family.PartError, region, account string) bool {
	if len(part.Path) != 2 {
		return false
	}
	product, id := p.Product.PortalProductId, part.Path[1]
	if part.Path[0] == "pages" {
		p.Product.DisplayOrder.Without(resource.ProductPageArn(region, account, product, id))
		return without(&p.Pages, func(page *resource.ProductPage) bool { return page.ProductPageId == id })
	}
	p.Product.DisplayOrder.Without(resource.ProductRestEndpointPageArn(region, account, product, id))
	return without(&p.Endpoints, func(page *resource.ProductRestEndpointPage) bool { return page.ProductRestEndpointPageId == id })
}
