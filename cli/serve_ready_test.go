package cli

import (
	"bytes"
	"strings"
	"testing"

	"github.com/dragoman-gateway/dragoman/cli/terminal"
	"github.com/dragoman-gateway/dragoman/dragomantest"
	"github.com/dragoman-gateway/dragoman/server"
)

// A person is told where things are and what to try, in colours only where they are wanted.
func TestStartScreen(t *testing.T) {
	for _, console := range []bool{true, false} {
		d := dragomantest.Start(t, func(c *server.Config) { c.Console = console })
		for _, colour := range []bool{true, false} {
			var b bytes.Buffer
			startScreen(&b, terminal.Colour(colour), d.Server)
			text := b.String()
			for _, want := range []string{
				"dragoman: management on ", d.Data + "/_aws/execute-api/{apiId}/{stage}", "export AWS_ENDPOINT_URL_APIGATEWAYV2=" + d.Management, "dragoman api get-apis", "signatures not verified",
			} {
				if !strings.Contains(text, want) {
					t.Errorf("want %q in\n%s", want, text)
				}
			}
			if strings.Contains(text, d.Management+"/console/") != console || strings.Contains(text, "\x1b[") != colour {
				t.Errorf("console %v, colour %v:\n%s", console, colour, text)
			}
		}
	}
}
