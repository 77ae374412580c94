package resource

// Route selects an integration for a message or request, and says who may use it.
type Route struct {
	ApiGatewayManaged                *bool                           `json:"apiGatewayManaged,omitempty"`
	ApiKeyRequired                   bool                            `json:"apiKeyRequired"`
	AuthorizationScopes              []string                        `json:"authorizationScopes,omitempty"`
	AuthorizationType                string                          `json:"authorizationType,omitempty"`
	AuthorizerId                     string                          `json:"authorizerId,omitempty"`
	ModelSelectionExpression         string                          `json:"modelSelectionExpression,omitempty"`
	OperationName                    string                          `json:"operationName,omitempty"`
	RequestModels                    map[string]string               `json:"requestModels,omitempty"`
	RequestParameters                map[string]ParameterConstraints `json:"requestParameters,omitempty"`
	RouteId                          string                          `json:"routeId,omitempty"`
	RouteKey                         string                          `json:"routeKey,omitempty"`
	RouteResponseSelectionExpression string                          `json:"routeResponseSelectionExpression,omitempty"`
	Target                           string                          `json:"target,omitempty"`
}

// ParameterConstraints says whether a request parameter must be present.
type ParameterConstraints struct {
	Required bool `json:"required"`
}
