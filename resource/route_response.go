package resource

// RouteResponse makes a WebSocket route two-way; only the key $default exists.
type RouteResponse struct {
	ModelSelectionExpression string                          `json:"modelSelectionExpression,omitempty"`
	ResponseModels           map[string]string               `json:"responseModels,omitempty"`
	ResponseParameters       map[string]ParameterConstraints `json:"responseParameters,omitempty"`
	RouteResponseId          string                          `json:"routeResponseId,omitempty"`
	RouteResponseKey         string                          `json:"routeResponseKey,omitempty"`
}

// Validate holds a route response to the only key that exists and to the form of its parameters.
func (r *RouteResponse) Validate() error {
	if r.RouteResponseKey != DefaultKey {
		return bad("Currently, only %s is supported as a RouteResponseKey.", DefaultKey)
	}
	for _, name := range sortedKeys(r.ResponseParameters) {
		if !hasPrefix(name, "route.response.header.", "method.response.header.") {
			return bad("Invalid mapping expression specified: %q in ResponseParameters must have the form route.response.header.{name}", name)
		}
	}
	return nil
}
