package resource

import (
	"slices"
	"strings"
)

// ProductRestEndpointPage documents one REST endpoint.
type ProductRestEndpointPage struct {
	DisplayContent             *EndpointDisplayContentResponse `json:"displayContent,omitempty"`
	LastModified               Time                            `json:"lastModified,omitzero"`
	ProductRestEndpointPageArn string                          `json:"productRestEndpointPageArn,omitempty"`
	ProductRestEndpointPageId  string                          `json:"productRestEndpointPageId,omitempty"`
	RawDisplayContent          string                          `json:"rawDisplayContent,omitempty"`
	RestEndpointIdentifier     *RestEndpointIdentifier         `json:"restEndpointIdentifier,omitempty"`
	Status                     string                          `json:"status,omitempty"`
	StatusException            *StatusException                `json:"statusException,omitempty"`
	TryItState                 string                          `json:"tryItState,omitempty"`
}

// EndpointDisplayContentResponse is what the page of an endpoint shows.
type EndpointDisplayContentResponse struct {
	Body          string `json:"body,omitempty"`
	Endpoint      string `json:"endpoint,omitempty"`
	OperationName string `json:"operationName,omitempty"`
}

// RestEndpointIdentifier names the endpoint that a page documents.
type RestEndpointIdentifier struct {
	IdentifierParts *IdentifierParts `json:"identifierParts,omitempty"`
}

// IdentifierParts are the API, stage, path and method of an endpoint.
type IdentifierParts struct {
	Method    string `json:"method,omitempty"`
	Path      string `json:"path,omitempty"`
	RestApiId string `json:"restApiId,omitempty"`
	Stage     string `json:"stage,omitempty"`
}

// Fill sets what is shown where a caller overrode nothing.
// Assumed: the words; AWS takes them from the definition of the REST API, and such
// APIs are not kept here.
func (p *ProductRestEndpointPage) Fill(region string) {
	p.Status = "AVAILABLE"
	if p.TryItState == "" {
		p.TryItState = "ENABLED"
	}
	if p.RestEndpointIdentifier == nil || p.RestEndpointIdentifier.IdentifierParts == nil {
		return
	}
	if p.DisplayContent == nil {
		p.DisplayContent = &EndpointDisplayContentResponse{}
	}
	if id := p.RestEndpointIdentifier.IdentifierParts; p.DisplayContent.Endpoint == "" {
		p.DisplayContent.Endpoint = "https://" + id.RestApiId + ".execute-api." + region + ".amazonaws.com/" + id.Stage + id.Path
	}
}

// Validate holds the page of an endpoint to its rules.
func (p *ProductRestEndpointPage) Validate() error {
	if p.RestEndpointIdentifier == nil || p.RestEndpointIdentifier.IdentifierParts == nil {
		return bad("RestEndpointIdentifier with IdentifierParts is required")
	}
	id := p.RestEndpointIdentifier.IdentifierParts
	switch {
	case !slices.Contains(methods, id.Method):
		return bad("Invalid value specified for Method: must be one of [%s]", strings.Join(methods, ", "))
	case !strings.HasPrefix(id.Path, "/"):
		return bad("Invalid value specified for Path: must begin with /")
	case id.RestApiId == "" || id.Stage == "":
		return bad("RestApiId and Stage are required")
	}
	return oneOf("TryItState", p.TryItState, "ENABLED", "DISABLED")
}
