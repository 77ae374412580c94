package conformance

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"

	"github.com/dragoman-gateway/dragoman/server"
)

// longest is a raised limit of templates, in characters.
const longest = 400 << 10

// longTemplate renders "the route's key" and has n characters of two bytes.
func longTemplate(n int) string {
	const head, tail = "$context.routeKey#*", "*#"
	return head + strings.Repeat("é", n-len(head+tail)) + tail
}

// What the management plane takes under a raised --max-template works when a message
// arrives, whichever way it came in; longer templates are refused on each way.
func TestLongTemplates(t *testing.T) {
	raised := func(c *server.Config) { c.MaxTemplate = longest }
	file := func(n int) string {
		return strings.Replace(chatFile, "'first'", "'"+longTemplate(n)+"'", 1)
	}
	const refusal = "has 409601 characters, at most 409600 are allowed"

	t.Run("the API", func(t *testing.T) {
		a := start(t, raised).socketApi(apigatewayv2.CreateIntegrationInput{IntegrationType: types.IntegrationTypeMock}, mockReply(longTemplate(longest)))
		if got := a.ask(a.dial(nil), `{"action":"ask"}`); got != "ask" {
			t.Errorf("got %.80s, want ask", got)
		}
		_, err := a.sdk.UpdateIntegrationResponse(t.Context(), &apigatewayv2.UpdateIntegrationResponseInput{
			ApiId: &a.id, IntegrationId: &a.integration, IntegrationResponseId: &a.response, ResponseTemplates: mockReply(longTemplate(longest + 1)).ResponseTemplates,
		})
		if err == nil || !strings.Contains(err.Error(), refusal) {
			t.Errorf("got %v, want %s", err, refusal)
		}
	})
	t.Run("a document that is imported", func(t *testing.T) {
		g := start(t, raised)
		at := "http://" + g.ManagementAddr()
		if _, stderr, status := dragoman(t, file(longest), "import", "--endpoint-url", at, "-"); status != 0 {
			t.Fatal(stderr)
		}
		a := &socketApi{gateway: g, id: "chat"}
		if got := a.ask(a.dial(nil), `{"action":"ask"}`); got != "ask" {
			t.Errorf("got %.80s, want ask", got)
		}
		if _, stderr, status := dragoman(t, file(longest+1), "import", "--endpoint-url", at, "-"); status == 0 || !strings.Contains(stderr, refusal) {
			t.Errorf("got %s, want %s", stderr, refusal)
		}
	})
	t.Run("a file that is served", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "gateway.yaml")
		serve := func(c *server.Config) { c.File, c.MaxTemplate = path, longest }
		must(t, os.WriteFile(path, []byte(file(longest)), 0o600))
		a := &socketApi{gateway: start(t, serve), id: "chat"}
		if got := a.ask(a.dial(nil), `{"action":"ask"}`); got != "ask" {
			t.Errorf("got %.80s, want ask", got)
		}
		must(t, os.WriteFile(path, []byte(file(longest+1)), 0o600))
		config := server.Default()
		config.Listen, config.Management = "127.0.0.1:0", "127.0.0.1:0"
		serve(&config)
		if _, err := server.New(config); err == nil || !strings.Contains(err.Error(), refusal) {
			t.Errorf("got %v, want %s", err, refusal)
		}
	})
}
