package resource

import (
	"net/url"
	"regexp"
	"strings"
)

// Authorizer decides who may call a route: REQUEST asks a function, JWT checks a
// token. AuthorizerResultTtlInSeconds is 0 to 3600; absent means that nothing is
// cached.
//
// Documented: API Gateway V2 API Reference, Authorizers.
type Authorizer struct {
	AuthorizerCredentialsArn       string            `json:"authorizerCredentialsArn,omitempty"`
	AuthorizerId                   string            `json:"authorizerId,omitempty"`
	AuthorizerPayloadFormatVersion string            `json:"authorizerPayloadFormatVersion,omitempty"`
	AuthorizerResultTtlInSeconds   *int32            `json:"authorizerResultTtlInSeconds,omitempty"`
	AuthorizerType                 string            `json:"authorizerType,omitempty"`
	AuthorizerUri                  string            `json:"authorizerUri,omitempty"`
	EnableSimpleResponses          *bool             `json:"enableSimpleResponses,omitempty"`
	IdentitySource                 []string          `json:"identitySource,omitempty"`
	IdentityValidationExpression   string            `json:"identityValidationExpression,omitempty"`
	JwtConfiguration               *JWTConfiguration `json:"jwtConfiguration,omitempty"`
	Name                           string            `json:"name,omitempty"`
}

// JWTConfiguration names the issuer of tokens, a URL, and the audiences of which
// a token must name one.
type JWTConfiguration struct {
	Audience []string `json:"audience,omitempty"`
	Issuer   string   `json:"issuer,omitempty"`
}

// Sources of identity are spelled differently by protocol: WebSocket APIs kept
// the form of REST APIs, HTTP APIs write a $ first.
//
// Documented: API Gateway V2 API Reference, Authorizer, identitySource.
//
// Beyond AWS, where routes of WebSocket APIs are authorized one by one: what stands in a
// message, and the form with a dollar sign too, so that an authorizer can be moved.
var (
	routeIdentity  = regexp.MustCompile(`^(((route\.|\$)request\.(querystring|header)|\$?stageVariables|\$?context)\.[a-zA-Z0-9._-]+|(route\.|\$)request\.body(\.[a-zA-Z0-9_-]+)+)$`)
	socketIdentity = regexp.MustCompile(`^(route\.request\.(querystring|header)|stageVariables|context)\.[a-zA-Z0-9._-]+$`)
	httpIdentity   = regexp.MustCompile(`^\$(request\.(querystring|header)|stageVariables|context)\.[a-zA-Z0-9._-]+$`)
)

// Validate holds an authorizer to the rules of its API's protocol. perRoute takes for
// WebSocket APIs what Route.Validate lets their routes ask for: JWT authorizers, identity
// sources in messages, and answers that are remembered.
func (a *Authorizer) Validate(protocol string, perRoute bool) error {
	if err := first(
		length("Name", a.Name, 1, 128),
		length("IdentityValidationExpression", a.IdentityValidationExpression, 0, 1024),
		arn("AuthorizerCredentialsArn", a.AuthorizerCredentialsArn),
	); err != nil {
		return err
	}
	if protocol == WebSocket && !perRoute {
		return a.validateWebSocket()
	}
	// Observed: said before anything is said of the payload format version.
	if ttl := a.AuthorizerResultTtlInSeconds; ttl != nil && (*ttl < 0 || *ttl > 3600) {
		return bad("Authorizer result TTL outside allowable range. TTL must be between 0 and 3600 seconds.")
	}
	switch {
	case a.AuthorizerType == AuthorizerJWT:
		return a.validateJWT(protocol)
	case a.AuthorizerType == AuthorizerRequest && protocol == WebSocket:
		return a.validateMessages()
	case a.AuthorizerType == AuthorizerRequest:
		return a.validateRequest()
	}
	return bad("Invalid authorizer type specified. Must be one of [REQUEST, JWT]")
}

// An authorizer of a WebSocket API is asked once, for $connect, and its answer
// holds as long as the connection does: there is nothing to cache, and the event
// has one form. That is why AWS refuses members that HTTP APIs have.
//
// Documented: API Gateway Developer Guide, Control access to WebSocket APIs with
// AWS Lambda REQUEST authorizers.
// Observed: the texts about TTL and identity sources.
func (a *Authorizer) validateWebSocket() error {
	switch {
	case a.AuthorizerType != AuthorizerRequest:
		return bad("Invalid authorizer type. Only REQUEST authorizer type is supported on WEBSOCKET protocol Apis.")
	case a.AuthorizerResultTtlInSeconds != nil:
		return bad("AuthorizerResultTtlInSeconds cannot be set for WEBSOCKET protocol Apis.")
	case a.AuthorizerPayloadFormatVersion != "":
		return bad("AuthorizerPayloadFormatVersion cannot be set for WEBSOCKET protocol Apis.")
	case a.EnableSimpleResponses != nil:
		return bad("EnableSimpleResponses cannot be set for WEBSOCKET protocol Apis.")
	case a.JwtConfiguration != nil:
		return bad("JwtConfiguration cannot be set for WEBSOCKET protocol Apis.")
	}
	if err := a.validateSocketSources(socketIdentity); err != nil {
		return err
	}
	return a.validateUri()
}

// validateMessages holds a REQUEST authorizer that may be asked for messages to what AWS
// asks of one for $connect, but for the time that its answers are remembered.
func (a *Authorizer) validateMessages() error {
	if a.remembers() && len(a.IdentitySource) == 0 {
		return noIdentity()
	}
	own := *a
	own.AuthorizerResultTtlInSeconds, own.IdentitySource = nil, nil
	return first(a.validateSocketSources(routeIdentity), own.validateWebSocket())
}

func (a *Authorizer) validateSocketSources(form *regexp.Regexp) error {
	for _, source := range a.IdentitySource {
		if !form.MatchString(source) {
			return bad("Invalid request identity source expression: %s. The sources must be separated by comma, and each source must be either a request parameter, matching 'route.request.querystring|header.[a-zA-Z0-9._-]+', or a stage variable, matching 'stageVariables.[a-zA-Z0-9._-]+', or a context parameter, matching 'context.[a-zA-Z0-9._-]+'",
				strings.Join(a.IdentitySource, ","))
		}
	}
	return nil
}

// remembers says whether answers are cached. The values of the identity sources are the
// key: without one, all callers would share one answer.
func (a *Authorizer) remembers() bool {
	return a.AuthorizerResultTtlInSeconds != nil && *a.AuthorizerResultTtlInSeconds > 0
}

func noIdentity() error {
	return bad("Identity source must be set if authorizer caching is enabled (TTL is greater than 0)")
}

// Documented: API Gateway Developer Guide, Control access to HTTP APIs with AWS
// Lambda authorizers.
func (a *Authorizer) validateRequest() error {
	switch v := a.AuthorizerPayloadFormatVersion; {
	case v == "":
		return bad("AuthorizerPayloadFormatVersion is a required parameter for REQUEST authorizer")
	case v != "1.0" && v != "2.0":
		return bad("Invalid value specified for AuthorizerPayloadFormatVersion. Must be one of [1.0, 2.0]")
	case isTrue(a.EnableSimpleResponses) && v != "2.0":
		return bad(`EnableSimpleResponses can only be set for AuthorizerPayloadFormatVersion "2.0".`)
	case a.JwtConfiguration != nil:
		return bad("JwtConfiguration is not supported for REQUEST authorizer")
	case a.remembers() && len(a.IdentitySource) == 0:
		return noIdentity()
	}
	return first(a.validateSources(), a.validateUri())
}

// A token has one place, and it is judged here, so that what only a function
// needs is refused.
//
// Documented: API Gateway Developer Guide, Control access to HTTP APIs with JWT
// authorizers in API Gateway.
func (a *Authorizer) validateJWT(protocol string) error {
	switch {
	case len(a.IdentitySource) != 1:
		return bad("Identity source for JWT authorizer must have exactly one item")
	case a.JwtConfiguration == nil || a.JwtConfiguration.Issuer == "":
		return bad("JwtConfiguration with an Issuer is a required parameter for JWT authorizer")
	case a.AuthorizerUri != "":
		return bad("AuthorizerUri is not supported for JWT authorizer")
	case a.AuthorizerPayloadFormatVersion != "":
		return bad("AuthorizerPayloadFormatVersion is not supported for JWT authorizer")
	case isTrue(a.EnableSimpleResponses):
		return bad("EnableSimpleResponses is not supported for JWT authorizer")
	}
	issuer := a.JwtConfiguration.Issuer
	if u, err := url.Parse(issuer); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return bad("Invalid issuer: %s. Issuer must have a valid discovery endpoint ended with '/.well-known/openid-configuration'", issuer)
	}
	if protocol == WebSocket {
		return a.validateSocketSources(routeIdentity)
	}
	return a.validateSources()
}

func (a *Authorizer) validateSources() error {
	for _, source := range a.IdentitySource {
		if !httpIdentity.MatchString(source) {
			return bad("Invalid identity source expression: %s. Each source must be a request parameter, matching '$request.querystring|header.[a-zA-Z0-9._-]+', or '$stageVariables.[a-zA-Z0-9._-]+', or '$context.[a-zA-Z0-9._-]+'", source)
		}
	}
	return nil
}

func (a *Authorizer) validateUri() error {
	if a.AuthorizerUri == "" {
		return bad("AuthorizerUri is a required field in an Authorizer")
	}
	if !LambdaURI(a.AuthorizerUri) {
		return bad("Invalid Authorizer URI: %s. Authorizer URI should be a valid API Gateway ARN that represents a Lambda function invocation.", a.AuthorizerUri)
	}
	return nil
}
