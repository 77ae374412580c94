package openapi

import (
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/dragoman-gateway/dragoman/resource"
)

// componentKey is what OpenAPI allows as the name of a component.
var notComponentKey = regexp.MustCompile(`[^a-zA-Z0-9._-]`)

// securitySchemes writes the authorizers, and remembers under which names.
func (w *writer) securitySchemes() *yaml.Node {
	n := newMap()
	taken := map[string]bool{}
	for i := range w.Authorizers {
		a := &w.Authorizers[i]
		name := notComponentKey.ReplaceAllString(a.Name, "_")
		for base, next := name, 2; taken[name]; next++ {
			name = base + strconv.Itoa(next)
		}
		taken[name] = true
		w.schemes[a.AuthorizerId] = name
		set(n, name, w.scheme(a))
	}
	return n
}

func (w *writer) scheme(a *resource.Authorizer) *yaml.Node {
	n := newMap()
	if a.AuthorizerType == resource.AuthorizerJWT {
		set(n, "type", str("oauth2"))
		set(n, "flows", newMap())
	} else {
		set(n, "type", str("apiKey"))
		set(n, "name", str("Unused"))
		set(n, "in", str("header"))
	}
	if w.Extensions {
		set(n, authorizerMember, authorizerNode(a))
	}
	return n
}

func authorizerNode(a *resource.Authorizer) *yaml.Node {
	n := newMap()
	if a.AuthorizerType == resource.AuthorizerJWT {
		set(n, "type", str("jwt"))
		if jwt := a.JwtConfiguration; jwt != nil {
			config := newMap()
			setText(config, "issuer", jwt.Issuer)
			set(config, "audience", list(jwt.Audience, str))
			set(n, "jwtConfiguration", config)
		}
		if len(a.IdentitySource) == 1 {
			set(n, "identitySource", str(a.IdentitySource[0]))
		}
		return n
	}
	set(n, "type", str("request"))
	if len(a.IdentitySource) > 0 {
		set(n, "identitySource", str(strings.Join(a.IdentitySource, ", ")))
	}
	setText(n, "authorizerUri", a.AuthorizerUri)
	setText(n, "authorizerCredentials", a.AuthorizerCredentialsArn)
	setText(n, "authorizerPayloadFormatVersion", a.AuthorizerPayloadFormatVersion)
	setText(n, "identityValidationExpression", a.IdentityValidationExpression)
	if a.AuthorizerResultTtlInSeconds != nil {
		set(n, "authorizerResultTtlInSeconds", integer(*a.AuthorizerResultTtlInSeconds))
	}
	if a.EnableSimpleResponses != nil {
		set(n, "enableSimpleResponses", boolean(*a.EnableSimpleResponses))
	}
	return n
}

// access writes who may call an operation.
func (w *writer) access(n *yaml.Node, route *resource.Route) {
	switch route.AuthorizationType {
	case resource.AuthIAM:
		if w.Extensions {
			auth := newMap()
			set(auth, "type", str(resource.AuthIAM))
			set(n, authMember, auth)
		}
	case resource.AuthJWT, resource.AuthCustom:
		name := w.schemes[route.AuthorizerId]
		if name == "" {
			return
		}
		requirement := newMap()
		set(requirement, name, list(route.AuthorizationScopes, str))
		set(n, "security", list([]int{0}, func(int) *yaml.Node { return requirement }))
	}
}
