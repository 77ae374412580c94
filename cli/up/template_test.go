package up_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dragoman-gateway/dragoman/cli/starter"
	"github.com/dragoman-gateway/dragoman/internal/needs"
)

// upTemplate has a function for each runtime, one with its code in it, and what is
// made elsewhere.
const upTemplate = `Transform: AWS::Serverless-2016-10-31
Parameters:
  Greeting: {Type: String, Default: hello}
Resources:
  Script:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: nodejs22.x
      Handler: index.handler
      CodeUri: script/
      Environment: {Variables: {GREETING: !Ref Greeting, TABLE: !Ref Table}}
      Events:
        Get: {Type: HttpApi, Properties: {Path: /script, Method: GET}}
  Snake:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.11
      Handler: app.handler
      CodeUri: snake/
      Environment: {Variables: {GREETING: !Ref Greeting}}
      Events:
        Get: {Type: HttpApi, Properties: {Path: /snake, Method: GET}}
  Inline:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: nodejs22.x
      Handler: index.handler
      InlineCode: |
        exports.handler = async () => ({ inline: "first" });
      Events:
        Get: {Type: HttpApi, Properties: {Path: /inline, Method: GET}}
  Table:
    Type: AWS::Serverless::SimpleTable
Outputs:
  Url: {Value: !Sub "https://${ServerlessHttpApi}.execute-api.${AWS::Region}.amazonaws.com/script"}
`

const (
	scriptHandler = `exports.handler = async () => ({ script: process.env.GREETING, all: process.env.ALL, own: process.env.OWN, pid: process.pid, table: process.env.TABLE });`
	snakeHandler  = "import os\ndef handler(event, context):\n    return {'snake': os.environ['GREETING'], 'all': os.environ.get('ALL')}\n"
)

// layTemplate lays it into a folder.
func layTemplate(t *testing.T) (dir string) {
	t.Helper()
	needs.Program(t, "node")
	needs.Program(t, "python3")
	dir = filepath.Join(t.TempDir(), "app")
	place(t, dir, map[string]string{"template.yaml": upTemplate, "script/index.js": scriptHandler, "snake/app.py": snakeHandler})
	return dir
}

// Functions of several runtimes get the user's variables, and what is saved of
// handlers, of code in the template, of variables and of the template is served.
func TestUpTemplate(t *testing.T) {
	dir := layTemplate(t)
	place(t, dir, map[string]string{
		".env":     "# for all\nexport ALL=\"every one\"\nAWS_REGION=nowhere\nOWN=all\n",
		"env.json": `{"Script": {"OWN": "script", "N": 1}, "Parameters": {"X": "y"}}`,
	})
	p := startUp(t, dir, "--parameter", "Greeting=hi", "--env-file", ".env", "--env-vars", "env.json")
	ready := p.next("ready")
	if url := ready.Outputs["Url"]; url != ready.Data+"/script" || len(ready.Functions) != 3 {
		t.Errorf("got %+v", ready)
	}
	for path, want := range map[string]string{"/script": `"script":"hi","all":"every one","own":"script"`, "/snake": `"snake": "hi", "all": "every one"`, "/inline": `"inline":"first"`} {
		p.get(ready.Data+path, 200, want)
	}
	if e := p.until("log", func(e upEvent) bool { return strings.HasPrefix(e.Message, "REPORT") }); e.Function == "" {
		t.Errorf("got %+v", e)
	}

	place(t, dir, map[string]string{"script/index.js": `exports.handler = async () => ({ script: "second" });`})
	p.get(ready.Data+"/script", 200, "second")
	for _, save := range []struct{ file, from, to, path, want string }{
		{"template.yaml", `"first"`, `"second"`, "/inline", "second"},
		{".env", "every one", "everyone", "/snake", "everyone"},
		{"template.yaml", "Path: /snake", "Path: /python", "/python", "everyone"},
	} {
		began := time.Now()
		edit(t, filepath.Join(dir, save.file), save.from, save.to)
		p.eventually(ready.Data+save.path, save.want)
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("%s: served after %s", save.file, took)
		}
	}
	p.get(ready.Data+"/snake", 404, "")
	p.end()
}

// A template that is broken while it is served changes nothing, tells all that is
// wrong, and is served again when it is mended.
func TestUpFaults(t *testing.T) {
	dir := layTemplate(t)
	p := startUp(t, dir)
	ready := p.next("ready")
	file := filepath.Join(dir, "template.yaml")
	edit(t, file, "GREETING: !Ref Greeting, TABLE", "GREETING: !Ref Greting, TABLE")
	if e := p.next("fault"); e.File != "template.yaml" || e.Line != 11 || e.Column < 40 || !strings.Contains(e.Message, "Greting") || !strings.Contains(e.Hint, "Greeting") {
		t.Errorf("got %+v", e)
	}
	p.get(ready.Data+"/script", 200, "hello")
	edit(t, file, "!Ref Greting", "mended")
	p.next("changed")
	p.get(ready.Data+"/script", 200, "mended")
	edit(t, file, "CodeUri: snake/", "CodeUri: gone/")
	if e := p.next("fault"); e.LogicalID != "Snake" {
		t.Errorf("got %+v", e)
	}
	p.get(ready.Data+"/snake", 200, "hello")
	edit(t, file, "CodeUri: gone/", "CodeUri: snake/") // whoever was told of a fault is told that it is gone
	if e := p.next("changed"); len(e.Made)+len(e.Changed)+len(e.Removed) > 0 {
		t.Errorf("got %+v", e)
	}
	p.end()
}

// Parameters without a value are named all at once where nobody can be asked.
func TestUpMissingParameters(t *testing.T) {
	dir := t.TempDir()
	place(t, dir, map[string]string{"template.yaml": "Parameters:\n  One: {Type: String}\n  Two: {Type: String, NoEcho: true}\nResources:\n  A:\n    Type: AWS::ApiGatewayV2::Api\n    Properties: {Name: !Ref One, ProtocolType: HTTP}\n"})
	out, err := upCommand(t, dir, "--check", "--json").Output()
	if err == nil || !strings.Contains(string(out), `"logicalId":"One"`) || !strings.Contains(string(out), `"logicalId":"Two"`) {
		t.Errorf("got %s, %v", out, err)
	}
	if out, err := upCommand(t, dir, "--check", "--parameter", "One=1", "--parameter", "Two=").Output(); err != nil {
		t.Errorf("got %s, %v", out, err)
	}
}

// --check runs nothing: no function, no build, and nothing is written.
func TestUpCheckRunsNothing(t *testing.T) {
	dir := layTemplate(t)
	mark := filepath.Join(dir, "ran")
	place(t, dir, map[string]string{
		"script/index.js": fmt.Sprintf("require('fs').writeFileSync(%q, ''); exports.handler = async () => 1", mark),
		"script/Makefile": "build-Script:\n\ttouch " + mark + "\n",
	})
	edit(t, filepath.Join(dir, "template.yaml"), "  Script:\n    Type: AWS::Serverless::Function\n", "  Script:\n    Type: AWS::Serverless::Function\n    Metadata: {BuildMethod: makefile}\n")
	var event upEvent
	out, err := upCommand(t, dir, "--check", "--json").Output()
	if err != nil || json.Unmarshal(out, &event) != nil || event.Event != "checked" || len(event.Functions) != 3 {
		t.Errorf("got %s, %v", out, err)
	}
	for _, path := range []string{mark, filepath.Join(dir, ".dragoman")} {
		if _, err := os.Stat(path); err == nil {
			t.Errorf("%s was made", path)
		}
	}
}

// The same template has the same ids, whatever else has changed, and whoever reads it.
func TestUpKeepsIds(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "chat")
	if _, err := starter.Write(dir, "python"); err != nil {
		t.Fatal(err)
	}
	var checked upEvent
	p := startUp(t, dir)
	first := p.next("ready")
	p.end()
	out, err := upCommand(t, t.TempDir(), filepath.Join(dir, "template.yaml"), "--check", "--json").Output()
	if err != nil || json.Unmarshal(out, &checked) != nil || checked.Event != "checked" {
		t.Fatalf("got %s, %v", out, err)
	}
	p = startUp(t, dir, "--reset")
	again := p.next("ready")
	p.end()
	for i := range first.Apis {
		if id := first.Apis[i].ID; id != again.Apis[i].ID || id != checked.Apis[i].ID {
			t.Errorf("%s is %s, %s and %s", first.Apis[i].LogicalID, id, again.Apis[i].ID, checked.Apis[i].ID)
		}
	}
	if first.Functions[0].Name != again.Functions[0].Name {
		t.Errorf("the function is %s and %s", first.Functions[0].Name, again.Functions[0].Name)
	}
}

// edit replaces a text of a file that is in it once, as an editor saves: by renaming.
func edit(t *testing.T, file, from, to string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Count(string(text), from) != 1 {
		t.Fatalf("%s has %q not once", file, from)
	}
	if err := os.WriteFile(file+"~", []byte(strings.Replace(string(text), from, to, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(file+"~", file); err != nil {
		t.Fatal(err)
	}
}

// A function that only authorizes has no route, and is none that nobody calls either.
func TestAuthorizersAreTold(t *testing.T) {
	dir := t.TempDir()
	place(t, dir, map[string]string{"template.yaml": `Transform: AWS::Serverless-2016-10-31
Globals: {Function: {Runtime: nodejs22.x, Handler: index.handler}}
Resources:
  Web:
    Type: AWS::Serverless::HttpApi
    Properties:
      Auth: {DefaultAuthorizer: Asks, Authorizers: {Asks: {FunctionArn: !GetAtt Judge.Arn, AuthorizerPayloadFormatVersion: "2.0", EnableSimpleResponses: true, Identity: {Headers: [Authorization]}}}}
  Get: {Type: AWS::Serverless::Function, Properties: {InlineCode: "exports.handler = async () => 1", Events: {Get: {Type: HttpApi, Properties: {ApiId: !Ref Web, Path: /, Method: GET}}}}}
  Judge: {Type: AWS::Serverless::Function, Properties: {InlineCode: "exports.handler = async () => 1"}}
  Idle: {Type: AWS::Serverless::Function, Properties: {InlineCode: "exports.handler = async () => 1"}}
`})
	out, err := upCommand(t, dir, "--check").CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, want := range []string{"Authorizers\n    Judge nodejs22.x\n\n", "Functions without a route\n    Idle nodejs22.x\n\n"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("got %s, want %q in it", out, want)
		}
	}
}
