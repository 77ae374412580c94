package conformance

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"

	"github.com/dragoman-gateway/dragoman/internal/needs"
)

// A folder with a handler is all that it takes: both kinds of APIs call it, what it
// prints is logged with its name, a change is served by the next call, and kill -9
// of the gateway ends its processes.
func TestFunctionsRunFromFolders(t *testing.T) {
	for _, row := range []struct{ program, file, code, changed string }{
		{"node", "index.mjs",
			"export const handler = async (e) => { console.log('called', e.body); return { statusCode: 201, body: e.body + ' 1 ' + process.pid }; };",
			"export const handler = async (e) => ({ statusCode: 202, body: e.body + ' 2 ' + process.pid });"},
		{"node", "index.ts",
			"interface Event { body: string }\nexport const handler = async (e: Event): Promise<unknown> => { console.log('called', e.body); return { statusCode: 201, body: e.body + ' 1 ' + process.pid }; };",
			"export const handler = async (e: { body: string }) => ({ statusCode: 202, body: e.body + ' 2 ' + process.pid });"},
		{"python3", "app.py",
			"import os\ndef handler(e, c):\n    print('called', e['body'])\n    return {'statusCode': 201, 'body': e['body'] + ' 1 %d' % os.getpid()}\n",
			"import os\ndef handler(e, c):\n    return {'statusCode': 202, 'body': e['body'] + ' 2 %d' % os.getpid()}\n"},
	} {
		t.Run(row.file, func(t *testing.T) {
			needs.Program(t, row.program)
			dir := t.TempDir()
			save := func(code string) { must(t, os.WriteFile(filepath.Join(dir, row.file), []byte(code), 0o600)) }
			save(row.code)
			p, err := run(t, binary(t, "serve", "--listen", "127.0.0.1:0", "--management", "127.0.0.1:0", "--data-dir", "", "--function", "talk="+dir))
			must(t, err)
			g := p.gateway(t)
			web := g.webApi()
			web.route("POST /x", web.integrate(invoking("2.0")))
			web.deploy("$default")
			socket := g.socketApi(apigatewayv2.CreateIntegrationInput{IntegrationType: types.IntegrationTypeAwsProxy, IntegrationUri: aws.String(talkArn)}, apigatewayv2.CreateIntegrationResponseInput{})

			first := web.call("POST", "/x", "web", "Content-Type", "text/plain")
			if first.StatusCode != 201 || !strings.HasPrefix(first.body, "web 1 ") {
				t.Fatalf("got %d %s\n%s", first.StatusCode, first.body, p.log)
			}
			if got := socket.ask(socket.dial(nil), `{"action":"ask"}`); !strings.HasPrefix(got, `{"action":"ask"} 1 `) {
				t.Errorf("got %s over a socket", got)
			}
			eventually(t, "the function's line is logged", func() bool {
				return strings.Contains(p.log.String(), "called web") && strings.Contains(p.log.String(), "function=talk")
			})
			save(row.changed)
			time.Sleep(20 * time.Millisecond)
			second := web.call("POST", "/x", "web", "Content-Type", "text/plain")
			if second.StatusCode != 202 || !strings.HasPrefix(second.body, "web 2 ") {
				t.Errorf("got %d %s after a change", second.StatusCode, second.body)
			}
			if runtime.GOOS != "linux" {
				return
			}
			_ = p.Process.Kill()
			<-p.exited
			pid := second.body[strings.LastIndexByte(second.body, ' ')+1:]
			eventually(t, "the function's process is gone", func() bool {
				stat, err := os.ReadFile("/proc/" + pid + "/stat")
				return err != nil || strings.Contains(string(stat), ") Z ")
			})
		})
	}
}

func TestFunctionFlagIsChecked(t *testing.T) {
	for value, want := range map[string]string{
		"talk=" + t.TempDir():       "nothing in",
		"talk=/nothing/here":        "no such file or directory",
		"talk":                      "want NAME=VALUE",
		"talk=http://[":             "want an http or https URL",
		"ta lk=" + t.TempDir():      "is no name of a function",
		"talk=" + t.TempDir() + "#": "nothing in",
	} {
		out, err := binary(t, "serve", "--listen", "127.0.0.1:0", "--management", "127.0.0.1:0", "--data-dir", "", "--function", value).CombinedOutput()
		if err == nil || !strings.Contains(string(out), want) {
			t.Errorf("%s: got %v %s, want %q", value, err, out, want)
		}
	}
}
