package conformance

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"

	"github.com/dragoman-gateway/dragoman/management/tree"
	"github.com/dragoman-gateway/dragoman/server"
)

// scraped are the series of a gateway that has served both kinds of APIs, some of it badly.
func scraped(t *testing.T) map[string]bool {
	t.Helper()
	log := filepath.Join(t.TempDir(), "access.log")
	g := start(t, func(c *server.Config) { c.Observe.AccessLogs = map[string]string{"*": log} })
	web := g.webApi()
	web.route("GET /", web.integrate(proxyTo(backend(t, echo))))
	web.route("GET /broken", web.integrate(proxyTo("http://127.0.0.1:1")))
	web.deploy("$default")
	for _, path := range []string{"/", "/none", "/broken"} {
		web.call("GET", path, "")
	}
	a := mockApi(g, "ok")
	conn := a.dial(nil)
	if got := a.ask(conn, `{"action":"ask"}`); got != "ok" {
		t.Fatalf("got %s", got)
	}
	a.ask(conn, `{"action":"nobody's"}`)
	bad := g.socketApi(apigatewayv2.CreateIntegrationInput{IntegrationType: "HTTP_PROXY", IntegrationUri: new("http://127.0.0.1:1"), IntegrationMethod: new("POST")}, apigatewayv2.CreateIntegrationResponseInput{})
	bad.ask(bad.dial(nil), `{"action":"ask"}`)
	no := g.socketApi(apigatewayv2.CreateIntegrationInput{IntegrationType: "HTTP_PROXY", IntegrationMethod: new("POST"),
		IntegrationUri: new(backend(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) }))}, apigatewayv2.CreateIntegrationResponseInput{})
	no.ask(no.dial(nil), `{"action":"ask"}`)
	found := map[string]bool{}
	eventually(t, "all is counted", func() bool {
		response, err := http.Get("http://" + g.ManagementAddr() + "/metrics")
		must(t, err)
		defer response.Body.Close()
		text, err := io.ReadAll(response.Body)
		must(t, err)
		for line := range strings.Lines(string(text)) {
			if name, _, _ := strings.Cut(line, "{"); !strings.HasPrefix(line, "#") {
				name, _, _ = strings.Cut(name, " ")
				found[name] = true
			}
		}
		return found["aws_apigateway_execution_error_total"] && found["aws_apigateway_integration_error_total"] && found["aws_apigateway_client_error_total"]
	})
	if got := g.metric("dragoman_stage_connections", "ApiId="+a.id, "Stage=prod"); got != 1 {
		t.Errorf("connections of a stage: got %v, want 1", got)
	}
	return found
}

var series = regexp.MustCompile(`\b(?:aws_apigateway|dragoman|process|go)_[a-z0-9_]+`)

// Every series that the dashboard and the alert rules name is one that a gateway exports.
func TestDashboardAndAlertsNameWhatIsExported(t *testing.T) {
	t.Parallel()
	all := scraped(t)
	var board struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
		Templating struct {
			List []struct{ Query any }
		}
	}
	text, err := os.ReadFile("../deploy/grafana/dragoman.json")
	must(t, err)
	must(t, json.Unmarshal(text, &board))
	expressions := map[string]string{}
	for _, p := range board.Panels {
		for _, target := range p.Targets {
			expressions[p.Title+": "+target.Expr] = target.Expr
		}
	}
	for _, v := range board.Templating.List {
		if query, ok := v.Query.(map[string]any); ok {
			expressions["a variable"] = query["query"].(string)
		}
	}
	text, err = os.ReadFile("../deploy/prometheus/alerts.yml")
	must(t, err)
	rules, err := tree.Parse(text)
	must(t, err)
	for _, group := range rules.Get("groups").Items() {
		for _, rule := range group.Get("rules").Items() {
			expressions[rule.Get("alert").Text()] = rule.Get("expr").Text()
		}
	}
	named := 0
	for where, expression := range expressions {
		names := series.FindAllString(expression, -1)
		if len(names) == 0 {
			t.Errorf("%s names no series", where)
		}
		for _, name := range names {
			named++
			if !all[name] {
				t.Errorf("%s: %s is not exported", where, name)
			}
		}
	}
	if named < 30 {
		t.Errorf("%d series named", named)
	}
	if promtool, err := exec.LookPath("promtool"); err == nil {
		if out, err := exec.CommandContext(t.Context(), promtool, "check", "rules", "../deploy/prometheus/alerts.yml").CombinedOutput(); err != nil {
			t.Errorf("promtool: %v\n%s", err, out)
		}
	} else {
		t.Log("there is no promtool: the rules' own syntax is judged by nobody else")
	}
}
