package resource

import (
	"regexp"
	"strings"
)

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

// Fill sets what AWS sets where a caller set nothing.
func (r *Route) Fill() {
	if r.AuthorizationType == "" {
		r.AuthorizationType = AuthNone
	}
}

// IntegrationId is the integration that Target names, as in integrations/abc1234;
// ok is false when Target is empty or of another form.
func (r *Route) IntegrationId() (id string, ok bool) {
	id, ok = strings.CutPrefix(r.Target, "integrations/")
	return id, ok && id != "" && !strings.Contains(id, "/")
}

// Validate holds a route to the rules of its API's protocol. What it refers to is
// looked up elsewhere. perRoute lets every route of a WebSocket API that clients send to
// ask for authorization, which AWS has on $connect alone.
func (r *Route) Validate(protocol string, perRoute bool) error {
	if err := ValidateRouteKey(protocol, r.RouteKey); err != nil {
		return err
	}
	if _, ok := r.IntegrationId(); r.Target != "" && !ok {
		return bad("Unexpected or malformed target in route. Correct format should be integrations/<integration_id>.")
	}
	if err := first(length("OperationName", r.OperationName, 0, 64), length("Target", r.Target, 0, 128), r.validateAuth(protocol, perRoute)); err != nil {
		return err
	}
	if protocol == HTTP {
		return r.validateHTTP()
	}
	if r.RouteResponseSelectionExpression != "" && r.RouteResponseSelectionExpression != DefaultKey {
		return bad("Invalid route response selection expression specified: only %s is supported", DefaultKey)
	}
	return r.validateParameters()
}

// A connection is authorized once, when it is made; messages then come from a
// caller that is known.
// Documented: API Gateway Developer Guide, Control and manage access to WebSocket
// APIs.
// Observed: the texts about $connect and about scopes.
func (r *Route) validateAuth(protocol string, perRoute bool) error {
	perRoute = perRoute && protocol == WebSocket
	switch r.AuthorizationType {
	case AuthNone, AuthIAM, AuthCustom:
	case AuthJWT:
		if protocol == WebSocket && r.RouteKey == ConnectKey && !perRoute {
			return bad("Invalid authorization type specified. Must be one of [NONE, AWS_IAM, CUSTOM] for WEBSOCKET protocol APIs")
		}
	default:
		return bad("Invalid authorization type specified. Must be one of [NONE, AWS_IAM, CUSTOM, JWT]")
	}
	// Observed: the id of an authorizer alone is taken on any route. It authorizes
	// nothing while the type is NONE.
	switch asks := protocol == WebSocket && r.AuthorizationType != AuthNone; {
	case asks && !perRoute && r.RouteKey != ConnectKey:
		return bad("Currently, authorization is restricted to the %s route only", ConnectKey)
	// Nobody sends a $disconnect: it tells of a client that is gone, and a refusal would hide that.
	case asks && r.RouteKey == DisconnectKey:
		return bad("Authorization is not supported on the %s route, to which no client sends", DisconnectKey)
	}
	if len(r.AuthorizationScopes) > 0 && r.AuthorizationType != AuthJWT {
		return bad("Invalid Route authorization type specified. Authorization Scopes are only valid for COGNITO_USER_POOLS and JWT authorization types")
	}
	for _, scope := range r.AuthorizationScopes {
		if err := length("AuthorizationScopes", scope, 1, 64); err != nil {
			return err
		}
	}
	return nil
}

// Documented: API Gateway Developer Guide, Choose between REST APIs and HTTP
// APIs: HTTP APIs have neither API keys nor request validation.
func (r *Route) validateHTTP() error {
	if r.ApiKeyRequired {
		return bad("ApiKeyRequired is not currently supported for HTTP APIs.")
	}
	for _, m := range []struct {
		member string
		set    bool
	}{
		{"ModelSelectionExpression", r.ModelSelectionExpression != ""},
		{"RequestModels", len(r.RequestModels) > 0},
		{"RequestParameters", len(r.RequestParameters) > 0},
		{"RouteResponseSelectionExpression", r.RouteResponseSelectionExpression != ""},
	} {
		if m.set {
			return bad("%s is not supported for HTTP protocol APIs", m.member)
		}
	}
	return nil
}

// Only a handshake has headers and a query string that a route could ask for.
func (r *Route) validateParameters() error {
	for _, name := range sortedKeys(r.RequestParameters) {
		if r.RouteKey != ConnectKey {
			return bad("Request parameters are only supported on the %s route of a WEBSOCKET API", ConnectKey)
		}
		if !hasPrefix(name, "route.request.header.", "route.request.querystring.") {
			return bad("Invalid request parameter %q specified: must have the form route.request.header.{name} or route.request.querystring.{name}", name)
		}
	}
	return nil
}

// hasPrefix reports whether s is one of the prefixes followed by a name.
func hasPrefix(s string, prefixes ...string) bool {
	for _, p := range prefixes {
		if rest, ok := strings.CutPrefix(s, p); ok && parameterName.MatchString(rest) {
			return true
		}
	}
	return false
}

var parameterName = regexp.MustCompile(`^[a-zA-Z0-9._$-]+$`)
