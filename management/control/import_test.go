package control

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/dragoman-gateway/dragoman/management/openapi"
	"github.com/dragoman-gateway/dragoman/resource"
)

const petsDocument = `{"openapi":"3.0.1","info":{"title":"Pets","version":"2.0","description":"d"},
"paths":{"/pets":{"get":{"operationId":"list","x-amazon-apigateway-integration":{"type":"http_proxy","httpMethod":"GET","uri":"http://a","payloadFormatVersion":"1.0"}},
"post":{"security":[{"login":["write"]}],"x-amazon-apigateway-integration":{"type":"aws_proxy","httpMethod":"POST","uri":"arn:aws:lambda:us-east-1:0:function:f","payloadFormatVersion":"2.0"}}},
"/$default":{"x-amazon-apigateway-any-method":{"isDefaultRoute":true,"x-amazon-apigateway-integration":{"type":"http_proxy","httpMethod":"ANY","uri":"http://b","payloadFormatVersion":"1.0"}}}},
"components":{"securitySchemes":{"login":{"type":"oauth2","flows":{},"x-amazon-apigateway-authorizer":{"type":"jwt","identitySource":"$request.header.Authorization","jwtConfiguration":{"issuer":"https://idp","audience":["a"]}}}}},
"x-amazon-apigateway-cors":{"allowOrigins":["*"],"allowHeaders":["X-A"]}}`

// body is the request body that imports a document.
func body(document string) string {
	b, _ := json.Marshal(map[string]string{"body": document})
	return string(b)
}

// listed gives a member of each item below a path, with its id.
func (h *world) listed(path, member, id string) map[string]string {
	h.t.Helper()
	ids := map[string]string{}
	for _, item := range h.must("GET", path, "")["items"].([]any) {
		m := item.(map[string]any)
		ids[fmt.Sprint(m[member])] = m[id].(string)
	}
	return ids
}

func TestImportApi(t *testing.T) {
	h := newWorld(t, nil)
	got := h.must("PUT", "/v2/apis", body(petsDocument))
	at := "/v2/apis/" + got["apiId"].(string)
	h.want(without(got, "apiId", "apiEndpoint", "createdDate"), `{"name":"Pets","version":"2.0","description":"d","protocolType":"HTTP","corsConfiguration":{"allowOrigins":["*"],"allowHeaders":["x-a"]},
		"apiKeySelectionExpression":"$request.header.x-api-key","disableExecuteApiEndpoint":false,"ipAddressType":"ipv4","routeSelectionExpression":"$request.method $request.path","tags":{}}`)
	routes := h.listed(at+"/routes", "routeKey", "routeId")
	integrations := h.listed(at+"/integrations", "integrationUri", "integrationId")
	authorizer := h.listed(at+"/authorizers", "name", "authorizerId")["login"]
	h.want(without(h.must("GET", at+"/routes/"+routes["POST /pets"], ""), "routeId"), `{"routeKey":"POST /pets","apiKeyRequired":false,"authorizationType":"JWT","authorizationScopes":["write"],
		"authorizerId":"`+authorizer+`","target":"integrations/`+integrations["arn:aws:lambda:us-east-1:0:function:f"]+`"}`)
	h.want(without(h.must("GET", at+"/integrations/"+integrations["http://a"], ""), "integrationId"),
		`{"connectionType":"INTERNET","integrationMethod":"GET","integrationType":"HTTP_PROXY","integrationUri":"http://a","payloadFormatVersion":"1.0","timeoutInMillis":30000}`)
	if len(routes) != 3 || routes["$default"] == "" {
		t.Errorf("got routes %v, want three with $default", routes)
	}
	if stages := h.must("GET", at+"/stages", "")["items"].([]any); len(stages) != 0 {
		t.Errorf("got stages %v, want none", stages)
	}
}

func TestReimportKeepsIds(t *testing.T) {
	h := newWorld(t, nil)
	at := "/v2/apis/" + h.must("PUT", "/v2/apis", body(petsDocument))["apiId"].(string)
	h.must("POST", at+"/stages", `{"stageName":"prod"}`)
	h.must("POST", "/v2/tags/"+escape("arn:aws:apigateway:us-east-1::"+strings.TrimPrefix(at, "/v2")), `{"tags":{"a":"b"}}`)
	routes, integrations := h.listed(at+"/routes", "routeKey", "routeId"), h.listed(at+"/integrations", "integrationUri", "integrationId")
	authorizers := h.listed(at+"/authorizers", "name", "authorizerId")
	changed := strings.NewReplacer(`"/$default"`, `"/owners"`, "http://a", "http://c", `"title":"Pets"`, `"title":"Shop"`, `"description":"d"`, `"x":""`).Replace(petsDocument)
	got := h.must("PUT", at, body(changed))
	if got["name"] != "Shop" || got["description"] != nil || fmt.Sprint(got["tags"]) != "map[a:b]" {
		t.Errorf("got %v, want the document's name, no description and the tags of before", got)
	}
	after := h.listed(at+"/routes", "routeKey", "routeId")
	if after["GET /pets"] != routes["GET /pets"] || after["POST /pets"] != routes["POST /pets"] || after["ANY /owners"] == "" || len(after) != 3 {
		t.Errorf("got routes %v after %v, want the same ids for the same keys", after, routes)
	}
	now := h.listed(at+"/integrations", "integrationUri", "integrationId")
	if now["http://c"] != integrations["http://a"] || now["http://b"] == integrations["http://b"] || len(now) != 3 {
		t.Errorf("got integrations %v after %v, want that of GET /pets to keep its id", now, integrations)
	}
	if now := h.listed(at+"/authorizers", "name", "authorizerId"); now["login"] != authorizers["login"] || len(now) != 1 {
		t.Errorf("got authorizers %v after %v, want the same", now, authorizers)
	}
	h.must("GET", at+"/stages/prod", "")
	h.must("PUT", at, body(`{"openapi":"3.0.1","info":{"title":"Empty","version":"1"},"paths":{}}`))
	for _, kind := range []string{"/routes", "/integrations", "/authorizers"} {
		if items := h.must("GET", at+kind, "")["items"].([]any); len(items) != 0 {
			t.Errorf("got %s %v after an empty document, want none", kind, items)
		}
	}
}

func TestReimportKeepsTags(t *testing.T) {
	h := newWorld(t, nil)
	at := "/v2/apis/" + h.must("POST", "/v2/apis", `{"name":"a","protocolType":"HTTP","tags":{"a":"b"}}`)["apiId"].(string)
	tagged := body(strings.Replace(petsDocument, `"paths"`, `"tags":[{"name":"a","x-amazon-apigateway-tag-value":"document"},{"name":"c","x-amazon-apigateway-tag-value":"d"}],"paths"`, 1))
	if got := h.must("PUT", at, tagged); fmt.Sprint(got["tags"]) != "map[a:b]" {
		t.Errorf("got tags %v, want those that the API has", got["tags"])
	}
	bare := h.api("HTTP")
	if got := h.must("PUT", bare, tagged); fmt.Sprint(got["tags"]) != "map[a:document c:d]" {
		t.Errorf("got tags %v of an API without any, want the document's", got["tags"])
	}
}

const warningDocument = `{"openapi":"3.0.1","info":{"title":"Pets","version":"1"},"paths":{"/update":{"get":{"x-amazon-apigateway-integration":{"type":"http_proxy","httpMethod":"GET","uri":"http://a"},
	"responses":{"200":{"description":"d","content":{"application/json":{"schema":{"$ref":"#/components/schemas/ModelThatDoesNotExist"}}}}}}}}}`

const warningText = "Parse issue: attribute paths.'/update'(get).responses.200.content.schema.#/components/schemas/ModelThatDoesNotExist is missing"

func TestImportWarnings(t *testing.T) {
	h := newWorld(t, nil)
	h.refused("PUT", "/v2/apis?failOnWarnings=true", body(warningDocument), 400, "BadRequestException", "Warnings found during import:\n\t"+warningText)
	got := h.must("PUT", "/v2/apis", body(warningDocument))
	if w := got["warnings"].([]any); len(w) != 1 || w[0] != warningText {
		t.Errorf("got warnings %v, want one", got["warnings"])
	}
	at := "/v2/apis/" + got["apiId"].(string)
	before := h.must("GET", at, "")
	h.refused("PUT", at+"?failOnWarnings=true", body(strings.Replace(warningDocument, "Pets", "Other", 1)), 400, "BadRequestException", "Warnings found during import:")
	a, _ := json.Marshal(before)
	h.want(h.must("GET", at, ""), string(a))
}

// TestImportIsAllOrNothing imports documents whose last part is refused.
func TestImportIsAllOrNothing(t *testing.T) {
	f := newFixture(t)
	api := "/v2/apis/" + f.must("PUT", "/v2/apis", body(petsDocument))["apiId"].(string)
	before := f.everything()
	for name, c := range map[string]struct{ old, new, want string }{
		"an integration without address":   {"http://b", "b", "Errors found during import:\n\tUnable to create integration for route '$default': Invalid HTTP endpoint specified for URI"},
		"a route with a bad path":          {"/$default", "/a/{b", "Errors found during import:\n\tUnable to create route 'ANY /a/{b': One or more path parts appear to be invalid"},
		"an authorizer without issuer":     {"https://idp", "", "Errors found during import:\n\tUnable to create authorizer 'login': JwtConfiguration with an Issuer is a required"},
		"a title that is too long":         {`"title":"Pets"`, `"title":"` + strings.Repeat("t", 129) + `"`, "Invalid value specified for Name"},
		"a version that is too long":       {`"version":"2.0"`, `"version":"` + strings.Repeat("v", 65) + `"`, "Invalid value specified for Version"},
		"CORS that contradicts itself":     {`"allowHeaders"`, `"allowCredentials":true,"allowHeaders"`, "allow-credentials is not supported"},
		"a requirement of two authorizers": {`{"login":["write"]}`, `{"login":[]},{"login":["write"]}`, "More than one security requirement at POST /pets"},
		"a document beyond 6 MiB":          {`"title":"Pets"`, `"title":"Pets","x":"` + strings.Repeat("x", openapi.MaxDocument) + `"`, "Invalid OpenAPI input. The document has"},
		"variables of other names":         {`"/$default"`, `"/pets/{a}":{"get":{}},"/pets/{b}":{"get":{}},"/x"`, "Errors found during import:\n\tUnable to create route 'GET /pets/{b}': The provided route key"},
		"a payload of no version":          {`"payloadFormatVersion":"2.0"`, `"payloadFormatVersion":"3.0"`, "Errors found during import:\n\tUnable to create integration for route 'POST /pets': Unsupported PayloadFormatVersion: 3.0"},
		"no document":                      {petsDocument, "", "Unable to parse the OpenAPI document"},
		"Swagger":                          {`"openapi":"3.0.1"`, `"swagger":"2.0"`, "Invalid OpenAPI input."},
	} {
		document := body(strings.Replace(petsDocument, c.old, c.new, 1))
		for _, at := range []string{"/v2/apis", api} {
			t.Run(name+" "+at, func(t *testing.T) {
				f.t = t
				f.refused("PUT", at, document, 400, "BadRequestException", c.want)
			})
		}
	}
	f.t = t
	f.refused("PUT", "/v2/apis?basepath=cut", body(petsDocument), 400, "BadRequestException", "Invalid value specified for Basepath")
	f.refused("PUT", "/v2/apis", `{}`, 400, "BadRequestException", "1 validation error detected")
	f.refused("PUT", f.names.Replace("{ws}"), body(petsDocument), 400, "BadRequestException", "Import is only supported for HTTP protocol APIs")
	f.refused("PUT", "/v2/apis/nope", body(petsDocument), 404, "NotFoundException", "Invalid API identifier specified 000000000000:nope")
	if after := f.everything(); before != after {
		t.Errorf("something was changed by a refused import:\n%s\n%s", before, after)
	}
}

func TestImportAsksStrictIssuers(t *testing.T) {
	asked := ""
	h := newWorld(t, func(c *Config) {
		c.StrictIssuers = func(_ context.Context, issuer string) error { asked = issuer; return fmt.Errorf("no") }
	})
	h.refused("PUT", "/v2/apis", body(petsDocument), 400, "BadRequestException", "Caught exception when connecting to https://idp/.well-known/openid-configuration")
	if asked != "https://idp" {
		t.Errorf("got %q asked, want the issuer", asked)
	}
}

// export gives the document of an API.
func (h *world) export(path string) string {
	h.t.Helper()
	w := httptest.NewRecorder()
	h.handler.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
	if w.Code != 200 {
		h.t.Fatalf("GET %s: got %d %s", path, w.Code, w.Body)
	}
	return w.Body.String()
}

func TestExportImportExport(t *testing.T) {
	for _, format := range []string{"JSON", "YAML"} {
		h := newWorld(t, func(c *Config) { c.Endpoint = func(_, _, _ string) string { return "https://h" } })
		at := "/v2/apis/" + h.must("PUT", "/v2/apis", body(petsDocument))["apiId"].(string)
		first := h.export(at + "/exports/OAS30?outputType=" + format)
		again := h.must("PUT", "/v2/apis?failOnWarnings=true", body(first))["apiId"].(string)
		if second := h.export("/v2/apis/" + again + "/exports/OAS30?outputType=" + format); first != second {
			t.Errorf("%s: got another document:\n%s\n%s", format, first, second)
		}
	}
}

func TestExportOfAStage(t *testing.T) {
	h := newWorld(t, nil)
	at := "/v2/apis/" + h.must("PUT", "/v2/apis", body(petsDocument))["apiId"].(string)
	h.must("POST", at+"/stages", `{"stageName":"prod"}`)
	h.must("POST", at+"/stages", `{"stageName":"bare"}`)
	h.must("POST", at+"/deployments", `{"stageName":"prod"}`)
	h.must("POST", at+"/routes", `{"routeKey":"GET /new"}`)
	if got := h.export(at + "/exports/OAS30?outputType=JSON&stageName=prod"); strings.Contains(got, "/new") || !strings.Contains(got, `"default": "prod"`) {
		t.Errorf("got %s, want what is deployed to prod", got)
	}
	if got := h.export(at + "/exports/OAS30?outputType=JSON"); !strings.Contains(got, "/new") {
		t.Errorf("got %s, want what is configured", got)
	}
	if got := h.export(at + "/exports/OAS30?outputType=YAML&includeExtensions=false&exportVersion=1.0"); strings.Contains(got, "x-amazon") {
		t.Errorf("got %s, want no extensions", got)
	}
	for path, want := range map[string]string{
		"/exports/OAS20?outputType=JSON":                   "Invalid specification specified",
		"/exports/OAS30?outputType=XML":                    "Invalid output type specified",
		"/exports/OAS30":                                   "1 validation error detected",
		"/exports/OAS30?outputType=JSON&exportVersion=2.0": "Invalid export version specified",
		"/exports/OAS30?outputType=JSON&stageName=bare":    "The stage bare has no deployment to export",
	} {
		h.refused("GET", at+path, "", 400, "BadRequestException", want)
	}
	h.refused("GET", at+"/exports/OAS30?outputType=JSON&stageName=nope", "", 404, "NotFoundException", "Invalid Stage identifier specified")
	h.refused("GET", "/v2/apis/nope/exports/OAS30?outputType=JSON", "", 404, "NotFoundException", "Invalid API identifier specified")
	h.refused("GET", h.api(resource.WebSocket)+"/exports/OAS30?outputType=JSON", "", 400, "BadRequestException", "Export is only supported for HTTP protocol APIs")
}

// A document of ten thousand routes is imported, deployed and listed whole.
func TestImportOfTenThousandRoutes(t *testing.T) {
	const many = 10_000
	h := newWorld(t, nil)
	paths := make(map[string]any, many)
	for i := range many {
		paths[fmt.Sprintf("/items%d/{id}", i)] = map[string]any{"get": map[string]any{
			"responses": map[string]any{"200": map[string]any{"description": "found"}},
			"x-amazon-apigateway-integration": map[string]any{
				"type": "http_proxy", "httpMethod": "GET", "payloadFormatVersion": "1.0", "uri": fmt.Sprintf("http://backend.internal/items%d/{id}", i),
			},
		}}
	}
	document, err := json.Marshal(map[string]any{"openapi": "3.0.1", "info": map[string]any{"title": "many", "version": "1"}, "paths": paths})
	if err != nil {
		t.Fatal(err)
	}
	body, err := json.Marshal(map[string]string{"body": string(document)})
	if err != nil {
		t.Fatal(err)
	}
	if len(body) < 2<<20 {
		t.Fatalf("the document has %d bytes, too few to show anything", len(body))
	}
	api := "/v2/apis/" + h.must("PUT", "/v2/apis", string(body))["apiId"].(string)
	deployment := h.make(api+"/deployments", `{}`, "deploymentId")
	if got := len(strings.Split(h.frozenRoutes(api, deployment), " GET ")); got != many {
		t.Errorf("%d routes are deployed, want %d", got, many)
	}
	seen, token := 0, ""
	for {
		page := h.must("GET", api+"/routes?maxResults=500&nextToken="+url.QueryEscape(token), "")
		seen += len(page["items"].([]any))
		if token, _ = page["nextToken"].(string); token == "" {
			break
		}
	}
	if seen != many {
		t.Errorf("%d routes are listed, want %d", seen, many)
	}
}
