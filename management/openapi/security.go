package openapi

import (
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/dragoman-gateway/dragoman/resource"
)

// discovery is what follows the issuer in the address of its OpenID description.
const discovery = "/.well-known/openid-configuration"

// scheme is what a security scheme of the document asks of a route.
type scheme struct {
	authorization string // type
	authorizer    string // name, "" for none
}

// authorizerRow is an authorizer as documents write it.
type authorizerRow struct {
	Type                           word `json:"type"`
	IdentitySource                 texts
	AuthorizerUri                  word
	AuthorizerCredentials          word
	AuthorizerPayloadFormatVersion word
	AuthorizerResultTtlInSeconds   *number
	EnableSimpleResponses          *flag
	IdentityValidationExpression   word
	JwtConfiguration               struct {
		Issuer   word
		Audience texts
	}
}

// security reads the security schemes, of which those with the extension become authorizers.
func (d *reader) security() error {
	for name, n := range members(get(d.root, "components", "securitySchemes")) {
		row := get(n, authorizerMember)
		switch {
		case strings.EqualFold(text(get(n, authTypeMember)), "awsSigv4"):
			d.schemes[name] = &scheme{authorization: resource.AuthIAM}
		case row == nil:
			d.info("The security scheme " + name + " has no " + authorizerMember)
		default:
			a, err := readAuthorizer(row, text(get(n, "openIdConnectUrl")))
			if err != nil {
				return refuse("Invalid %s of the security scheme %s: %v", authorizerMember, name, err)
			}
			a.Name = name
			d.Authorizers = append(d.Authorizers, *a)
			kind := resource.AuthCustom
			if a.AuthorizerType == resource.AuthorizerJWT {
				kind = resource.AuthJWT
			}
			d.schemes[name] = &scheme{kind, name}
		}
	}
	return nil
}

func readAuthorizer(n *yaml.Node, openIdUrl string) (*resource.Authorizer, error) {
	var row authorizerRow
	if err := decode(n, &row); err != nil {
		return nil, err
	}
	a := &resource.Authorizer{
		AuthorizerType: strings.ToUpper(string(row.Type)), IdentitySource: row.IdentitySource, AuthorizerUri: string(row.AuthorizerUri),
		AuthorizerCredentialsArn: string(row.AuthorizerCredentials), AuthorizerPayloadFormatVersion: string(row.AuthorizerPayloadFormatVersion),
		AuthorizerResultTtlInSeconds: (*int32)(row.AuthorizerResultTtlInSeconds), EnableSimpleResponses: (*bool)(row.EnableSimpleResponses),
		IdentityValidationExpression: string(row.IdentityValidationExpression),
	}
	if a.AuthorizerType == resource.AuthorizerJWT {
		issuer := string(row.JwtConfiguration.Issuer)
		if issuer == "" {
			issuer = strings.TrimSuffix(openIdUrl, discovery)
		}
		a.JwtConfiguration = &resource.JWTConfiguration{Audience: row.JwtConfiguration.Audience, Issuer: issuer}
		if len(a.IdentitySource) == 0 {
			a.IdentitySource = []string{"$request.header.Authorization"}
		}
	} else if v := a.AuthorizerPayloadFormatVersion; v != "" {
		a.AuthorizerPayloadFormatVersion = version(v)
	}
	return a, nil
}

// authorization reads who may call an operation: its own requirement, or that of
// the document.
func (d *reader) authorization(route *Route, operation *yaml.Node) error {
	route.AuthorizationType = resource.AuthNone
	if kind := text(get(operation, authMember, "type")); kind != "" {
		switch kind = strings.ToUpper(kind); kind {
		case resource.AuthNone:
			return nil
		case resource.AuthIAM:
			route.AuthorizationType = kind
			return nil
		}
		return refuse("Invalid %s at %s: the type must be NONE or AWS_IAM, got %s", authMember, route.RouteKey, kind)
	}
	requirement := get(operation, "security")
	if requirement == nil {
		requirement = get(d.root, "security")
	}
	return d.require(route, requirement)
}

// require gives a route the one scheme that a requirement names. Several would
// have to be tried one after the other, or all at once; a route has one authorizer.
func (d *reader) require(route *Route, requirement *yaml.Node) error {
	named := 0
	for _, choice := range items(requirement) {
		for name, scopes := range members(choice) {
			if named++; named > 1 {
				return refuse("More than one security requirement at %s is not supported", route.RouteKey)
			}
			s := d.schemes[name]
			if s == nil {
				return refuse("Unable to find an authorizer for the security requirement %s at %s", name, route.RouteKey)
			}
			route.AuthorizationType, route.Authorizer = s.authorization, s.authorizer
			for _, scope := range items(scopes) {
				if s.authorization == resource.AuthJWT {
					route.AuthorizationScopes = append(route.AuthorizationScopes, text(scope))
				}
			}
		}
	}
	return nil
}
