package conformance

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/smithy-go"

	"github.com/dragoman-gateway/dragoman/server"
)

const petstore = `openapi: "3.0.2"
info: {title: Petstore, version: 1.0.17, description: A sample}
servers: [{url: /api/v3}]
tags: [{name: pet, description: Everything about your pets}]
paths:
  /pet:
    post:
      operationId: addPet
      requestBody: {content: {application/json: {schema: {$ref: "#/components/schemas/Pet"}}}}
      responses: {"200": {description: ok}}
  /pet/{petId}:
    parameters: [{name: petId, in: path, required: true, schema: {type: integer}}]
    get: {operationId: getPetById, responses: {"200": {description: ok}}}
    delete: {operationId: deletePet, security: [{petstore_auth: ["write:pets"]}, {api_key: []}], responses: {"200": {description: gone}}}
components:
  schemas: {Pet: {type: object}}
  securitySchemes:
    petstore_auth: {type: oauth2, flows: {implicit: {authorizationUrl: "https://petstore3.swagger.io/oauth/authorize", scopes: {"write:pets": modify}}}}
    api_key: {type: apiKey, name: api_key, in: header}
`

// mirror is a backend that says what it was asked.
func mirror(t *testing.T) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "%s %s", r.Method, r.URL.RequestURI())
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// call sends a request to an API by its path on the data listener.
func (g *gateway) call(method, api, path string) (status int, body string) {
	g.t.Helper()
	r, err := http.NewRequestWithContext(g.t.Context(), method, "http://"+g.DataAddr()+path, nil)
	must(g.t, err)
	r.Host = api + ".execute-api.us-east-1.amazonaws.com"
	response, err := http.DefaultClient.Do(r)
	must(g.t, err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	must(g.t, err)
	return response.StatusCode, string(text)
}

// exceptionOf is the name of the exception that an SDK call answered.
func exceptionOf(err error) string {
	if e, ok := errors.AsType[smithy.APIError](err); ok {
		return e.ErrorCode()
	}
	return ""
}

// TestOrdinaryDocumentBecomesAGateway imports a document that knows nothing of
// gateways from the command line and calls what came of it.
func TestOrdinaryDocumentBecomesAGateway(t *testing.T) {
	backend := mirror(t)
	file := filepath.Join(t.TempDir(), "petstore.yaml")
	must(t, os.WriteFile(file, []byte(petstore), 0o600))
	for _, open := range []bool{false, true} {
		g := start(t, func(c *server.Config) { c.ImportOpen = open })
		run := func(args ...string) string {
			t.Helper()
			out, stderr, status := dragoman(t, "", append([]string{"import", "--endpoint-url", "http://" + g.ManagementAddr()}, args...)...)
			if status != 0 {
				t.Fatalf("import %v: %s", args, stderr)
			}
			return out
		}
		out := run("--backend", backend+"/v1", file)
		found := regexp.MustCompile(`(?m)^API ([a-z0-9]{10}) "Petstore" at http://`).FindStringSubmatch(out)
		if found == nil {
			t.Fatalf("got %s, want the API named", out)
		}
		api := found[1]
		if status, body := g.call("GET", api, "/pet/7?full=1"); status != 200 || body != "GET /v1/pet/7?full=1" {
			t.Errorf("got %d %s, want the backend's answer", status, body)
		}
		if status, body := g.call("POST", api, "/pet"); status != 200 || body != "POST /v1/pet" {
			t.Errorf("got %d %s, want the backend's answer", status, body)
		}
		status, _ := g.call("DELETE", api, "/pet/7")
		if open != (status == 200) || !open && status != 404 {
			t.Errorf("--import-open %v: got %d for the operation that nobody guards", open, status)
		}
		if left := strings.Contains(out, "left out  operation DELETE /pet/{petId}: "); left == open {
			t.Errorf("--import-open %v: got %s, want the operation left out: %v", open, out, !open)
		}
		if !strings.Contains(out, "Unable to find an authorizer for the security requirement petstore_auth at DELETE /pet/{petId}") {
			t.Errorf("--import-open %v: got %s, want the operation named in a warning", open, out)
		}
		shorter := petstore[:strings.Index(petstore, "  /pet/{petId}:")]
		must(t, os.WriteFile(file+".short", []byte(shorter), 0o600))
		out = run("--api-id", api, "--backend", backend+"/v2", file+".short")
		if !strings.Contains(out, "removed   route GET /pet/{petId}\n") || !strings.Contains(out, "changed   integration POST "+backend+"/v2/pet of POST /pet\n") {
			t.Errorf("got %s, want what went and what changed", out)
		}
		if status, body := g.call("POST", api, "/pet"); status != 200 || body != "POST /v2/pet" {
			t.Errorf("got %d %s, want the new backend's answer", status, body)
		}
		if status, _ := g.call("GET", api, "/pet/7"); status != 404 {
			t.Errorf("got %d for a route that is gone, want 404", status)
		}
	}
}

// TestImportApiWarnsAndGoesOn imports with the SDK what AWS takes with a warning.
func TestImportApiWarnsAndGoesOn(t *testing.T) {
	backend := mirror(t)
	g := start(t)
	ctx := t.Context()
	sam := `{"openapi":"3.0.1","paths":{"$default":{"x-amazon-apigateway-any-method":{"isDefaultRoute":true,"security":[{"NONE":[]}],
		"x-amazon-apigateway-integration":{"type":"http_proxy","httpMethod":"ANY","uri":"` + backend + `","payloadFormatVersion":"1.0"}}}}}`
	const warning = "Parse issue: attribute paths. Resource $default should start with /"
	if _, err := g.sdk.ImportApi(ctx, &apigatewayv2.ImportApiInput{Body: &sam, FailOnWarnings: aws.Bool(true)}); exceptionOf(err) != "BadRequestException" || !strings.Contains(err.Error(), warning) {
		t.Errorf("failOnWarnings: got %v, want a refusal with the warning", err)
	}
	if all, err := g.sdk.GetApis(ctx, &apigatewayv2.GetApisInput{}); err != nil || len(all.Items) != 0 {
		t.Errorf("got %v APIs (%v) after a refusal, want none", all, err)
	}
	api, err := g.sdk.ImportApi(ctx, &apigatewayv2.ImportApiInput{Body: &sam})
	must(t, err)
	if *api.Name != "imported" || len(api.Warnings) != 2 || api.Warnings[1] != warning {
		t.Errorf("got %s with %q, want the name that a document without one gets, and AWS's warning", *api.Name, api.Warnings)
	}
	_, err = g.sdk.CreateStage(ctx, &apigatewayv2.CreateStageInput{ApiId: api.ApiId, StageName: aws.String("$default"), AutoDeploy: aws.Bool(true)})
	must(t, err)
	for _, path := range []string{"/", "/any/path"} {
		if status, body := g.call("PUT", *api.ApiId, path); status != 200 || body != "PUT "+path {
			t.Errorf("PUT %s: got %d %s, want the backend's answer under all paths", path, status, body)
		}
	}

	named, err := g.sdk.UpdateApi(ctx, &apigatewayv2.UpdateApiInput{ApiId: api.ApiId, Name: aws.String("mine"), Description: aws.String("ours"), Version: aws.String("3")})
	must(t, err)
	again, err := g.sdk.ReimportApi(ctx, &apigatewayv2.ReimportApiInput{ApiId: named.ApiId, Body: &sam})
	must(t, err)
	if *again.Name != "mine" || aws.ToString(again.Description) != "ours" || aws.ToString(again.Version) != "3" {
		t.Errorf("got %s %v %v, want name, description and version as they were", *again.Name, again.Description, again.Version)
	}

	next := strings.Replace(sam, "3.0.1", "3.1.0", 1)
	got, err := g.sdk.ReimportApi(ctx, &apigatewayv2.ReimportApiInput{ApiId: named.ApiId, Body: &next})
	must(t, err)
	if !strings.Contains(strings.Join(got.Warnings, "\n"), "OpenAPI 3.1.0 is read as OpenAPI 3.0") {
		t.Errorf("got %q, want a warning of OpenAPI 3.1", got.Warnings)
	}
	strict := start(t, func(c *server.Config) { c.StrictImport = true })
	if _, err := strict.sdk.ImportApi(ctx, &apigatewayv2.ImportApiInput{Body: &next}); exceptionOf(err) != "BadRequestException" {
		t.Errorf("--strict-import: got %v, want a refusal", err)
	}
}

// TestImportOfSixMiB measures documents as they arrive, through the SDK's own
// escapes.
func TestImportOfSixMiB(t *testing.T) {
	g := start(t)
	const before, after = "openapi: 3.0.1\ninfo: {title: big, version: '1'}\npaths: {/a: {get: {}}}\nx-quotes: '", "'\n"
	full := before + strings.Repeat(`"`, 6<<20-len(before)-len(after)) + after // twice as long on the wire
	api, err := g.sdk.ImportApi(t.Context(), &apigatewayv2.ImportApiInput{Body: &full})
	must(t, err)
	if *api.Name != "big" {
		t.Errorf("got %s, want the API", *api.Name)
	}
	over := full + "\n"
	_, err = g.sdk.ImportApi(t.Context(), &apigatewayv2.ImportApiInput{Body: &over})
	if exceptionOf(err) != "BadRequestException" || !strings.Contains(err.Error(), "6291457 bytes") {
		t.Errorf("got %v, want a BadRequestException", err)
	}
}

// TestImportsAreAskedForTheirKeys imports from the command line into a gateway that
// verifies signatures: a key that is limited to an API may import over that alone.
func TestImportsAreAskedForTheirKeys(t *testing.T) {
	keys := writeKeys(t, keyFile)
	var audited syncBuffer
	g := start(t, asking(keys), func(c *server.Config) { c.Logger = slog.New(slog.NewTextHandler(&audited, nil)) })
	g.sdk = g.as(full, "us-east-1")
	mine, other := g.webApi().id, g.webApi().id
	appendFile(t, keys, "\n[limited]\naws_access_key_id=AKIDLIMITED\naws_secret_access_key=l\ndragoman_apis="+mine+"\n")
	file := filepath.Join(t.TempDir(), "big.yaml")
	must(t, os.WriteFile(file, []byte(petstore+"x-text: \""+strings.Repeat("x", 5<<20)+"\"\n"), 0o600)) // larger than other bodies may be
	t.Setenv("AWS_CONFIG_FILE", filepath.Join(t.TempDir(), "none"))
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", filepath.Join(t.TempDir(), "none"))
	run := func(id, secret string, args ...string) (out, stderr string, status int) {
		t.Setenv("AWS_ACCESS_KEY_ID", id)
		t.Setenv("AWS_SECRET_ACCESS_KEY", secret)
		return dragoman(t, "", append([]string{"import", "--endpoint-url", "http://" + g.ManagementAddr(), "--backend", "http://127.0.0.1:9"}, append(args, file)...)...)
	}
	eventually(t, "the limited key", func() bool {
		_, _, status := run("AKIDLIMITED", "l", "--api-id", mine, "--dry-run")
		return status == 0
	})
	for _, row := range []struct {
		name, key, secret string
		args              []string
		refused           string
	}{
		{"its own API", "AKIDLIMITED", "l", []string{"--api-id", mine}, ""},
		{"another API", "AKIDLIMITED", "l", []string{"--api-id", other}, "not authorized"},
		{"a new API", "AKIDLIMITED", "l", nil, "not authorized"},
		{"a new API, tried", "AKIDLIMITED", "l", []string{"--dry-run"}, "not authorized"},
		{"a reader", "AKIDREADER", readerSecret, []string{"--api-id", mine}, "not authorized"},
		{"a reader who tries", "AKIDREADER", readerSecret, []string{"--api-id", mine, "--dry-run"}, "not authorized"},
		{"a wrong secret", "AKIDFULL", "x", nil, "signature"},
		{"nobody", "AKIDNOBODY", "x", nil, "invalid"},
		{"who may everything", "AKIDFULL", fullSecret, nil, ""},
	} {
		out, stderr, status := run(row.key, row.secret, row.args...)
		if (status == 0) != (row.refused == "") || !strings.Contains(stderr, row.refused) {
			t.Errorf("%s: got %d, %.300s, %q, want %q", row.name, status, out, stderr, row.refused)
		}
	}
	for _, want := range []string{"operation=ReimportDocument resource=/_dragoman/apis/" + mine + " status=200", "operation=ImportDocument resource=arn:aws:apigateway:us-east-1::/apis/"} {
		if !strings.Contains(audited.String(), want) {
			t.Errorf("the audit lacks %s", want)
		}
	}
}
