package sam

import (
	"strings"

	"github.com/dragoman-gateway/dragoman/management/tree"
)

// What the two kinds of authorizers of an HTTP API may have.
// Documented: AWS SAM Developer Guide, OAuth2Authorizer and LambdaAuthorizer.
var (
	tokenAuthorizer  = members("AuthorizationScopes:l JwtConfiguration:o IdentitySource:t!")
	lambdaAuthorizer = members(`AuthorizerPayloadFormatVersion:t! EnableFunctionDefaultPermissions:t EnableSimpleResponses:t FunctionArn! FunctionInvokeRole Identity:o`)
	identity         = members("Headers:l QueryStrings:l StageVariables:l Context:l ReauthorizeEvery:t")
)

// sources are where an identity is found, by the member of Identity that names them.
// Documented: AWS SAM Developer Guide,
// LambdaAuthorizationIdentity: its members hold bare names, and API Gateway takes selection
// expressions, so each name gets the beginning that says where it is looked for.
var sources = [][2]string{{"Headers", "$request.header."}, {"QueryStrings", "$request.querystring."}, {"StageVariables", "$stageVariables."}, {"Context", "$context."}}

// authorizers writes Auth into the document: a scheme for each authorizer, and the
// default one at each operation that has none.
func (t *transform) authorizers(r *resource) {
	auth := r.props.get("Auth")
	if auth.Len() == 0 || !auth.check(anObject) || intrinsic(auth.Node) != "" {
		return
	}
	httpAuth.check(auth, "Auth")
	// Schemes that the document has already stay: an author may define authorizers there,
	// and Auth only adds to them.
	schemes, scopes := fieldsOf(r.document.rest.Get("components", "securitySchemes")), map[string]tree.Node{}
	// Documented: AWS SAM Developer Guide, HttpApiAuth,
	// EnableIamAuthorizer: routes may name AWS_IAM only when this is true. A parameter is
	// looked through, since the scheme is either in the document or not.
	if enabled := auth.get("EnableIamAuthorizer"); yes(t.known(enabled).Node) {
		schemes.put(text(enabled.begin(), "AWS_IAM"), iamScheme(enabled.begin()))
		scopes["AWS_IAM"] = list(enabled.begin())
	}
	for name, a := range auth.get("Authorizers").members() {
		if !a.IsObject() {
			a.fault("an authorizer must be an object", "")
			continue
		}
		schemes.put(a.key, t.scheme(a))
		// Documented: OpenAPI Specification 3.0.1, Security Requirement Object: a list of
		// scopes belongs to each scheme, an empty one where no scope is required.
		if scopes[name] = a.Node.Get("AuthorizationScopes"); !scopes[name].IsList() {
			scopes[name] = list(a.begin())
		}
	}
	if len(schemes.items) > 0 {
		components := r.document.rest.Get("components")
		if components.Null() {
			components = object(auth.begin())
		}
		r.document.rest = with(r.document.rest, "components", with(components, "securitySchemes", schemes.node()))
	}
	t.defaultAuthorizer(r, auth, scopes)
}

// defaultAuthorizer secures the operations that say nothing of security themselves.
// Documented: AWS SAM Developer Guide, HttpApiAuth,
// DefaultAuthorizer: it names an authorizer of this API. An API that names another one does
// not guard its routes as its author thinks, so the name is refused.
func (t *transform) defaultAuthorizer(r *resource, auth spot, scopes map[string]tree.Node) {
	chosen := t.known(auth.get("DefaultAuthorizer"))
	name := chosen.Text()
	_, defined := scopes[name]
	switch {
	case chosen.Null() || isNoValue(chosen.Node):
	case name == "":
		chosen.fault("it must be a text, or a parameter's", "")
	case name == "AWS_IAM" && !defined:
		chosen.fault("the authorizer AWS_IAM is not enabled", "set EnableIamAuthorizer: true beside it")
	case !defined:
		var names []string
		for known := range auth.get("Authorizers").members() {
			names = append(names, known)
		}
		chosen.misnamed("Authorizers has no "+name, name, names)
	default:
		r.document.secured(list(chosen.begin(), object(chosen.begin()).Put(text(chosen.begin(), name), scopes[name])))
	}
}

// iamScheme says that callers sign their requests. OpenAPI has no type of scheme for that.
// Documented: Amazon API Gateway Developer Guide, x-amazon-apigateway-authtype property:
// awsSigv4 on a scheme of the type apiKey, in the header Authorization.
func iamScheme(from tree.Node) tree.Node {
	return object(from).Put(text(from, "type"), text(from, "apiKey")).Put(text(from, "name"), text(from, "Authorization")).
		Put(text(from, "in"), text(from, "header")).Put(text(from, "x-amazon-apigateway-authtype"), text(from, "awsSigv4"))
}

// scheme is an authorizer as a document has it: one with a JwtConfiguration is of JWT,
// every other one calls a function.
func (t *transform) scheme(a spot) tree.Node {
	// Observed: the translator refuses the form that came before JwtConfiguration. It has a
	// message of its own, for a hint at a misspelt name would mislead.
	if old := a.get("OpenIdConnectUrl"); !old.Null() {
		old.fault("it is not supported any more", "write JwtConfiguration with issuer and audience")
		return object(a.begin())
	}
	if a.get("JwtConfiguration").Len() > 0 {
		return t.tokenScheme(a)
	}
	return t.lambdaScheme(a)
}

// judgeAuthorizer says what is wrong with an authorizer of one kind: it may have no members
// of the other kind, and those of neither are lost.
// Observed: the translator refuses members of the other kind, and reads past unknown ones.
func judgeAuthorizer(a spot, own, other shape, what string) {
	for name, value := range a.members() {
		switch kind, known := own.kinds[name]; {
		case known:
			value.check(kind)
		case other.has(name):
			value.misnamed(what+" has no member "+name, name, own.names)
		default:
			value.lost(what, name, own.names)
		}
	}
	own.needed(a, what)
}

func (t *transform) tokenScheme(a spot) tree.Node {
	judgeAuthorizer(a, tokenAuthorizer, lambdaAuthorizer, "an authorizer with JwtConfiguration")
	from := a.begin()
	jwt := object(from)
	// Observed: the translator takes the keys of JwtConfiguration in any case; what API
	// Gateway imports are issuer and audience in small letters.
	for key, value := range a.Node.Get("JwtConfiguration").Pairs() {
		jwt.Put(text(key, strings.ToLower(key.Text())), value)
	}
	settings := object(from).Put(text(from, "type"), text(from, "jwt")).Put(text(from, "jwtConfiguration"), jwt)
	renamed(settings, a.Node, "IdentitySource", "identitySource")
	// Documented: Amazon API Gateway Developer Guide, x-amazon-apigateway-authorizer
	// examples for HTTP APIs: a JWT authorizer stands in a scheme of the type oauth2.
	return object(from).Put(text(from, "type"), text(from, "oauth2")).Put(text(from, authorizer), settings)
}

func (t *transform) lambdaScheme(a spot) tree.Node {
	// Who gives an IdentitySource alone meant a JWT authorizer and forgot its
	// configuration: faults about members of the other kind would blame what is right.
	if a.get("FunctionArn").Null() && !a.get("IdentitySource").Null() {
		a.fault("an authorizer needs a JwtConfiguration or a FunctionArn", "")
		return object(a.begin())
	}
	judgeAuthorizer(a, lambdaAuthorizer, tokenAuthorizer, "an authorizer without JwtConfiguration")
	from, arn := a.begin(), a.get("FunctionArn").Node
	if arn.Null() {
		return object(from)
	}
	settings := object(from).Put(text(from, "type"), text(from, "request")).
		Put(text(from, "authorizerUri"), sub(from, functionURI("__FunctionArn__"), object(from).Put(text(from, "__FunctionArn__"), arn)))
	// Observed: the translator takes NONE for no credentials at all.
	if role := a.get("FunctionInvokeRole"); !role.Null() && role.Text() != "NONE" {
		settings.Put(text(role.key, "authorizerCredentials"), role.Node)
	}
	t.identity(settings, a.get("Identity"))
	if v := a.get("AuthorizerPayloadFormatVersion"); !v.Null() {
		settings.Put(text(v.key, "authorizerPayloadFormatVersion"), version(v.Node))
	}
	// Documented: Amazon API Gateway V2 API Reference, Authorizers, enableSimpleResponses:
	// false is the default, so only true, or what may come to it, is written.
	if simple := a.get("EnableSimpleResponses"); set(simple.Node) {
		settings.Put(text(simple.key, "enableSimpleResponses"), simple.Node)
	}
	// Observed: the translator calls the header Unused. OpenAPI wants a name and a place of
	// every apiKey, while the identity sources say what is really read.
	return object(from).Put(text(from, "type"), text(from, "apiKey")).Put(text(from, "name"), text(from, "Unused")).
		Put(text(from, "in"), text(from, "header")).Put(text(from, authorizer), settings)
}

// functionURI is the URI of an integration with a function whose ARN a variable holds, as
// a text for Fn::Sub.
// Documented: Amazon API Gateway Developer Guide, x-amazon-apigateway-integration, uri: the
// path is the one of the Invoke operation of Lambda, whose version the date is.
func functionURI(variable string) string {
	return "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${" + variable + "}/invocations"
}

// identity writes where an authorizer finds who calls, and for how long that holds.
func (t *transform) identity(settings tree.Node, s spot) {
	if s.Len() == 0 || intrinsic(s.Node) != "" {
		return
	}
	identity.loose(s, "Identity")
	// Documented: AWS SAM Developer Guide,
	// LambdaAuthorizationIdentity, ReauthorizeEvery: for how many seconds API Gateway keeps
	// a result.
	renamed(settings, s.Node, "ReauthorizeEvery", "authorizerResultTtlInSeconds")
	// Observed: the translator lists headers first and context last, whatever the order of
	// the template is.
	found := list(s.begin())
	for _, source := range sources {
		for _, item := range s.Node.Get(source[0]).Items() {
			if !isText(item) {
				s.get(source[0]).as(item).fault("each of them must be a text", "")
				continue
			}
			found.Add(text(item, source[1]+item.Text()))
		}
	}
	settings.Put(text(s.begin(), "identitySource"), found)
}

// authorizerPermissions let the API call the functions of its authorizers, where the
// template asks for that.
// Documented: AWS SAM Developer Guide, LambdaAuthorizer,
// EnableFunctionDefaultPermissions: for HTTP APIs no permission is made unless this is
// true, and else a role or a permission that the template makes has to allow the call.
func (t *transform) authorizerPermissions(r *resource) {
	for name, a := range r.props.get("Auth").get("Authorizers").members() {
		if arn := a.get("FunctionArn"); yes(a.Node.Get("EnableFunctionDefaultPermissions")) && !arn.Null() {
			r.beside(r.id+name+"AuthorizerPermission", "AWS::Lambda::Permission", invokable(a.begin(), arn.Node, authorizerARN(a.begin(), ref(a.begin(), r.id))))
		}
	}
}

// authorizerARN is which calls a permission for an authorizer is for.
// API Gateway makes the id of an authorizer only at the import, so a star stands for it.
func authorizerARN(from, api tree.Node) tree.Node {
	return sub(from, executeAPI+"${__ApiId__}/authorizers/*", object(from).Put(text(from, "__ApiId__"), api))
}
