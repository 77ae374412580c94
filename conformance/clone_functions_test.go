package conformance

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"

	"github.com/dragoman-gateway/dragoman/awsconfig/awstest"
	"github.com/dragoman-gateway/dragoman/internal/needs"
	"github.com/dragoman-gateway/dragoman/server"
)

// lambdaWith is a Lambda API that has the functions whose code is given, by name; of
// others it says that they are not there. It counts what it is asked for.
func lambdaWith(t *testing.T, code map[string]string, asked map[string]int) string {
	t.Helper()
	mux := http.NewServeMux()
	at := backend(t, mux.ServeHTTP)
	packages := map[string][]byte{}
	for name, text := range code {
		var b bytes.Buffer
		w := zip.NewWriter(&b)
		f, err := w.Create("index.mjs")
		must(t, err)
		_, err = f.Write([]byte(text))
		must(t, err)
		must(t, w.Close())
		packages[name] = b.Bytes()
	}
	mux.HandleFunc("GET /code/{name}", func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write(packages[r.PathValue("name")]) })
	mux.HandleFunc("/", func(_ http.ResponseWriter, r *http.Request) { t.Errorf("%s %s was asked for", r.Method, r.URL) })
	mux.HandleFunc("GET /2015-03-31/functions/{arn}", func(w http.ResponseWriter, r *http.Request) {
		name := r.PathValue("arn")[strings.LastIndexByte(r.PathValue("arn"), ':')+1:]
		asked[name]++
		if packages[name] == nil {
			refuse(w, 403, "AccessDeniedException", "not allowed to lambda:GetFunction")
			return
		}
		sum := sha256.Sum256(packages[name])
		_ = json.NewEncoder(w).Encode(map[string]any{
			"Configuration": map[string]any{"Runtime": "nodejs22.x", "Handler": "index.handler", "Timeout": 7, "CodeSha256": base64.StdEncoding.EncodeToString(sum[:]),
				"Environment": map[string]any{"Variables": map[string]string{"TOKEN": "s3cret"}}},
			"Code": map[string]any{"Location": at + "/code/" + name + "?signature=s3cret"}})
	})
	return at
}

// The code of functions comes along, and what is printed serves it all.
func TestCloneWithFunctions(t *testing.T) {
	needs.Program(t, "node")
	awstest.Isolate(t)
	asked := map[string]int{}
	t.Setenv("AWS_ENDPOINT_URL_LAMBDA", lambdaWith(t, map[string]string{
		"talk":  "export const handler = async (e) => ({ statusCode: 201, body: 'cloned ' + e.rawPath })",
		"other": "export const handler = async () => 'other'"}, asked))
	g := start(t)
	web := g.webApi()
	web.route("GET /x", web.integrate(invoking("2.0")))
	web.route("GET /y", web.integrate(invoking("1.0")))
	web.route("GET /denied", web.integrate(apigatewayv2.CreateIntegrationInput{IntegrationType: types.IntegrationTypeAwsProxy, PayloadFormatVersion: aws.String("2.0"),
		IntegrationUri: aws.String(strings.TrimSuffix(talkArn, "talk") + "denied")}))
	web.deploy("$default")
	dir := t.TempDir()
	file := filepath.Join(dir, "g.yaml")
	from := "http://" + g.ManagementAddr()

	_, stderr, status := dragoman(t, "", "clone", "--endpoint-url", from, "--all", "--functions")
	if status != 2 || stderr != "dragoman: --functions puts folders beside a file: give --to FILE\n" {
		t.Errorf("without a file: got %d %s", status, stderr)
	}
	_, report, status := dragoman(t, "", "clone", "--endpoint-url", from, "--all", "--functions", "--to", file)
	if status != 1 || !strings.Contains(report, "function denied: GetFunction: AccessDeniedException: not allowed to lambda:GetFunction\n") ||
		!strings.Contains(report, "function talk: the values of its environment (TOKEN), which may be secrets\n") || strings.Contains(report, "s3cret") {
		t.Errorf("got status %d, %s", status, report)
	}
	if asked["talk"] != 1 || asked["denied"] != 1 {
		t.Errorf("it was asked for %v, want each once", asked)
	}
	left, err := os.ReadDir(dir)
	must(t, err)
	if len(left) != 2 || left[0].Name() != "g-functions" || left[1].Name() != "g.yaml" {
		t.Errorf("got %v, want the file and a folder", left)
	}
	if functions, _ := os.ReadDir(filepath.Join(dir, "g-functions")); len(functions) != 1 || functions[0].Name() != "talk" {
		t.Errorf("got the folders %v, want that of talk", functions)
	}
	_, line, _ := strings.Cut(report, "serve it: dragoman serve ")
	if want := "functions:\n  talk:\n    dir: ./g-functions/talk\n    handler: index.handler\n    runtime: nodejs22.x\n    timeout: 7\n"; !strings.HasSuffix(mustRead(t, file), want) {
		t.Errorf("got %s, want at its end %s", mustRead(t, file), want)
	}
	p, err := launch(t, strings.Fields(line)...)
	must(t, err)
	copied := newWebApi(p.gateway(t), web.id)
	if got := copied.call("GET", "/x", ""); got.StatusCode != 201 || got.body != "cloned /x" {
		t.Errorf("got %d %s from the copy\n%s", got.StatusCode, got.body, p.log)
	}

	// A folder that is there stays too, unless --force is given; then it is replaced.
	must(t, os.Remove(file))
	_, stderr, status = dragoman(t, "", "clone", "--endpoint-url", from, "--all", "--functions", "--to", file)
	if status != 1 || !strings.Contains(stderr, "g-functions is there already: --force replaces it") {
		t.Errorf("a folder that is there: got %d %s", status, stderr)
	}
	must(t, os.WriteFile(filepath.Join(dir, "g-functions", "old"), nil, 0o600))
	dragoman(t, "", "clone", "--endpoint-url", from, "--all", "--functions", "--force", "--to", file)
	if functions, _ := os.ReadDir(filepath.Join(dir, "g-functions")); len(functions) != 1 {
		t.Errorf("got the folders %v, want that of talk alone", functions)
	}
	if left, _ := os.ReadDir(dir); len(left) != 2 {
		t.Errorf("got %v, want the file and a folder", left)
	}
}

// What another implementation of the API has is copied, and what that cannot tell is
// told: moto lists neither authorizers nor models, deployments and route responses.
func TestCloneFromMoto(t *testing.T) {
	at := moto(t)
	ids := boto3(t, at, motoApis)
	file := filepath.Join(t.TempDir(), "g.yaml")
	_, report, status := dragoman(t, "", "clone", "--endpoint-url", at, "--region", "us-east-1", "--all", "--to", file)
	if status != 1 || !strings.Contains(report, "copied 2 APIs, 1 API mapping, 1 VPC link, 1 domain name, 2 integrations, 1 integration response, 2 routes and 2 stages from us-east-1\n") ||
		!strings.Contains(report, "API web ("+ids["web"].(string)+"): GetAuthorizers: the server answered 500 Internal Server Error\n") {
		t.Errorf("got status %d, %s", status, report)
	}
	g := start(t, func(c *server.Config) { c.File, c.DataDir = file, "" })
	if got, _ := cloned(t, "http://"+g.ManagementAddr(), "--all"); got != mustRead(t, file) {
		t.Errorf("a copy of the copy differs:\n%s", got)
	}
	if got := newWebApi(g, ids["web"].(string)).call("GET", "/nothere", "", "Origin", "https://a"); got.StatusCode != 404 || got.Header.Get("Access-Control-Allow-Origin") != "https://a" {
		t.Errorf("got %d %v, want the gateway's 404 with CORS", got.StatusCode, got.Header)
	}
}

func mustRead(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	must(t, err)
	return string(text)
}

const motoApis = `
v2 = client("apigatewayv2")
web = v2.create_api(Name="web", ProtocolType="HTTP", Tags={"a": "b"}, CorsConfiguration={"AllowOrigins": ["https://a"]})["ApiId"]
i = v2.create_integration(ApiId=web, IntegrationType="HTTP_PROXY", IntegrationUri="http://example.com", IntegrationMethod="GET", PayloadFormatVersion="1.0")["IntegrationId"]
v2.create_route(ApiId=web, RouteKey="GET /pets", Target="integrations/" + i)
v2.create_stage(ApiId=web, StageName="$default", AutoDeploy=True)
chat = v2.create_api(Name="chat", ProtocolType="WEBSOCKET", RouteSelectionExpression="$request.body.action")["ApiId"]
i = v2.create_integration(ApiId=chat, IntegrationType="MOCK")["IntegrationId"]
v2.create_integration_response(ApiId=chat, IntegrationId=i, IntegrationResponseKey="/200/")
r = v2.create_route(ApiId=chat, RouteKey="$connect", Target="integrations/" + i)["RouteId"]
v2.create_route_response(ApiId=chat, RouteId=r, RouteResponseKey="$default")
v2.create_model(ApiId=chat, Name="m", ContentType="application/json", Schema='{"type":"object"}')
v2.create_stage(ApiId=chat, StageName="prod")
v2.create_vpc_link(Name="link", SubnetIds=["subnet-1"], SecurityGroupIds=[])
v2.create_domain_name(DomainName="api.example.com", DomainNameConfigurations=[{"CertificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/c", "EndpointType": "REGIONAL", "SecurityPolicy": "TLS_1_2"}])
v2.create_api_mapping(DomainName="api.example.com", ApiId=web, Stage="$default", ApiMappingKey="v1")
print(json.dumps({"web": web, "chat": chat}))
`
