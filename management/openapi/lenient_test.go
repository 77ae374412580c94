package openapi

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dragoman-gateway/dragoman/resource"
)

// TestDefaultWithoutSlash reads what SAM writes for an event without a path.
func TestDefaultWithoutSlash(t *testing.T) {
	d := read(t, head+`paths: {$default: {x-amazon-apigateway-any-method: {isDefaultRoute: true, x-amazon-apigateway-integration: {type: aws_proxy, httpMethod: POST, uri: "arn:aws:lambda:us-east-1:0:function:f", payloadFormatVersion: "2.0"}}}}`, Options{})
	if len(d.Routes) != 1 || d.Routes[0].RouteKey != "$default" || d.Routes[0].Integration != 0 || len(d.Integrations) != 1 || len(d.LeftOut) != 0 {
		t.Errorf("got routes %+v, integrations %+v, left out %v, want the route $default with its integration", d.Routes, d.Integrations, d.LeftOut)
	}
	if want := []string{"Parse issue: attribute paths. Resource $default should start with /"}; !cmp.Equal(d.Warnings, want) {
		t.Errorf("got warnings %q, want %q", d.Warnings, want)
	}
}

// TestPathThatEndsWithASlash reads operations that AWS makes no routes of.
func TestPathThatEndsWithASlash(t *testing.T) {
	d := read(t, head+"paths: {/a/: {get: {x-amazon-apigateway-integration: {type: http_proxy, httpMethod: GET, uri: 'http://a', payloadFormatVersion: '1.0'}}}, /: {get: {}}, /b: {get: {}}}", Options{})
	if len(d.Routes) != 2 || d.Routes[0].RouteKey != "GET /" || d.Routes[1].RouteKey != "GET /b" || len(d.Integrations) != 0 {
		t.Errorf("got routes %+v and integrations %+v, want / and /b alone", d.Routes, d.Integrations)
	}
	if want := []Omission{{"operation GET /a/", "its path ends with /"}}; !cmp.Equal(d.LeftOut, want) {
		t.Errorf("got left out %v, want %v", d.LeftOut, want)
	}
	if want := "Unable to create route 'GET /a/': a path must not end with /"; len(d.Warnings) != 1 || d.Warnings[0] != want {
		t.Errorf("got warnings %q, want %q", d.Warnings, want)
	}
	d = read(t, head+"servers: [{url: 'https://x/v1'}]\npaths: {/: {get: {}}, /a/: {get: {}}}", Options{Basepath: Prepend})
	if len(d.Routes) != 2 || d.Routes[0].RouteKey != "GET /v1" || d.Routes[1].RouteKey != "GET /v1/a" {
		t.Errorf("got %+v, want the routes behind the base path", d.Routes)
	}
}

const schemes = `
components:
  securitySchemes:
    jwt: {type: oauth2, x-amazon-apigateway-authorizer: {type: jwt, jwtConfiguration: {issuer: "https://i", audience: [a]}}}
    iam: {type: apiKey, name: Authorization, in: header, x-amazon-apigateway-authtype: awsSigv4}
    alias: {$ref: "#/components/securitySchemes/jwt"}
    bearer: {type: http, scheme: bearer}
    basic: {type: http, scheme: basic}
    key: {type: apiKey, name: X-Key, in: header}
`

// TestSecurity reads requirements: at the root and at the operation, alternatives
// and sets, and those that no authorizer stands for.
func TestSecurity(t *testing.T) {
	const out, open = "no authorizer stands for its security requirement ", "everybody may call the route"
	for name, c := range map[string]struct {
		root, operation string
		closed, open    string // authorization type, or "" when the operation is left out
		warning         string // part of the warning when closed
	}{
		"nothing":                        {"", "", "NONE", "NONE", ""},
		"SAM's NONE":                     {"", "[{NONE: []}]", "NONE", "NONE", ""},
		"SAM's NONE over a default":      {"[{jwt: []}]", "[{NONE: []}]", "NONE", "NONE", ""},
		"an empty list over a default":   {"[{jwt: []}]", "[]", "NONE", "NONE", ""},
		"an empty object":                {"[{jwt: []}]", "[{}]", "NONE", "NONE", ""},
		"null is not an empty list":      {"[{jwt: []}]", "null", "JWT", "JWT", ""},
		"an authorizer":                  {"", "[{jwt: [s]}]", "JWT", "JWT", ""},
		"one of the whole document":      {"[{jwt: []}]", "", "JWT", "JWT", ""},
		"IAM":                            {"", "[{iam: []}]", "AWS_IAM", "AWS_IAM", ""},
		"a scheme that is a reference":   {"", "[{alias: []}]", "JWT", "JWT", ""},
		"an optional authorizer":         {"", "[{}, {jwt: []}]", "NONE", "NONE", "is optional"},
		"optional at the end":            {"", "[{jwt: []}, {}]", "NONE", "NONE", "is optional"},
		"an optional scheme":             {"", "[{bearer: []}, {}]", "NONE", "NONE", "is optional"},
		"bearer":                         {"", "[{bearer: []}]", "", "NONE", "requirement bearer at GET /a"},
		"basic of the whole document":    {"[{basic: []}]", "", "", "NONE", "requirement basic at GET /a"},
		"an API key":                     {"", "[{key: []}]", "", "NONE", "requirement key at GET /a"},
		"a scheme that is not there":     {"", "[{z: []}]", "", "NONE", "requirement z at GET /a"},
		"two that nobody stands for":     {"", "[{key: [], bearer: []}]", "", "NONE", "requirement key at GET /a"},
		"alternatives of such":           {"", "[{key: []}, {bearer: []}]", "", "NONE", "requirement key at GET /a"},
		"one of two alternatives":        {"", "[{key: []}, {jwt: []}]", "JWT", "JWT", "requirement key at GET /a: only jwt is asked for"},
		"an authorizer and a scheme":     {"", "[{jwt: [], key: []}]", "", "JWT", "requirement key at GET /a"},
		"a scheme or both":               {"", "[{key: []}, {jwt: [], key: []}]", "", "JWT", "requirement key at GET /a"},
		"NONE and an authorizer at once": {"", "[{NONE: [], jwt: []}]", "JWT", "JWT", ""},
	} {
		t.Run(name, func(t *testing.T) {
			document := head
			if c.root != "" {
				document += "security: " + c.root + "\n"
			}
			document += "paths: {/a: {get: {x: y"
			if c.operation != "" {
				document += ", security: " + c.operation
			}
			document += "}}, /b: {get: {security: []}}}" + schemes
			for _, mode := range []struct {
				open bool
				want string
			}{{false, c.closed}, {true, c.open}} {
				d := read(t, document, Options{Open: mode.open})
				got := ""
				if len(d.Routes) == 2 {
					got = d.Routes[0].AuthorizationType
				}
				if got != mode.want || d.Routes[len(d.Routes)-1].RouteKey != "GET /b" {
					t.Errorf("open %v: got %q of %+v, want %q, and GET /b in any case", mode.open, got, d.Routes, mode.want)
				}
				if left := len(d.LeftOut) == 1 && d.LeftOut[0].What == "operation GET /a" && strings.HasPrefix(d.LeftOut[0].Why, out); left != (mode.want == "") {
					t.Errorf("open %v: got left out %+v, want the operation there: %v", mode.open, d.LeftOut, mode.want == "")
				}
				all := strings.Join(d.Warnings, "\n")
				if !mode.open && (c.warning == "" && all != "" || !strings.Contains(all, c.warning)) {
					t.Errorf("got warnings %q, want %q", all, c.warning)
				}
				if mode.open && c.closed == "" && c.open == "NONE" && !strings.Contains(all, open) {
					t.Errorf("opened: got warnings %q, want that everybody may call", all)
				}
			}
		})
	}
	d := read(t, head+"security: [{jwt: [r, w]}]\npaths: {/a: {get: {}}}"+schemes, Options{})
	if got := d.Routes[0]; got.Authorizer != "jwt" || !cmp.Equal(got.AuthorizationScopes, []string{"r", "w"}) {
		t.Errorf("got %+v, want the scopes of the document", got)
	}
}

// TestOpenings reads documents in which what was left out is reached all the same.
func TestOpenings(t *testing.T) {
	for name, c := range map[string]struct{ path, others, want string }{
		"the default route":      {"/a", "/$default: {x-amazon-apigateway-any-method: {}}", "$default"},
		"a variable":             {"/a/b", "'/a/{x}': {get: {}}", "GET /a/{x}"},
		"the rest of a path":     {"/a/b/c", "'/a/{x+}': {x-amazon-apigateway-any-method: {}}", "ANY /a/{x+}"},
		"another method":         {"/a", "'/{x}': {post: {}}", ""},
		"another length":         {"/a", "'/a/{x}': {get: {}}", ""},
		"one that is guarded":    {"/a", "'/{x}': {get: {security: [{jwt: []}]}}, /$default: {x-amazon-apigateway-any-method: {}}", ""},
		"the one that says most": {"/a/b", "'/{x+}': {get: {security: [{jwt: []}]}}, '/a/{x}': {get: {}}", "GET /a/{x}"},
	} {
		t.Run(name, func(t *testing.T) {
			d := read(t, head+"paths: {"+c.path+": {get: {security: [{bearer: []}]}}, "+c.others+"}"+schemes, Options{})
			all := strings.Join(d.Warnings, "\n")
			want := "The requests of the operation GET " + c.path + ", which was left out, reach the route " + c.want + ", which everybody may call"
			if strings.Contains(all, want) != (c.want != "") {
				t.Errorf("got %q, want %q in it: %v", all, want, c.want != "")
			}
		})
	}
	d := read(t, head+"paths: {/a: {get: {security: [{bearer: []}]}, x-amazon-apigateway-any-method: {}}}"+schemes, Options{})
	if all := strings.Join(d.Warnings, "\n"); !strings.Contains(all, "reach the route ANY /a") {
		t.Errorf("got %q, want the route of all methods in it", all)
	}
}

// TestBackend makes a gateway of an ordinary document.
func TestBackend(t *testing.T) {
	const document = head + `
servers: [{url: "https://petstore.example.com/api/v3"}]
paths:
  /pets: {get: {}, post: {x-amazon-apigateway-integration: {type: mock}}}
  /pets/{petId}: {delete: {}}
  /files/{path+}: {x-amazon-apigateway-any-method: {}}
  /: {get: {}}
  /pets/: {get: {}}
  /pets/{id}.json: {get: {}}
  /$default: {x-amazon-apigateway-any-method: {isDefaultRoute: true}}
`
	d := read(t, document, Options{Backend: "http://localhost:3000/v1/", Basepath: Prepend})
	var got []string
	for _, r := range d.Routes {
		i := d.Integrations[r.Integration]
		got = append(got, fmt.Sprintf("%s > %s %s %s %s", r.RouteKey, i.IntegrationType, i.IntegrationMethod, i.IntegrationUri, i.PayloadFormatVersion))
	}
	want := []string{
		"GET /api/v3/pets > HTTP_PROXY GET http://localhost:3000/v1/pets 1.0",
		"POST /api/v3/pets > HTTP_PROXY POST http://localhost:3000/v1/pets 1.0",
		"DELETE /api/v3/pets/{petId} > HTTP_PROXY DELETE http://localhost:3000/v1/pets/{petId} 1.0",
		"ANY /api/v3/files/{path+} > HTTP_PROXY ANY http://localhost:3000/v1/files/{path} 1.0",
		"GET /api/v3 > HTTP_PROXY GET http://localhost:3000/v1/ 1.0",
		"$default > HTTP_PROXY ANY http://localhost:3000/v1 1.0",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("want -, got +:\n%s", diff)
	}
	var left []string
	for _, o := range d.LeftOut {
		left = append(left, o.What+": "+o.Why[:20])
	}
	want = []string{
		"the integration of POST /api/v3/pets: its requests go to t",
		"operation GET /api/v3/pets: the route GET /api/v",
		"operation GET /api/v3/pets/{id}.json: One or more path par",
	}
	if diff := cmp.Diff(want, left); diff != "" {
		t.Errorf("want -, got +:\n%s", diff)
	}
	for _, bad := range []string{"localhost:3000", "ftp://a", "http://", "http://a?b=c", "http://a#b", "http://u:p@a", "http://a/{x}", "http://a b", "/x", "http://:80"} {
		if _, err := Read(document, Options{Backend: bad}); err == nil || !strings.HasPrefix(err.Error(), "Invalid backend ") {
			t.Errorf("backend %q: got %v, want a refusal", bad, err)
		}
	}
}

// TestReferencesWithinTheDocument follows them wherever they may stand.
func TestReferencesWithinTheDocument(t *testing.T) {
	d := read(t, head+`
paths:
  /a: {$ref: "#/x-items/a"}
  /b: {parameters: [{$ref: "#/components/parameters/P"}], get: {parameters: [{$ref: "#/components/parameters/H"}], x-amazon-apigateway-integration: {$ref: "#/components/x-amazon-apigateway-integrations/one"}}}
x-items: {a: {get: {operationId: viaRef, x-amazon-apigateway-integration: {type: http_proxy, uri: "http://a", httpMethod: GET, cacheKeyParameters: [x]}}}}
components:
  parameters: {P: {in: query, name: q}, H: {in: header, name: h}}
  x-amazon-apigateway-integrations:
    one: {$ref: "#/components/x-amazon-apigateway-integrations/two"}
    two: {type: http_proxy, uri: "http://two", httpMethod: GET}
`, Options{})
	if len(d.Routes) != 2 || d.Routes[0].OperationName != "viaRef" || d.Integrations[d.Routes[1].Integration].IntegrationUri != "http://two" || len(d.Warnings) != 0 {
		t.Errorf("got %+v, integrations %+v, warnings %q", d.Routes, d.Integrations, d.Warnings)
	}
	want := []string{
		"The member cacheKeyParameters of the integration at GET /a is not supported for HTTP APIs and was ignored",
		"The header parameter h at GET /b is not validated by HTTP APIs and was ignored",
		"The query parameter q at /b is not validated by HTTP APIs and was ignored",
	}
	if diff := cmp.Diff(want, d.Info); diff != "" {
		t.Errorf("want -, got +:\n%s", diff)
	}
}

// TestMergeKeys reads what YAML's authors write once for all.
func TestMergeKeys(t *testing.T) {
	d := read(t, head+`
x-a: &a {type: http_proxy, httpMethod: GET, uri: "http://a"}
x-b: &b {uri: "http://b", payloadFormatVersion: "1.0"}
x-c: &c {<<: *a, timeoutInMillis: 100}
paths:
  /one: {get: {x-amazon-apigateway-integration: {<<: *a, uri: "http://own"}}}
  /two: {get: {x-amazon-apigateway-integration: {<<: [*b, *a]}}}
  /three: {get: {x-amazon-apigateway-integration: {<<: *c}}}
  /four: &d {<<: *d, get: {x-amazon-apigateway-integration: {<<: *c, <<: *b}}}
`, Options{})
	var got []string
	for _, i := range d.Integrations {
		got = append(got, fmt.Sprint(i.IntegrationType, " ", i.IntegrationUri, " ", i.TimeoutInMillis))
	}
	want := []string{"HTTP_PROXY http://own 0", "HTTP_PROXY http://b 0", "HTTP_PROXY http://a 100", "HTTP_PROXY http://a 100"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("want -, got +:\n%s", diff)
	}
}

// TestLongNames reads an id that no operation of a route can have.
func TestLongNames(t *testing.T) {
	d := read(t, head+"paths: {/a: {get: {operationId: "+strings.Repeat("x", 65)+"}}, /b: {get: {operationId: "+strings.Repeat("é", 64)+"}}}", Options{})
	if d.Routes[0].OperationName != "" || d.Routes[1].OperationName == "" || !strings.Contains(strings.Join(d.Info, "\n"), "operationId at GET /a") {
		t.Errorf("got %+v and %q, want the long id told and left out", d.Routes, d.Info)
	}
}

// TestFlowMappings reads an object of YAML that begins as one of JSON does.
func TestFlowMappings(t *testing.T) {
	if d := read(t, "{openapi: 3.0.1, info: {title: t, version: '1'}, paths: {/a: {get: {}}}}", Options{}); len(d.Routes) != 1 {
		t.Errorf("got %+v, want one route", d.Routes)
	}
	_, err := Read(`{"openapi" "3.0.1"}`, Options{})
	if err == nil || !strings.Contains(err.Error(), "invalid character") {
		t.Errorf("got %v, want what is wrong with the JSON", err)
	}
}

func TestIsDocument(t *testing.T) {
	for document, want := range map[string]bool{
		head: true, `{"swagger":"2.0"}`: true, "# c\nopenapi: [": true, `{"openapi":`: true, "{\n \"openapi\": \"3.0.1\",": true,
		"dragoman: 1": false, "dragoman: 1\nopenapi: [": false, "": false, "x: {openapi: 3}": false, "[": false, "info: {}": false,
	} {
		if got := IsDocument(document); got != want {
			t.Errorf("%q: got %v, want %v", document, got, want)
		}
	}
}

// TestSharedIntegrationIsRead keeps what aliases repeat apart.
func TestSharedIntegrationIsRead(t *testing.T) {
	d := read(t, head+"x-common: &i {type: http_proxy, uri: 'http://a', httpMethod: GET}\npaths: {/a: {get: {x-amazon-apigateway-integration: *i}}, /b: {get: {x-amazon-apigateway-integration: *i}}}", Options{})
	if len(d.Integrations) != 2 || d.Integrations[0].IntegrationType != resource.TypeHTTPProxy || d.Integrations[1].IntegrationUri != "http://a" {
		t.Errorf("got %+v, want one for each route", d.Integrations)
	}
}
