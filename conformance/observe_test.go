package conformance

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/dragoman-gateway/dragoman/server"
)

const (
	webGroup    = "arn:aws:logs:us-east-1:000000000000:log-group:web"
	socketGroup = "arn:aws:logs:us-east-1:000000000000:log-group:socket:*"
)

// logged answers the lines of a log, once there are so many.
func logged(t *testing.T, path string, lines int) []string {
	t.Helper()
	var found []string
	eventually(t, "lines in "+filepath.Base(path), func() bool {
		text, _ := os.ReadFile(path)
		found = slices.DeleteFunc(strings.Split(string(text), "\n"), func(s string) bool { return s == "" })
		return len(found) >= lines
	})
	if len(found) != lines {
		t.Fatalf("got %d lines, want %d: %q", len(found), lines, found)
	}
	return found
}

func TestAccessLogOfAnHTTPApi(t *testing.T) {
	log := filepath.Join(t.TempDir(), "web.log")
	g := start(t, func(c *server.Config) { c.Observe.AccessLogs = map[string]string{webGroup: log} })
	a := g.webApi()
	a.route("GET /pets/{id}", a.integrate(proxyTo(backend(t, echo))))
	a.deploy("$default", func(in *apigatewayv2.CreateStageInput) {
		in.AccessLogSettings = &types.AccessLogSettings{DestinationArn: aws.String(webGroup), Format: aws.String(
			`{"requestId":"$context.requestId","ip":"$context.identity.sourceIp","agent":"$context.identity.userAgent",` +
				`"route":"$context.routeKey","status":$context.status,"protocol":"$context.protocol","path":"$context.path",` +
				`"integration":"$context.integrationStatus","error":$context.error.messageString,"nothing":"$context.authorizer.nothing"}`)}
	})
	evil := `x","status":500,"y":"`
	found := a.call("GET", "/pets/1", "", "User-Agent", evil)
	missing := a.call("GET", "/nothing/here", "", "User-Agent", "plain")
	lines := logged(t, log, 2)

	var line struct {
		RequestID, IP, Agent, Route, Protocol, Path, Integration, Nothing string
		Status                                                            int
	}
	must(t, json.Unmarshal([]byte(strings.Replace(lines[0], `"error":-`, `"error":null`, 1)), &line))
	if line.RequestID != found.Header.Get("apigw-requestid") || line.Agent != evil || line.Status != 200 || line.Route != "GET /pets/{id}" ||
		line.IP != "127.0.0.1" || line.Protocol != "HTTP/1.1" || line.Path != "/pets/1" || line.Integration != "200" || line.Nothing != "-" {
		t.Errorf("got %+v", line)
	}
	var refused struct {
		RequestID, Route, Error string
		Status                  int
	}
	must(t, json.Unmarshal([]byte(lines[1]), &refused))
	if refused.RequestID != missing.Header.Get("apigw-requestid") || refused.Status != 404 || refused.Error != "Not Found" || refused.Route != "-" {
		t.Errorf("got %+v", refused)
	}
}

func TestAccessLogOfAWebSocketApi(t *testing.T) {
	log := filepath.Join(t.TempDir(), "socket.log")
	g := start(t, func(c *server.Config) { c.Observe.AccessLogs = map[string]string{"*": log} })
	a := mockApi(g, "pong")
	a.addRoute("$connect", false)
	a.addRoute("$disconnect", false)
	_, err := g.sdk.UpdateStage(t.Context(), &apigatewayv2.UpdateStageInput{
		ApiId: &a.id, StageName: aws.String("prod"),
		AccessLogSettings: &types.AccessLogSettings{
			DestinationArn: aws.String(socketGroup),
			Format:         aws.String(`$context.identity.sourceIp "$context.eventType $context.routeKey $context.connectionId" $context.status $context.requestId $context.error.responseType`),
		},
	})
	must(t, err)
	a.deploy()
	conn := a.dial(nil)
	a.ask(conn, `{"action":"ask"}`)
	refused := a.ask(conn, `{"action":"nothing"}`)
	must(t, conn.Close(1000, ""))
	lines := logged(t, log, 4)

	var told struct{ ConnectionID, RequestID string }
	must(t, json.Unmarshal([]byte(refused), &told))
	for i, want := range []string{
		`127.0.0.1 "CONNECT $connect ` + told.ConnectionID + `" 200 `,
		`127.0.0.1 "MESSAGE ask ` + told.ConnectionID + `" 200 `,
		`127.0.0.1 "MESSAGE - ` + told.ConnectionID + `" 403 ` + told.RequestID,
		`127.0.0.1 "DISCONNECT $disconnect ` + told.ConnectionID + `" 200 `,
	} {
		if !strings.HasPrefix(lines[i], want) {
			t.Errorf("line %d: got %q, want %q…", i, lines[i], want)
		}
	}
}

// mockApi is a WebSocket API whose route "ask" answers a text.
func mockApi(g *gateway, reply string) *socketApi {
	return g.socketApi(apigatewayv2.CreateIntegrationInput{
		IntegrationType: types.IntegrationTypeMock, TemplateSelectionExpression: aws.String(`\$default`),
		RequestTemplates: map[string]string{"$default": `{"statusCode":200}`},
	}, apigatewayv2.CreateIntegrationResponseInput{
		IntegrationResponseKey: aws.String("$default"), ResponseTemplates: map[string]string{"$default": reply},
		TemplateSelectionExpression: aws.String(`\$default`),
	})
}

func TestLogsAreReopened(t *testing.T) {
	log := filepath.Join(t.TempDir(), "web.log")
	g := start(t, func(c *server.Config) { c.Observe.AccessLogs = map[string]string{"*": log} })
	a := g.webApi()
	a.route("GET /", a.integrate(proxyTo(backend(t, echo))))
	a.deploy("$default", func(in *apigatewayv2.CreateStageInput) {
		in.AccessLogSettings = &types.AccessLogSettings{DestinationArn: aws.String(webGroup), Format: aws.String("$context.requestId")}
	})
	before := a.call("GET", "/", "").Header.Get("apigw-requestid")
	logged(t, log, 1)
	must(t, os.Rename(log, log+".1"))
	g.Reopen()
	eventually(t, "a new file", func() bool { _, err := os.Stat(log); return err == nil })
	after := a.call("GET", "/", "").Header.Get("apigw-requestid")
	if got := logged(t, log, 1)[0]; got != after {
		t.Errorf("new file: got %q, want %q", got, after)
	}
	if got := logged(t, log+".1", 1)[0]; got != before {
		t.Errorf("old file: got %q, want %q", got, before)
	}
}

func TestUnwritableLogRefusesTheStart(t *testing.T) {
	c := server.Default()
	c.DataDir, c.Listen, c.Management = "", "127.0.0.1:0", "127.0.0.1:0"
	c.Observe.AccessLogs = map[string]string{webGroup: filepath.Join(t.TempDir(), "no", "dir")}
	if _, err := server.New(c); err == nil || !strings.Contains(err.Error(), "--access-log") {
		t.Errorf("got %v, want an error about --access-log", err)
	}
}

// metrics reads /metrics with Prometheus's own parser.
func (g *gateway) metrics() map[string]*dto.MetricFamily {
	g.t.Helper()
	at := g.ManagementAddr()
	if own, ok := g.faces.(interface{ MetricsAddr() string }); ok && own.MetricsAddr() != "" {
		at = own.MetricsAddr()
	}
	response, err := http.Get("http://" + at + "/metrics")
	must(g.t, err)
	defer response.Body.Close()
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(io.Reader(response.Body))
	must(g.t, err)
	return families
}

// metric is the value of a counter or gauge, or the count of a histogram; -1 when
// there is no series with exactly these labels.
func (g *gateway) metric(name string, labels ...string) float64 {
	g.t.Helper()
	for _, m := range g.metrics()[name].GetMetric() {
		got := []string{}
		for _, l := range m.GetLabel() {
			if l.GetValue() != "" {
				got = append(got, l.GetName()+"="+l.GetValue())
			}
		}
		if !slices.Equal(got, labels) {
			continue
		}
		switch {
		case m.Counter != nil:
			return m.Counter.GetValue()
		case m.Gauge != nil:
			return m.Gauge.GetValue()
		}
		return float64(m.Histogram.GetSampleCount())
	}
	return -1
}

func TestMetricsOfBothProtocols(t *testing.T) {
	g := start(t)
	web := g.webApi()
	web.route("GET /pets", web.integrate(proxyTo(backend(t, statusFor))))
	web.deploy("prod", func(in *apigatewayv2.CreateStageInput) {
		in.DefaultRouteSettings = &types.RouteSettings{DetailedMetricsEnabled: aws.Bool(true)}
	})
	web.call("GET", "/prod/pets", "")
	web.call("GET", "/prod/pets", "", "X-Status", "503")
	web.call("GET", "/prod/nothing", "")
	eventually(t, "the requests are counted", func() bool {
		return g.metric("aws_apigateway_count_total", "ApiId="+web.id, "Stage=prod") == 1
	})
	detailed := []string{"ApiId=" + web.id, "Route=GET /pets", "Stage=prod"}
	socket := mockApi(g, "pong")
	conn := socket.dial(nil)
	socket.ask(conn, `{"action":"ask"}`)
	socket.ask(conn, `{"action":"nothing"}`)
	whole := []string{"ApiId=" + socket.id, "Stage=prod"}
	eventually(t, "the messages are counted", func() bool { return g.metric("aws_apigateway_message_count_total", whole...) == 4 })
	for _, row := range []struct {
		name   string
		labels []string
		want   float64
	}{
		{"aws_apigateway_count_total", detailed, 2},
		{"aws_apigateway_5xx_total", detailed, 1},
		{"aws_apigateway_4xx_total", []string{"ApiId=" + web.id, "Stage=prod"}, 1},
		{"aws_apigateway_latency_seconds", detailed, 2},
		{"aws_apigateway_integration_latency_seconds", detailed, 2},
		{"aws_apigateway_connect_count_total", whole, 1},
		{"aws_apigateway_client_error_total", whole, 1},
		{"aws_apigateway_integration_latency_seconds", whole, 0},
		{"dragoman_connections_open", nil, 1},
		{"dragoman_store_revision_lag", nil, 0},
	} {
		if got := g.metric(row.name, row.labels...); got != row.want {
			t.Errorf("%s%v: got %v, want %v", row.name, row.labels, got, row.want)
		}
	}
	_, err := g.sdk.DeleteApi(t.Context(), &apigatewayv2.DeleteApiInput{ApiId: &web.id})
	must(t, err)
	if got := g.metric("aws_apigateway_count_total", detailed...); got != -1 {
		t.Errorf("a deleted API: got %v, want no series", got)
	}
}

func TestExecutionLogsOfRoutes(t *testing.T) {
	log := filepath.Join(t.TempDir(), "execution.log")
	g := start(t, func(c *server.Config) { c.Observe.AccessLogs = map[string]string{"/aws/apigateway/*": log} })
	a := g.socketApi(apigatewayv2.CreateIntegrationInput{
		IntegrationType: types.IntegrationTypeHttp, IntegrationMethod: aws.String("POST"), IntegrationUri: aws.String(backend(t, statusFor)),
		RequestParameters: map[string]string{"integration.request.header.Authorization": "'secret-token'"},
	}, apigatewayv2.CreateIntegrationResponseInput{IntegrationResponseKey: aws.String("/2../")})
	for _, key := range []string{"quiet", "errors", "traced"} {
		a.addRoute(key, true)
	}
	a.deploy()
	setting := func(level types.LoggingLevel, trace bool) types.RouteSettings {
		return types.RouteSettings{LoggingLevel: level, DataTraceEnabled: &trace}
	}
	_, err := g.sdk.UpdateStage(t.Context(), &apigatewayv2.UpdateStageInput{ApiId: &a.id, StageName: aws.String("prod"), RouteSettings: map[string]types.RouteSettings{
		"ask": setting(types.LoggingLevelInfo, false), "errors": setting(types.LoggingLevelError, true), "traced": setting(types.LoggingLevelInfo, true),
	}})
	must(t, err)
	conn := a.dial(nil)
	for _, row := range []struct {
		route string
		want  []string // of the lines, in order
	}{
		{"quiet", nil},
		{"errors", nil},
		{"ask", []string{
			"Extended Request Id: ", "Starting execution for request: ", `Route: ask ($request.body.action is "ask")`,
			"Request template: none, the body is passed on", "Endpoint request: POST http://127.0.0.1", "Received response. Status: 200, Integration latency: ",
			`Integration response: /2../ (the status is "200", which matches)`, "Response template: none, the answer is passed on",
			"Successfully completed execution", "Method completed with status: 200",
		}},
		{"traced", []string{
			"Extended Request Id: ", "Starting execution for request: ", `Method request body before transformations: {"action":"traced"}`,
			"Route: traced", "Request template: none", "Endpoint request: POST ", "Endpoint request headers: ",
			`Endpoint request body after transformations: {"action":"traced"}`, "Received response. Status: 200", "Endpoint response headers: ",
			"Endpoint response body before transformations: {", "Integration response: /2../", "Response template: none",
			"Method response body after transformations: {", "Successfully completed execution", "Method completed with status: 200",
		}},
	} {
		must(t, os.Truncate(log, 0))
		a.ask(conn, `{"action":"`+row.route+`"}`)
		if len(row.want) == 0 {
			a.ask(conn, `{"action":"`+row.route+`"}`) // the first has ended for sure
			if text, _ := os.ReadFile(log); len(text) > 0 {
				t.Errorf("%s: got %s, want no lines", row.route, text)
			}
			continue
		}
		lines := logged(t, log, len(row.want))
		for i, want := range row.want {
			if !strings.Contains(lines[i], ") "+want) {
				t.Errorf("%s: got %q, want %q", row.route, lines[i], want)
			}
		}
		if text := strings.Join(lines, "\n"); strings.Contains(text, "secret-token") || row.route == "ask" && strings.Contains(text, `{"action"`) ||
			row.route == "traced" && !strings.Contains(text, "Authorization: ****") {
			t.Errorf("%s: got %s", row.route, text)
		}
	}
	_, err = g.sdk.UpdateIntegration(t.Context(), &apigatewayv2.UpdateIntegrationInput{ApiId: &a.id, IntegrationId: &a.integration, IntegrationUri: aws.String("http://127.0.0.1:1/")})
	must(t, err)
	a.deploy()
	must(t, os.Truncate(log, 0))
	a.ask(conn, `{"action":"errors"}`)
	if line := logged(t, log, 1)[0]; !strings.Contains(line, "Execution failed: Internal server error: ") {
		t.Errorf("got %q, want the failure with its cause", line)
	}
}
