package resource

import "slices"

// PortalProduct groups documentation pages that portals include.
type PortalProduct struct {
	Description      string            `json:"description,omitempty"`
	DisplayName      string            `json:"displayName,omitempty"`
	DisplayOrder     *DisplayOrder     `json:"displayOrder,omitempty"`
	LastModified     Time              `json:"lastModified,omitzero"`
	PortalProductArn string            `json:"portalProductArn,omitempty"`
	PortalProductId  string            `json:"portalProductId,omitempty"`
	Tags             map[string]string `json:"tags"`
}

// DisplayOrder is the order in which a product shows its pages.
type DisplayOrder struct {
	Contents        []Section `json:"contents,omitempty"`
	OverviewPageArn string    `json:"overviewPageArn,omitempty"`
	ProductPageArns []string  `json:"productPageArns,omitempty"`
}

// Section is a named group of REST endpoint pages.
type Section struct {
	ProductRestEndpointPageArns []string `json:"productRestEndpointPageArns"`
	SectionName                 string   `json:"sectionName,omitempty"`
}

// Fill sets what AWS sets where a caller set nothing.
func (p *PortalProduct) Fill(region, account string) {
	p.PortalProductArn = PortalProductArn(region, account, p.PortalProductId)
	if p.Tags == nil {
		p.Tags = map[string]string{}
	}
}

// Validate holds a product to its rules. The pages that its order names are looked up elsewhere.
func (p *PortalProduct) Validate() error {
	if err := first(length("DisplayName", p.DisplayName, 1, 255), length("Description", p.Description, 0, 1024), ValidateTags(p.Tags)); err != nil {
		return err
	}
	if p.DisplayOrder == nil {
		return nil
	}
	names := map[string]bool{}
	for _, s := range p.DisplayOrder.Contents {
		if s.SectionName == "" || names[s.SectionName] {
			return bad("Invalid value specified for DisplayOrder: every section needs a name of its own, got %q", s.SectionName)
		}
		names[s.SectionName] = true
	}
	return nil
}

// Arns lists the pages that an order names: free pages, and pages of endpoints.
func (o *DisplayOrder) Arns() (pages, endpoints []string) {
	if o == nil {
		return nil, nil
	}
	if o.OverviewPageArn != "" {
		pages = append(pages, o.OverviewPageArn)
	}
	pages = append(pages, o.ProductPageArns...)
	for _, s := range o.Contents {
		endpoints = append(endpoints, s.ProductRestEndpointPageArns...)
	}
	return pages, endpoints
}

// Without takes a page out of an order.
func (o *DisplayOrder) Without(arn string) {
	if o == nil {
		return
	}
	if o.OverviewPageArn == arn {
		o.OverviewPageArn = ""
	}
	is := func(s string) bool { return s == arn }
	o.ProductPageArns = slices.DeleteFunc(o.ProductPageArns, is)
	for i := range o.Contents {
		o.Contents[i].ProductRestEndpointPageArns = slices.DeleteFunc(o.Contents[i].ProductRestEndpointPageArns, is)
	}
}
