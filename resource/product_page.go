package resource

// ProductPage is a free page of a product.
type ProductPage struct {
	DisplayContent *DisplayContent `json:"displayContent,omitempty"`
	LastModified   Time            `json:"lastModified,omitzero"`
	ProductPageArn string          `json:"productPageArn,omitempty"`
	ProductPageId  string          `json:"productPageId,omitempty"`
}

// DisplayContent is the title and Markdown body of a page.
type DisplayContent struct {
	Body  string `json:"body,omitempty"`
	Title string `json:"title,omitempty"`
}

// Validate holds a page to its lengths.
func (p *ProductPage) Validate() error {
	if p.DisplayContent == nil {
		return bad("DisplayContent is required")
	}
	return first(length("Title", p.DisplayContent.Title, 1, 255), length("Body", p.DisplayContent.Body, 1, 32768))
}
