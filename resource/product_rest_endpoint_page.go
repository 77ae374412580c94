package resource

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
