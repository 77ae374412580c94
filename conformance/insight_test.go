package conformance

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"
	"github.com/coder/websocket"
)

// Each question of docs/insight.md is answered by the command that stands there.
func TestInsight(t *testing.T) {
	text, err := os.ReadFile("../docs/insight.md")
	must(t, err)
	asked := regexp.MustCompile("(?m)^## (.*)\n\n<!-- walk: insight -->\n```sh\n(dragoman .*)\n```\n\n→ `(.*)`$").FindAllStringSubmatch(string(text), -1)
	if len(asked) != 10 {
		t.Fatalf("there are %d questions, want 10", len(asked))
	}
	g := troubled(t)
	shim := t.TempDir()
	must(t, os.WriteFile(filepath.Join(shim, "dragoman"), fmt.Appendf(nil, "#!/bin/sh\n%s=1 exec %q \"$@\"\n", asMain, os.Args[0]), 0o700)) //nolint:gosec // it is run
	for _, question := range asked {
		var out []byte
		eventually(t, question[1]+": "+question[2]+" tells "+question[3], func() bool {
			cmd := exec.CommandContext(t.Context(), "sh", "-c", question[2])
			cmd.Env = append(g.environment(), "PATH="+shim+":"+os.Getenv("PATH"))
			out, _ = cmd.CombinedOutput()
			said := string(out)
			if strings.Contains(question[2], "--json") {
				said = strings.NewReplacer(`\u003c`, "<", `\"`, `"`).Replace(said)
			}
			return strings.Contains(said, question[3])
		})
	}
}

// troubled is a gateway in which each of the ten has just happened.
func troubled(t *testing.T) *gateway {
	issuer := newOpenID(t)
	f := newWebFunctions(t, map[string]func([]byte) (string, bool){"talk": func([]byte) (string, bool) {
		return `{"errorType":"KeyError","errorMessage":"'orderId' is missing"}`, true
	}})
	g := start(t, recording, f.as)
	a := g.socketApi(mock(), mockReply(`"$input.path('$.nobody')"`))
	a.point("function", apigatewayv2.CreateIntegrationInput{IntegrationType: types.IntegrationTypeAwsProxy, IntegrationUri: aws.String(talkURI)}, nil)
	a.addRoute("silent", false)
	a.deploy()
	conn := a.dial(nil)
	a.ask(conn, `{"action":"function"}`)
	a.ask(conn, `{"action":"nope"}`)
	must(t, conn.Write(t.Context(), websocket.MessageText, []byte(`{"action":"silent"}`)))
	a.ask(conn, `{"action":"ask"}`)
	_ = conn.CloseNow()
	long := a.dial(nil)
	_ = long.Write(t.Context(), websocket.MessageText, []byte(strings.Repeat("x", 33<<10)))
	_, _, _ = long.Read(t.Context())
	_, _, _ = websocket.Dial(t.Context(), "ws://"+g.DataAddr()+"/_aws/execute-api/"+a.id+"/none", nil)
	a.call(http.MethodPost, "/@connections/AAAAAAAAAAAAAAA=", "x")

	web := g.webApi(func(in *apigatewayv2.CreateApiInput) {
		in.CorsConfiguration = &types.Cors{AllowOrigins: []string{"https://good.example"}}
	})
	id := web.jwtAuthorizer(issuer)
	web.route("GET /", web.integrate(proxyTo(backend(t, echo))), func(in *apigatewayv2.CreateRouteInput) {
		in.AuthorizationType, in.AuthorizerId = "JWT", &id
	})
	web.deploy("$default")
	web.call("OPTIONS", "/", "", "Origin", "https://bad.example", "Access-Control-Request-Method", "GET")
	web.call("GET", "/", "", "Authorization", "Bearer "+issuer.token(t, map[string]any{"aud": "someone-else"}))
	return g
}
