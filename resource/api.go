package resource

// Api is one WebSocket or HTTP API: its protocol, how it selects routes, and its CORS rules.
type Api struct {
	ApiEndpoint               string            `json:"apiEndpoint,omitempty"`
	ApiGatewayManaged         *bool             `json:"apiGatewayManaged,omitempty"`
	ApiId                     string            `json:"apiId,omitempty"`
	ApiKeySelectionExpression string            `json:"apiKeySelectionExpression,omitempty"`
	CorsConfiguration         *Cors             `json:"corsConfiguration,omitempty"`
	CreatedDate               Time              `json:"createdDate,omitzero"`
	Description               string            `json:"description,omitempty"`
	DisableSchemaValidation   *bool             `json:"disableSchemaValidation,omitempty"`
	DisableExecuteApiEndpoint bool              `json:"disableExecuteApiEndpoint"`
	ImportInfo                []string          `json:"importInfo,omitempty"`
	IpAddressType             string            `json:"ipAddressType,omitempty"`
	Name                      string            `json:"name,omitempty"`
	ProtocolType              string            `json:"protocolType,omitempty"`
	RouteSelectionExpression  string            `json:"routeSelectionExpression,omitempty"`
	Tags                      map[string]string `json:"tags"`
	Version                   string            `json:"version,omitempty"`
	Warnings                  []string          `json:"warnings,omitempty"`
}

// Cors is the cross-origin policy of an HTTP API; MaxAge is in seconds, -1 to 86400.
type Cors struct {
	AllowCredentials *bool    `json:"allowCredentials,omitempty"`
	AllowHeaders     []string `json:"allowHeaders,omitempty"`
	AllowMethods     []string `json:"allowMethods,omitempty"`
	AllowOrigins     []string `json:"allowOrigins,omitempty"`
	ExposeHeaders    []string `json:"exposeHeaders,omitempty"`
	MaxAge           *int32   `json:"maxAge,omitempty"`
}
