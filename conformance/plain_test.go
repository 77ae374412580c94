package conformance

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/dragoman-gateway/dragoman/server"
)

// packages are names of packages where a text begins with one, and words of Go's own.
var packages = regexp.MustCompile(`(^|: |\[|\()(json|yaml|xml|strconv|time|http|tls|x509|url|sql|sqlite|regexp|control|wire|document|openapi|resource|catalog|store(/\w+)?|` +
	`schema|pattern|expr|param|vtl|jsonpath|integration|fault|server|plan)(\.\w+)?: |Go struct|Go value|\b(document|openapi|resource|control)\.[A-Z]\w+|%!|runtime error|goroutine`)

// TestAnswersCarryNoPackageNames asks the management API for what it must refuse.
func TestAnswersCarryNoPackageNames(t *testing.T) {
	var log syncBuffer
	g := start(t, func(c *server.Config) { c.Logger = slog.New(slog.NewTextHandler(&log, nil)) })
	say := func(method, path, body string) (status int, message string) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, "http://"+g.ManagementAddr()+path, strings.NewReader(body))
		must(t, err)
		response, err := http.DefaultClient.Do(r)
		must(t, err)
		defer response.Body.Close()
		text, err := io.ReadAll(response.Body)
		must(t, err)
		var said struct{ Message, ApiId, IntegrationId string }
		_ = json.Unmarshal(text, &said) // a text of another form is looked at whole
		if response.StatusCode < 300 {
			return response.StatusCode, said.ApiId + said.IntegrationId
		}
		if said.Message == "" {
			said.Message = string(text)
		}
		return response.StatusCode, said.Message
	}
	_, web := say("POST", "/v2/apis", `{"name":"web","protocolType":"HTTP"}`)
	_, socket := say("POST", "/v2/apis", `{"name":"socket","protocolType":"WEBSOCKET","routeSelectionExpression":"$request.body.action"}`)
	_, mock := say("POST", "/v2/apis/"+socket+"/integrations", `{"integrationType":"MOCK"}`)
	if strings.Contains(web+socket+mock, " ") || mock == "" {
		t.Fatalf("got %q, %q and %q, want ids", web, socket, mock)
	}
	document := func(text string) string {
		b, err := json.Marshal(map[string]string{"body": text})
		must(t, err)
		return string(b)
	}
	const head = `{"openapi":"3.0.1","info":{"title":"t","version":"1"},`
	for _, row := range []struct{ method, path, body string }{
		{"POST", "/v2/apis", `{`}, {"POST", "/v2/apis", `[]`}, {"POST", "/v2/apis", `"x"`}, {"POST", "/v2/apis", `{"name":1,"protocolType":"HTTP"}`}, {"POST", "/v2/apis", "{\"name\":\"\xff\"}"},
		{"POST", "/v2/apis", `{"name":"a","protocolType":"HTTP","corsConfiguration":[]}`}, {"POST", "/v2/apis", `{"name":"a","protocolType":"HTTP","corsConfiguration":{"maxAge":"x"}}`},
		{"POST", "/v2/apis", `{"name":"a","protocolType":"HTTP","tags":{"a":1}}`}, {"POST", "/v2/apis", strings.Repeat(`{"a":`, 100)}, {"POST", "/v2/apis", `{"name":"a","protocolType":"HTTP","corsConfiguration":{"maxAge":1e99}}`},
		{"GET", "/v2/apis?maxResults=x", ""}, {"GET", "/v2/apis?maxResults=%zz", ""}, {"GET", "/v2/apis?nextToken=x", ""}, {"GET", "/v2/nothing", ""}, {"PATCH", "/v2/apis", ""}, {"GET", "/v2/apis/nope", ""},
		{"POST", "/v2/apis/" + web + "/routes", `{"routeKey":"nonsense"}`}, {"POST", "/v2/apis/" + web + "/routes", `{"routeKey":"GET /a{b"}`}, {"POST", "/v2/apis/" + web + "/integrations", `{"integrationType":"HTTP_PROXY","integrationMethod":"GET","integrationUri":"::","payloadFormatVersion":"1.0"}`},
		{"POST", "/v2/apis/" + web + "/integrations", `{"integrationType":"HTTP_PROXY","integrationMethod":"GET","integrationUri":"http://a","payloadFormatVersion":"1.0","requestParameters":{"append:header.a":"$request.nothing"}}`},
		{"POST", "/v2/apis/" + web + "/integrations", `{"integrationType":"HTTP_PROXY","integrationMethod":"GET","integrationUri":"http://a","payloadFormatVersion":"1.0","requestParameters":{"append:header.a":"${"}}`},
		{"POST", "/v2/apis/" + web + "/integrations", `{"integrationType":"AWS_PROXY","integrationSubtype":"SQS-Nothing","payloadFormatVersion":"1.0","requestParameters":{}}`},
		{"POST", "/v2/apis/" + web + "/integrations", `{"integrationType":"HTTP_PROXY","timeoutInMillis":"soon"}`},
		{"POST", "/v2/apis", `{"name":"a","protocolType":"WEBSOCKET","routeSelectionExpression":"${request"}`}, {"POST", "/v2/apis", `{"name":"a","protocolType":"WEBSOCKET","routeSelectionExpression":"$request.body[["}`},
		{"POST", "/v2/apis/" + socket + "/models", `{"name":"a","schema":"{"}`}, {"POST", "/v2/apis/" + socket + "/models", `{"name":"a","schema":"[]"}`}, {"POST", "/v2/apis/" + socket + "/models", `{"name":"a","schema":"{\"type\":\"thing\"}"}`},
		{"POST", "/v2/apis/" + socket + "/models", `{"name":"a","schema":"{\"pattern\":\"(\"}"}`}, {"POST", "/v2/apis/" + socket + "/models", `{"name":"a","schema":"{\"$ref\":\"http://x/y\"}"}`},
		{"POST", "/v2/apis/" + socket + "/integrations/" + mock + "/integrationresponses", `{"integrationResponseKey":"/(/"}`}, {"POST", "/v2/apis/" + socket + "/integrations/" + mock + "/integrationresponses", `{"integrationResponseKey":"x"}`},
		{"PUT", "/v2/apis", document("a: [")}, {"PUT", "/v2/apis", document("{")}, {"PUT", "/v2/apis", document("")}, {"PUT", "/v2/apis", document(head)}, {"PUT", "/v2/apis", document("\tx")}, {"PUT", "/v2/apis", `{}`}, {"PUT", "/v2/apis", `{"body":1}`},
		{"PUT", "/v2/apis", document(head + `"paths":{"/a":{"get":{"x-amazon-apigateway-integration":{"type":"http_proxy","timeoutInMillis":"soon"}}}}}`)}, {"PUT", "/v2/apis", document(head + `"paths":{"/a":{"get":{"x-amazon-apigateway-integration":[]}}}}`)},
		{"PUT", "/v2/apis", document(head + `"paths":{"/a":{"get":{"x-amazon-apigateway-integration":{"type":"http_proxy","requestParameters":[]}}}}}`)}, {"PUT", "/v2/apis", document(head + `"paths":{"/a":[]},"x-amazon-apigateway-cors":{"maxAge":[]}}`)},
		{"PUT", "/v2/apis", document(head + `"paths":{},"components":{"securitySchemes":{"a":{"x-amazon-apigateway-authorizer":{"type":"jwt","jwtConfiguration":7}}}}}`)},
		{"PUT", "/v2/apis/" + web, document("x: &a [*a")}, {"PUT", "/_dragoman/apis?backend=:", document(head + `"paths":{}}`)}, {"PUT", "/_dragoman/apis", `{"body":[]}`},
		{"PUT", "/_dragoman/configuration", "a: ["}, {"PUT", "/_dragoman/configuration", ""}, {"PUT", "/_dragoman/configuration", "dragoman: x"}, {"PUT", "/_dragoman/configuration", "dragoman: 1\nregions: {us-east-1: {apis: {a: {name: [1]}}}}"},
		{"PUT", "/_dragoman/configuration", "dragoman: 1\nregions: {us-east-1: {apis: {a: {name: a, protocolType: HTTP, integrations: {i: {timeoutInMillis: soon}}}}}}"}, {"DELETE", "/_dragoman/configuration", ""},
		{"PUT", "/_dragoman/configuration", "dragoman: 1\nregions: {us-east-1: {apis: {a: {name: a, protocolType: HTTP, createdDate: yesterday}}}}"},
	} {
		status, message := say(row.method, row.path, row.body)
		if status < 400 || status >= 500 || strings.TrimSpace(message) == "" {
			t.Errorf("%s %s %.150s: got %d %q, want a refusal", row.method, row.path, row.body, status, message)
		}
		if found := packages.FindString(message); found != "" {
			t.Errorf("%s %s %.150s: got %q, which shows %q", row.method, row.path, row.body, message, found)
		}
	}
	if found := packages.FindString(log.String()); found != "" {
		t.Errorf("the log shows %q: %s", found, log.String())
	}
}
