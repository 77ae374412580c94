package conformance

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"

	"github.com/dragoman-gateway/dragoman/internal/needs"
	"github.com/dragoman-gateway/dragoman/server"
)

// What Lambda refuses is told with Lambda's own reason, over both protocols and at $connect.
func TestCausesOfRefusedInvocations(t *testing.T) {
	service := backend(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // or its end is not noticed
		refuse := func(status int, exception, words string) {
			w.Header().Set("X-Amzn-Errortype", exception)
			w.WriteHeader(status)
			_, _ = io.WriteString(w, `{"Message":"`+words+`"}`)
		}
		switch {
		case strings.Contains(r.URL.Path, "busy"):
			refuse(429, "TooManyRequestsException", "Rate Exceeded.")
		case strings.Contains(r.URL.Path, "closed"):
			refuse(403, "AccessDeniedException", "User is not authorized to perform: lambda:InvokeFunction on resource: closed")
		default:
			<-r.Context().Done()
		}
	})
	g := start(t, recording, func(c *server.Config) {
		c.Functions = map[string]string{"busy": service, "closed": service, "slow": service}
	})
	uri := func(name string) string { return strings.ReplaceAll(talkURI, "function:talk", "function:"+name) }
	calling := func(name string) apigatewayv2.CreateIntegrationInput {
		return apigatewayv2.CreateIntegrationInput{IntegrationType: types.IntegrationTypeAwsProxy, IntegrationUri: aws.String(uri(name)), TimeoutInMillis: aws.Int32(150)}
	}
	a := g.socketApi(mock(), mockReply("pong"))
	a.point("busy", calling("busy"), nil)
	a.point("closed", calling("closed"), nil)
	a.deploy()
	conn := a.dial(nil)
	a.says(conn, `{"action":"busy"}`, "Internal server error", 502, "busy", "Rate Exceeded")
	a.says(conn, `{"action":"closed"}`, "Internal server error", 502, "closed", "lambda:InvokeFunction")

	web := g.webApi()
	for _, name := range []string{"busy", "closed", "slow"} {
		in := invoking("2.0")
		in.IntegrationUri, in.TimeoutInMillis = aws.String(uri(name)), aws.Int32(150)
		web.route("GET /"+name, web.integrate(in))
	}
	web.deploy("$default")
	web.refused("a throttled function", web.call("GET", "/busy", ""), 503, "busy", "Rate Exceeded")
	web.refused("no permission", web.call("GET", "/closed", ""), 500, "closed", "lambda:InvokeFunction")
	web.refused("a slow function", web.call("GET", "/slow", ""), 503, "slow", "did not answer within 150ms")

	s := g.socketApi(calling("slow"), apigatewayv2.CreateIntegrationResponseInput{})
	s.addRoute("$connect", false)
	s.deploy()
	if got := plainHandshake(t, g, s.path()); got != 504 {
		t.Errorf("a slow $connect: got %d, want 504", got)
	}
	g.cause("a slow $connect", "connect", 504, "slow", "did not answer within 150ms")
}

// What a function that runs here logs of a call stands in the record of the call, without the
// secrets of its environment, and so does the stack of its error.
func TestLogsOfAFunctionAreRecorded(t *testing.T) {
	needs.Program(t, "python3")
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "app.py"), []byte(`import os
def handler(e, c):
    print('called with', e['body'], os.environ.get('AWS_SECRET_ACCESS_KEY'))
    if 'raise' in e['body']:
        raise KeyError('orderId')
    return {'statusCode': 200, 'body': 'done'}
`), 0o600))
	p, err := run(t, binary(t, "serve", "--listen", "127.0.0.1:0", "--management", "127.0.0.1:0", "--data-dir", "", "--tap", "all", "--function", "talk="+dir))
	must(t, err)
	g := p.gateway(t)
	web := g.webApi()
	web.route("POST /x", web.integrate(invoking("2.0")))
	web.deploy("$default")
	socket := g.socketApi(apigatewayv2.CreateIntegrationInput{IntegrationType: types.IntegrationTypeAwsProxy, IntegrationUri: aws.String(talkArn)}, apigatewayv2.CreateIntegrationResponseInput{})
	conn := socket.dial(nil)
	backendOf := func(query string) (data struct {
		Logs                 []string
		FunctionError, Stack string
	}) {
		t.Helper()
		eventually(t, "the record of "+query, func() bool {
			for _, r := range g.traces("limit=1&" + query) {
				for _, s := range r.Steps {
					if s.Name == "backend" {
						return json.Unmarshal(s.Data, &data) == nil && len(data.Logs) > 0
					}
				}
			}
			return false
		})
		return data
	}
	if got := web.call("POST", "/x", "first", "Content-Type", "text/plain"); got.StatusCode != 200 {
		t.Fatalf("got %d %s\n%s", got.StatusCode, got.body, p.log)
	}
	if logs := strings.Join(backendOf("text=first").Logs, "\n"); !strings.Contains(logs, "called with first") || !strings.Contains(logs, "START RequestId") {
		t.Errorf("got %q", logs)
	}
	if got := socket.ask(conn, `{"action":"ask","n":"second"}`); got != "done" {
		t.Fatalf("got %s", got)
	}
	if logs := strings.Join(backendOf("text=second").Logs, "\n"); !strings.Contains(logs, "second") || strings.Contains(logs, "first") {
		t.Errorf("got %q", logs)
	}
	socket.ask(conn, `{"action":"ask","n":"raise"}`)
	if data := backendOf("text=raise"); !strings.Contains(data.FunctionError, "orderId") || !strings.Contains(data.Stack, "app.py") {
		t.Errorf("got %+v", data)
	}
}
