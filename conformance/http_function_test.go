package conformance

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"

	"github.com/dragoman-gateway/dragoman/server"
)

// webFunctions is an endpoint of the Lambda Invoke API whose functions answer by
// their name.
type webFunctions struct {
	url     string
	answers map[string]func(event []byte) (payload string, failed bool)

	mu   sync.Mutex // Protects fields below.
	seen map[string][][]byte
}

func newWebFunctions(t *testing.T, answers map[string]func([]byte) (string, bool)) *webFunctions {
	f := &webFunctions{answers: answers, seen: map[string][][]byte{}}
	f.url = backend(t, f.serve)
	return f
}

func (f *webFunctions) serve(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimSuffix(strings.TrimPrefix(r.URL.Path, "/2015-03-31/functions/"), "/invocations")
	answer := f.answers[name]
	if r.Method != http.MethodPost || answer == nil {
		w.Header().Set("X-Amzn-Errortype", "ResourceNotFoundException")
		w.WriteHeader(http.StatusNotFound)
		return
	}
	body, _ := io.ReadAll(r.Body)
	f.mu.Lock()
	f.seen[name] = append(f.seen[name], body)
	f.mu.Unlock()
	payload, failed := answer(body)
	if failed {
		w.Header().Set("X-Amz-Function-Error", "Unhandled")
	}
	w.Header().Set("X-Amz-Executed-Version", "$LATEST")
	_, _ = io.WriteString(w, payload)
}

// last decodes the newest event of a function.
func (f *webFunctions) last(t *testing.T, name string, into any) {
	t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.seen[name]) == 0 {
		t.Fatalf("%s was not invoked", name)
	}
	must(t, json.Unmarshal(f.seen[name][len(f.seen[name])-1], into))
}

func (f *webFunctions) count(name string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.seen[name])
}

func (f *webFunctions) as(c *server.Config) {
	c.Functions = map[string]string{}
	for name := range f.answers {
		c.Functions[name] = f.url
	}
}

func says(payload string) func([]byte) (string, bool) {
	return func([]byte) (string, bool) { return payload, false }
}

func TestHTTPFunctionsOfBothFormats(t *testing.T) {
	f := newWebFunctions(t, map[string]func([]byte) (string, bool){"talk": says(`{"statusCode":201,"headers":{"X-Out":"1"},"cookies":["a=1","b=2"],"body":"aGk=","isBase64Encoded":true}`)})
	a := start(t, f.as).webApi()
	a.route("POST /two/{id}", a.integrate(invoking("2.0")))
	in := invoking("1.0")
	in.IntegrationUri = aws.String(talkURI)
	a.route("POST /one/{id}", a.integrate(in))
	a.deploy("prod", func(in *apigatewayv2.CreateStageInput) { in.StageVariables = map[string]string{"colour": "red"} })

	got := a.call("POST", "/prod/two/a%20b?q=1&q=2", `{"x":1}`, "Content-Type", "application/json; charset=utf-8", "Cookie", "c=1; d=2")
	if got.StatusCode != 201 || got.body != "hi" || fmt.Sprint(got.Header.Values("Set-Cookie")) != "[a=1 b=2]" || got.Header.Get("X-Out") != "1" {
		t.Errorf("answer: got %d %s %v", got.StatusCode, got.body, got.Header)
	}
	var two events.APIGatewayV2HTTPRequest
	f.last(t, "talk", &two)
	if got := fmt.Sprint(two.RouteKey, two.RawPath, two.RawQueryString, two.Cookies, two.PathParameters, two.StageVariables, two.Body, two.IsBase64Encoded); got !=
		`POST /two/{id}/prod/two/a bq=1&q=2[c=1 d=2] map[id:a b] map[colour:red]{"x":1}false` {
		t.Errorf("event 2.0: got %s", got)
	}
	if two.RequestContext.APIID != a.id || two.RequestContext.RequestID != got.Header.Get("apigw-requestid") {
		t.Errorf("context: got %+v", two.RequestContext)
	}

	got = a.call("POST", "/prod/one/7?q=1&q=2", "binary", "x-Odd-CASE", "1")
	if got.StatusCode != 201 || got.body != "hi" {
		t.Errorf("answer: got %d %s", got.StatusCode, got.body)
	}
	var one events.APIGatewayProxyRequest
	f.last(t, "talk", &one)
	if got := fmt.Sprint(one.Resource, one.Path, one.HTTPMethod, one.MultiValueQueryStringParameters["q"], one.PathParameters, one.Body, one.IsBase64Encoded); got !=
		"/one/{id}/prod/one/7POST[1 2] map[id:7]YmluYXJ5true" {
		t.Errorf("event 1.0: got %s", got)
	}
}

func TestHTTPQuickCreateOfAFunction(t *testing.T) {
	f := newWebFunctions(t, map[string]func([]byte) (string, bool){"talk": func(event []byte) (string, bool) {
		var e events.APIGatewayV2HTTPRequest
		_ = json.Unmarshal(event, &e)
		return fmt.Sprintf("%q", e.Version+" "+e.RouteKey+" "+e.RawPath), false
	}})
	g := start(t, f.as)
	api, err := g.sdk.CreateApi(t.Context(), &apigatewayv2.CreateApiInput{Name: aws.String("quick"), ProtocolType: "HTTP", Target: aws.String(talkArn)})
	must(t, err)
	a := newWebApi(g, *api.ApiId)
	eventually(t, "the $default stage deploys by itself", func() bool { return a.call("GET", "/any/where", "").StatusCode == 200 })
	if got := a.call("GET", "/any/where", ""); got.body != "2.0 $default /any/where" || got.Header.Get("Content-Type") != "application/json" {
		t.Errorf("got %s %v", got.body, got.Header)
	}
}

func TestHTTPFunctionFailures(t *testing.T) {
	answer := ""
	f := newWebFunctions(t, map[string]func([]byte) (string, bool){"talk": func([]byte) (string, bool) { return answer, strings.Contains(answer, "errorMessage") }})
	a := start(t, f.as).webApi()
	a.route("GET /x", a.integrate(invoking("1.0")))
	missing := invoking("2.0")
	missing.IntegrationUri = aws.String(strings.Replace(talkArn, "talk", "gone", 1))
	a.route("GET /gone", a.integrate(missing))
	a.deploy("$default")
	for _, row := range []string{`{"errorMessage":"broken","errorType":"Error"}`, `{"body":"no status"}`, `not JSON`, `{"statusCode":"many"}`} {
		answer = row
		gatewayError(t, a.call("GET", "/x", ""), 500, "Internal Server Error")
	}
}

// A queue's answer is relayed as the service gave it.
func TestHTTPServiceIntegration(t *testing.T) {
	var sent url.Values
	queue := backend(t, func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		sent = r.Form
		if !strings.HasPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/") {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		w.Header().Set("Content-Type", "text/xml")
		w.Header().Set("x-amzn-RequestId", "id-1")
		_, _ = io.WriteString(w, "<SendMessageResponse/>")
	})
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL_SQS": queue, "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_EC2_METADATA_DISABLED": "true",
	} {
		t.Setenv(name, value)
	}
	a := start(t).webApi()
	a.route("POST /send", a.integrate(apigatewayv2.CreateIntegrationInput{
		IntegrationType: "AWS_PROXY", IntegrationSubtype: aws.String("SQS-SendMessage"), PayloadFormatVersion: aws.String("1.0"),
		CredentialsArn:    aws.String("arn:aws:iam::000000000000:role/r"),
		RequestParameters: map[string]string{"QueueUrl": queue + "/000000000000/q", "MessageBody": "$request.body.text"},
	}))
	a.deploy("$default")
	got := a.call("POST", "/send", `{"text":"hello"}`)
	if got.StatusCode != 200 || got.body != "<SendMessageResponse/>" || got.Header.Get("x-amzn-requestid") != "id-1" {
		t.Errorf("answer: got %d %s %v", got.StatusCode, got.body, got.Header)
	}
	if sent.Get("Action") != "SendMessage" || sent.Get("MessageBody") != "hello" {
		t.Errorf("request: got %v", sent)
	}
	gatewayError(t, a.call("POST", "/send", `{"text":""}`), 400, "Bad Request")
}
