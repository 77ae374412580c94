package resource

// RouteResponse makes a WebSocket route two-way; only the key $default exists.
type RouteResponse struct {
	ModelSelectionExpression string                          `json:"modelSelectionExpression,omitempty"`
	ResponseModels           map[string]string               `json:"responseModels,omitempty"`
	ResponseParameters       map[string]ParameterConstraints `json:"responseParameters,omitempty"`
	RouteResponseId          string                          `json:"routeResponseId,omitempty"`
	RouteResponseKey         string                          `json:"routeResponseKey,omitempty"`
}
