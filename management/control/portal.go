package control

import (
	"context"
	"strings"

	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/catalog"
	"github.com/dragoman-gateway/dragoman/wire"
)

// endpointRequest is how a request says where a portal is to be reached.
type endpointRequest struct {
	AcmManaged *resource.ACMManaged `json:"acmManaged"`
	None       *struct{}            `json:"none"`
}

func (c *Control) createPortal(ctx context.Context, r *wire.Request) (any, error) {
	id := resource.NewId(resource.PortalIdLength)
	var noun resource.Portal
	err := c.write(ctx, r, func(t *change) error {
		if err := quota(ctx, t, catalog.Portals(r.Region), 15, "portals"); err != nil {
			return err
		}
		noun = resource.Portal{PortalId: id}
		return t.putPortal(ctx, &noun)
	})
	if err != nil {
		return nil, err
	}
	r.Resource = noun.PortalArn
	noun.Show(c.Now())
	return &noun, nil
}

// putPortal applies a request to a portal, fills, checks and puts it.
func (t *change) putPortal(ctx context.Context, noun *resource.Portal) error {
	r, now := t.r, resource.At(t.Now())
	if r.Has("authorization") {
		noun.Authorization = nil // a union: the old choice goes
	}
	if r.Has("portalContent") {
		noun.PortalContent = nil
	}
	endpoint := noun.EndpointConfiguration
	if err := r.Apply(noun); err != nil {
		return err
	}
	noun.EndpointConfiguration = endpoint
	if err := applyEndpoint(r, noun); err != nil {
		return err
	}
	noun.LastModified = now
	if noun.PortalContent != nil && noun.PortalContent.Theme != nil && r.Has("logoUri") {
		theme := *noun.PortalContent.Theme
		theme.LogoLastUploaded = resource.Time{}
		if noun.LogoUri != "" {
			theme.LogoLastUploaded = now
		}
		noun.PortalContent.Theme = &theme
	}
	noun.Fill(t.region, r.Account)
	if err := noun.Validate(); err != nil {
		return err
	}
	for _, arn := range noun.IncludedPortalProductArns {
		if _, err := t.product(ctx, arn); err != nil {
			return err
		}
	}
	return catalog.Portals(t.region).Put(ctx, t.tx, noun.PortalId, noun)
}

// applyEndpoint turns the form of requests into that of answers.
func applyEndpoint(r *wire.Request, noun *resource.Portal) error {
	if !r.Has("endpointConfiguration") {
		return nil
	}
	var asked endpointRequest
	if err := r.Decode("endpointConfiguration", &asked); err != nil {
		return err
	}
	if (asked.AcmManaged == nil) == (asked.None == nil) {
		return badRequest("Invalid value specified for EndpointConfiguration: exactly one of AcmManaged and None is required")
	}
	noun.EndpointConfiguration = &resource.EndpointConfigurationResponse{}
	if acm := asked.AcmManaged; acm != nil {
		noun.EndpointConfiguration.CertificateArn, noun.EndpointConfiguration.DomainName = acm.CertificateArn, acm.DomainName
	}
	return nil
}

// product looks up the product that an ARN names.
func (t *change) product(ctx context.Context, arn string) (*resource.PortalProduct, error) {
	_, path, ok := resource.ParseArn(arn)
	if !ok || len(path) != 2 || path[0] != "portalproducts" {
		return nil, badRequest("Invalid ARN specified in the request: %s is not that of a portal product", arn)
	}
	product, err := find(ctx, t.tx, catalog.PortalProducts(t.region), "PortalProduct", path[1])
	if isNotFound(err) || err == nil && product.PortalProductArn != arn {
		return nil, badRequest("Invalid PortalProduct identifier specified: %s", arn)
	}
	return product, err
}

func (c *Control) getPortal(ctx context.Context, r *wire.Request) (any, error) {
	found, err := getter(c, inRegion(catalog.Portals), "Portal", "portalId")(ctx, r)
	if err != nil {
		return nil, err
	}
	found.(*resource.Portal).Show(c.Now())
	return found, nil
}

func (c *Control) listPortals(ctx context.Context, r *wire.Request) (any, error) {
	return filtered(ctx, c, r, inRegion(catalog.Portals), pageSize, func(_ store.Reader, p *resource.Portal) (bool, error) {
		p.Show(c.Now())
		return true, nil
	})
}

// changePortal runs fn on the settled portal that the request names.
func (c *Control) changePortal(ctx context.Context, r *wire.Request, fn func(t *change, p *resource.Portal) error) (*resource.Portal, error) {
	var noun *resource.Portal
	err := c.write(ctx, r, func(t *change) (err error) {
		if noun, err = find(ctx, t.tx, catalog.Portals(r.Region), "Portal", r.Path["portalId"]); err != nil {
			return err
		}
		if noun.Settle(c.Now()); noun.Busy() {
			return conflict("The portal %s is being changed: its status is %s", noun.PortalId, noun.PublishStatus)
		}
		return fn(t, noun)
	})
	if err != nil {
		return nil, err
	}
	noun.Show(c.Now())
	return noun, nil
}

func (c *Control) updatePortal(ctx context.Context, r *wire.Request) (any, error) {
	noun, err := c.changePortal(ctx, r, func(t *change, p *resource.Portal) error { return t.putPortal(ctx, p) })
	if err != nil {
		return nil, err
	}
	return noun, nil
}

// deletePortal takes a portal that is not published, and its preview.
func (c *Control) deletePortal(ctx context.Context, r *wire.Request) (any, error) {
	_, err := c.changePortal(ctx, r, func(t *change, p *resource.Portal) error {
		if p.PublishStatus != resource.Disabled {
			// Assumed: that it must be disabled first is documented, the text is not.
			return badRequest("The portal %s must be disabled before it can be deleted", p.PortalId)
		}
		if err := catalog.PortalPages(r.Region, p.PortalId).Clear(ctx, t.tx); err != nil {
			return err
		}
		return catalog.Portals(r.Region).Delete(ctx, t.tx, p.PortalId)
	})
	return nil, err
}

func (c *Control) publishPortal(ctx context.Context, r *wire.Request) (any, error) {
	_, err := c.changePortal(ctx, r, func(t *change, p *resource.Portal) error {
		now := c.Now()
		p.PublishStatus, p.Began = resource.PublishInProgress, now.UnixNano()
		p.LastPublished, p.LastPublishedDescription, p.StatusException = resource.At(now), r.String("description"), nil
		return t.freezePortal(ctx, p, catalog.PublishedPage)
	})
	return nil, err
}

func (c *Control) disablePortal(ctx context.Context, r *wire.Request) (any, error) {
	_, err := c.changePortal(ctx, r, func(t *change, p *resource.Portal) error {
		if p.PublishStatus == resource.Disabled {
			return conflict("The portal %s is not published", p.PortalId)
		}
		p.PublishStatus, p.Began = resource.DisableInProgress, c.Now().UnixNano()
		if err := missing(catalog.PortalPages(r.Region, p.PortalId).Delete(ctx, t.tx, catalog.PublishedPage)); err != nil && !isNotFound(err) {
			return err
		}
		return catalog.Portals(r.Region).Put(ctx, t.tx, p.PortalId, p)
	})
	return nil, err
}

func (c *Control) previewPortal(ctx context.Context, r *wire.Request) (any, error) {
	_, err := c.changePortal(ctx, r, func(t *change, p *resource.Portal) error {
		url := "https://" + p.EndpointConfiguration.PortalDefaultDomainName + "/preview"
		if c.PortalURL != nil {
			url = c.PortalURL(p.PortalId) + "/preview"
		}
		p.Preview = &resource.Preview{PreviewStatus: resource.PreviewInProgress, PreviewUrl: url}
		p.PreviewBegan = c.Now().UnixNano()
		return t.freezePortal(ctx, p, catalog.PreviewPage)
	})
	return nil, err
}

// freezePortal puts a portal and keeps what it shows from now on.
func (t *change) freezePortal(ctx context.Context, p *resource.Portal, name string) error {
	page := &resource.PortalPage{PortalId: p.PortalId, Portal: *p, From: t.Now().Add(resource.PortalDelay).UnixNano()}
	for _, arn := range p.IncludedPortalProductArns {
		product, err := t.product(ctx, arn)
		if err != nil {
			return err
		}
		shown, err := t.freezeProduct(ctx, product)
		if err != nil {
			return err
		}
		page.Products = append(page.Products, shown)
	}
	if err := catalog.PortalPages(t.region, p.PortalId).Put(ctx, t.tx, name, page); err != nil {
		return err
	}
	return catalog.Portals(t.region).Put(ctx, t.tx, p.PortalId, p)
}

func (t *change) freezeProduct(ctx context.Context, product *resource.PortalProduct) (resource.ProductOnPage, error) {
	shown := resource.ProductOnPage{Product: *product}
	pages, err := catalog.ProductPages(t.region, product.PortalProductId).All(ctx, t.tx)
	if err != nil {
		return shown, err
	}
	endpoints, err := catalog.ProductRestEndpointPages(t.region, product.PortalProductId).All(ctx, t.tx)
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

// owned refuses a request for the resources of another account.
func owned(r *wire.Request) error {
	if owner := r.Query.Get("resourceOwnerAccountId"); owner != "" && owner != r.Account {
		return fault.New(fault.NotFound, "Invalid PortalProduct identifier specified")
	}
	return nil
}

// own says whether a list wants what the account itself owns.
func own(r *wire.Request) bool { return !strings.HasPrefix(r.Query.Get("resourceOwner"), "OTHER") }
