package control

import (
	"context"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/management/openapi"
)

// texts makes a list of an answer one of texts.
func texts(list any) []string {
	var all []string
	items, _ := list.([]any)
	for _, item := range items {
		all = append(all, fmt.Sprint(item))
	}
	return all
}

// A document without a title names a new API, and leaves name, version and
// description of one that is there alone.
func TestImportWithoutTitle(t *testing.T) {
	h := newWorld(t, nil)
	const paths = `"paths":{"/a":{"get":{}}}}`
	for document, want := range map[string]string{
		`{"openapi":"3.0.1",` + paths:                                               "imported <nil> <nil>",
		`{"openapi":"3.0.1","info":{},` + paths:                                     "imported <nil> <nil>",
		`{"openapi":"3.0.1","info":{"version":"7","description":"x"},` + paths:      "imported 7 x",
		`{"openapi":"3.0.1","info":{"title":"T","version":"7"},` + paths:            "T 7 <nil>",
		"openapi: 3.0.1\ninfo: {title: 2.0, version: 1.10}\npaths: {/a: {get: {}}}": "2.0 1.10 <nil>",
	} {
		got := h.must("PUT", "/v2/apis", body(document))
		if now := fmt.Sprint(got["name"], " ", got["version"], " ", got["description"]); now != want {
			t.Errorf("ImportApi of %s: got %s, want %s", document, now, want)
		}
		at := "/v2/apis/" + h.must("POST", "/v2/apis", `{"name":"mine","version":"1","description":"d","protocolType":"HTTP"}`)["apiId"].(string)
		got = h.must("PUT", at, body(document))
		if strings.HasPrefix(want, "imported") {
			want = "mine 1 d"
		}
		if now := fmt.Sprint(got["name"], " ", got["version"], " ", got["description"]); now != want {
			t.Errorf("ReimportApi of %s: got %s, want %s", document, now, want)
		}
		if routes := h.listed(at+"/routes", "routeKey", "routeId"); len(routes) != 1 {
			t.Errorf("ReimportApi of %s: got routes %v, want one", document, routes)
		}
	}
}

// What SAM writes is made whole, with AWS's warning.
func TestImportOfSAM(t *testing.T) {
	h := newWorld(t, nil)
	const document = `{"openapi":"3.0.1","info":{"title":"sam","version":"1.0"},"paths":{"$default":{"x-amazon-apigateway-any-method":{"isDefaultRoute":true,"security":[{"NONE":[]}],"responses":{},
		"x-amazon-apigateway-integration":{"type":"aws_proxy","httpMethod":"POST","uri":"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:0:function:f/invocations","payloadFormatVersion":"2.0"}}}},
		"tags":[{"name":"httpapi:createdBy","x-amazon-apigateway-tag-value":"SAM"}]}`
	got := h.must("PUT", "/v2/apis", body(document))
	if w := texts(got["warnings"]); len(w) != 1 || w[0] != "Parse issue: attribute paths. Resource $default should start with /" {
		t.Errorf("got warnings %q, want AWS's", w)
	}
	at := "/v2/apis/" + got["apiId"].(string)
	route := h.must("GET", at+"/routes", "")["items"].([]any)[0].(map[string]any)
	integrations := h.listed(at+"/integrations", "integrationType", "integrationId")
	if route["routeKey"] != "$default" || route["authorizationType"] != "NONE" || route["target"] != "integrations/"+integrations["AWS_PROXY"] {
		t.Errorf("got route %v and integrations %v, want $default with its integration", route, integrations)
	}
	h.refused("PUT", at+"?failOnWarnings=true", body(document), 400, "BadRequestException", "Warnings found during import:\n\tParse issue: attribute paths. Resource $default should start with /")
}

const guardedDocument = `{"openapi":"3.0.1","info":{"title":"g","version":"1"},"paths":{"/open":{"get":{}},"/guarded":{"get":{"security":[{"bearer":[]}]}}},
	"components":{"securitySchemes":{"bearer":{"type":"http","scheme":"bearer"}}}}`

// An operation that no authorizer guards is refused by name, or made when the
// server was told so.
func TestImportOfOtherSchemes(t *testing.T) {
	for _, open := range []bool{false, true} {
		h := newWorld(t, func(c *Config) { c.ImportOpen = open })
		got := h.must("PUT", "/v2/apis", body(guardedDocument))
		at := "/v2/apis/" + got["apiId"].(string)
		w := texts(got["warnings"])
		if len(w) != 1 || !strings.HasPrefix(w[0], "Unable to find an authorizer for the security requirement bearer at GET /guarded: ") {
			t.Errorf("open %v: got warnings %q, want the operation named", open, w)
		}
		routes := h.listed(at+"/routes", "routeKey", "authorizationType")
		if routes["GET /open"] != "NONE" || (routes["GET /guarded"] != "") != open || open && routes["GET /guarded"] != "NONE" {
			t.Errorf("open %v: got routes %v", open, routes)
		}
		h.refused("PUT", "/v2/apis?failOnWarnings=true", body(guardedDocument), 400, "BadRequestException", "Warnings found during import:\n\tUnable to find an authorizer")
	}
}

// A route that was there goes when its operation is refused: it must not go on with
// what guarded it before.
func TestReimportDropsWhatIsRefused(t *testing.T) {
	h := newWorld(t, nil)
	at := "/v2/apis/" + h.must("PUT", "/v2/apis", body(strings.Replace(guardedDocument, `{"bearer":[]}`, `{"NONE":[]}`, 1)))["apiId"].(string)
	if routes := h.listed(at+"/routes", "routeKey", "routeId"); len(routes) != 2 {
		t.Fatalf("got routes %v, want both", routes)
	}
	h.must("PUT", at, body(guardedDocument))
	if routes := h.listed(at+"/routes", "routeKey", "routeId"); len(routes) != 1 || routes["GET /open"] == "" {
		t.Errorf("got routes %v, want the open one alone", routes)
	}
}

func TestImportOfOpenAPI31(t *testing.T) {
	document := strings.Replace(petsDocument, "3.0.1", "3.1.0", 1)
	h := newWorld(t, nil)
	if w := texts(h.must("PUT", "/v2/apis", body(document))["warnings"]); len(w) != 1 || !strings.HasPrefix(w[0], "OpenAPI 3.1.0 is read as OpenAPI 3.0") {
		t.Errorf("got warnings %q, want one of the version", w)
	}
	h = newWorld(t, func(c *Config) { c.StrictImport = true })
	h.refused("PUT", "/v2/apis", body(document), 400, "BadRequestException", `Invalid OpenAPI input. Expected an OpenAPI 3.0 document, got version "3.1.0"`)
	h.must("PUT", "/v2/apis", body(petsDocument))
}

// Documents of 6 MiB are taken, however JSON escapes them; one byte more is not.
func TestImportOfSixMiB(t *testing.T) {
	h := newWorld(t, nil)
	const before, after = "openapi: 3.0.1\ninfo: {title: big, version: '1'}\npaths: {/a: {get: {}}}\nx-text: \"", "\"\n"
	fill := func(with string, size int) string {
		room := size - len(before) - len(after)
		return before + strings.Repeat(with, room/len(with)) + strings.Repeat("x", room%len(with)) + after
	}
	for _, with := range []string{"x", "<"} { // Go's encoder writes the second as six bytes
		if got := h.must("PUT", "/v2/apis", body(fill(with, openapi.MaxDocument))); got["name"] != "big" {
			t.Errorf("%q: got %v, want the API", with, got)
		}
	}
	h.refused("PUT", "/v2/apis", body(fill("x", openapi.MaxDocument+1)), 400, "BadRequestException", "Invalid OpenAPI input. The document has 6291457 bytes, more than the 6291456 that are allowed")
	h.refused("PUT", "/v2/apis", `{"body":"`+strings.Repeat("x", 40<<20)+`"}`, 400, "BadRequestException", "Request size exceeded")
	h.refused("POST", "/v2/apis", `{"name":"`+strings.Repeat("x", 2<<20)+`"}`, 413, "PayloadTooLargeException", "Request size exceeded")
}

// Long documents wait for each other, within bounds; short ones do not.
func TestLongDocumentsTakeTurns(t *testing.T) {
	h := newWorld(t, nil)
	done, err := h.control.turn(t.Context(), openapi.MaxDocument)
	if err != nil {
		t.Fatal(err)
	}
	long := strings.Replace(petsDocument, `"title":"Pets"`, `"title":"Pets","x":"`+strings.Repeat("x", longDocument)+`"`, 1)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	w := httptest.NewRecorder()
	h.handler.ServeHTTP(w, httptest.NewRequestWithContext(ended, "PUT", "/v2/apis", strings.NewReader(body(long))))
	if w.Code < 500 || len(h.must("GET", "/v2/apis", "")["items"].([]any)) != 0 {
		t.Errorf("got %d while another document is read, want the wait to end with its caller", w.Code)
	}
	h.must("PUT", "/v2/apis", body(petsDocument))
	done()
	h.must("PUT", "/v2/apis", body(long))
	synctest.Test(t, func(t *testing.T) {
		c := &Control{reading: make(chan struct{}, 1)}
		c.reading <- struct{}{}
		if _, err := c.turn(t.Context(), openapi.MaxDocument); fault.KindOf(err) != fault.Unavailable {
			t.Errorf("got %v, want a wait that ends", err)
		}
	})
}
