package up_test

import (
	"encoding/json"
	"maps"
	"path/filepath"
	"strings"
	"testing"

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
