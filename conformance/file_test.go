package conformance

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/smithy-go"

	"github.com/dragoman-gateway/dragoman/server"
)

const chatFile = `dragoman: 1
regions:
  us-east-1:
    apis:
      chat:
        name: chat
        protocolType: WEBSOCKET
        routeSelectionExpression: $request.body.action
        integrations:
          echo:
            integrationType: MOCK
            requestTemplates: {$default: '{"statusCode":200}'}
            responses:
              ok:
                integrationResponseKey: $default
                responseTemplates: {$default: 'first'}
        routes:
          ask:
            routeKey: ask
            target: integrations/echo
            responses:
              ok: {routeResponseKey: $default}
        stages:
          prod: {}
`

// A gateway that lives in a file serves it, follows its changes, keeps to what it
// has when the file is broken, and takes no writes.
func TestServeConfigFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "gateway.yaml")
	write := func(text string) { must(t, os.WriteFile(path, []byte(text), 0o600)) }
	write(chatFile)
	g := start(t, func(c *server.Config) { c.File = path })
	a := &socketApi{gateway: g, id: "chat"}
	conn := a.dial(nil)
	if got := a.ask(conn, `{"action":"ask"}`); got != "first" {
		t.Fatalf("got %s, want what the file says", got)
	}
	write(strings.Replace(chatFile, "'first'", "'second'", 1))
	g.Reopen()
	eventually(t, "the changed file is served", func() bool { return a.ask(conn, `{"action":"ask"}`) == "second" })
	write("regions: [")
	g.Reopen()
	if got := a.ask(conn, `{"action":"ask"}`); got != "second" {
		t.Errorf("a broken file changed the answer to %s", got)
	}
	_, err := g.sdk.UpdateApi(context.Background(), &apigatewayv2.UpdateApiInput{ApiId: aws.String("chat"), Name: aws.String("other")})
	var failure smithy.APIError
	if !errors.As(err, &failure) || failure.ErrorCode() != "AccessDeniedException" {
		t.Errorf("a write: got %v, want AccessDeniedException", err)
	}
	missing := server.Default()
	missing.File, missing.Listen, missing.Management = filepath.Join(t.TempDir(), "none.yaml"), "127.0.0.1:0", "127.0.0.1:0"
	if _, err := server.New(missing); err == nil || !strings.Contains(err.Error(), "--config") {
		t.Errorf("a missing file: got %v, want an error that names --config", err)
	}
}
