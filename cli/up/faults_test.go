package up_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// faultySocket is an API whose faults are of functions, properties and API Gateway's own
// rules, once each of its replacements is made.
const faultySocket = `Transform: AWS::Serverless-2016-10-31
Resources:
  Chat:
    Type: AWS::ApiGatewayV2::Api
    Properties: {Name: chat, ProtocolType: WEBSOCKET, RouteSelectionExpression: $request.body.action, Description: first}
  Echo:
    Type: AWS::ApiGatewayV2::Integration
    Properties: {ApiId: !Ref Chat, IntegrationType: MOCK, TimeoutInMillis: 5000, RequestTemplates: {$default: '{"statusCode":200}'}}
  Answer:
    Type: AWS::ApiGatewayV2::IntegrationResponse
    Properties: {ApiId: !Ref Chat, IntegrationId: !Ref Echo, IntegrationResponseKey: $default, ResponseTemplates: {$default: '{"said":"first"}'}}
  Hello:
    Type: AWS::ApiGatewayV2::Route
    Properties: {ApiId: !Ref Chat, RouteKey: hello, Target: !Sub "integrations/${Echo}", RouteResponseSelectionExpression: $default}
  Back:
    Type: AWS::ApiGatewayV2::RouteResponse
    Properties: {ApiId: !Ref Chat, RouteId: !Ref Hello, RouteResponseKey: $default}
  Stage:
    Type: AWS::ApiGatewayV2::Stage
    Properties: {ApiId: !Ref Chat, StageName: dev, AutoDeploy: true}
  Web:
    Type: AWS::Serverless::HttpApi
    Properties:
      StageName: v1
      DefinitionBody:
        openapi: 3.0.1
        info: {title: web, version: "1"}
        paths:
          /far: {get: {x-amazon-apigateway-integration: {type: http_proxy, httpMethod: GET, uri: "https://example.com", payloadFormatVersion: "1.0"}}}
          /near: {get: {x-amazon-apigateway-integration: {type: http_proxy, httpMethod: GET, uri: "https://example.com", payloadFormatVersion: "1.0"}}}
`

// faultyEdits make it wrong; each of them is one fault, told by its path and a part of what
// is wrong.
var faultyEdits = []struct{ from, to, path, message string }{
	{"Description: first", "Description: !Ref Nobody", "Resources.Chat.Properties.Description", "Nobody"},
	{"TimeoutInMillis: 5000", "TimeoutInMillis: 99000", "Resources.Echo.Properties.TimeoutInMillis", "between 50 ms and 29000 ms"},
	{"RouteResponseKey: $default", "RouteResponseKey: other", "Resources.Back.Properties.RouteResponseKey", ""},
	{"StageName: dev", "StageName: d v", "Resources.Stage.Properties.StageName", "Invalid stage name"},
	{"StageName: v1", "StageName: v 1", "Resources.Web.Properties.StageName", "Invalid stage name"},
	{`uri: "https://example.com", payloadFormatVersion: "1.0"}}}
          /near`, `uri: !GetAtt Load.DNSName, payloadFormatVersion: "1.0"}}}
          /near`, "Resources.Web.Properties.DefinitionBody.paths./far.get.x-amazon-apigateway-integration.uri", "Load"},
	{`/near: {get: {x-amazon-apigateway-integration: {type: http_proxy, httpMethod: GET, uri: "https://example.com"`, `/near: {get: {x-amazon-apigateway-integration: {type: http_proxy, httpMethod: GET, uri: nowhere`, "Resources.Web.Properties.DefinitionBody.paths./near.get.x-amazon-apigateway-integration.uri", "Invalid HTTP endpoint"},
	{"AutoDeploy: true", "AutoDeploy: perhaps", "Resources.Stage.Properties.AutoDeploy", "true or false"},
}

// TestUpTellsAllFaultsAtOnce saves a template that is wrong in many ways while it is served:
// each fault is told once, with its place, by `up` and by `up --check`; what was served still
// is, on the same socket, and what is mended is served on it too.
func TestUpTellsAllFaultsAtOnce(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "app")
	place(t, dir, map[string]string{"template.yaml": faultySocket})
	p := startUp(t, dir)
	ready := p.next("ready")
	socket := p.dial("ws" + strings.TrimPrefix(ready.Data, "http") + "/dev")
	socket.send(`{"action":"hello"}`, "first")

	wrong, want := faultySocket, map[string]string{}
	for _, e := range faultyEdits {
		if !strings.Contains(wrong, e.from) {
			t.Fatalf("the template has no %s", e.from)
		}
		wrong, want[e.path] = strings.Replace(wrong, e.from, e.to, 1), e.message
	}
	save(t, dir, wrong)
	checkFaults(t, checked(t, dir, 1), want)
	var told []upEvent
	for range want {
		told = append(told, p.next("fault"))
	}
	checkFaults(t, told, want)
	socket.send(`{"action":"hello"}`, "first")

	save(t, dir, strings.Replace(faultySocket, `"said":"first"`, `"said":"second"`, 1))
	p.next("changed")
	socket.send(`{"action":"hello"}`, "second")
	p.end()
}

// save puts a template in the place of another, so that nobody sees half of it.
func save(t *testing.T, dir, template string) {
	t.Helper()
	place(t, dir, map[string]string{"template.new": template})
	if err := os.Rename(filepath.Join(dir, "template.new"), filepath.Join(dir, "template.yaml")); err != nil {
		t.Fatal(err)
	}
}

// checked are the faults that `up --check --json` tells of a folder.
func checked(t *testing.T, dir string, status int) (faults []upEvent) {
	t.Helper()
	cmd := upCommand(t, dir, "--check", "--json")
	out, _ := cmd.Output()
	if got := cmd.ProcessState.ExitCode(); got != status {
		t.Errorf("--check: exit status %d, want %d: %s", got, status, out)
	}
	for line := range strings.Lines(string(out)) {
		var e upEvent
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		if e.Event == "fault" {
			faults = append(faults, e)
		}
	}
	return faults
}

// checkFaults wants one fault for each path, with its place and a part of its message.
func checkFaults(t *testing.T, told []upEvent, want map[string]string) {
	t.Helper()
	left := make(map[string]bool, len(want))
	for path := range want {
		left[path] = true
	}
	for _, e := range told {
		message, wanted := want[e.Path]
		if !wanted || !left[e.Path] || !strings.Contains(e.Message, message) || e.File == "" || e.Line == 0 || e.Column == 0 || e.LogicalID == "" {
			t.Errorf("told %+v", e)
		}
		delete(left, e.Path)
	}
	if len(left) > 0 {
		t.Errorf("not told: %v of %+v", left, told)
	}
	if !slices.IsSortedFunc(told, func(x, y upEvent) int { return x.Line - y.Line }) {
		t.Errorf("not in the order of the template: %+v", told)
	}
}

// Of an assembly of which one stack's template is cut off, all other stacks are judged, and
// what they import from it is not their fault.
func TestUpTellsFaultsOfAllStacks(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "app")
	stack := func(name string) string {
		return `{"type":"aws:cloudformation:stack","environment":"aws://unknown-account/unknown-region","properties":{"templateFile":"` + name + `.template.json"}}`
	}
	place(t, dir, map[string]string{
		"cdk.out/manifest.json":   `{"version":"38.0.1","artifacts":{"A":` + stack("A") + `,"B":` + stack("B") + `,"C":` + stack("C") + `}}`,
		"cdk.out/A.template.json": `{"Resources":{"Api":{"Type":"AWS::ApiGatewayV2::Api","Properties":{"Name":"a","ProtocolType":"HTTP"}},"R":{"Type":"AWS::ApiGatewayV2::Route","Properties":{"ApiId":{"Ref":"Api"},"RouteKey":"GETT /a"}}}}`,
		"cdk.out/B.template.json": `{"Resources":{"Api":{"Type":"AWS::ApiGatewayV2::Api","Properties":{"Name":{"Ref":"Nobody"},"ProtocolType":"HTTP"}},"R":{"Type":"AWS::ApiGatewayV2::Route","Properties":{"ApiId":{"Fn::ImportValue":"of-c"},"RouteKey":"GET /b"}}}}`,
		"cdk.out/C.template.json": `{"Resources":{`,
	})
	told := checked(t, dir, 1)
	for _, e := range told {
		if e.File == "cdk.out/C.template.json" && !strings.Contains(e.Message, "JSON is broken") {
			t.Errorf("told %+v", e)
		}
	}
	told = slices.DeleteFunc(told, func(e upEvent) bool { return e.File == "cdk.out/C.template.json" })
	checkFaults(t, told, map[string]string{"Resources.R.Properties.RouteKey": "route key", "Resources.Api.Properties.Name": "Nobody"})
}

// A folder without a template is told as such once.
func TestUpTellsOneFaultOfAnEmptyFolder(t *testing.T) {
	dir := t.TempDir()
	if told := checked(t, dir, 1); len(told) != 1 || !strings.Contains(told[0].Message, "nothing to run was found") {
		t.Errorf("told %+v", told)
	}
	if _, err := os.Stat(filepath.Join(dir, ".dragoman")); err == nil {
		t.Error("--check has made a folder")
	}
}
