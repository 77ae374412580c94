package resource

import (
	"slices"
	"strings"
)

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

// Cors is the cross-origin policy of an HTTP API; MaxAge is in seconds, -1 to
// 86400. Nil slices are members that nobody set.
//
// Documented: API Gateway V2 API Reference, Cors.
// Observed: an object without members is kept by CreateApi, and only
// DeleteCorsConfiguration takes a policy away.
type Cors struct {
	AllowCredentials *bool    `json:"allowCredentials,omitempty"`
	AllowHeaders     []string `json:"allowHeaders,omitempty"`
	AllowMethods     []string `json:"allowMethods,omitempty"`
	AllowOrigins     []string `json:"allowOrigins,omitempty"`
	ExposeHeaders    []string `json:"exposeHeaders,omitempty"`
	MaxAge           *int32   `json:"maxAge,omitempty"`
}

// Selection expressions that need no choosing.
//
// Documented: API Gateway Developer Guide, WebSocket selection expressions: these
// two are the only sources of an API key. HTTP APIs have one route selection
// expression.
const (
	HTTPRouteSelection = "$request.method $request.path"
	ApiKeyFromHeader   = "$request.header.x-api-key"
	ApiKeyFromContext  = "$context.authorizer.usageIdentifierKey"
)

// Fill sets what AWS sets where a caller set nothing. Terraform compares what it
// wrote with what it reads, so defaults have to be there from the first answer
// on.
//
// Observed: the header names of CORS rules come back in lower case, methods and
// origins as they were written.
func (a *Api) Fill() {
	if a.ApiKeySelectionExpression == "" {
		a.ApiKeySelectionExpression = ApiKeyFromHeader
	}
	if a.ProtocolType == HTTP && a.RouteSelectionExpression == "" {
		a.RouteSelectionExpression = HTTPRouteSelection
	}
	if a.IpAddressType == "" {
		a.IpAddressType = "ipv4"
	}
	if a.Tags == nil {
		a.Tags = map[string]string{}
	}
	if c := a.CorsConfiguration; c != nil {
		c.AllowHeaders, c.ExposeHeaders = lower(c.AllowHeaders), lower(c.ExposeHeaders)
	}
}

// Empty reports whether no rule is set. An update with an empty policy changes
// nothing, which is why absent and empty lists are told apart.
func (c *Cors) Empty() bool {
	return c == nil || c.AllowCredentials == nil && c.AllowHeaders == nil && c.AllowMethods == nil &&
		c.AllowOrigins == nil && c.ExposeHeaders == nil && c.MaxAge == nil
}

// Validate holds an API to the rules of its protocol. Selection expressions of
// WebSocket APIs are a language and are checked where languages are known.
func (a *Api) Validate() error {
	if a.ProtocolType != HTTP && a.ProtocolType != WebSocket {
		return bad("Invalid protocol specified. Must be one of [HTTP, WEBSOCKET]")
	}
	return first(
		length("Name", a.Name, 1, 128),
		length("Description", a.Description, 0, 1024),
		length("Version", a.Version, 0, 64),
		oneOf("IpAddressType", a.IpAddressType, "ipv4", "dualstack"),
		a.validateSelection(),
		a.validateProtocol(),
		a.CorsConfiguration.validate(),
		ValidateTags(a.Tags),
	)
}

// Documented: API Gateway Developer Guide, WebSocket selection expressions.
// WebSocket APIs have no default: only its author knows which member of a message
// names the action.
// Observed: expressions are taken with and without braces.
func (a *Api) validateSelection() error {
	switch a.ApiKeySelectionExpression {
	case "", ApiKeyFromHeader, ApiKeyFromContext, "${request.header.x-api-key}", "${context.authorizer.usageIdentifierKey}":
	default:
		return bad("Invalid API key selection expression specified. Must be one of [%s, %s]", ApiKeyFromHeader, ApiKeyFromContext)
	}
	if a.ProtocolType == WebSocket {
		if a.RouteSelectionExpression == "" {
			return bad("Invalid routeSelectionExpression")
		}
		return nil
	}
	switch a.RouteSelectionExpression {
	case HTTPRouteSelection, "${request.method} ${request.path}":
		return nil
	}
	return bad("Invalid route selection expression specified for an HTTP API: must be %s", HTTPRouteSelection)
}

// Handshakes of WebSockets are not subject to CORS, and HTTP APIs have no models
// whose validation could be switched off.
// Observed: the text about CORS.
func (a *Api) validateProtocol() error {
	switch {
	case a.ProtocolType == WebSocket && a.CorsConfiguration != nil:
		return bad("Cors is not supported for WEBSOCKET protocolType")
	case a.ProtocolType == HTTP && isTrue(a.DisableSchemaValidation):
		return bad("DisableSchemaValidation is only supported for WEBSOCKET protocol APIs")
	}
	return nil
}

// A browser does not take a wildcard for an answer to a request with credentials
// (Fetch Standard, CORS protocol and credentials), so AWS refuses the pair.
// Observed: that text.
func (c *Cors) validate() error {
	if c == nil {
		return nil
	}
	if isTrue(c.AllowCredentials) && slices.Contains(c.AllowOrigins, "*") {
		return bad("allow-credentials is not supported if 'allow-origin' is *")
	}
	if c.MaxAge != nil && (*c.MaxAge < -1 || *c.MaxAge > 86400) {
		return bad("Invalid value specified for MaxAge: must be between -1 and 86400")
	}
	// An item with a line break would end the header that it is sent in (RFC 9110
	// section 5.5).
	for _, list := range []struct {
		member string
		items  []string
	}{{"AllowHeaders", c.AllowHeaders}, {"AllowMethods", c.AllowMethods}, {"AllowOrigins", c.AllowOrigins}, {"ExposeHeaders", c.ExposeHeaders}} {
		if slices.ContainsFunc(list.items, func(s string) bool { return strings.TrimSpace(s) == "" || strings.ContainsAny(s, "\r\n\x00") }) {
			return bad("Invalid value specified for %s: an item is empty or spans lines", list.member)
		}
	}
	return nil
}

func lower(names []string) []string {
	for i, n := range names {
		names[i] = strings.ToLower(n)
	}
	return names
}
