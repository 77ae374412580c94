package resource

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/dragoman-gateway/dragoman/fault"
)

const function = "arn:aws:lambda:us-east-1:000000000000:function:f"

// decode reads a noun as a request body would be read.
func decode[T any](t *testing.T, body string) *T {
	t.Helper()
	v := new(T)
	if err := json.Unmarshal([]byte(body), v); err != nil {
		t.Fatal(err)
	}
	return v
}

// check compares an error with the beginning of the text it should have; "" wants none.
func check(t *testing.T, err error, want string) {
	t.Helper()
	switch {
	case want == "" && err != nil:
		t.Errorf("got %v, want no error", err)
	case want != "" && (err == nil || !strings.HasPrefix(fault.Message(err), want)):
		t.Errorf("got %v, want %q", err, want)
	case want != "" && fault.KindOf(err) != fault.BadRequest:
		t.Errorf("got kind %v, want BadRequest", fault.KindOf(err))
	}
}

func TestApi(t *testing.T) {
	for name, c := range map[string]struct{ body, want string }{
		"an HTTP API needs only a name":       {`{"name":"a","protocolType":"HTTP"}`, ""},
		"no name":                             {`{"protocolType":"HTTP"}`, "Invalid value specified for Name"},
		"no protocol":                         {`{"name":"a"}`, "Invalid protocol specified. Must be one of [HTTP, WEBSOCKET]"},
		"WEBSOCKET without selection":         {`{"name":"a","protocolType":"WEBSOCKET"}`, "Invalid routeSelectionExpression"},
		"HTTP with another selection":         {`{"name":"a","protocolType":"HTTP","routeSelectionExpression":"$request.path"}`, "Invalid route selection expression"},
		"HTTP with braces":                    {`{"name":"a","protocolType":"HTTP","routeSelectionExpression":"${request.method} ${request.path}"}`, ""},
		"CORS on WEBSOCKET":                   {`{"name":"a","protocolType":"WEBSOCKET","routeSelectionExpression":"$request.body.a","corsConfiguration":{"maxAge":1}}`, "Cors is not supported for WEBSOCKET protocolType"},
		"credentials with any origin":         {`{"name":"a","protocolType":"HTTP","corsConfiguration":{"allowCredentials":true,"allowOrigins":["*"]}}`, "allow-credentials is not supported if 'allow-origin' is *"},
		"credentials with one origin":         {`{"name":"a","protocolType":"HTTP","corsConfiguration":{"allowCredentials":true,"allowOrigins":["https://a"]}}`, ""},
		"max age":                             {`{"name":"a","protocolType":"HTTP","corsConfiguration":{"maxAge":86401}}`, "Invalid value specified for MaxAge"},
		"an empty origin":                     {`{"name":"a","protocolType":"HTTP","corsConfiguration":{"allowOrigins":[""]}}`, "Invalid value specified for AllowOrigins"},
		"another api key source":              {`{"name":"a","protocolType":"HTTP","apiKeySelectionExpression":"$request.header.k"}`, "Invalid API key selection expression"},
		"schema validation is of WEBSOCKET":   {`{"name":"a","protocolType":"HTTP","disableSchemaValidation":true}`, "DisableSchemaValidation is only supported"},
		"a reserved tag":                      {`{"name":"a","protocolType":"HTTP","tags":{"aws:x":"1"}}`, `Invalid tag key "aws:x"`},
		"a long tag value":                    {`{"name":"a","protocolType":"HTTP","tags":{"x":"` + strings.Repeat("x", 257) + `"}}`, "Invalid value specified for the tag x"},
		"a name counts characters, not bytes": {`{"name":"` + strings.Repeat("é", 128) + `","protocolType":"HTTP"}`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			a := decode[Api](t, c.body)
			a.Fill()
			check(t, a.Validate(), c.want)
		})
	}
}

func TestApiFill(t *testing.T) {
	a := decode[Api](t, `{"name":"a","protocolType":"HTTP","corsConfiguration":{"allowHeaders":["Content-Type"],"exposeHeaders":["X-A"],"allowMethods":["put"]}}`)
	a.Fill()
	got, _ := json.Marshal(a)
	want := `{"apiKeySelectionExpression":"$request.header.x-api-key","corsConfiguration":{"allowHeaders":["content-type"],"allowMethods":["put"],"exposeHeaders":["x-a"]},` +
		`"disableExecuteApiEndpoint":false,"ipAddressType":"ipv4","name":"a","protocolType":"HTTP","routeSelectionExpression":"$request.method $request.path","tags":{}}`
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestRouteKey(t *testing.T) {
	for _, c := range []struct{ protocol, key, want string }{
		{HTTP, "$default", ""},
		{HTTP, "GET /", ""},
		{HTTP, "ANY /a/{b}/{c+}", ""},
		{HTTP, "GET /a.b:c_d-e", ""},
		{HTTP, "", "Route key is required"},
		{HTTP, "GET", "The provided route key is not formatted properly for HTTP protocol."},
		{HTTP, "get /a", "The provided route key is not formatted properly"},
		{HTTP, "TRACE /a", "The provided route key is not formatted properly"},
		{HTTP, "GET a", "The provided route key is not formatted properly"},
		{HTTP, "$connect", "The provided route key is not formatted properly"},
		{HTTP, "GET /a/", "One or more path parts appear to be invalid. Parts are validated against this regular expression: ^("},
		{HTTP, "GET //a", "One or more path parts"},
		{HTTP, "GET /a b", "One or more path parts"},
		{HTTP, "GET /{a+}/b", "The greedy path variable {a+}"},
		{HTTP, "GET /{a}/{a}", "The path variable a appears twice"},
		{HTTP, "GET /{a", "One or more path parts"},
		{WebSocket, "$connect", ""},
		{WebSocket, "$disconnect", ""},
		{WebSocket, "$default", ""},
		{WebSocket, "send message", ""},
		{WebSocket, "a$b", ""},
		{WebSocket, "$", "The provided route key is not formatted properly"},
		{WebSocket, "$foo", "The provided route key is not formatted properly"},
		{WebSocket, "$Connect", "The provided route key is not formatted properly"},
		{WebSocket, "$connect ", "The provided route key is not formatted properly"},
		{WebSocket, "", "Route key is required"},
	} {
		t.Run(c.protocol+" "+c.key, func(t *testing.T) { check(t, ValidateRouteKey(c.protocol, c.key), c.want) })
	}
	if a, b := RouteKeyShape("GET /o/{x}/{y+}"), RouteKeyShape("GET /o/{z}/{w+}"); a != b {
		t.Errorf("shapes: got %q and %q, want one", a, b)
	}
	if a, b := RouteKeyShape("GET /o/{x}"), RouteKeyShape("GET /o/{x+}"); a == b {
		t.Errorf("shapes of {x} and {x+}: got %q for both, want two", a)
	}
}

func TestRoute(t *testing.T) {
	for name, c := range map[string]struct{ protocol, body, want string }{
		"HTTP with scopes":               {HTTP, `{"routeKey":"$default","authorizationType":"JWT","authorizationScopes":["a"]}`, ""},
		"scopes without JWT":             {HTTP, `{"routeKey":"$default","authorizationScopes":["a"]}`, "Invalid Route authorization type specified. Authorization Scopes are only valid"},
		"a long scope":                   {HTTP, `{"routeKey":"$default","authorizationType":"JWT","authorizationScopes":["` + strings.Repeat("a", 65) + `"]}`, "Invalid value specified for AuthorizationScopes"},
		"a target in the singular":       {WebSocket, `{"routeKey":"a","target":"integration/abc"}`, "Unexpected or malformed target in route."},
		"a target without id":            {WebSocket, `{"routeKey":"a","target":"integrations/"}`, "Unexpected or malformed target in route."},
		"a target of two ids":            {WebSocket, `{"routeKey":"a","target":"integrations/a/b"}`, "Unexpected or malformed target in route."},
		"IAM on $connect":                {WebSocket, `{"routeKey":"$connect","authorizationType":"AWS_IAM"}`, ""},
		"IAM on $disconnect":             {WebSocket, `{"routeKey":"$disconnect","authorizationType":"AWS_IAM"}`, "Currently, authorization is restricted to the $connect route only"},
		"CUSTOM on $default":             {WebSocket, `{"routeKey":"$default","authorizationType":"CUSTOM","authorizerId":"a"}`, "Currently, authorization is restricted to the $connect route only"},
		"JWT on another route":           {WebSocket, `{"routeKey":"a","authorizationType":"JWT"}`, "Currently, authorization is restricted to the $connect route only"},
		"an authorizer alone":            {WebSocket, `{"routeKey":"a","authorizationType":"NONE","authorizerId":"a"}`, ""},
		"JWT on WEBSOCKET":               {WebSocket, `{"routeKey":"$connect","authorizationType":"JWT"}`, "Invalid authorization type specified"},
		"a target of another form":       {HTTP, `{"routeKey":"$default","target":"abc"}`, "Unexpected or malformed target in route. Correct format should be integrations/<integration_id>."},
		"an API key on HTTP":             {HTTP, `{"routeKey":"$default","apiKeyRequired":true}`, "ApiKeyRequired is not currently supported for HTTP APIs."},
		"models on HTTP":                 {HTTP, `{"routeKey":"$default","requestModels":{"a":"b"}}`, "RequestModels is not supported"},
		"parameters on HTTP":             {HTTP, `{"routeKey":"$default","requestParameters":{"route.request.header.a":{"required":true}}}`, "RequestParameters is not supported"},
		"parameters on $connect":         {WebSocket, `{"routeKey":"$connect","requestParameters":{"route.request.querystring.a":{"required":true}}}`, ""},
		"parameters on another route":    {WebSocket, `{"routeKey":"a","requestParameters":{"route.request.querystring.a":{}}}`, "Request parameters are only supported on the $connect route"},
		"a parameter of another form":    {WebSocket, `{"routeKey":"$connect","requestParameters":{"header.a":{}}}`, `Invalid request parameter "header.a" specified`},
		"a response selection":           {WebSocket, `{"routeKey":"a","routeResponseSelectionExpression":"$default"}`, ""},
		"a response selection not known": {WebSocket, `{"routeKey":"a","routeResponseSelectionExpression":"$x"}`, "Invalid route response selection expression"},
	} {
		t.Run(name, func(t *testing.T) {
			r := decode[Route](t, c.body)
			r.Fill()
			check(t, r.Validate(c.protocol, false), c.want)
		})
	}
	for body, want := range map[string]string{
		`{"routeKey":"$connect","authorizationType":"JWT","authorizerId":"a","authorizationScopes":["x"]}`: "",
		`{"routeKey":"a","authorizationType":"JWT","authorizerId":"a"}`:                                    "",
		`{"routeKey":"$default","authorizationType":"CUSTOM","authorizerId":"a"}`:                          "",
		`{"routeKey":"a","authorizationType":"AWS_IAM"}`:                                                   "",
		`{"routeKey":"a","authorizationType":"CUSTOM","authorizationScopes":["x"]}`:                        "Invalid Route authorization type specified.",
		`{"routeKey":"$disconnect","authorizationType":"AWS_IAM"}`:                                         "Authorization is not supported on the $disconnect route",
	} {
		check(t, decode[Route](t, body).Validate(WebSocket, true), want)
	}
}

func TestIntegration(t *testing.T) {
	long := strings.Repeat("é", MaxTemplate)
	for name, c := range map[string]struct{ protocol, body, want string }{
		"MOCK":                            {WebSocket, `{"integrationType":"MOCK"}`, ""},
		"MOCK with a URI":                 {WebSocket, `{"integrationType":"MOCK","integrationUri":"http://a"}`, "Integration URI is not supported for MOCK integrations"},
		"MOCK on HTTP":                    {HTTP, `{"integrationType":"MOCK","payloadFormatVersion":"1.0"}`, "Currently, an API with a protocol type of HTTP may only be"},
		"HTTP_PROXY":                      {HTTP, `{"integrationType":"HTTP_PROXY","integrationUri":"http://a","payloadFormatVersion":"1.0","integrationMethod":"ANY"}`, ""},
		"no version on HTTP":              {HTTP, `{"integrationType":"HTTP_PROXY","integrationUri":"http://a"}`, "PayloadFormatVersion is a required parameter for integration"},
		"another version":                 {HTTP, `{"integrationType":"HTTP_PROXY","integrationUri":"http://a","payloadFormatVersion":"3.0"}`, "Unsupported PayloadFormatVersion: 3.0"},
		"version 2.0 for a URL":           {HTTP, `{"integrationType":"HTTP_PROXY","integrationUri":"http://a","payloadFormatVersion":"2.0"}`, "PayloadFormatVersion 2.0 is not supported for integration of type HTTP_PROXY"},
		"version 2.0 on WEBSOCKET":        {WebSocket, `{"integrationType":"AWS_PROXY","integrationUri":"` + function + `","payloadFormatVersion":"2.0"}`, "Unsupported PayloadFormatVersion: 2.0"},
		"a function":                      {HTTP, `{"integrationType":"AWS_PROXY","integrationUri":"` + function + `","payloadFormatVersion":"2.0"}`, ""},
		"a function by its path":          {WebSocket, `{"integrationType":"AWS","integrationUri":"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/` + function + `/invocations"}`, ""},
		"AWS_PROXY with a URL":            {HTTP, `{"integrationType":"AWS_PROXY","integrationUri":"http://a","payloadFormatVersion":"2.0"}`, "Invalid integration URI specified"},
		"AWS_PROXY with a queue":          {WebSocket, `{"integrationType":"AWS_PROXY","integrationUri":"arn:aws:apigateway:us-east-1:sqs:path/1/q"}`, "Integrations of type 'AWS_PROXY' currently only supports"},
		"HTTP without a URI":              {WebSocket, `{"integrationType":"HTTP"}`, "Invalid HTTP endpoint specified for URI"},
		"HTTP without a host":             {WebSocket, `{"integrationType":"HTTP","integrationUri":"http:///a"}`, "Invalid HTTP endpoint specified for URI"},
		"a stage variable as host":        {WebSocket, `{"integrationType":"HTTP","integrationMethod":"GET","integrationUri":"http://${stageVariables.h}/a"}`, ""},
		"a timeout too short":             {WebSocket, `{"integrationType":"MOCK","timeoutInMillis":49}`, "Timeout should be between 50 ms and 29000 ms"},
		"a timeout too long for a socket": {WebSocket, `{"integrationType":"MOCK","timeoutInMillis":29001}`, "Timeout should be between 50 ms and 29000 ms"},
		"a timeout of HTTP":               {HTTP, `{"integrationType":"HTTP_PROXY","integrationUri":"http://a","integrationMethod":"GET","payloadFormatVersion":"1.0","timeoutInMillis":30000}`, ""},
		"a timeout before the version":    {HTTP, `{"integrationType":"HTTP_PROXY","integrationUri":"http://a","timeoutInMillis":30001}`, "Timeout should be between 50 ms and 30000 ms"},
		"a link before the version":       {HTTP, `{"integrationType":"HTTP_PROXY","connectionType":"VPC_LINK","integrationUri":"http://a"}`, "ConnectionId must be set to vpcLinkId for ConnectionType VPC_LINK"},
		"a socket's link":                 {WebSocket, `{"integrationType":"HTTP","connectionType":"VPC_LINK","integrationUri":"http://a"}`, "ConnectionId must be set to vpcLinkId for ConnectionType VPC_LINK"},
		"HTTP_PROXY without a method":     {HTTP, `{"integrationType":"HTTP_PROXY","integrationUri":"http://a","payloadFormatVersion":"1.0"}`, "HttpMethod parameter method must be specified for integrationType HTTPPROXY"},
		"a socket's without a method":     {WebSocket, `{"integrationType":"HTTP_PROXY","integrationUri":"http://a"}`, "HttpMethod parameter method must be specified for integrationType HTTPPROXY"},
		"HTTP without a method":           {WebSocket, `{"integrationType":"HTTP","integrationUri":"http://a"}`, "HttpMethod parameter method must be specified for integrationType HTTP"},
		"a private one without a method":  {HTTP, `{"integrationType":"HTTP_PROXY","connectionType":"VPC_LINK","connectionId":"a","integrationUri":"arn:aws:elasticloadbalancing:us-east-1:0:listener/x","payloadFormatVersion":"1.0"}`, "HttpMethod parameter method must be specified for integrationType HTTPPROXY"},
		"templates on HTTP":               {HTTP, `{"integrationType":"HTTP_PROXY","integrationUri":"http://a","payloadFormatVersion":"1.0","requestTemplates":{"a":"b"}}`, "RequestTemplates is not supported"},
		"response parameters on a socket": {WebSocket, `{"integrationType":"MOCK","responseParameters":{"200":{"a":"b"}}}`, "ResponseParameters is not supported"},
		"a subtype on a socket":           {WebSocket, `{"integrationType":"AWS_PROXY","integrationSubtype":"SQS-SendMessage"}`, "IntegrationSubtype is not supported"},
		"a template that just fits":       {WebSocket, `{"integrationType":"MOCK","requestTemplates":{"a":"` + long + `"}}`, ""},
		"a template that does not":        {WebSocket, `{"integrationType":"MOCK","requestTemplates":{"a":"` + long + `x"}}`, `Invalid value specified for RequestTemplates: the template "a" has 32769 characters`},
		"an empty template":               {WebSocket, `{"integrationType":"MOCK","requestTemplates":{"a":""}}`, ""},
		"a method":                        {WebSocket, `{"integrationType":"HTTP","integrationUri":"http://a","integrationMethod":"FETCH"}`, "Invalid value specified for IntegrationMethod"},
		"credentials":                     {WebSocket, `{"integrationType":"MOCK","credentialsArn":"role"}`, "Invalid ARN specified in the request: CredentialsArn"},
		"a parameter value":               {WebSocket, `{"integrationType":"MOCK","requestParameters":{"a":"` + strings.Repeat("x", 513) + `"}}`, `Invalid value specified for RequestParameters: the value of "a"`},
		"removed by no value":             {HTTP, `{"integrationType":"HTTP_PROXY","integrationUri":"http://a","integrationMethod":"GET","payloadFormatVersion":"1.0","requestParameters":{"remove:header.a":"","remove:querystring.b":""},"responseParameters":{"200":{"remove:header.a":""}}}`, ""},
		"appended without a value":        {HTTP, `{"integrationType":"HTTP_PROXY","integrationUri":"http://a","integrationMethod":"GET","payloadFormatVersion":"1.0","requestParameters":{"append:header.a":""}}`, `Invalid value specified for RequestParameters: the value of "append:header.a" must have between 1 and 512 characters, got 0`},
		"a private one without its link":  {HTTP, `{"integrationType":"HTTP_PROXY","connectionType":"VPC_LINK","integrationUri":"http://a","payloadFormatVersion":"1.0"}`, "ConnectionId must be set to vpcLinkId for ConnectionType VPC_LINK"},
		"a private one with a URL":        {HTTP, `{"integrationType":"HTTP_PROXY","connectionType":"VPC_LINK","connectionId":"a","integrationUri":"http://a","payloadFormatVersion":"1.0"}`, "For VpcLink VPC_LINK, integration uri should be a valid ELB listener ARN or a valid Cloud Map service ARN."},
		"a private one":                   {HTTP, `{"integrationType":"HTTP_PROXY","connectionType":"VPC_LINK","connectionId":"a","integrationMethod":"ANY","integrationUri":"arn:aws:elasticloadbalancing:us-east-1:0:listener/x","payloadFormatVersion":"1.0"}`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			i := decode[Integration](t, c.body)
			i.Fill(c.protocol)
			check(t, first(i.Validate(c.protocol, 0), i.ValidateMethod()), c.want)
		})
	}
}

func TestSubtype(t *testing.T) {
	const base = `"integrationType":"AWS_PROXY","payloadFormatVersion":"1.0","credentialsArn":"arn:aws:iam::0:role/r"`
	for name, c := range map[string]struct{ body, want string }{
		"complete":            {base + `,"integrationSubtype":"SQS-SendMessage","requestParameters":{"QueueUrl":"u","MessageBody":"$request.body"}`, ""},
		"with a URI":          {base + `,"integrationSubtype":"SQS-PurgeQueue","integrationUri":"http://a"`, "IntegrationUri is not supported"},
		"with a method":       {base + `,"integrationSubtype":"SQS-PurgeQueue","integrationMethod":"POST"`, "IntegrationMethod is not supported"},
		"of another type":     {`"integrationType":"HTTP_PROXY","payloadFormatVersion":"1.0","integrationSubtype":"SQS-PurgeQueue","integrationUri":"x"`, "IntegrationSubtype is only supported for AWS_PROXY"},
		"without a role":      {`"integrationType":"AWS_PROXY","payloadFormatVersion":"1.0","integrationSubtype":"SQS-PurgeQueue"`, "CredentialsArn is required"},
		"with a region":       {base + `,"integrationSubtype":"SQS-PurgeQueue","requestParameters":{"QueueUrl":"u","Region":"eu-west-1"}`, ""},
		"in payload format 2": {strings.Replace(base, "1.0", "2.0", 1) + `,"integrationSubtype":"SQS-PurgeQueue"`, "PayloadFormatVersion 2.0 is only supported"},
	} {
		t.Run(name, func(t *testing.T) {
			i := decode[Integration](t, "{"+c.body+"}")
			i.Fill(HTTP)
			check(t, i.Validate(HTTP, 0), c.want)
		})
	}
}

func TestIntegrationFill(t *testing.T) {
	for name, c := range map[string]struct{ protocol, body, want string }{
		"MOCK":       {WebSocket, `{"integrationType":"MOCK"}`, `{"connectionType":"INTERNET","integrationResponseSelectionExpression":"${integration.response.statuscode}","integrationType":"MOCK","passthroughBehavior":"WHEN_NO_MATCH","payloadFormatVersion":"1.0","timeoutInMillis":29000}`},
		"AWS":        {WebSocket, `{"integrationType":"AWS"}`, `{"connectionType":"INTERNET","integrationMethod":"POST","integrationResponseSelectionExpression":"${integration.response.body.errorMessage}","integrationType":"AWS","passthroughBehavior":"WHEN_NO_MATCH","payloadFormatVersion":"1.0","timeoutInMillis":29000}`},
		"AWS_PROXY":  {WebSocket, `{"integrationType":"AWS_PROXY"}`, `{"connectionType":"INTERNET","integrationMethod":"POST","integrationType":"AWS_PROXY","passthroughBehavior":"WHEN_NO_MATCH","payloadFormatVersion":"1.0","timeoutInMillis":29000}`},
		"HTTP_PROXY": {HTTP, `{"integrationType":"HTTP_PROXY","passthroughBehavior":"WHEN_NO_MATCH","tlsConfig":{"serverNameToVerify":"a"}}`, `{"connectionType":"INTERNET","integrationType":"HTTP_PROXY","timeoutInMillis":30000}`},
	} {
		t.Run(name, func(t *testing.T) {
			i := decode[Integration](t, c.body)
			i.Fill(c.protocol)
			if got, _ := json.Marshal(i); string(got) != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}
