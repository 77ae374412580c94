package portal

import (
	"context"

	"github.com/dragoman-gateway/dragoman/management/control/family"
	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/store/catalog"
	"github.com/dragoman-gateway/dragoman/wire"
)

// Portals are the portals of a region.
//
// Documented: API Gateway V2 API Reference, Portals; API Gateway Developer Guide, API
// Gateway portals. The counts are those of its quotas.
func Portals() *family.Of[resource.Portal] {
	return &family.Of[resource.Portal]{
		Noun: "Portal", Label: "portalId", At: family.InRegion(catalog.Portals), Serves: true,
		Id:       func(p *resource.Portal) *string { return &p.PortalId },
		IdLength: resource.PortalIdLength,
		Quota:    15, Many: "portals",
		Open: openPortal, Apply: applyPortal, Check: checkPortal, Free: freePortal,
		Arn: func(_ *family.Sight, p *resource.Portal) string { return p.PortalArn },
		Show: func(_ context.Context, m *family.Plane, _ *wire.Request, portals ...*resource.Portal) error {
			for _, p := range portals {
				p.Show(m.Now())
			}
			return nil
		},
	}
}

// openPortal refuses to change a portal that is being changed.
func openPortal(t *family.Change, p *resource.Portal) error {
	// What was under way may have ended since it was stored: the status goes by the clock.
	if p.Settle(t.Now()); p.Busy() {
		return family.Conflict("The portal %s is being changed: its status is %s", p.PortalId, p.PublishStatus)
	}
	return nil
}

// applyPortal applies a request. The endpoint is applied apart, for requests and answers have
// different forms of it (API Gateway V2 API Reference, EndpointConfigurationRequest and
// EndpointConfigurationResponse).
func applyPortal(t *family.Change, noun *resource.Portal) error {
	r, now := t.Request, resource.At(t.Now())
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
		// Documented: logoLastUploaded is read-only, and told for a logo alone (API Gateway V2
		// API Reference, PortalTheme).
		theme.LogoLastUploaded = resource.Time{}
		if noun.LogoUri != "" {
			theme.LogoLastUploaded = now
		}
		// A copy: the theme may be shared with the page that was published.
		noun.PortalContent.Theme = &theme
	}
	return nil
}

// endpointRequest is how a request says where a portal is to be reached.
type endpointRequest struct {
	AcmManaged *resource.ACMManaged `json:"acmManaged"`
	None       *struct{}            `json:"none"`
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
	// Documented: a choice of two, of which none is an empty object (API Gateway V2 API
	// Reference, EndpointConfigurationRequest).
	if (asked.AcmManaged == nil) == (asked.None == nil) {
		return family.BadRequest("Invalid value specified for EndpointConfiguration: exactly one of AcmManaged and None is required")
	}
	noun.EndpointConfiguration = &resource.EndpointConfigurationResponse{}
	if acm := asked.AcmManaged; acm != nil {
		noun.EndpointConfiguration.CertificateArn, noun.EndpointConfiguration.DomainName = acm.CertificateArn, acm.DomainName
	}
	return nil
}

// checkPortal holds a portal to its rules. A product that is not there is refused when it is
// named: at the time of publishing its author may be somebody else.
func checkPortal(ctx context.Context, t *family.Change, noun *resource.Portal) error {
	noun.Fill(t.Region, t.Request.Account)
	if err := noun.Validate(); err != nil {
		return err
	}
	for _, arn := range noun.IncludedPortalProductArns {
		if _, err := product(ctx, t, arn); err != nil {
			return err
		}
	}
	return nil
}

// product looks up the product that an ARN names.
func product(ctx context.Context, t *family.Change, arn string) (*resource.PortalProduct, error) {
	_, path, ok := resource.ParseArn(arn)
	if !ok || len(path) != 2 || path[0] != "portalproducts" {
		return nil, family.BadRequest("Invalid ARN specified in the request: %s is not that of a portal product", arn)
	}
	found, err := family.Find(ctx, t.Tx, catalog.PortalProducts(t.Region), "PortalProduct", path[1])
	// The whole ARN must be right, account and region too: the id alone might be that of
	// another account's product.
	if family.IsNotFound(err) || err == nil && found.PortalProductArn != arn {
		return nil, family.BadRequest("Invalid PortalProduct identifier specified: %s", arn)
	}
	return found, err
}

// freePortal lets go of a portal that is not published, and takes its preview along.
func freePortal(ctx context.Context, t *family.Change, id string) error {
	p, err := Portals().Opened(ctx, t)
	if err != nil {
		return err
	}
	if p.PublishStatus != resource.Disabled {
		// Assumed: that it must be disabled first is documented, the text is not.
		return family.BadRequest("The portal %s must be disabled before it can be deleted", id)
	}
	// Documented: a portal that is disabled has no published page (API Gateway V2 API
	// Reference, DisablePortal); a preview may be there still.
	return catalog.PortalPages(t.Region, id).Clear(ctx, t.Tx)
}
