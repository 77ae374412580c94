package own

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

const pets = `{"openapi":"3.0.1","info":{"title":"Pets","version":"2.0","description":"d"},
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

// texts makes a list of an answer one of texts.
func texts(list any) []string {
	var all []string
	items, _ := list.([]any)
	for _, item := range items {
		all = append(all, fmt.Sprint(item))
	}
	return all
}

// What became of a document is told, part by part.
func TestImportReport(t *testing.T) {
	h := newWorld(t)
	list := func(got map[string]any, name string) string { return strings.Join(texts(got[name]), "; ") }
	tried := h.must("PUT", ApisPath+"?dryRun=true&stage=$default", body(pets))
	if n := len(h.must("GET", "/v2/apis", "")["items"].([]any)); n != 0 || tried["dryRun"] != true {
		t.Errorf("got %v and %d APIs, want a dry run that keeps nothing", tried, n)
	}
	made := "API Pets; authorizer login; integration GET http://a of GET /pets; integration POST arn:aws:lambda:us-east-1:0:function:f of POST /pets; integration ANY http://b of $default; " +
		"route GET /pets; route POST /pets; route $default; stage $default"
	if got := list(tried, "made"); got != made {
		t.Errorf("a dry run: got %s, want %s", got, made)
	}
	first := h.must("PUT", ApisPath+"?stage=$default", body(pets))
	if got := list(first, "made"); got != made {
		t.Errorf("got %s, want %s", got, made)
	}
	id := first["api"].(map[string]any)["apiId"].(string)
	stage := h.must("GET", "/v2/apis/"+id+"/stages/$default", "")
	if stage["autoDeploy"] != true || stage["deploymentId"] == nil {
		t.Errorf("got stage %v, want it deployed", stage)
	}
	again := h.must("PUT", ApisPath+"/"+id+"?stage=$default", body(pets))
	if list(again, "made")+list(again, "changed")+list(again, "removed") != "" || again["unchanged"] != 8.0 {
		t.Errorf("the same again: got %v, want nothing but unchanged parts", again)
	}
	changed := strings.NewReplacer(`"/$default"`, `"/owners"`, "http://a", "http://c", `"operationId":"list"`, `"operationId":"all"`, `{"login":["write"]}`, `{"other":[]}`, `"audience":["a"]`, `"audience":["b"]`).Replace(pets)
	got := h.must("PUT", ApisPath+"/"+id, body(changed))
	for name, want := range map[string]string{
		"made":    "integration ANY http://b of ANY /owners; route ANY /owners",
		"changed": "authorizer login; integration GET http://c of GET /pets; route GET /pets",
		"removed": "route POST /pets; route $default; integration POST arn:aws:lambda:us-east-1:0:function:f; integration ANY http://b",
		"leftOut": "map[what:operation POST /pets why:no authorizer stands for its security requirement other]",
	} {
		if now := list(got, name); now != want {
			t.Errorf("%s: got %s, want %s", name, now, want)
		}
	}
	if now := h.must("GET", "/v2/apis/"+id+"/stages/$default", "")["deploymentId"]; now == stage["deploymentId"] {
		t.Error("the stage serves what was there before the import")
	}
	h.refused("PUT", ApisPath+"/nope", body(pets), 404, "NotFoundException", "Invalid API identifier specified")
	h.refused("PUT", ApisPath+"?stage=a/b", body(pets), 400, "BadRequestException", "")
	h.refused("PUT", ApisPath+"?backend=here", body(pets), 400, "BadRequestException", `Invalid backend "here"`)
}

// An ordinary document becomes a gateway.
func TestImportWithBackend(t *testing.T) {
	h := newWorld(t)
	got := h.must("PUT", ApisPath+"?backend=http://localhost:3000/v1&stage=$default", body(`{"openapi":"3.0.1","info":{"title":"p","version":"1"},"paths":{"/pets/{id}":{"get":{},"delete":{}}}}`))
	at := "/v2/apis/" + got["api"].(map[string]any)["apiId"].(string)
	integrations := h.listed(at+"/integrations", "integrationMethod", "integrationUri")
	if integrations["GET"] != "http://localhost:3000/v1/pets/{id}" || integrations["DELETE"] != "http://localhost:3000/v1/pets/{id}" {
		t.Errorf("got integrations %v, want both operations sent to the backend", integrations)
	}
}

// TestImportOfManyRoutes is of the size that fleets have.
func TestImportOfManyRoutes(t *testing.T) {
	h := newWorld(t)
	var b strings.Builder
	b.WriteString(`{"openapi":"3.0.1","info":{"title":"many","version":"1"},"paths":{`)
	const many = 10_000
	for i := range many {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `"/r%d/{id}":{"get":{"x-amazon-apigateway-integration":{"type":"http_proxy","httpMethod":"GET","uri":"http://a/%d","payloadFormatVersion":"1.0"}}}`, i, i)
	}
	b.WriteString("}}")
	got := h.must("PUT", ApisPath, body(b.String()))
	if n := len(got["made"].([]any)); n != 2*many+1 {
		t.Errorf("got %d parts made, want %d", n, 2*many+1)
	}
}
