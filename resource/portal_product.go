package resource

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
	ProductRestEndpointPageArns []string `json:"productRestEndpointPageArns,omitempty"`
	SectionName                 string   `json:"sectionName,omitempty"`
}
