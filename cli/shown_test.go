package cli

import (
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/coder/websocket"
	"golang.org/x/tools/txtar"
)

// shownBlocks are the blocks of pages that show what a command prints: the command, and the files
// that it finds.
var shownBlocks = []struct{ page, name, command, files string }{
	{"docs/templates.md", "error", "render --template request.vtl --body body.json", `
-- request.vtl --
{"asked": true}
#set($x = $input.path("$.q").substring(9))
-- body.json --
{"q": "abc"}
`},
	{"docs/templates.md", "explain", "render --template request.vtl --body body.json --explain", `
-- request.vtl --
$input.path("$.q") is $nope
#set($p = $input.path("$.person"))$p.address.city
-- body.json --
{"q": "abc", "person": {}}
`},
	{"docs/templates.md", "cases", "test .", `
-- orders/cases.yaml --
cases:
  - {language: selection, expression: $request.body.action, payload: {action: order}, want: order}
  - {name: a word, text: x, want: x}
  - name: an order that is there
    template: order.vtl
    payload: {"id": 7}
    want: "{\"order\":7}\n"
-- orders/order.vtl --
#set($n = $input.path("$.id") + 1){"order":$n}
`},
	{"docs/up.md", "faults", "up --check", `
-- template.yaml --
Resources:
  Handler: {Type: AWS::Serverless::Function, Properties: {Runtime: nodejs22.x, Handler: index.handler, InlineCode: "exports.handler = async () => 1"}}
  Chat:
    Type: AWS::Serverless::WebSocketApi
    Properties:
      RouteSelectionExpression: $request.body.action
      Routes:
        $connect:
          FunctionArn: !GetAtt Handlr.Arn
`},
	{"docs/cloudformation.md", "rules", "up --check", `
-- template.yaml --
Resources:
  Api: {Type: AWS::ApiGatewayV2::Api, Properties: {Name: hello, ProtocolType: HTTP}}
  Hello:
    Type: AWS::ApiGatewayV2::Route
    Properties:
      ApiId: !Ref Api
      RouteKey: GET /hello
      Target: integrations/nobody
`},
	{"docs/connect.md", "conversation", "connect ENDPOINT --play orders.talk", `
-- orders.talk --
# A conversation of one message.
timeout 20s

> {"action":"order","id":"7"}
< {"because":"it is lost"}
`},
}

// What pages show of an output is what is printed, letter by letter.
func TestShownBlocks(t *testing.T) {
	for _, b := range shownBlocks {
		t.Run(b.page+" "+b.name, func(t *testing.T) {
			dir := t.TempDir()
			for _, f := range txtar.Parse([]byte(b.files)).Files {
				at := filepath.Join(dir, filepath.FromSlash(f.Name))
				if err := os.MkdirAll(filepath.Dir(at), 0o700); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(at, f.Data, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			args := strings.Fields(b.command)
			for i, word := range args {
				if word == "ENDPOINT" {
					args[i] = answering(t, `{"order":null,"because":"there is no such order"}`)
				}
			}
			cmd := exec.Command(os.Args[0], args...)
			cmd.Dir, cmd.Env = dir, append(os.Environ(), asMain+"=1", "NO_COLOR=1")
			out, _ := cmd.CombinedOutput() // most of them show what goes wrong
			want := shownBlock(t, b.page, b.name)
			if got := strings.Trim(string(out), "\n"); !strings.Contains("\n"+got+"\n", "\n"+strings.Trim(want, "\n")+"\n") {
				t.Errorf("%s shows\n%s\nand dragoman %s prints\n%s", b.page, want, b.command, got)
			}
		})
	}
}

// Blocks that are a file of ours, which the command that reads such files takes; what stands for
// FOLDER is there then.
var readBlocks = []struct{ page, begins, file, command, want string }{
	{"docs/configuration.md", "# yaml-language-server", "api.yaml", "validate api.yaml", "api.yaml: nothing is wrong"},
	{"docs/functions.md", "functions:", "functions.yaml", "validate functions.yaml", "functions.yaml: nothing is wrong"},
	{"docs/settings.md", "listen:", "dragoman.yaml", "settings check --settings dragoman.yaml", ""},
	{"docs/templates.md", "defaults:", "cases.yaml", "test .", "3 cases, 0 failed"},
}

// Documents, settings and cases that pages show are right, as who copies them expects.
func TestBlocksAreRead(t *testing.T) {
	for _, b := range readBlocks {
		t.Run(b.page, func(t *testing.T) {
			dir := t.TempDir()
			page, err := os.ReadFile(filepath.Join("..", b.page))
			if err != nil {
				t.Fatal(err)
			}
			found := regexp.MustCompile("(?s)```yaml\n(" + regexp.QuoteMeta(b.begins) + ".*?)```").FindSubmatch(page)
			if found == nil {
				t.Fatalf("%s has no block that begins with %s", b.page, b.begins)
			}
			text := strings.NewReplacer("/srv/later", dir, "/etc/dragoman/keys", filepath.Join(dir, "keys"), "/var/lib/dragoman", dir, "/var/log/dragoman", dir).Replace(string(found[1]))
			if b.begins == "functions:" { // they stand beside the rest
				text = "dragoman: 1\n" + text
			}
			for name, text := range map[string]string{
				b.file: text, "keys": "[one]\naws_access_key_id = AKIDONE\naws_secret_access_key = one\n", "order.vtl": "{\"order\":$input.path(\"$.id\")}\n", "templates/ask.vtl": "{\"statusCode\":200}", "app.py": "",
			} {
				at := filepath.Join(dir, filepath.FromSlash(name))
				if err := os.MkdirAll(filepath.Dir(at), 0o700); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(at, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			cmd := exec.Command(os.Args[0], strings.Fields(b.command)...)
			cmd.Dir, cmd.Env = dir, append(os.Environ(), asMain+"=1", "NO_COLOR=1")
			out, err := cmd.CombinedOutput()
			if err != nil || !strings.Contains(string(out), b.want) {
				t.Errorf("dragoman %s: %v\n%s", b.command, err, out)
			}
		})
	}
}

// answering is the address of a WebSocket server that answers every message by a text.
func answering(t *testing.T, text string) (url string) {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, err := websocket.Accept(w, r, nil)
		if err != nil {
			return
		}
		for {
			if _, _, err := conn.Read(r.Context()); err != nil {
				return
			}
			if conn.Write(r.Context(), websocket.MessageText, []byte(text)) != nil {
				return
			}
		}
	}))
	t.Cleanup(s.Close)
	return "ws" + strings.TrimPrefix(s.URL, "http")
}

// shownBlock is the block behind a marker of a page.
func shownBlock(t *testing.T, page, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", page))
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile("(?s)<!-- shown: " + regexp.QuoteMeta(name) + " -->\n```text\n(.*?)```").FindSubmatch(text)
	if found == nil {
		t.Fatalf("%s has no block %s", page, name)
	}
	return string(found[1])
}
