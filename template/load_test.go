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

// A deployment is another one when what it deploys is, and the same otherwise.
func TestDeploymentIds(t *testing.T) {
	const template = `Resources:
  Api:
    Type: AWS::ApiGatewayV2::Api
    Properties: {Name: chat, ProtocolType: WEBSOCKET, RouteSelectionExpression: $request.body.action}
  Stage:
    Type: AWS::ApiGatewayV2::Stage
    Properties: {ApiId: !Ref Api, StageName: prod, Description: one, DeploymentId: !Ref Deployment}
  Deployment:
    Type: AWS::ApiGatewayV2::Deployment
    Properties: {ApiId: !Ref Api, Description: one}
  Integration:
    Type: AWS::ApiGatewayV2::Integration
    Properties: {ApiId: !Ref Api, IntegrationType: MOCK, RequestTemplates: {a: b}}
  Answer:
    Type: AWS::ApiGatewayV2::IntegrationResponse
    Properties: {ApiId: !Ref Api, IntegrationId: !Ref Integration, IntegrationResponseKey: $default, ResponseTemplates: {$default: said}}
  Route:
    Type: AWS::ApiGatewayV2::Route
    Properties: {ApiId: !Ref Api, RouteKey: hello, Target: !Sub "integrations/${Integration}", RouteResponseSelectionExpression: $default}
  Back:
    Type: AWS::ApiGatewayV2::RouteResponse
    Properties: {ApiId: !Ref Api, RouteId: !Ref Route, RouteResponseKey: $default}
  Model:
    Type: AWS::ApiGatewayV2::Model
    Properties: {ApiId: !Ref Api, Name: m, ContentType: application/json, Schema: {type: object}}
  Authorizer:
    Type: AWS::ApiGatewayV2::Authorizer
    Properties: {ApiId: !Ref Api, Name: a, AuthorizerType: REQUEST, IdentitySource: [route.request.header.A], AuthorizerUri: "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:f/invocations"}
Outputs:
  Id: {Value: !Ref Deployment}
`
	id := func(text string) string {
		t.Helper()
		l := Load(memory{"here/template.yaml": {Data: []byte(text)}}, Options{Folder: "app"})
		if len(l.Faults) > 0 || len(l.Outputs) != 1 || strings.Count(string(l.Document), l.Outputs[0].Value) != 2 {
			t.Fatalf("got %v, %v\n%s", l.Faults, l.Outputs, l.Document)
		}
		return l.Outputs[0].Value
	}
	first := id(template)
	for _, c := range []struct {
		from, to string
		same     bool
	}{
		{"RouteKey: hello", "RouteKey: hi", false},
		{"{a: b}", "{a: c}", false},
		{"said", "told", false},
		{"RouteResponseKey: $default", "RouteResponseKey: $default, ModelSelectionExpression: x", false},
		{"{type: object}", "{type: array}", false},
		{"header.A]", "header.B]", false},
		{"$request.body.action", "$request.body.kind", false},
		{"  Back:\n", "  More:\n    Type: AWS::ApiGatewayV2::Route\n    Properties: {ApiId: !Ref Api, RouteKey: more}\n  Back:\n", false},
		{"StageName: prod, Description: one", "StageName: prod, Description: two", true},
		{"StageName: prod", "StageName: test", true},
		{"StageName: prod", "StageName: prod, StageVariables: {a: b}", true},
		{"{ApiId: !Ref Api, Description: one}", "{ApiId: !Ref Api, Description: two}", true},
		{"Name: chat", "Name: talk", true},
		{"RouteKey: hello, Target: !Sub \"integrations/${Integration}\"", "Target: !Join [/, [integrations, !Ref Integration]], RouteKey: hello", true},
		{"Outputs:", "  Topic: {Type: AWS::SNS::Topic}\nOutputs:", true},
	} {
		if strings.Count(template, c.from) != 1 {
			t.Fatalf("%q is not there once", c.from)
		}
		if got := id(strings.Replace(template, c.from, c.to, 1)); (got == first) != c.same {
			t.Errorf("%s: the deployment is %s, and was %s", c.to, got, first)
		}
	}
}

// What is wrong with something that SAM makes is told of the resource that its author has
// written.
func TestFaultsOfWhatSAMMakes(t *testing.T) {
	const template = `Transform: AWS::Serverless-2016-10-31
Resources:
  Chat:
    Type: AWS::Serverless::WebSocketApi
    Properties:
      RouteSelectionExpression: $request.body.action
      Routes:
        $connect: {FunctionArn: !GetAtt Fn.Arn}
        hello:
          FunctionArn: !GetAtt Fn.Arn
          OperationName: say
  Web:
    Type: AWS::Serverless::HttpApi
    Properties:
      StageName: v1
      FailOnWarnings: false
  Fn:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: nodejs22.x
      Handler: index.handler
      InlineCode: "exports.handler = async () => 1"
      FunctionUrlConfig: {AuthType: NONE}
      Events:
        Get: {Type: HttpApi, Properties: {Path: /a, Method: GET}}
        Other:
          Type: HttpApi
          Properties: {Path: /b, Method: GET, ApiId: !Ref Web}
`
	for _, c := range []struct{ from, to, id, path string }{
		{"$connect: {", "$connect: {IntegrationTimeout: 5, ", "Chat", "Resources.Chat.Properties.Routes.$connect"},
		{"          OperationName: say", "          IntegrationTimeout: many", "Chat", "Resources.Chat.Properties.Routes.hello.IntegrationTimeout"},
		{"hello:", "$default:\n          IntegrationTimeout: 5", "Chat", "Resources.Chat.Properties.Routes.$default"},
		{"$request.body.action", "$request.body.action\n      StageName: a b", "Chat", "Resources.Chat"},
		{"$request.body.action", "$request.body.action\n      DefaultRouteSettings: {ThrottlingBurstLimit: many}", "Chat", "Resources.Chat.Properties.DefaultRouteSettings.ThrottlingBurstLimit"},
		{"StageName: v1", "StageName: v1 2", "Web", "Resources.Web"},
		{"StageName: v1", "StageName: v1\n      DefaultRouteSettings: {ThrottlingBurstLimit: many}", "Web", "Resources.Web.Properties.DefaultRouteSettings.ThrottlingBurstLimit"},
		{"StageName: v1", "StageName: v1\n      CorsConfiguration: {MaxAge: many}", "Web", "Resources.Web"},
		{"{AuthType: NONE}", "{AuthType: NONE, Cors: {MaxAge: many}}", "Fn", "Resources.Fn.Properties.FunctionUrlConfig.Cors.MaxAge"},
		{"Path: /a, Method: GET", "Path: /a, Method: GET, TimeoutInMillis: 5", "Fn", "Resources.Fn.Properties.Events.Get"},
		{"Path: /b, Method: GET", "Path: /b, Method: GET, TimeoutInMillis: 5", "Fn", "Resources.Fn.Properties.Events.Other"},
		{"Path: /a, Method: GET", "Path: '/{a', Method: GET", "Fn", "Resources.Fn.Properties.Events.Get"},
	} {
		if strings.Count(template, c.from) != 1 {
			t.Fatalf("%q is not there once", c.from)
		}
		l := Load(memory{"here/template.yaml": {Data: []byte(strings.Replace(template, c.from, c.to, 1))}}, Options{Folder: "app"})
		if len(l.Faults) == 0 {
			t.Errorf("%s: no fault", c.to)
		}
		for _, f := range l.Faults {
			if f.LogicalID != c.id || !strings.HasPrefix(f.Path, c.path) {
				t.Errorf("%s: of %q: %v", c.to, f.LogicalID, f)
			}
		}
	}
}
