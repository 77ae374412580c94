package control

import (
	"context"

	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/catalog"
	"github.com/dragoman-gateway/dragoman/wire"
)

const pageName = "ProductPage"

// pageSummary is a page as lists show it.
type pageSummary struct {
	LastModified   resource.Time `json:"lastModified,omitzero"`
	PageTitle      string        `json:"pageTitle"`
	ProductPageArn string        `json:"productPageArn"`
	ProductPageId  string        `json:"productPageId"`
}

func (c *Control) createProductPage(ctx context.Context, r *wire.Request) (any, error) {
	id := resource.NewId(resource.PortalIdLength)
	var noun *resource.ProductPage
	err := c.changeProduct(ctx, r, func(t *change, p *resource.PortalProduct) error {
		at := catalog.ProductPages(t.region, p.PortalProductId)
		if err := quota(ctx, t, at, 40, "product pages"); err != nil {
			return err
		}
		noun = &resource.ProductPage{ProductPageId: id, ProductPageArn: resource.ProductPageArn(t.region, r.Account, p.PortalProductId, id)}
		return t.putProductPage(ctx, p, noun)
	})
	if err != nil {
		return nil, err
	}
	r.Resource = noun.ProductPageArn
	return noun, nil
}

func (t *change) putProductPage(ctx context.Context, product *resource.PortalProduct, noun *resource.ProductPage) error {
	if err := t.r.Apply(noun); err != nil {
		return err
	}
	noun.LastModified = resource.At(t.Now())
	if err := noun.Validate(); err != nil {
		return err
	}
	return catalog.ProductPages(t.region, product.PortalProductId).Put(ctx, t.tx, noun.ProductPageId, noun)
}

func (c *Control) updateProductPage(ctx context.Context, r *wire.Request) (any, error) {
	var noun *resource.ProductPage
	err := c.changeProduct(ctx, r, func(t *change, p *resource.PortalProduct) (err error) {
		if noun, err = find(ctx, t.tx, catalog.ProductPages(t.region, p.PortalProductId), pageName, r.Path["productPageId"]); err != nil {
			return err
		}
		return t.putProductPage(ctx, p, noun)
	})
	if err != nil {
		return nil, err
	}
	return noun, nil
}

func (c *Control) listProductPages(ctx context.Context, r *wire.Request) (any, error) {
	found, err := filtered(ctx, c, r, inProduct(catalog.ProductPages), pageSize, func(store.Reader, *resource.ProductPage) (bool, error) { return true, nil })
	return summaries(found, err, func(p *resource.ProductPage) pageSummary {
		return pageSummary{p.LastModified, p.DisplayContent.Title, p.ProductPageArn, p.ProductPageId}
	})
}

// summaries turns the nouns of a page into what lists show of them.
func summaries[T, S any](found any, err error, summary func(*T) S) (any, error) {
	if err != nil {
		return nil, err
	}
	page := found.(wire.Page)
	short := []S{}
	for _, noun := range page.Items.([]*T) {
		short = append(short, summary(noun))
	}
	page.Items = short
	return page, nil
}

// deleteProductPage takes the page out of the product's order too.
func (c *Control) deleteProductPage(ctx context.Context, r *wire.Request) (any, error) {
	return nil, c.changeProduct(ctx, r, func(t *change, p *resource.PortalProduct) error {
		at := catalog.ProductPages(t.region, p.PortalProductId)
		noun, err := find(ctx, t.tx, at, pageName, r.Path["productPageId"])
		if err != nil {
			return err
		}
		return dropPage(ctx, t, at, p, noun.ProductPageId, noun.ProductPageArn)
	})
}

func dropPage[T any](ctx context.Context, t *change, at catalog.Collection[T], p *resource.PortalProduct, id, arn string) error {
	p.DisplayOrder.Without(arn)
	if err := catalog.PortalProducts(t.region).Put(ctx, t.tx, p.PortalProductId, p); err != nil {
		return err
	}
	return at.Delete(ctx, t.tx, id)
}
