package portal

import (
	"context"

	"github.com/dragoman-gateway/dragoman/management/control/family"
	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/store/catalog"
)

// Pages are the pages of a portal product.
func Pages() *family.Of[resource.ProductPage] {
	return &family.Of[resource.ProductPage]{
		Noun: "ProductPage", Label: "productPageId", At: inProduct(catalog.ProductPages), Serves: true,
		Id:       func(p *resource.ProductPage) *string { return &p.ProductPageId },
		IdLength: resource.PortalIdLength,
		Quota:    40, Many: "product pages",
		Apply: func(t *family.Change, p *resource.ProductPage) error {
			p.LastModified = resource.At(t.Now())
			return t.Request.Apply(p)
		},
		Check: func(_ context.Context, t *family.Change, p *resource.ProductPage) error {
			p.ProductPageArn = resource.ProductPageArn(t.Region, t.Request.Account, t.Below, p.ProductPageId)
			return p.Validate()
		},
		Free: func(ctx context.Context, t *family.Change, id string) error {
			p, err := Pages().Find(ctx, &t.Sight, id)
			if err != nil {
				return err
			}
			return leaveOrder(ctx, t, p.ProductPageArn)
		},
		Arn: func(_ *family.Sight, p *resource.ProductPage) string { return p.ProductPageArn },
		Listed: func(p *resource.ProductPage) any {
			return pageSummary{p.LastModified, p.DisplayContent.Title, p.ProductPageArn, p.ProductPageId}
		},
	}
}

// pageSummary is a page as lists show it.
//
// Documented: API Gateway V2 API Reference, ListProductPages (ProductPageSummaryNoBody):
// the text of a page is left out, which may be long.
type pageSummary struct {
	LastModified   resource.Time `json:"lastModified,omitzero"`
	PageTitle      string        `json:"pageTitle"`
	ProductPageArn string        `json:"productPageArn"`
	ProductPageId  string        `json:"productPageId"`
}

// leaveOrder takes a page out of its product's order.
func leaveOrder(ctx context.Context, t *family.Change, arn string) error {
	p, err := Products().Find(ctx, &t.Sight, t.Below)
	if err != nil {
		return err
	}
	// An order that named a page which is gone would make the product's next update fail.
	p.DisplayOrder.Without(arn)
	return Products().Store(ctx, t, p)
}
