package catalog

import (
	"strings"

	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/store"
)

// portal moves what portals are made of: the path of its key in place, and its body.
func (n *Renaming) portal(path []string, doc *store.Document) error {
	switch path[0] {
	case portals:
		renamed(&path[2], n.Portals)
		return edit(doc, func(p *resource.Portal) { n.shown(p) })
	case portalProducts:
		renamed(&path[2], n.Products)
		return edit(doc, func(p *resource.PortalProduct) { n.product(p) })
	case productPages:
		product := path[2]
		renamed(&path[2], n.Products)
		return edit(doc, func(p *resource.ProductPage) { n.page(product, p) })
	case endpointPages:
		product := path[2]
		renamed(&path[2], n.Products)
		return edit(doc, func(p *resource.ProductRestEndpointPage) { n.endpoint(product, p) })
	case sharingPolicies:
		renamed(&path[2], n.Products)
		return edit(doc, func(p *SharingPolicy) { renamed(&p.PortalProductId, n.Products) })
	case portalPages:
		renamed(&path[2], n.Portals)
		return edit(doc, n.published)
	}
	return nil
}

// published moves what a portal shows, which is a copy of everything.
func (n *Renaming) published(page *resource.PortalPage) {
	renamed(&page.PortalId, n.Portals)
	n.shown(&page.Portal)
	for i := range page.Products {
		on := &page.Products[i]
		// The pages' ARNs hold the former id, which is gone from the product in the next line.
		product := on.Product.PortalProductId
		n.product(&on.Product)
		for i := range on.Pages {
			n.page(product, &on.Pages[i])
		}
		for i := range on.Endpoints {
			n.endpoint(product, &on.Endpoints[i])
		}
	}
}

func (n *Renaming) shown(p *resource.Portal) {
	former := p.PortalId
	renamed(&p.PortalId, n.Portals)
	p.PortalArn = resource.PortalArn(n.Region, n.Account, p.PortalId)
	for i := range p.IncludedPortalProductArns {
		p.IncludedPortalProductArns[i] = n.arn(p.IncludedPortalProductArns[i])
	}
	// Its address has its id: what is filled in anew holds the new one.
	if e := p.EndpointConfiguration; e != nil && former != p.PortalId {
		e.PortalDefaultDomainName = strings.Replace(e.PortalDefaultDomainName, "p-"+former+".", "p-"+p.PortalId+".", 1)
	}
}

func (n *Renaming) product(p *resource.PortalProduct) {
	renamed(&p.PortalProductId, n.Products)
	p.PortalProductArn = resource.PortalProductArn(n.Region, n.Account, p.PortalProductId)
	order := p.DisplayOrder
	if order == nil {
		return
	}
	// An order may have no overview: an ARN that is made of nothing would name a page.
	if order.OverviewPageArn != "" {
		order.OverviewPageArn = n.arn(order.OverviewPageArn)
	}
	for i := range order.ProductPageArns {
		order.ProductPageArns[i] = n.arn(order.ProductPageArns[i])
	}
	for _, section := range order.Contents {
		for i := range section.ProductRestEndpointPageArns {
			section.ProductRestEndpointPageArns[i] = n.arn(section.ProductRestEndpointPageArns[i])
		}
	}
}

func (n *Renaming) page(product string, p *resource.ProductPage) {
	renamed(&product, n.Products)
	p.ProductPageArn = resource.ProductPageArn(n.Region, n.Account, product, p.ProductPageId)
}

func (n *Renaming) endpoint(product string, p *resource.ProductRestEndpointPage) {
	renamed(&product, n.Products)
	p.ProductRestEndpointPageArn = resource.ProductRestEndpointPageArn(n.Region, n.Account, product, p.ProductRestEndpointPageId)
	id := p.RestEndpointIdentifier
	if id == nil || id.IdentifierParts == nil {
		return
	}
	former := id.IdentifierParts.RestApiId
	n.api(&id.IdentifierParts.RestApiId)
	// The address that is filled in has the id too; one that an author wrote stays.
	if c := p.DisplayContent; c != nil && former != id.IdentifierParts.RestApiId {
		c.Endpoint = strings.Replace(c.Endpoint, "https://"+former+".execute-api.", "https://"+id.IdentifierParts.RestApiId+".execute-api.", 1)
	}
}

// arn is the ARN of a product, or of one of its pages, under the new id and account.
func (n *Renaming) arn(arn string) string {
	_, path, ok := resource.ParseArn(arn)
	// What is no product's ARN was not made here, and stays as its author wrote it.
	if !ok || len(path) < 2 || path[0] != "portalproducts" {
		return arn
	}
	renamed(&path[1], n.Products)
	return resource.PortalProductArn(n.Region, n.Account, path[1]) + strings.Join(append([]string{""}, path[2:]...), "/")
}
