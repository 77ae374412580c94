package control

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/catalog"
	"github.com/dragoman-gateway/dragoman/wire"
)

const endpointPageName = "ProductRestEndpointPage"

// endpointContent is how a request says what the page of an endpoint shows.
type endpointContent struct {
	None      *struct{}                                `json:"none"`
	Overrides *resource.EndpointDisplayContentResponse `json:"overrides"`
}

// endpointSummary is the page of an endpoint as lists show it.
type endpointSummary struct {
	Endpoint                   string                           `json:"endpoint"`
	LastModified               resource.Time                    `json:"lastModified,omitzero"`
	OperationName              string                           `json:"operationName,omitempty"`
	ProductRestEndpointPageArn string                           `json:"productRestEndpointPageArn"`
	ProductRestEndpointPageId  string                           `json:"productRestEndpointPageId"`
	RestEndpointIdentifier     *resource.RestEndpointIdentifier `json:"restEndpointIdentifier"`
	Status                     string                           `json:"status"`
	StatusException            *resource.StatusException        `json:"statusException,omitempty"`
	TryItState                 string                           `json:"tryItState"`
}

func (c *Control) createEndpointPage(ctx context.Context, r *wire.Request) (any, error) {
	id := resource.NewId(resource.PortalIdLength)
	var noun *resource.ProductRestEndpointPage
	err := c.changeProduct(ctx, r, func(t *change, p *resource.PortalProduct) error {
		if err := quota(ctx, t, catalog.ProductRestEndpointPages(t.region, p.PortalProductId), 40, "REST endpoint pages"); err != nil {
			return err
		}
		noun = &resource.ProductRestEndpointPage{ProductRestEndpointPageId: id,
			ProductRestEndpointPageArn: resource.ProductRestEndpointPageArn(t.region, r.Account, p.PortalProductId, id)}
		if err := r.Decode("restEndpointIdentifier", &noun.RestEndpointIdentifier); err != nil {
			return err
		}
		return t.putEndpointPage(ctx, p, noun)
	})
	if err != nil {
		return nil, err
	}
	r.Resource = noun.ProductRestEndpointPageArn
	return noun, nil
}

// putEndpointPage applies a request to the page of an endpoint, fills, checks and puts it.
func (t *change) putEndpointPage(ctx context.Context, product *resource.PortalProduct, noun *resource.ProductRestEndpointPage) error {
	if err := applyContent(t.r, noun); err != nil {
		return err
	}
	if t.r.Has("tryItState") {
		noun.TryItState = t.r.String("tryItState")
	}
	noun.LastModified = resource.At(t.Now())
	noun.Fill(t.region)
	if err := noun.Validate(); err != nil {
		return err
	}
	return catalog.ProductRestEndpointPages(t.region, product.PortalProductId).Put(ctx, t.tx, noun.ProductRestEndpointPageId, noun)
}

// applyContent turns the form of requests into that of answers.
func applyContent(r *wire.Request, noun *resource.ProductRestEndpointPage) error {
	if !r.Has("displayContent") {
		return nil
	}
	var asked endpointContent
	if err := r.Decode("displayContent", &asked); err != nil {
		return err
	}
	if (asked.None == nil) == (asked.Overrides == nil) {
		return badRequest("Invalid value specified for DisplayContent: exactly one of None and Overrides is required")
	}
	noun.DisplayContent = asked.Overrides
	return nil
}

func (c *Control) getEndpointPage(ctx context.Context, r *wire.Request) (any, error) {
	found, err := getter(c, inProduct(catalog.ProductRestEndpointPages), endpointPageName, "productRestEndpointPageId")(ctx, r)
	if err != nil {
		return nil, err
	}
	noun := found.(*resource.ProductRestEndpointPage)
	if strings.EqualFold(r.Query.Get("includeRawDisplayContent"), "true") {
		// Assumed: what the raw form is; AWS documents that it is a text.
		raw, err := json.Marshal(noun.DisplayContent)
		if err != nil {
			return nil, err
		}
		noun.RawDisplayContent = string(raw)
	}
	return noun, nil
}

func (c *Control) listEndpointPages(ctx context.Context, r *wire.Request) (any, error) {
	found, err := filtered(ctx, c, r, inProduct(catalog.ProductRestEndpointPages), pageSize,
		func(store.Reader, *resource.ProductRestEndpointPage) (bool, error) { return true, nil })
	return summaries(found, err, func(p *resource.ProductRestEndpointPage) endpointSummary {
		return endpointSummary{p.DisplayContent.Endpoint, p.LastModified, p.DisplayContent.OperationName, p.ProductRestEndpointPageArn,
			p.ProductRestEndpointPageId, p.RestEndpointIdentifier, p.Status, p.StatusException, p.TryItState}
	})
}

func (c *Control) updateEndpointPage(ctx context.Context, r *wire.Request) (any, error) {
	var noun *resource.ProductRestEndpointPage
	err := c.changeProduct(ctx, r, func(t *change, p *resource.PortalProduct) (err error) {
		at := catalog.ProductRestEndpointPages(t.region, p.PortalProductId)
		if noun, err = find(ctx, t.tx, at, endpointPageName, r.Path["productRestEndpointPageId"]); err != nil {
			return err
		}
		return t.putEndpointPage(ctx, p, noun)
	})
	if err != nil {
		return nil, err
	}
	return noun, nil
}

// deleteEndpointPage takes the page out of the product's order too.
func (c *Control) deleteEndpointPage(ctx context.Context, r *wire.Request) (any, error) {
	return nil, c.changeProduct(ctx, r, func(t *change, p *resource.PortalProduct) error {
		at := catalog.ProductRestEndpointPages(t.region, p.PortalProductId)
		noun, err := find(ctx, t.tx, at, endpointPageName, r.Path["productRestEndpointPageId"])
		if err != nil {
			return err
		}
		return dropPage(ctx, t, at, p, noun.ProductRestEndpointPageId, noun.ProductRestEndpointPageArn)
	})
}
