package control

import (
	"context"
	"slices"

	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/catalog"
	"github.com/dragoman-gateway/dragoman/wire"
)

const productName = "PortalProduct"

func (c *Control) createPortalProduct(ctx context.Context, r *wire.Request) (any, error) {
	id := resource.NewId(resource.PortalIdLength)
	var noun *resource.PortalProduct
	err := c.write(ctx, r, func(t *change) error {
		if err := quota(ctx, t, catalog.PortalProducts(r.Region), 2000, "portal products"); err != nil {
			return err
		}
		noun = &resource.PortalProduct{PortalProductId: id}
		return t.putProduct(ctx, noun)
	})
	if err != nil {
		return nil, err
	}
	r.Resource = noun.PortalProductArn
	return noun, nil
}

// putProduct applies a request to a product, fills, checks and puts it.
func (t *change) putProduct(ctx context.Context, noun *resource.PortalProduct) error {
	if t.r.Has("displayOrder") {
		noun.DisplayOrder = nil // replaced whole; an empty one takes it away
	}
	if err := t.r.Apply(noun); err != nil {
		return err
	}
	if empty(t.r, "displayOrder") {
		noun.DisplayOrder = nil
	}
	noun.LastModified = resource.At(t.Now())
	noun.Fill(t.region, t.r.Account)
	if err := noun.Validate(); err != nil {
		return err
	}
	if err := t.knownPages(ctx, noun); err != nil {
		return err
	}
	return catalog.PortalProducts(t.region).Put(ctx, t.tx, noun.PortalProductId, noun)
}

// knownPages refuses an order that names pages which the product does not have.
func (t *change) knownPages(ctx context.Context, noun *resource.PortalProduct) error {
	wanted, endpoints := noun.DisplayOrder.Arns()
	if len(wanted)+len(endpoints) == 0 {
		return nil
	}
	shown, err := t.freezeProduct(ctx, noun)
	if err != nil {
		return err
	}
	for _, arn := range wanted {
		if !slices.ContainsFunc(shown.Pages, func(p resource.ProductPage) bool { return p.ProductPageArn == arn }) {
			return badRequest("Invalid ProductPage identifier specified: %s", arn)
		}
	}
	for _, arn := range endpoints {
		if !slices.ContainsFunc(shown.Endpoints, func(p resource.ProductRestEndpointPage) bool { return p.ProductRestEndpointPageArn == arn }) {
			return badRequest("Invalid ProductRestEndpointPage identifier specified: %s", arn)
		}
	}
	return nil
}

// ownProduct reads the product that a request names.
func ownProduct(ctx context.Context, reader store.Reader, r *wire.Request) (*resource.PortalProduct, error) {
	if err := owned(r); err != nil {
		return nil, err
	}
	return find(ctx, reader, catalog.PortalProducts(r.Region), productName, r.Path["portalProductId"])
}

// inProduct is the place of nouns that belong to a portal product.
func inProduct[T any](in func(region, productId string) catalog.Collection[T]) place[T] {
	return func(ctx context.Context, reader store.Reader, r *wire.Request) (catalog.Collection[T], error) {
		_, err := ownProduct(ctx, reader, r)
		return in(r.Region, r.Path["portalProductId"]), err
	}
}

// changeProduct runs fn on the product that the request names.
func (c *Control) changeProduct(ctx context.Context, r *wire.Request, fn func(t *change, p *resource.PortalProduct) error) error {
	return c.write(ctx, r, func(t *change) error {
		p, err := ownProduct(ctx, t.tx, r)
		if err != nil {
			return err
		}
		return fn(t, p)
	})
}

func (c *Control) getPortalProduct(ctx context.Context, r *wire.Request) (any, error) {
	var noun *resource.PortalProduct
	err := c.view(ctx, r, func(reader store.Reader) (err error) {
		noun, err = ownProduct(ctx, reader, r)
		return err
	})
	if err != nil {
		return nil, err
	}
	return noun, nil
}

func (c *Control) listPortalProducts(ctx context.Context, r *wire.Request) (any, error) {
	return filtered(ctx, c, r, inRegion(catalog.PortalProducts), pageSize, func(_ store.Reader, p *resource.PortalProduct) (bool, error) {
		p.DisplayOrder = nil // summaries have none
		return own(r), nil
	})
}

func (c *Control) updatePortalProduct(ctx context.Context, r *wire.Request) (any, error) {
	var noun *resource.PortalProduct
	err := c.changeProduct(ctx, r, func(t *change, p *resource.PortalProduct) error {
		noun = p
		return t.putProduct(ctx, p)
	})
	if err != nil {
		return nil, err
	}
	return noun, nil
}

// deletePortalProduct takes a product that no portal includes, with its pages and policy.
func (c *Control) deletePortalProduct(ctx context.Context, r *wire.Request) (any, error) {
	return nil, c.changeProduct(ctx, r, func(t *change, p *resource.PortalProduct) error {
		portals, err := catalog.Portals(r.Region).All(ctx, t.tx)
		if err != nil {
			return err
		}
		for _, portal := range portals {
			if slices.Contains(portal.IncludedPortalProductArns, p.PortalProductArn) {
				// Assumed: AWS documents neither the rule nor a text.
				return badRequest("The portal product %s is included in the portal %s", p.PortalProductId, portal.PortalId)
			}
		}
		if err := catalog.ProductPages(r.Region, p.PortalProductId).Clear(ctx, t.tx); err != nil {
			return err
		}
		if err := catalog.ProductRestEndpointPages(r.Region, p.PortalProductId).Clear(ctx, t.tx); err != nil {
			return err
		}
		if err := missing(catalog.SharingPolicies(r.Region).Delete(ctx, t.tx, p.PortalProductId)); err != nil && !isNotFound(err) {
			return err
		}
		return catalog.PortalProducts(r.Region).Delete(ctx, t.tx, p.PortalProductId)
	})
}
