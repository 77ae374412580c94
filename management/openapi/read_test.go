package openapi

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dragoman-gateway/dragoman/management/tree"
	"github.com/dragoman-gateway/dragoman/resource"
)

const head = `openapi: "3.0.1"
info: {title: Pets, version: 2.0, description: All about pets}
`

func read(t *testing.T, document string, options Options) *Definition {
	t.Helper()
	d, err := Read(document, options)
	if err != nil {
		t.Fatalf("Read(%s): %v", document, err)
	}
	return d
}

const everythingYAML = head + `
tags:
- {name: team, x-amazon-apigateway-tag-value: pets}
- {name: ignored}
servers:
- url: https://example.com/{basePath}
  variables: {basePath: {default: v1/pets}}
  x-amazon-apigateway-endpoint-configuration: {disableExecuteApiEndpoint: true}
security: [{login: [read]}]
paths:
  /pets/{id}:
    get:
      operationId: getPet
      x-amazon-apigateway-integration: {type: HTTP_PROXY, httpMethod: GET, uri: "https://b/{id}", payloadFormatVersion: 1.0, timeoutInMillis: 5000}
    x-amazon-apigateway-any-method:
      security: []
      x-amazon-apigateway-integration: {$ref: "#/components/x-amazon-apigateway-integrations/shared"}
  /owners:
    post:
      x-amazon-apigateway-auth: {type: AWS_IAM}
      x-amazon-apigateway-integration: {$ref: "#/components/x-amazon-apigateway-integrations/shared"}
  /queue:
    put:
      security: [{check: []}]
      x-amazon-apigateway-integration:
        type: aws_proxy
        integrationSubtype: SQS-SendMessage
        credentials: arn:aws:iam::${AWS::AccountId}:role/r
        payloadFormatVersion: "1.0"
        requestParameters: {QueueUrl: u, MessageBody: $request.body}
        responseParameters: {"200": {"overwrite:statuscode": 204}}
  /$default:
    x-amazon-apigateway-any-method:
      isDefaultRoute: true
      security: []
components:
  securitySchemes:
    login:
      type: openIdConnect
      openIdConnectUrl: https://idp.example.com/.well-known/openid-configuration
      x-amazon-apigateway-authorizer: {type: jwt, jwtConfiguration: {audience: [a, b]}, identitySource: $request.header.Authorization}
    check:
      type: apiKey
      name: Unused
      in: header
      x-amazon-apigateway-authorizer: {type: request, authorizerUri: "arn:aws:lambda:${AWS::Region}:0:function:f", authorizerPayloadFormatVersion: 2.0, identitySource: "$request.header.A, $request.querystring.b", authorizerResultTtlInSeconds: 60, enableSimpleResponses: true}
  x-amazon-apigateway-integrations:
    shared: {type: aws_proxy, httpMethod: POST, uri: "arn:aws:lambda:us-east-1:0:function:g", payloadFormatVersion: "2.0", connectionType: INTERNET}
x-amazon-apigateway-cors: {allowOrigins: ["https://a"], allowMethods: GET, maxAge: "60", allowCredentials: true, allow_headers: [x]}
`

func pointer[T any](v T) *T { return &v }

func TestReadEverything(t *testing.T) {
	got := read(t, everythingYAML, Options{Region: "eu-west-1", Account: "123456789012"})
	want := &Definition{
		Title: "Pets", Version: "2.0", Description: "All about pets", Tags: map[string]string{"team": "pets"}, DisableEndpoint: pointer(true),
		Cors: &resource.Cors{AllowCredentials: pointer(true), AllowMethods: []string{"GET"}, AllowOrigins: []string{"https://a"}, MaxAge: pointer(int32(60))},
		Authorizers: []resource.Authorizer{
			{Name: "login", AuthorizerType: "JWT", IdentitySource: []string{"$request.header.Authorization"}, JwtConfiguration: &resource.JWTConfiguration{Audience: []string{"a", "b"}, Issuer: "https://idp.example.com"}},
			{Name: "check", AuthorizerType: "REQUEST", AuthorizerUri: "arn:aws:lambda:eu-west-1:0:function:f", AuthorizerPayloadFormatVersion: "2.0", IdentitySource: []string{"$request.header.A", "$request.querystring.b"},
				AuthorizerResultTtlInSeconds: pointer(int32(60)), EnableSimpleResponses: pointer(true)},
		},
		Integrations: []resource.Integration{
			{IntegrationType: "HTTP_PROXY", IntegrationMethod: "GET", IntegrationUri: "https://b/{id}", PayloadFormatVersion: "1.0", TimeoutInMillis: 5000},
			{IntegrationType: "AWS_PROXY", IntegrationMethod: "POST", IntegrationUri: "arn:aws:lambda:us-east-1:0:function:g", PayloadFormatVersion: "2.0", ConnectionType: "INTERNET"},
			{IntegrationType: "AWS_PROXY", IntegrationSubtype: "SQS-SendMessage", CredentialsArn: "arn:aws:iam::123456789012:role/r", PayloadFormatVersion: "1.0",
				RequestParameters:  map[string]string{"QueueUrl": "u", "MessageBody": "$request.body"},
				ResponseParameters: map[string]map[string]string{"200": {"overwrite:statuscode": "204"}}},
		},
		Routes: []Route{
			{Route: resource.Route{RouteKey: "GET /pets/{id}", OperationName: "getPet", AuthorizationType: "JWT", AuthorizationScopes: []string{"read"}}, Authorizer: "login"},
			{Route: resource.Route{RouteKey: "ANY /pets/{id}", AuthorizationType: "NONE"}, Integration: 1},
			{Route: resource.Route{RouteKey: "POST /owners", AuthorizationType: "AWS_IAM"}, Integration: 1},
			{Route: resource.Route{RouteKey: "PUT /queue", AuthorizationType: "CUSTOM"}, Integration: 2, Authorizer: "check"},
			{Route: resource.Route{RouteKey: "$default", AuthorizationType: "NONE"}, Integration: -1},
		},
		Info: []string{"The operation at $default has no integration"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("want -, got +:\n%s", diff)
	}
}

func TestReadTheSameFromJSON(t *testing.T) {
	root, err := parse(everythingYAML)
	if err != nil {
		t.Fatal(err)
	}
	var object any
	text, err := root.JSON(tree.Limits{Bytes: maxPart})
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &object); err != nil {
		t.Fatal(err)
	}
	text, err = json.Marshal(object) // in another order of members
	if err != nil {
		t.Fatal(err)
	}
	if got, want := len(read(t, string(text), Options{}).Routes), 5; got != want {
		t.Errorf("got %d routes, want %d", got, want)
	}
}

func TestBasepath(t *testing.T) {
	for name, c := range map[string]struct{ server, mode, path, want string }{
		"ignored by default":      {`{url: "https://h/a/b/c"}`, "", "/e", "GET /e"},
		"ignored":                 {`{url: "https://h/a/b/c"}`, "ignore", "/e", "GET /e"},
		"before each path":        {`{url: "https://h/a/b/c"}`, "prepend", "/e", "GET /a/b/c/e"},
		"without its first part":  {`{url: "https://h/a/b/c"}`, "split", "/e", "GET /b/c/e"},
		"one part, split":         {`{url: "https://h/a"}`, "split", "/e", "GET /e"},
		"no path":                 {`{url: "https://h"}`, "prepend", "/e", "GET /e"},
		"a root path":             {`{url: "https://h/a"}`, "prepend", "/", "GET /a"},
		"a relative server":       {`{url: "/a/"}`, "prepend", "/e", "GET /a/e"},
		"the variable basePath":   {`{url: "https://h/{basePath}", variables: {basePath: {default: x/y}}}`, "prepend", "/e", "GET /x/y/e"},
		"another variable":        {`{url: "https://h/{v}/z", variables: {v: {default: "1"}}}`, "prepend", "/e", "GET /1/z/e"},
		"an empty variable":       {`{url: "https://h/{basePath}", variables: {basePath: {default: ""}}}`, "prepend", "/e", "GET /e"},
		"what cannot be a server": {`{url: "https://h:x/%zz"}`, "prepend", "/e", "GET /e"},
	} {
		t.Run(name, func(t *testing.T) {
			d := read(t, head+"servers: ["+c.server+"]\npaths: {"+c.path+": {get: {}}}", Options{Basepath: c.mode})
			if got := d.Routes[0].RouteKey; got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestRefusals(t *testing.T) {
	const jwt = "\ncomponents: {securitySchemes: {a: {type: oauth2, x-amazon-apigateway-authorizer: {type: jwt}}, b: {type: oauth2, x-amazon-apigateway-authorizer: {type: jwt}}, c: {type: http}}}"
	for name, c := range map[string]struct{ document, want string }{
		"not YAML":                     {"a: [", "Unable to parse the OpenAPI document: "},
		"not JSON":                     {`{"openapi":`, "Unable to parse the OpenAPI document: "},
		"more than one JSON":           {`{"openapi":"3.0.1"} {}`, "Unable to parse the OpenAPI document: something follows"},
		"nothing":                      {"", "Unable to parse the OpenAPI document: the document is empty"},
		"too deep":                     {`{"a":` + strings.Repeat("[", 300) + strings.Repeat("]", 300) + "}", "Unable to parse the OpenAPI document: the document is nested too deeply"},
		"Swagger":                      {"swagger: '2.0'", "Invalid OpenAPI input. Swagger 2.0 is not supported"},
		"OpenAPI 3.2":                  {"openapi: 3.2.0", "Invalid OpenAPI input. Expected an OpenAPI 3.0 document, got version \"3.2.0\""},
		"Swagger beside OpenAPI":       {"swagger: '2.0'\nopenapi: 3.0.1", "Invalid OpenAPI input. Swagger 2.0 is not supported"},
		"no version":                   {"info: {}", "Invalid OpenAPI input."},
		"a text":                       {"hello", "Invalid OpenAPI input."},
		"an operation that is no map":  {head + "paths: {/a: {get: 1}}", "Unable to parse API definition: the operation at GET /a"},
		"a missing reference":          {head + `paths: {/a: {get: {x-amazon-apigateway-integration: {$ref: "#/components/x"}}}}`, "Unable to parse API definition because of a malformed integration at path GET /a"},
		"a timeout that is no number":  {head + `paths: {/a: {get: {x-amazon-apigateway-integration: {type: http_proxy, timeoutInMillis: soon}}}}`, "Unable to parse API definition because of a malformed integration at path GET /a: timeoutInMillis: expected an integer"},
		"an integration of lists":      {head + `paths: {/a: {get: {x-amazon-apigateway-integration: {type: [http_proxy]}}}}`, "Unable to parse API definition because of a malformed integration at path GET /a: type: expected a text"},
		"two requirements":             {head + "paths: {/a: {get: {security: [{a: []}, {b: []}]}}}" + jwt, "More than one security requirement at GET /a"},
		"two schemes at once":          {head + "paths: {/a: {get: {security: [{a: [], b: []}]}}}" + jwt, "More than one security requirement at GET /a"},
		"three of which one is no one": {head + "paths: {/a: {get: {security: [{c: []}, {a: []}, {b: []}]}}}" + jwt, "More than one security requirement at GET /a"},
		"one twice":                    {head + "paths: {/a: {get: {security: [{a: [x]}, {a: [y]}]}}}" + jwt, "More than one security requirement at GET /a"},
		"paths that are a list":        {head + "paths: []", "Unable to parse API definition: the attribute paths is not an object"},
		"a requirement that is a map":  {head + "paths: {/a: {get: {security: {a: []}}}}" + jwt, "Unable to parse API definition: the security at GET /a is not a list"},
		"one that is a text":           {head + "paths: {/a: {get: {security: a}}}" + jwt, "Unable to parse API definition: the security at GET /a is not a list"},
		"one that has a text":          {head + "security: [a]\npaths: {/a: {get: {}}}" + jwt, "Unable to parse API definition: the security at GET /a has an item that is not an object"},
		"too large":                    {head + "#" + strings.Repeat("x", MaxDocument), "Invalid OpenAPI input. The document has 6291"},
		"another authorization type":   {head + "paths: {/a: {get: {x-amazon-apigateway-auth: {type: JWT}}}}", "Invalid x-amazon-apigateway-auth at GET /a"},
		"an authorizer of wrong types": {head + "components: {securitySchemes: {a: {x-amazon-apigateway-authorizer: {type: jwt, authorizerResultTtlInSeconds: x}}}}", "Invalid x-amazon-apigateway-authorizer of the security scheme a"},
		"CORS of wrong types":          {head + "x-amazon-apigateway-cors: {maxAge: x}", "Invalid x-amazon-apigateway-cors"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Read(c.document, Options{})
			e, ok := errors.AsType[*Error](err)
			if !ok || !strings.HasPrefix(e.Message, c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
			for _, inside := range []string{"yaml:", "json:", "openapi.", "Go "} {
				if ok && strings.Contains(e.Message, inside) {
					t.Errorf("got %q, which says %q", e.Message, inside)
				}
			}
		})
	}
	if _, err := Read(head, Options{Basepath: "cut"}); err == nil || !strings.HasPrefix(err.Error(), "Invalid value specified for Basepath") {
		t.Errorf("got %v for an unknown base path mode", err)
	}
}

func TestWarnings(t *testing.T) {
	for name, c := range map[string]struct{ document, want string }{
		"a model that is not there": {head + `paths: {/update: {get: {responses: {"200": {description: d, content: {application/json: {schema: {$ref: "#/components/schemas/ModelThatDoesNotExist"}}}}}}}}`,
			"Parse issue: attribute paths.'/update'(get).responses.200.content.schema.#/components/schemas/ModelThatDoesNotExist is missing"},
		"a parameter that is not there": {head + `paths: {/a: {get: {parameters: [{$ref: "#/components/parameters/P"}]}}}`, "Parse issue: attribute paths.'/a'(get).parameters.#/components/parameters/P is missing"},
		"no title":                      {"openapi: 3.0.1\ninfo: {version: '1'}\npaths: {}", "Parse issue: attribute info.title is missing"},
		"no info":                       {"openapi: 3.0.1\npaths: {}", "Parse issue: attribute info is missing"},
		"OpenAPI 3.1":                   {"openapi: 3.1.0\ninfo: {title: a, version: '1'}\npaths: {}", "OpenAPI 3.1.0 is read as OpenAPI 3.0; Amazon API Gateway refuses it"},
		"OpenAPI 3.1 as a number":       {"openapi: 3.1\ninfo: {title: a, version: '1'}\npaths: {}", "OpenAPI 3.1 is read as OpenAPI 3.0; Amazon API Gateway refuses it"},
		"a long description":            {"openapi: 3.0.1\ninfo: {title: a, version: '1', description: " + strings.Repeat("é", 1025) + "}\npaths: {}", "The attribute info.description has more than 1024 characters and was cut"},
		"a path that is a list":         {head + "paths: {/a: []}", "Parse issue: attribute paths.'/a' is not of type object"},
		"a method of large letters":     {head + "paths: {/a: {GET: {}}}", "Parse issue: attribute paths.'/a'.GET is unexpected"},
		"a path that is elsewhere":      {head + "paths: {/a: {$ref: 'other.yaml#/a'}}", "Parse issue: attribute paths.'/a'.$ref other.yaml#/a is not in the document"},
		"a path that names itself":      {head + "paths: {/a: {$ref: '#/paths/~1a'}}", "Parse issue: attribute paths.'/a'.$ref #/paths/~1a is not in the document"},
		"an integration of no type":     {head + "paths: {/a: {get: {x-amazon-apigateway-integration: {uri: 'http://a'}}}}", "The integration at GET /a has no type and was ignored"},
		"a policy":                      {head + "paths: {}\nx-amazon-apigateway-policy: {}", "x-amazon-apigateway-policy is not supported for HTTP APIs and was ignored: it keeps nobody out"},
		"no paths":                      {head, "Parse issue: attribute paths is missing"},
		"a path without a slash":        {head + "paths: {pets: {get: {}}}", "Parse issue: attribute paths. Resource pets should start with /"},
		"the default path without one":  {head + "paths: {$default: {x-amazon-apigateway-any-method: {isDefaultRoute: true}}}", "Parse issue: attribute paths. Resource $default should start with /"},
		"an integration of REST APIs":   {head + "paths: {/a: {get: {x-amazon-apigateway-integration: {type: MOCK}}}}", "The integration type MOCK at GET /a is not supported for HTTP APIs and was ignored"},
		"trace":                         {head + "paths: {/a: {trace: {}}}", "Parse issue: attribute paths.'/a'(trace) is not supported"},
	} {
		t.Run(name, func(t *testing.T) {
			d := read(t, c.document, Options{})
			if len(d.Warnings) != 1 || d.Warnings[0] != c.want {
				t.Errorf("got %q, want %q", d.Warnings, c.want)
			}
		})
	}
}

func TestInfo(t *testing.T) {
	d := read(t, head+`paths: {/a: {post: {requestBody: {}, parameters: [{in: query, name: q}, {in: path, name: p}], x-amazon-apigateway-request-validator: all}}}
x-amazon-apigateway-gateway-responses: {}`, Options{})
	want := []string{
		"The extension x-amazon-apigateway-gateway-responses is not supported for HTTP APIs and was ignored",
		"The operation at POST /a has no integration",
		"The extension x-amazon-apigateway-request-validator at POST /a is not supported for HTTP APIs and was ignored",
		"The request body at POST /a is not validated by HTTP APIs and was ignored",
		"The query parameter q at POST /a is not validated by HTTP APIs and was ignored",
	}
	if diff := cmp.Diff(want, d.Info); diff != "" {
		t.Errorf("want -, got +:\n%s", diff)
	}
}

// TestAliases reads documents that are small as text and endless as trees.
func TestAliases(t *testing.T) {
	var b strings.Builder
	b.WriteString(head + "x0: &a0 {k: v}\n")
	for i := 1; i < 30; i++ {
		name := func(n int) string { return "a" + strings.Repeat("i", n) }
		if i == 1 {
			b.WriteString("x1: &ai {p: *a0, q: *a0, r: *a0}\n")
			continue
		}
		b.WriteString("y" + name(i) + ": &" + name(i) + " {p: *" + name(i-1) + ", q: *" + name(i-1) + ", r: *" + name(i-1) + "}\n")
	}
	last := "a" + strings.Repeat("i", 29)
	for _, document := range []string{
		b.String() + "paths: {/a: {get: *" + last + "}}",
		b.String() + "paths: {/a: {get: {x-amazon-apigateway-integration: *" + last + "}}}",
		head + "paths: &p {/a: {get: *p}}",
		head + "paths: {/a: &q {get: {responses: *q}}}",
	} {
		_, _ = Read(document, Options{}) // ends, whatever it says
	}
	shared := read(t, head+"x-common: &i {type: http_proxy, uri: 'http://a', httpMethod: GET}\npaths: {/a: {get: {x-amazon-apigateway-integration: *i}}, /b: {get: {x-amazon-apigateway-integration: *i}}}", Options{})
	if len(shared.Integrations) != 2 || shared.Integrations[1].IntegrationUri != "http://a" {
		t.Errorf("got %+v, want both operations to have the integration", shared.Integrations)
	}
}

func FuzzRead(f *testing.F) {
	for _, seed := range []string{everythingYAML, head, `{"openapi":"3.0.1","info":{"title":"t","version":"1"},"paths":{"/a":{"get":{}}}}`, "a: &a [*a]", "{", "? [a]\n: b"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, document string) {
		d, err := Read(document, Options{Basepath: Split})
		if err != nil {
			return
		}
		for _, r := range d.Routes {
			if r.Integration >= len(d.Integrations) {
				t.Errorf("route %s names integration %d of %d", r.RouteKey, r.Integration, len(d.Integrations))
			}
		}
	})
}
