package openapi

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/dragoman-gateway/dragoman/management/tree"
	"github.com/dragoman-gateway/dragoman/resource"
)

// notComponentKey is what OpenAPI does not allow in the name of a component.
// Documented: OpenAPI 3.0.3, Components Object. Names of authorizers may have
// other characters, and two of them may come to the same key.
var notComponentKey = regexp.MustCompile(`[^a-zA-Z0-9._-]`)

// securitySchemes writes the authorizers, and remembers under which names.
func (w *writer) securitySchemes() tree.Node {
	n := tree.Object()
	taken := map[string]bool{}
	for i := range w.Authorizers {
		a := &w.Authorizers[i]
		name := notComponentKey.ReplaceAllString(a.Name, "_")
		for base, next := name, 2; taken[name]; next++ {
			name = base + strconv.Itoa(next)
		}
		taken[name] = true
		w.schemes[a.AuthorizerId] = name
		n.Set(name, w.scheme(a))
	}
	return n
}

func (w *writer) scheme(a *resource.Authorizer) tree.Node {
	n := tree.Object()
	if a.AuthorizerType == resource.AuthorizerJWT {
		// OpenAPI 3.0.3, OAuth Flows Object: every flow is optional, and the API does
		// not know which one its clients take.
		n.Set("type", tree.Text("oauth2")).Set("flows", tree.Object())
	} else {
		// OpenAPI has no type for a function that decides, so it goes as an apiKey,
		// whose name and place OpenAPI 3.0.3, Security Scheme Object, requires.
		n.Set("type", tree.Text("apiKey")).Set("name", tree.Text("Unused")).Set("in", tree.Text("header"))
	}
	if w.Extensions {
		n.Set(authorizerMember, authorizerNode(a))
	}
	return n
}

func authorizerNode(a *resource.Authorizer) tree.Node {
	n := tree.Object()
	if a.AuthorizerType == resource.AuthorizerJWT {
		n.Set("type", tree.Text("jwt"))
		if jwt := a.JwtConfiguration; jwt != nil {
			n.Set("jwtConfiguration", tree.Object().SetFilled("issuer", tree.Text(jwt.Issuer)).Set("audience", tree.Texts(jwt.Audience)))
		}
		if len(a.IdentitySource) == 1 {
			n.Set("identitySource", tree.Text(a.IdentitySource[0]))
		}
		return n
	}
	n.Set("type", tree.Text("request"))
	if len(a.IdentitySource) > 0 {
		n.Set("identitySource", tree.Text(strings.Join(a.IdentitySource, ", ")))
	}
	n.SetFilled("authorizerUri", tree.Text(a.AuthorizerUri))
	n.SetFilled("authorizerCredentials", tree.Text(a.AuthorizerCredentialsArn))
	n.SetFilled("authorizerPayloadFormatVersion", tree.Text(a.AuthorizerPayloadFormatVersion))
	n.SetFilled("identityValidationExpression", tree.Text(a.IdentityValidationExpression))
	if a.AuthorizerResultTtlInSeconds != nil {
		n.Set("authorizerResultTtlInSeconds", tree.Int(*a.AuthorizerResultTtlInSeconds))
	}
	if a.EnableSimpleResponses != nil {
		n.Set("enableSimpleResponses", tree.Bool(*a.EnableSimpleResponses))
	}
	return n
}

// access writes who may call an operation.
func (w *writer) access(n tree.Node, route *resource.Route) {
	switch route.AuthorizationType {
	case resource.AuthIAM:
		if w.Extensions {
			n.Set(authMember, tree.Object().Set("type", tree.Text(resource.AuthIAM)))
		}
	case resource.AuthJWT, resource.AuthCustom:
		name := w.schemes[route.AuthorizerId]
		if name == "" {
			return
		}
		// Documented: OpenAPI 3.0.3, Security Requirement Object: the list behind a
		// scheme has the scopes.
		n.Set("security", tree.List(tree.Object().Set(name, tree.Texts(route.AuthorizationScopes))))
	}
}
