package up_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dragoman-gateway/dragoman/internal/needs"
)

// assembly is what `cdk synth` leaves of a stack whose function has this code.
func assembly(hash, code string) map[string]string {
	return map[string]string{
		"cdk.out/manifest.json": `{"version":"38.0.1","artifacts":{
  "Pets.assets":{"type":"cdk:asset-manifest","properties":{"file":"Pets.assets.json"}},
  "Pets":{"type":"aws:cloudformation:stack","environment":"aws://unknown-account/unknown-region","properties":{"templateFile":"Pets.template.json"},"dependencies":["Pets.assets"],"displayName":"Pets"}}}`,
		"cdk.out/Pets.assets.json": `{"version":"38.0.1","files":{"` + hash + `":{"displayName":"Fn/Code","source":{"path":"asset.` + hash + `","packaging":"zip"},"destinations":{"current_account-current_region":{"bucketName":"b","objectKey":"` + hash + `.zip"}}}},"dockerImages":{}}`,
		"cdk.out/Pets.template.json": `{"Resources":{
  "Fn":{"Type":"AWS::Lambda::Function","Properties":{"Runtime":"nodejs22.x","Handler":"index.handler","Code":{"S3Bucket":"b","S3Key":"` + hash + `.zip"},"Role":"arn:aws:iam::000000000000:role/r"}},
  "Api":{"Type":"AWS::ApiGatewayV2::Api","Properties":{"Name":"pets","ProtocolType":"HTTP","Target":{"Fn::GetAtt":["Fn","Arn"]}}}}}`,
		"cdk.out/asset." + hash + "/index.js": code,
	}
}

// A new synthesis is served, with the code that its new asset has.
func TestUpAssembly(t *testing.T) {
	needs.Program(t, "node")
	dir := filepath.Join(t.TempDir(), "app")
	place(t, dir, assembly("aaaa", `exports.handler = async () => ({ said: "first" });`))
	p := startUp(t, dir)
	ready := p.next("ready")
	if len(ready.Apis) != 1 || len(ready.Functions) != 1 {
		t.Fatalf("got %+v", ready)
	}
	p.get(ready.Data+"/", 200, "first")
	place(t, dir, assembly("bbbb", `exports.handler = async () => ({ said: "second" });`))
	p.eventually(ready.Data+"/", "second")
	if e := p.next("changed"); e.Apis[0].ID != ready.Apis[0].ID {
		t.Errorf("the API is %s, and was %s", e.Apis[0].ID, ready.Apis[0].ID)
	}
	p.end()
	if out, err := upCommand(t, dir, "--check", "cdk.out").Output(); err != nil || !strings.Contains(string(out), "(CDK") {
		t.Errorf("got %s, %v", out, err)
	}
}

// Stacks may give their functions the same logical id: a route leads to its own.
func TestUpStacksWithEqualIDs(t *testing.T) {
	dir := t.TempDir()
	template := `Transform: AWS::Serverless-2016-10-31
Resources:
  Handler:
    Type: AWS::Serverless::Function
    Properties: {Runtime: python3.12, Handler: index.handler, InlineCode: "def handler(e, c): return 1", Events: {Get: {Type: HttpApi}}}
`
	place(t, dir, map[string]string{"first/template.yaml": template, "second/template.yaml": strings.Replace(template, "python3.12", "nodejs22.x", 1)})
	out, err := upCommand(t, dir, "--check", "first", "second").CombinedOutput()
	if err != nil || strings.Contains(string(out), "without a route") || !strings.Contains(string(out), "→ Handler python3.12") || !strings.Contains(string(out), "→ Handler nodejs22.x") {
		t.Errorf("got %s, %v", out, err)
	}
	// Their APIs are told apart by the stack, on the screen and by the flag.
	if !strings.Contains(string(out), "first.ServerlessHttpApi") || !strings.Contains(string(out), "second.ServerlessHttpApi") {
		t.Errorf("got %s", out)
	}
	p := startUp(t, dir, "first", "second", "--data-dir", "", "--default-api", "second.ServerlessHttpApi")
	ready := p.next("ready")
	if len(ready.Apis) != 2 || slices.Contains(ready.Apis[0].URLs, ready.Data) || !slices.Contains(ready.Apis[1].URLs, ready.Data) {
		t.Errorf("got %+v", ready.Apis)
	}
	p.end()
}

// Outputs are those of the stacks: what a nested one puts out is for the one around it, and of
// two with one name both are told.
func TestUpOutputsOfStacks(t *testing.T) {
	dir := t.TempDir()
	const child = "Resources: {T: {Type: AWS::SNS::Topic, Properties: {TopicName: child}}}\nOutputs: {Inner: {Value: inner}}\n"
	const outer = "Resources: {N: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: child.yaml}}}\nOutputs: {Url: {Value: !Sub 'of WHICH and ${N.Outputs.Inner}'}, WHICH: {Value: one}}\n"
	place(t, dir, map[string]string{"first/child.yaml": child, "first/template.yaml": strings.ReplaceAll(outer, "WHICH", "First"), "second/child.yaml": child, "second/template.yaml": strings.ReplaceAll(outer, "WHICH", "Second")})
	out, err := upCommand(t, dir, "--check", "--json", "first", "second").CombinedOutput()
	var told struct{ Outputs map[string]string }
	if json.Unmarshal(out, &told) != nil || err != nil {
		t.Fatalf("got %s, %v", out, err)
	}
	want := map[string]string{"first.Url": "of First and inner", "second.Url": "of Second and inner", "First": "one", "Second": "one"}
	if !maps.Equal(told.Outputs, want) {
		t.Errorf("got %v, want %v", told.Outputs, want)
	}
}

// A synthesis with another hash of an asset, and with another stack, is served while a socket
// of the first stays open.
func TestUpAssemblyKeepsSockets(t *testing.T) {
	needs.Program(t, "node")
	socket := func(said string) string {
		return `{"Resources":{
  "Chat":{"Type":"AWS::ApiGatewayV2::Api","Properties":{"Name":"chat","ProtocolType":"WEBSOCKET","RouteSelectionExpression":"$request.body.action"}},
  "Call":{"Type":"AWS::ApiGatewayV2::Integration","Properties":{"ApiId":{"Ref":"Chat"},"IntegrationType":"MOCK","RequestTemplates":{"$default":"{\"statusCode\":200}"}}},
  "Said":{"Type":"AWS::ApiGatewayV2::IntegrationResponse","Properties":{"ApiId":{"Ref":"Chat"},"IntegrationId":{"Ref":"Call"},"IntegrationResponseKey":"$default","ResponseTemplates":{"$default":"` + said + `"}}},
  "Say":{"Type":"AWS::ApiGatewayV2::Route","Properties":{"ApiId":{"Ref":"Chat"},"RouteKey":"$default","RouteResponseSelectionExpression":"$default","Target":{"Fn::Join":["",["integrations/",{"Ref":"Call"}]]}}},
  "Back":{"Type":"AWS::ApiGatewayV2::RouteResponse","Properties":{"ApiId":{"Ref":"Chat"},"RouteId":{"Ref":"Say"},"RouteResponseKey":"$default"}},
  "Live":{"Type":"AWS::ApiGatewayV2::Stage","Properties":{"ApiId":{"Ref":"Chat"},"StageName":"live","AutoDeploy":true}}}}`
	}
	// synthesised is what the CDK leaves of the stack Pets and others with a socket.
	synthesised := func(hash, code, said string, others ...string) map[string]string {
		files, stacks := assembly(hash, code), ""
		for _, name := range others {
			stacks += `"` + name + `":{"type":"aws:cloudformation:stack","environment":"aws://unknown-account/unknown-region","properties":{"templateFile":"` + name + `.template.json"}},`
			files["cdk.out/"+name+".template.json"] = socket(said)
		}
		files["cdk.out/manifest.json"] = strings.Replace(files["cdk.out/manifest.json"], `"artifacts":{`, `"artifacts":{`+stacks, 1)
		return files
	}
	dir := filepath.Join(t.TempDir(), "app")
	place(t, dir, synthesised("aaaa", `exports.handler = async () => "first";`, "one", "Talk"))
	p := startUp(t, dir)
	ready := p.next("ready")
	c := p.dial("ws" + strings.TrimPrefix(ready.Data, "http") + "/live")
	c.send("{}", "one")
	place(t, dir, synthesised("bbbb", `exports.handler = async () => "second";`, "two", "Talk", "More"))
	e := p.until("changed", func(e upEvent) bool { return len(e.Apis) == 3 })
	p.eventually(ready.Data+"/", "second")
	for _, before := range ready.Apis {
		if !strings.Contains(fmt.Sprint(e.Apis), before.ID) {
			t.Errorf("%s is not there any more: %+v", before.ID, e.Apis)
		}
	}
	// What follows a stage that is deployed by itself is served a little later.
	for deadline := time.Now().Add(30 * time.Second); ; {
		c.send("{}", "")
		if _, got, err := c.Read(t.Context()); err != nil {
			t.Fatal(err)
		} else if strings.Contains(string(got), "two") {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the socket is served what was before")
		}
	}
	p.end()
}
