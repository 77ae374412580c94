package conformance

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"

	"github.com/dragoman-gateway/dragoman/server"
)

// saysInOrder takes the lines of one exchange, and reports those that a log does not
// have in this order, and what it must not have.
func saysInOrder(t *testing.T, what, log string, want []string, never string) {
	t.Helper()
	var lines []string
	eventually(t, "the end of "+what, func() bool {
		text, _ := os.ReadFile(log)
		lines = strings.Split(string(text), "\n")
		return strings.Contains(string(text), "Method completed with status")
	})
	must(t, os.Truncate(log, 0))
	at := 0
	for _, line := range lines {
		if at < len(want) && strings.Contains(line+"\n", ") "+want[at]) {
			at++
		}
		if strings.Contains(line, never) {
			t.Errorf("%s: %q is in the log: %s", what, never, line)
		}
	}
	if at < len(want) {
		t.Errorf("%s: got no %q behind the lines before it in %q", what, want[at], lines)
	}
}

// The execution log of a WebSocket route names the integration response that was
// chosen, why, and the references of templates that did not resolve.
func TestExecutionLogSaysWhy(t *testing.T) {
	log := filepath.Join(t.TempDir(), "execution.log")
	g := start(t, func(c *server.Config) { c.Observe.AccessLogs = map[string]string{"/aws/apigateway/*": log} })
	a := g.socketApi(apigatewayv2.CreateIntegrationInput{
		IntegrationType: types.IntegrationTypeHttp, IntegrationMethod: aws.String("POST"), IntegrationUri: aws.String(backend(t, statusFor)),
		TemplateSelectionExpression: aws.String(`\$default`),
		RequestTemplates:            map[string]string{"$default": `{"order":"$input.path('$.order')","who":"$input.path('$.nobody')"}`},
		RequestParameters:           map[string]string{"integration.request.header.X-Status": "route.request.body.status"},
	}, apigatewayv2.CreateIntegrationResponseInput{
		IntegrationResponseKey: aws.String("/4../"), TemplateSelectionExpression: aws.String(`\$default`),
		ResponseTemplates: map[string]string{"$default": "refused: $input.path('$.name') $context.reason"},
	})
	_, err := g.sdk.CreateIntegrationResponse(t.Context(), &apigatewayv2.CreateIntegrationResponseInput{
		ApiId: &a.id, IntegrationId: &a.integration, IntegrationResponseKey: aws.String("$default"),
	})
	must(t, err)
	a.deploy()
	_, err = g.sdk.UpdateStage(t.Context(), &apigatewayv2.UpdateStageInput{ApiId: &a.id, StageName: aws.String("prod"),
		DefaultRouteSettings: &types.RouteSettings{LoggingLevel: types.LoggingLevelInfo}})
	must(t, err)
	conn := a.dial(nil)
	for _, row := range []struct {
		status string
		want   []string
	}{
		{"404", []string{
			`Route: ask ($request.body.action is "ask")`, `Request template: $default (\$default is "$default"). Unresolved: $input.path('$.nobody') at 1:42`,
			"Endpoint request: POST ", "Received response. Status: 404", `Integration response: /4../ (the status is "404", which matches)`,
			`Response template: $default (\$default is "$default"). Unresolved: $context.reason at 1:32`, "Successfully completed execution",
		}},
		{"200", []string{`Integration response: $default (the status is "200", which no key fits)`, "Response template: none, the answer is passed on\n"}},
	} {
		a.ask(conn, `{"action":"ask","status":"`+row.status+`","order":"private"}`)
		saysInOrder(t, row.status, log, row.want, "private")
	}
}

// An HTTP API has an execution log when a file is given for its group: decisions, and
// nothing of what clients and backends say.
func TestExecutionLogOfAnHTTPApi(t *testing.T) {
	dir := t.TempDir()
	log, any := filepath.Join(dir, "web.log"), filepath.Join(dir, "any.log")
	targets := map[string]string{"/aws/apigateway/*": any}
	g := start(t, func(c *server.Config) { c.DataDir = filepath.Join(dir, "data"); c.Observe.AccessLogs = targets })
	a := g.webApi()
	to := proxyTo(backend(t, statusFor) + "/base")
	to.ResponseParameters = map[string]map[string]string{"503": {"overwrite:statuscode": "502"}}
	a.route("GET /pets/{id}", a.integrate(to))
	a.deploy("$default")
	a.call("GET", "/pets/0", "")
	g.stop()
	if text, _ := os.ReadFile(any); len(text) > 0 {
		t.Errorf("a group that is not named: got %s", text)
	}
	targets["/aws/apigateway/"+a.id+"/$default"] = log
	again := start(t, func(c *server.Config) { c.DataDir = filepath.Join(dir, "data"); c.Observe.AccessLogs = targets })
	a.gateway = again
	response := a.call("GET", "/pets/1?token=secret", "secret", "Authorization", "secret", "X-Status", "503")
	saysInOrder(t, "a request", log, []string{
		"Extended Request Id: " + response.Header.Get("apigw-requestid"), "Starting execution for request: ",
		`Route: GET /pets/{id} (the request is "GET /pets/1", which matches)`, "Endpoint request: GET http://127.0.0.1:", "Received response. Status: 503, Integration latency: ",
		`Response parameters: mapped (the status is "503")`, "Successfully completed execution", "Method completed with status: 502",
	}, "secret")
	a.call("GET", "/nothing?token=secret", "", "Authorization", "secret")
	saysInOrder(t, "no route", log, []string{
		`Route: none (the request is "GET /nothing", which no key fits, and there is no $default)`, "Execution failed: Not Found", "Method completed with status: 404",
	}, "secret")
}
