package portal

import (
	"context"
	"slices"
	"strings"

	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/management/control/family"
	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/store/catalog"
)

// Products are the portal products of a region.
func Products() *family.Of[resource.PortalProduct] {
	return &family.Of[resource.PortalProduct]{
		Noun: "PortalProduct", Label: "portalProductId", At: ownProducts, Serves: true,
		Id:       func(p *resource.PortalProduct) *string { return &p.PortalProductId },
		IdLength: resource.PortalIdLength,
		Quota:    2000, Many: "portal products",
		Apply: applyProduct, Check: checkProduct, Free: freeProduct,
		Arn: func(_ *family.Sight, p *resource.PortalProduct) string { return p.PortalProductArn },
		Keep: func(_ context.Context, s *family.Sight, _ *resource.PortalProduct) (bool, error) {
			return !strings.HasPrefix(s.Request.Query.Get("resourceOwner"), "OTHER"), nil // all are the account's own
		},
		Listed: func(p *resource.PortalProduct) any {
			p.DisplayOrder = nil // summaries have none
			return p
		},
	}
}

// ownProducts refuses a request for the resources of another account.
func ownProducts(_ context.Context, s *family.Sight) (at catalog.Collection[resource.PortalProduct], err error) {
	if owner := s.Request.Query.Get("resourceOwnerAccountId"); owner != "" && owner != s.Request.Account {
		return at, fault.New(fault.NotFound, "Invalid PortalProduct identifier specified")
	}
	return catalog.PortalProducts(s.Region), nil
}

// inProduct is the place of nouns that belong to a portal product.
func inProduct[T any](in func(region, productId string) catalog.Collection[T]) family.Place[T] {
	return family.Under(Products(), func(s *family.Sight) catalog.Collection[T] { return in(s.Region, s.Below) })
}

// applyProduct dates a product. Documented: lastModified (API Gateway V2 API Reference,
// PortalProducts).
func applyProduct(t *family.Change, noun *resource.PortalProduct) error {
	noun.LastModified = resource.At(t.Now())
	return t.Request.Apply(noun)
}

// checkProduct holds a product to its rules and its order to the pages that it has.
func checkProduct(ctx context.Context, t *family.Change, noun *resource.PortalProduct) error {
	noun.Fill(t.Region, t.Request.Account)
	if err := noun.Validate(); err != nil {
		return err
	}
	return knownPages(ctx, t, noun)
}

// knownPages refuses an order that names pages which the product does not have.
func knownPages(ctx context.Context, t *family.Change, noun *resource.PortalProduct) error {
	wanted, endpoints := noun.DisplayOrder.Arns()
	// Documented: the order is optional (API Gateway V2 API Reference, UpdatePortalProduct,
	// displayOrder); most products have none, and need no pages read.
	if len(wanted)+len(endpoints) == 0 {
		return nil
	}
	shown, err := freezeProduct(ctx, t, noun)
	if err != nil {
		return err
	}
	for _, arn := range wanted {
		if !slices.ContainsFunc(shown.Pages, func(p resource.ProductPage) bool { return p.ProductPageArn == arn }) {
			return family.BadRequest("Invalid ProductPage identifier specified: %s", arn)
		}
	}
	for _, arn := range endpoints {
		if !slices.ContainsFunc(shown.Endpoints, func(p resource.ProductRestEndpointPage) bool { return p.ProductRestEndpointPageArn == arn }) {
			return family.BadRequest("Invalid ProductRestEndpointPage identifier specified: %s", arn)
		}
	}
	return nil
}

// freeProduct refuses to delete a product that a portal includes, and takes its pages
// and policy along.
func freeProduct(ctx context.Context, t *family.Change, id string) error {
	p, err := Products().Find(ctx, &t.Sight, id)
	if err != nil {
		return err
	}
	portals, err := catalog.Portals(t.Region).All(ctx, t.Tx)
	if err != nil {
		return err
	}
	for _, portal := range portals {
		if slices.Contains(portal.IncludedPortalProductArns, p.PortalProductArn) {
			// Assumed: AWS documents neither the rule nor a text.
			return family.BadRequest("The portal product %s is included in the portal %s", id, portal.PortalId)
		}
	}
	// Documented: pages are made below a product, under its id (API Gateway V2 API
	// Reference, CreateProductPage): nobody could reach them after it.
	if err := catalog.ProductPages(t.Region, id).Clear(ctx, t.Tx); err != nil {
		return err
	}
	if err := catalog.ProductRestEndpointPages(t.Region, id).Clear(ctx, t.Tx); err != nil {
		return err
	}
	if err := catalog.SharingPolicies(t.Region).Delete(ctx, t.Tx, id); err != nil && !family.IsNotFound(err) {
		return err
	}
	return nil
}
