package clone

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/dragoman-gateway/dragoman/client"
	"github.com/dragoman-gateway/dragoman/resource"
)

// product is a portal product as it was read.
type product struct {
	resource.ProductOnPage
	policy  string // by which it is shared, "" for none
	refused bool   // the rules did not take it
}

func (p *product) title() string {
	return "portal product " + p.Product.DisplayName + " (" + p.Product.PortalProductId + ")"
}

// developers is what a region has for developers: portals, and what they show.
type developers struct {
	products []*product
	portals  []resource.Portal
}

// developers reads all portals and products of the region. They belong to none of its
// APIs: a product documents REST APIs.
// Documented: API Gateway Developer Guide, API Gateway portals.
func (r *reader) developers(ctx context.Context) (*developers, error) {
	d := &developers{}
	if err := r.portals(ctx, d); err != nil {
		return nil, err
	}
	if err := r.products(ctx, d); err != nil {
		return nil, err
	}
	sorted(d.portals, func(p *resource.Portal) string { return p.PortalId })
	slices.SortStableFunc(d.products, func(a, b *product) int {
		return strings.Compare(a.Product.PortalProductId, b.Product.PortalProductId)
	})
	return d, nil
}

func (r *reader) portals(ctx context.Context, d *developers) error {
	r.progress("portals")
	found, err := offered(ctx, r, "portals", r.Client.Portals(ctx, nil))
	for i := range found {
		s := &found[i]
		p := resource.Portal{
			PortalId: s.PortalId, PortalArn: s.PortalArn, Authorization: s.Authorization, EndpointConfiguration: s.EndpointConfiguration,
			IncludedPortalProductArns: s.IncludedPortalProductArns, PortalContent: s.PortalContent, RumAppMonitorName: s.RumAppMonitorName, Tags: s.Tags,
			LastModified: s.LastModified, LastPublished: s.LastPublished, LastPublishedDescription: s.LastPublishedDescription, PublishStatus: s.PublishStatus,
		}
		r.shapePortal(&p)
		d.portals = append(d.portals, p)
	}
	return err
}

// shapePortal gives a portal the form that documents have, and tells what it loses.
func (r *reader) shapePortal(p *resource.Portal) {
	name := portalTitle(p)
	r.tags(name, p.Tags)
	switch p.PublishStatus {
	// One whose end failed still shows what it showed.
	case resource.Published, resource.PublishInProgress, "DISABLE_FAILED":
		p.PublishStatus = resource.Published
		r.report.note(name, "it shows its products as they are now: what was published is told to nobody")
	case "PUBLISH_FAILED":
		p.PublishStatus = resource.Disabled
		r.report.note(name, "its last publication failed; here it is not published")
	default:
		p.PublishStatus = resource.Disabled
	}
	// Documented: the logo is a member of requests alone (API Gateway V2 API Reference,
	// CreatePortal, logoUri).
	if c := p.PortalContent; c != nil && c.Theme != nil && !c.Theme.LogoLastUploaded.IsZero() {
		c.Theme.LogoLastUploaded = resource.Time{}
		r.report.left(name, "its logo, which AWS gives to nobody")
	}
	if e := p.EndpointConfiguration; e != nil && e.DomainName != "" {
		r.report.note(name, "its own domain %s is kept and not served: here a portal is at /_dragoman/portals/%s", e.DomainName, p.PortalId)
	}
	if p.Authorization != nil && p.Authorization.CognitoConfig != nil {
		r.report.note(name, "its sign-in through Cognito is kept; nobody can sign in here, so that its page answers 403")
	}
}

func portalTitle(p *resource.Portal) string {
	if p.PortalContent == nil || p.PortalContent.DisplayName == "" {
		return "portal " + p.PortalId
	}
	return "portal " + p.PortalContent.DisplayName + " (" + p.PortalId + ")"
}

// products reads the products of the account itself: others may share theirs with it.
// Documented: API Gateway Developer Guide, Share your portal product with a portal owner.
func (r *reader) products(ctx context.Context, d *developers) error {
	r.progress("portal products")
	found, err := offered(ctx, r, "portal products", r.PortalProducts(ctx, nil))
	if err != nil {
		return err
	}
	own := ""
	if len(d.portals) > 0 {
		own = accountIn(d.portals[0].PortalArn)
	}
	for i := range found {
		if account := accountIn(found[i].PortalProductArn); own != "" && account != "" && account != own {
			r.report.left("portal product "+found[i].DisplayName+" ("+found[i].PortalProductId+")", "it is shared by the account %s, and is that account's", account)
			continue
		}
		p, err := r.product(ctx, found[i].PortalProductId)
		if err != nil {
			return err
		}
		if p != nil {
			d.products = append(d.products, p)
		}
	}
	return nil
}

// accountIn is the account that an ARN names, "" for none.
func accountIn(arn string) string {
	if m := accountInArn.FindStringSubmatch(arn); m != nil {
		return m[1]
	}
	return ""
}

// product reads one product with its pages and its policy; nil when it could not be
// read, which is told. Lists have neither orders nor texts.
func (r *reader) product(ctx context.Context, id string) (*product, error) {
	owner := "portal product " + id
	r.progress("%s", owner)
	found, err := r.GetPortalProduct(ctx, &client.GetPortalProductInput{PortalProductId: id})
	if err != nil {
		return nil, r.unread(ctx, owner, err)
	}
	p := &product{ProductOnPage: resource.ProductOnPage{Product: *found}}
	r.tags(p.title(), p.Product.Tags)
	if err := r.pages(ctx, p); err != nil {
		return nil, err
	}
	if err := r.endpoints(ctx, p); err != nil {
		return nil, err
	}
	policy, err := r.GetPortalProductSharingPolicy(ctx, &client.GetPortalProductSharingPolicyInput{PortalProductId: id})
	if _, none := errors.AsType[*client.NotFoundException](err); none { // most are shared with nobody
		return p, nil
	}
	if err != nil {
		return p, r.unread(ctx, p.title(), err)
	}
	p.policy = policy.PolicyDocument
	return p, nil
}

func (r *reader) pages(ctx context.Context, p *product) error {
	id := p.Product.PortalProductId
	found, err := all(ctx, r, p.title(), r.ProductPages(ctx, &client.ListProductPagesInput{PortalProductId: id}))
	if err != nil {
		return err
	}
	for _, page := range found {
		whole, err := r.GetProductPage(ctx, &client.GetProductPageInput{PortalProductId: id, ProductPageId: page.ProductPageId})
		if err == nil {
			p.Pages = append(p.Pages, *whole)
		} else if err := r.unread(ctx, p.title(), err); err != nil {
			return err
		}
	}
	sorted(p.Pages, func(page *resource.ProductPage) string { return page.ProductPageId })
	return nil
}

func (r *reader) endpoints(ctx context.Context, p *product) error {
	id := p.Product.PortalProductId
	found, err := all(ctx, r, p.title(), r.ProductRestEndpointPages(ctx, &client.ListProductRestEndpointPagesInput{PortalProductId: id}))
	if err != nil {
		return err
	}
	for _, page := range found {
		in := &client.GetProductRestEndpointPageInput{PortalProductId: id, ProductRestEndpointPageId: page.ProductRestEndpointPageId}
		whole, err := r.GetProductRestEndpointPage(ctx, in)
		if err != nil {
			if err := r.unread(ctx, p.title(), err); err != nil {
				return err
			}
			continue
		}
		whole.RawDisplayContent, whole.StatusException = "", nil
		p.Endpoints = append(p.Endpoints, *whole)
	}
	sorted(p.Endpoints, func(page *resource.ProductRestEndpointPage) string { return page.ProductRestEndpointPageId })
	return nil
}

// account is the one that portals and products belong to, "" where there are none.
func (d *developers) account() string {
	for i := range d.portals {
		if own := accountIn(d.portals[i].PortalArn); own != "" {
			return own
		}
	}
	for _, p := range d.products {
		if own := accountIn(p.Product.PortalProductArn); own != "" {
			return own
		}
	}
	return ""
}

// readdress gives everything the ARNs that it has in the document, for they hold its
// account, and takes away what they name no more.
func (d *developers) readdress(region, account string, report *Report) {
	there := map[string]string{} // the product that a product's former ARN names now
	for _, p := range d.products {
		id := p.Product.PortalProductId
		there[p.Product.PortalProductArn] = resource.PortalProductArn(region, account, id)
		p.readdress(region, account, report)
	}
	for i := range d.portals {
		p := &d.portals[i]
		p.PortalArn = ""
		p.IncludedPortalProductArns = slices.DeleteFunc(p.IncludedPortalProductArns, func(arn string) bool {
			if there[arn] == "" {
				report.left(portalTitle(p), "the product %s, which is not copied", short(arn))
			}
			return there[arn] == ""
		})
		for n, arn := range p.IncludedPortalProductArns {
			p.IncludedPortalProductArns[n] = there[arn]
		}
	}
}

// readdress is that of a product: what its order names.
func (p *product) readdress(region, account string, report *Report) {
	id, there := p.Product.PortalProductId, map[string]string{}
	p.Product.PortalProductArn = ""
	for i := range p.Pages {
		page := &p.Pages[i]
		there[page.ProductPageArn], page.ProductPageArn = resource.ProductPageArn(region, account, id, page.ProductPageId), ""
	}
	for i := range p.Endpoints {
		page := &p.Endpoints[i]
		there[page.ProductRestEndpointPageArn] = resource.ProductRestEndpointPageArn(region, account, id, page.ProductRestEndpointPageId)
		page.ProductRestEndpointPageArn = ""
	}
	order := p.Product.DisplayOrder
	if order == nil {
		return
	}
	pages, endpoints := order.Arns()
	for _, arn := range append(pages, endpoints...) {
		if there[arn] == "" {
			order.Without(arn)
			report.left(p.title(), "the place of a page in its order: %s is not copied", short(arn))
		}
	}
	if order.OverviewPageArn != "" {
		order.OverviewPageArn = there[order.OverviewPageArn]
	}
	for n, arn := range order.ProductPageArns {
		order.ProductPageArns[n] = there[arn]
	}
	for _, section := range order.Contents {
		for n, arn := range section.ProductRestEndpointPageArns {
			section.ProductRestEndpointPageArns[n] = there[arn]
		}
	}
}

// absent says whether a server does not have an operation at all: it is older than
// portals, or imitates AWS without them.
func absent(err error) bool {
	response, ok := errors.AsType[*client.ResponseError](err)
	if !ok {
		return false
	}
	switch response.StatusCode {
	case http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusNotImplemented:
		return true
	}
	// Observed: AWS answers so for paths that it does not have. That the key is good has
	// been seen by then.
	return response.Code == "MissingAuthenticationTokenException"
}
