package portal

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/dragoman-gateway/dragoman/management/control/family"
	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/store/catalog"
	"github.com/dragoman-gateway/dragoman/wire"
)

// EndpointPages are the pages of the REST endpoints of a portal product.
func EndpointPages() *family.Of[resource.ProductRestEndpointPage] {
	return &family.Of[resource.ProductRestEndpointPage]{
		Noun: "ProductRestEndpointPage", Label: "productRestEndpointPageId", At: inProduct(catalog.ProductRestEndpointPages), Serves: true,
		Id:       func(p *resource.ProductRestEndpointPage) *string { return &p.ProductRestEndpointPageId },
		IdLength: resource.PortalIdLength,
		Quota:    40, Many: "REST endpoint pages",
		Apply: applyEndpointPage, Show: showEndpointPages, Listed: summarizeEndpointPage,
		Check: func(_ context.Context, t *family.Change, p *resource.ProductRestEndpointPage) error {
			p.ProductRestEndpointPageArn = resource.ProductRestEndpointPageArn(t.Region, t.Request.Account, t.Below, p.ProductRestEndpointPageId)
			p.Fill(t.Region)
			return p.Validate()
		},
		Free: func(ctx context.Context, t *family.Change, id string) error {
			p, err := EndpointPages().Find(ctx, &t.Sight, id)
			if err != nil {
				return err
			}
			return leaveOrder(ctx, t, p.ProductRestEndpointPageArn)
		},
		Arn: func(_ *family.Sight, p *resource.ProductRestEndpointPage) string { return p.ProductRestEndpointPageArn },
	}
}

// applyEndpointPage applies what a request says of the page of an endpoint. What it
// says of the endpoint itself counts when the page is made: an update cannot say it.
func applyEndpointPage(t *family.Change, noun *resource.ProductRestEndpointPage) error {
	r := t.Request
	// Documented: the identifier is a member of CreateProductRestEndpointPage alone (API
	// Gateway V2 API Reference).
	if err := r.Decode("restEndpointIdentifier", &noun.RestEndpointIdentifier); err != nil {
		return err
	}
	if r.Has("tryItState") {
		noun.TryItState = r.String("tryItState")
	}
	noun.LastModified = resource.At(t.Now())
	return applyContent(r, noun)
}

// endpointContent is how a request says what the page of an endpoint shows.
type endpointContent struct {
	None      *struct{}                                `json:"none"`
	Overrides *resource.EndpointDisplayContentResponse `json:"overrides"`
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
	// Documented: API Gateway V2 API Reference, EndpointDisplayContent: either what the
	// endpoint itself says, or texts instead of it.
	if (asked.None == nil) == (asked.Overrides == nil) {
		return family.BadRequest("Invalid value specified for DisplayContent: exactly one of None and Overrides is required")
	}
	noun.DisplayContent = asked.Overrides
	return nil
}

// showEndpointPages adds the raw content where a caller asks for it (API Gateway V2 API
// Reference, GetProductRestEndpointPage, includeRawDisplayContent).
func showEndpointPages(_ context.Context, _ *family.Plane, r *wire.Request, pages ...*resource.ProductRestEndpointPage) error {
	if r.Operation.Name != "GetProductRestEndpointPage" || !strings.EqualFold(r.Query.Get("includeRawDisplayContent"), "true") {
		return nil
	}
	for _, p := range pages {
		// Assumed: what the raw form is; AWS documents that it is a text.
		raw, err := json.Marshal(p.DisplayContent)
		if err != nil {
			return err
		}
		p.RawDisplayContent = string(raw)
	}
	return nil
}

// endpointSummary is the page of an endpoint as lists show it.
//
// Documented: API Gateway V2 API Reference, ListProductRestEndpointPages.
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

func summarizeEndpointPage(p *resource.ProductRestEndpointPage) any {
	return endpointSummary{p.DisplayContent.Endpoint, p.LastModified, p.DisplayContent.OperationName, p.ProductRestEndpointPageArn,
		p.ProductRestEndpointPageId, p.RestEndpointIdentifier, p.Status, p.StatusException, p.TryItState}
}
