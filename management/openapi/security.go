package openapi

import (
	"strings"

	"github.com/dragoman-gateway/dragoman/management/tree"
	"github.com/dragoman-gateway/dragoman/resource"
)

// discovery is what follows the issuer in the address of its OpenID description.
// Documented: OpenID Connect Discovery 1.0, section 4.
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
	} `json:"jwtConfiguration"`
}

// securitySchemes reads the security schemes, of which those with the extension become authorizers.
// Documented: API Gateway Developer Guide, x-amazon-apigateway-authorizer.
func (d *reader) securitySchemes() error {
	for name, n := range d.root.Get("components", "securitySchemes").Members() {
		n = d.follow(n)
		row := n.Get(authorizerMember)
		switch {
		// Documented: API Gateway Developer Guide, x-amazon-apigateway-authtype:
		// awsSigv4 asks for IAM permissions.
		case strings.EqualFold(n.Get(authTypeMember).Text(), "awsSigv4"):
			d.schemes[name] = &scheme{authorization: resource.AuthIAM}
		case !row.There():
			d.info("The security scheme " + name + " has no " + authorizerMember)
		case row.Unread():
			d.schemes[name] = &scheme{} // of a kind that nobody knows
		default:
			a, err := d.readAuthorizer(row, name, n.Get("openIdConnectUrl").Text())
			if err != nil {
				return err
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

func (d *reader) readAuthorizer(n tree.Node, name, openIdUrl string) (*resource.Authorizer, error) {
	var row authorizerRow
	if err := d.part(n, &row, []string{"components", "securitySchemes", name, authorizerMember}, "Invalid "+authorizerMember+" of the security scheme "+name+": "); err != nil {
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
			// OpenAPI 3.0.3, Security Scheme Object: openIdConnectUrl is the address of
			// the description, which the issuer begins.
			issuer = strings.TrimSuffix(openIdUrl, discovery)
		}
		a.JwtConfiguration = &resource.JWTConfiguration{Audience: row.JwtConfiguration.Audience, Issuer: issuer}
		// A JWT authorizer must have a source; bearer tokens travel in this header
		// (RFC 6750 section 2.1).
		if len(a.IdentitySource) == 0 {
			a.IdentitySource = []string{"$request.header.Authorization"}
		}
	} else if v := a.AuthorizerPayloadFormatVersion; v != "" {
		a.AuthorizerPayloadFormatVersion = version(v)
	}
	return a, nil
}
