package template

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"golang.org/x/tools/txtar"

	"github.com/dragoman-gateway/dragoman/management/document"
)

// large is a template of so many resources: functions with routes and integrations of one
// API, and the same again of a WebSocket API.
func large(resources int) memory {
	var b strings.Builder
	b.WriteString("Resources:\n  Api:\n    Type: AWS::ApiGatewayV2::Api\n    Properties: {Name: many, ProtocolType: HTTP}\n")
	b.WriteString("  Stage:\n    Type: AWS::ApiGatewayV2::Stage\n    Properties: {ApiId: !Ref Api, StageName: $default, AutoDeploy: true}\n")
	for i := range (resources - 2) / 4 {
		fmt.Fprintf(&b, `  F%[1]d:
    Type: AWS::Lambda::Function
    Properties: {Runtime: nodejs22.x, Handler: index.handler, Code: src, Environment: {Variables: {ENDPOINT: !Sub "https://${Api}.execute-api.${AWS::Region}.${AWS::URLSuffix}"}}, Role: !GetAtt Role%[1]d.Arn}
  Role%[1]d:
    Type: AWS::IAM::Role
    Properties: {Policies: [{PolicyName: p, PolicyDocument: {Statement: [{Effect: Allow, Action: "execute-api:*", Resource: !Sub "arn:aws:execute-api:${AWS::Region}:${AWS::AccountId}:${Api}/*"}]}}]}
  I%[1]d:
    Type: AWS::ApiGatewayV2::Integration
    Properties: {ApiId: !Ref Api, IntegrationType: AWS_PROXY, IntegrationUri: !GetAtt F%[1]d.Arn, PayloadFormatVersion: 2.0}
  R%[1]d:
    Type: AWS::ApiGatewayV2::Route
    Properties: {ApiId: !Ref Api, RouteKey: "GET /r%[1]d/{id}", Target: !Sub "integrations/${I%[1]d}"}
`, i)
	}
	files := memory{}
	files[files.name("template.yaml")] = &fstest.MapFile{Data: []byte(b.String())}
	files[files.name("src/index.js")] = &fstest.MapFile{}
	return files
}

// The largest template that CloudFormation takes has 500 resources. The best of some
// tries counts: a busy machine takes four times as long.
func TestLargeTemplateIsReadAtOnce(t *testing.T) {
	files := large(500)
	best := time.Hour
	for range 10 {
		began := time.Now()
		loaded := Load(files, Options{})
		best = min(best, time.Since(began))
		if len(loaded.Faults) > 0 || len(loaded.Functions) != 124 || len(loaded.APIs) != 1 || len(loaded.APIs[0].Routes) != 124 {
			t.Fatalf("got %d functions, %d APIs, faults %v", len(loaded.Functions), len(loaded.APIs), loaded.Faults)
		}
	}
	if best > 200*time.Millisecond {
		t.Errorf("it took %s", best)
	}
}

// However often a template is read, it is read within the bounds of its length.
func FuzzLoad(f *testing.F) {
	for name, file := range large(20) {
		if strings.HasSuffix(name, "yaml") {
			f.Add(string(file.Data))
		}
	}
	scripts, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range scripts {
		archive, err := txtar.ParseFile(name)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range archive.Files {
			if strings.HasPrefix(file.Name, "template.") || strings.HasPrefix(file.Name, "openapi") || strings.HasPrefix(file.Name, "samconfig") {
				f.Add(string(file.Data))
			}
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, name := range []string{"template.yaml", "samconfig.toml", "cdk.out/manifest.json", ".serverless/cloudformation-template-update-stack.json"} {
			files := memory{}
			for _, n := range []string{name, ".serverless/serverless-state.json", "src/index.js"} {
				files[files.name(n)] = &fstest.MapFile{Data: []byte(text)}
			}
			first, second := Load(files, Options{}), Load(files, Options{})
			if string(first.Document) != string(second.Document) || len(first.Faults) != len(second.Faults) {
				t.Errorf("%s: two readings of one text differ", name)
			}
			if len(first.Faults) == 0 {
				if wrong := document.Check(first.Document, 0); len(first.Document) > 0 && len(wrong) > 0 {
					t.Errorf("%s: the document is refused, but no fault was told: %v", name, wrong)
				}
			}
		}
	})
}
