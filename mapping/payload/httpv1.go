package payload

import "strings"

// AppendV1 appends the event of payload format 1.0 to dst, which has the shape of
// REST APIs.
//
// Documented: API Gateway Developer Guide, Create AWS Lambda proxy integrations
// for HTTP APIs.
// Observed: members without a value are null, where format 2.0 leaves them out.
func (r *HTTPRequest) AppendV1(dst []byte) []byte {
	w := writer{append(dst, '{')}
	w.text("version", "1.0")
	r.linesV1(&w)
	r.contextV1(&w, true)
	r.endV1(&w)
	binary := false
	if len(r.Body) > 0 {
		binary = w.body(r.Body, !r.isText())
	} else {
		w.null("body")
	}
	w.flag("isBase64Encoded", binary)
	w.close('}')
	return w.b
}

// AppendAuthorizerV1 appends the event of an authorizer function in format 1.0.
// sources are the values of its identity sources.
//
// Documented: API Gateway Developer Guide, Control access to HTTP APIs with AWS
// Lambda authorizers: identitySource and authorizationToken both carry them,
// joined by commas.
func (r *HTTPRequest) AppendAuthorizerV1(dst []byte, methodArn string, sources []string) []byte {
	w := writer{append(dst, '{')}
	w.text("version", "1.0")
	w.text("type", "REQUEST")
	w.text("methodArn", methodArn)
	token := strings.Join(sources, ",")
	w.text("identitySource", token)
	w.text("authorizationToken", token)
	r.linesV1(&w)
	r.endV1(&w)
	r.contextV1(&w, false)
	w.close('}')
	return w.b
}

// resource is the path of the route, $default for the default route: what REST
// APIs call a resource is the path of a route here.
func (r *HTTPRequest) resource() string {
	if _, path, ok := strings.Cut(r.RouteKey, " "); ok {
		return path
	}
	return r.RouteKey
}

// Documented: API Gateway Developer Guide, Create AWS Lambda proxy integrations
// for HTTP APIs: headers hold the last value of each name, multiValueHeaders all
// of them; and the same of the query string.
func (r *HTTPRequest) linesV1(w *writer) {
	w.text("resource", r.resource())
	if r.RawPath != "" {
		w.text("path", r.RawPath)
	} else {
		w.text("path", r.Path)
	}
	w.text("httpMethod", r.Method)
	header := sorted(r.namesV1())
	w.last("headers", header)
	w.all("multiValueHeaders", header)
	if len(r.Query) == 0 {
		w.null("queryStringParameters")
		w.null("multiValueQueryStringParameters")
		return
	}
	query := sorted(r.Query)
	w.last("queryStringParameters", query)
	w.all("multiValueQueryStringParameters", query)
}

// gatewayNames are the headers that format 1.0 spells in its own way.
// Observed: others keep the spelling of the client.
var gatewayNames = [...]string{
	"Content-Length", "Content-Type", "Host", "User-Agent", "X-Amzn-Trace-Id",
	"X-Forwarded-For", "X-Forwarded-Port", "X-Forwarded-Proto",
}

// namesV1 is the header with its names as format 1.0 spells them.
// Documented: API Gateway Developer Guide, Map API stages to a custom domain name
// for HTTP APIs: with mappings of several levels all names are in lower case.
func (r *HTTPRequest) namesV1() []Field {
	out := make([]Field, len(r.Header))
	for i, f := range r.Header {
		if r.LowerNames {
			f.Name = strings.ToLower(f.Name)
		} else {
			for _, name := range gatewayNames {
				if strings.EqualFold(f.Name, name) {
					f.Name = name
				}
			}
		}
		out[i] = f
	}
	return out
}

func (r *HTTPRequest) endV1(w *writer) {
	if len(r.PathParameters) > 0 {
		w.last("pathParameters", r.PathParameters)
	} else {
		w.null("pathParameters")
	}
	if len(r.StageVariables) > 0 {
		w.variables(r.StageVariables)
	} else {
		w.null("stageVariables")
	}
}

func (r *HTTPRequest) contextV1(w *writer, authorizer bool) {
	w.name("requestContext")
	w.open('{')
	w.text("accountId", r.AccountID)
	w.text("apiId", r.ApiID)
	if authorizer {
		r.Authorizer.writeV1(w)
	}
	w.text("domainName", r.DomainName)
	w.text("domainPrefix", r.DomainPrefix)
	w.text("extendedRequestId", r.RequestID)
	w.text("httpMethod", r.Method)
	w.identityV1(&r.Identity)
	w.text("path", r.Path)
	w.text("protocol", r.Protocol)
	w.text("requestId", r.RequestID)
	w.moment("requestTime", r.Time)
	w.number("requestTimeEpoch", r.Time.UnixMilli())
	w.text("resourceId", r.RouteKey) // Observed: the route key
	w.text("resourcePath", r.resource())
	w.text("stage", r.Stage)
	w.close('}')
}

// Format 1.0 has one object for all kinds of authorizers.
// Documented: API Gateway Developer Guide, Create AWS Lambda proxy integrations
// for HTTP APIs, whose example has claims and scopes without an authorizer too.
// Observed: a function's context stands there without a name.
func (a *Authorizer) writeV1(w *writer) {
	switch {
	case a.JWT != nil:
		w.name("authorizer")
		a.JWT.write(w)
	case a.Lambda != nil:
		w.members("authorizer", a.Lambda.Context)
	default:
		w.raw("authorizer", `{"claims":null,"scopes":null}`)
	}
}

// What only IAM and Cognito would know is null, as in AWS's example.
func (w *writer) identityV1(id *Identity) {
	w.name("identity")
	w.open('{')
	w.orNull("accessKey", id.AccessKey)
	w.orNull("accountId", id.AccountID)
	w.orNull("caller", id.Caller)
	w.null("cognitoAmr")
	w.orNull("cognitoAuthenticationProvider", id.CognitoAuthenticationProvider)
	w.orNull("cognitoAuthenticationType", id.CognitoAuthenticationType)
	w.orNull("cognitoIdentityId", id.CognitoIdentityID)
	w.orNull("cognitoIdentityPoolId", id.CognitoIdentityPoolID)
	w.orNull("principalOrgId", id.PrincipalOrgID)
	w.text("sourceIp", id.SourceIP)
	w.orNull("user", id.User)
	w.orNull("userAgent", id.UserAgent)
	w.orNull("userArn", id.UserArn)
	if id.ClientCert != nil {
		w.cert(id.ClientCert)
	}
	w.close('}')
}
