package portal

import (
	"context"

	"github.com/dragoman-gateway/dragoman/management/control/family"
	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/store/catalog"
)

// changing changes the settled portal that a request names by fn.
func changing(fn func(ctx context.Context, t *family.Change, p *resource.Portal) error) func(context.Context, *family.Change) error {
	return func(ctx context.Context, t *family.Change) error {
		p, err := Portals().Opened(ctx, t)
		if err != nil {
			return err
		}
		return fn(ctx, t, p)
	}
}

// publish makes what a portal shows now its page. Documented: 202, the status is
// PUBLISH_IN_PROGRESS for a while (API Gateway V2 API Reference, PublishPortal).
func publish(ctx context.Context, t *family.Change, p *resource.Portal) error {
	now := t.Now()
	p.PublishStatus, p.Began = resource.PublishInProgress, now.UnixNano()
	p.LastPublished, p.LastPublishedDescription, p.StatusException = resource.At(now), t.Request.String("description"), nil
	return Freeze(ctx, t, p, catalog.PublishedPage)
}

// disable takes a portal's page away at once. Documented: 204, the status is
// DISABLE_IN_PROGRESS for a while (API Gateway V2 API Reference, DisablePortal).
func disable(ctx context.Context, t *family.Change, p *resource.Portal) error {
	if p.PublishStatus == resource.Disabled {
		return family.Conflict("The portal %s is not published", p.PortalId)
	}
	p.PublishStatus, p.Began = resource.DisableInProgress, t.Now().UnixNano()
	err := catalog.PortalPages(t.Region, p.PortalId).Delete(ctx, t.Tx, catalog.PublishedPage)
	if err != nil && !family.IsNotFound(err) {
		return err
	}
	return Portals().Store(ctx, t, p)
}

// preview shows a portal as it is at its URL, "" for AWS's.
func preview(url func(portalId string) string) func(context.Context, *family.Change, *resource.Portal) error {
	return func(ctx context.Context, t *family.Change, p *resource.Portal) error {
		at := "https://" + p.EndpointConfiguration.PortalDefaultDomainName
		if url != nil {
			at = url(p.PortalId)
		}
		// Documented: a preview has a status and a URL of its own, and leaves the published page
		// alone (API Gateway V2 API Reference, PreviewPortal).
		p.Preview = &resource.Preview{PreviewStatus: resource.PreviewInProgress, PreviewUrl: at + "/preview"}
		p.PreviewBegan = t.Now().UnixNano()
		return Freeze(ctx, t, p, catalog.PreviewPage)
	}
}

// Freeze puts a portal and keeps what it shows from now on at the page of a name.
func Freeze(ctx context.Context, t *family.Change, p *resource.Portal, name string) error {
	// The page is kept at once but shown from the moment when the status says so.
	page := &resource.PortalPage{PortalId: p.PortalId, Portal: *p, From: t.Now().Add(resource.PortalDelay).UnixNano()}
	for _, arn := range p.IncludedPortalProductArns {
		included, err := product(ctx, t, arn)
		if err != nil {
			return err
		}
		shown, err := freezeProduct(ctx, t, included)
		if err != nil {
			return err
		}
		page.Products = append(page.Products, shown)
	}
	if err := catalog.PortalPages(t.Region, p.PortalId).Put(ctx, t.Tx, name, page); err != nil {
		return err
	}
	return Portals().Store(ctx, t, p)
}

// freezeProduct copies a product with its pages, so that later edits do not show in a portal
// before it is published again.
func freezeProduct(ctx context.Context, t *family.Change, p *resource.PortalProduct) (resource.ProductOnPage, error) {
	shown := resource.ProductOnPage{Product: *p}
	pages, err := catalog.ProductPages(t.Region, p.PortalProductId).All(ctx, t.Tx)
	if err != nil {
		return shown, err
	}
	endpoints, err := catalog.ProductRestEndpointPages(t.Region, p.PortalProductId).All(ctx, t.Tx)
	if err != nil {
		return shown, err
	}
	for _, p := range pages {
		shown.Pages = append(shown.Pages, *p)
	}
	for _, e := range endpoints {
		shown.Endpoints = append(shown.Endpoints, *e)
	}
	return shown, nil
}
