package template

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// togetherTemplate is right. Its edits are each wrong in a resource of its own.
const togetherTemplate = `Transform: AWS::Serverless-2016-10-31
Conditions: {Always: !Equals [a, a]}
Resources:
  Chat: {Type: AWS::ApiGatewayV2::Api, Properties: {Name: chat, ProtocolType: WEBSOCKET, RouteSelectionExpression: $request.body.action}}
  Link: {Type: AWS::ApiGatewayV2::VpcLink, Properties: {Name: link, SubnetIds: [subnet-1]}}
  Call: {Type: AWS::ApiGatewayV2::Integration, Properties: {ApiId: !Ref Chat, IntegrationType: HTTP_PROXY, IntegrationMethod: GET, IntegrationUri: "https://example.com", TimeoutInMillis: 5000}}
  Answer: {Type: AWS::ApiGatewayV2::IntegrationResponse, Properties: {ApiId: !Ref Chat, IntegrationId: !Ref Call, IntegrationResponseKey: $default}}
  Gate: {Type: AWS::ApiGatewayV2::Authorizer, Properties: {ApiId: !Ref Chat, Name: gate, AuthorizerType: REQUEST, AuthorizerUri: !Sub "arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${Fn.Arn}/invocations", IdentitySource: [route.request.header.a]}}
  Said: {Type: AWS::ApiGatewayV2::Model, Properties: {ApiId: !Ref Chat, Name: said, ContentType: application/json, Schema: {type: object}}}
  Enter: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref Chat, RouteKey: $connect, Target: !Sub "integrations/${Call}", AuthorizationType: CUSTOM, AuthorizerId: !Ref Gate}}
  Say: {Type: AWS::ApiGatewayV2::Route, Condition: Always, Properties: {ApiId: !Ref Chat, RouteKey: say, Target: !Sub "integrations/${Call}", ModelSelectionExpression: a, RequestModels: {a: said}}}
  Back: {Type: AWS::ApiGatewayV2::RouteResponse, Properties: {ApiId: !Ref Chat, RouteId: !Ref Say, RouteResponseKey: $default}}
  Deployed: {Type: AWS::ApiGatewayV2::Deployment, Properties: {ApiId: !Ref Chat, Description: first}}
  Stage: {Type: AWS::ApiGatewayV2::Stage, Properties: {ApiId: !Ref Chat, StageName: prod, DeploymentId: !Ref Deployed, RouteSettings: {say: {ThrottlingBurstLimit: 1}}}}
  Key: {Type: AWS::ApiGateway::ApiKey, Properties: {Name: key, Enabled: true, Value: abcdefghijklmnopqrstuvwxyz}}
  Plan: {Type: AWS::ApiGateway::UsagePlan, Properties: {UsagePlanName: plan, ApiStages: [{ApiId: !Ref Chat, Stage: !Ref Stage}]}}
  InPlan: {Type: AWS::ApiGateway::UsagePlanKey, Properties: {KeyId: !Ref Key, KeyType: API_KEY, UsagePlanId: !Ref Plan}}
  Domain: {Type: AWS::ApiGatewayV2::DomainName, Properties: {DomainName: a.example.com, DomainNameConfigurations: [{CertificateArn: !Ref Signed}]}}
  Signed: {Type: AWS::CertificateManager::Certificate, Properties: {DomainName: a.example.com}}
  Mapped: {Type: AWS::ApiGatewayV2::ApiMapping, Properties: {ApiId: !Ref Chat, DomainName: !Ref Domain, Stage: !Ref Stage, ApiMappingKey: chat}}
  Quick: {Type: AWS::ApiGatewayV2::Api, Properties: {Name: quick, ProtocolType: HTTP, Target: "https://example.com"}}
  More: {Type: AWS::ApiGatewayV2::ApiGatewayManagedOverrides, Properties: {ApiId: !Ref Quick, Stage: {Description: more}}}
  Import: {Type: AWS::ApiGatewayV2::Api, Properties: {Body: {openapi: 3.0.1, info: {title: t, version: "1"}, paths: {/one: {get: {x-amazon-apigateway-integration: {type: http_proxy, httpMethod: GET, uri: "https://one.example.com", payloadFormatVersion: "1.0"}}}, /two: {get: {x-amazon-apigateway-integration: {type: http_proxy, httpMethod: GET, uri: "https://two.example.com", payloadFormatVersion: "1.0"}}}}}}}
  ImportStage: {Type: AWS::ApiGatewayV2::Stage, Properties: {ApiId: !Ref Import, StageName: $default, AutoDeploy: true, RouteSettings: {GET /one: {ThrottlingBurstLimit: 1}}}}
  Fn:
    Type: AWS::Serverless::Function
    Properties:
      InlineCode: "exports.handler = async () => 1"
      Handler: index.handler
      Runtime: nodejs22.x
      Timeout: 3
      Events:
        Get: {Type: HttpApi, Properties: {Path: /a, Method: get, ApiId: !Ref Web}}
        Slow: {Type: HttpApi, Properties: {Path: /b, Method: get, ApiId: !Ref Web, TimeoutInMillis: 5000}}
  Web: {Type: AWS::Serverless::HttpApi, Properties: {StageName: v1, RouteSettings: {GET /a: {ThrottlingBurstLimit: 1}}}}
  Socket: {Type: AWS::Serverless::WebSocketApi, Properties: {RouteSelectionExpression: $request.body.action, Routes: {hi: {FunctionArn: !GetAtt Fn.Arn}, ho: {FunctionArn: !GetAtt Fn.Arn, IntegrationTimeout: 5000}}}}
  Below: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: below.yaml, Parameters: {Api: !Ref Import, Key: GET /below}}}
`

const togetherBelow = `Parameters: {Api: {Type: String}, Key: {Type: String, Default: GET /otherwise}}
Resources:
  Route: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref Api, RouteKey: !Ref Key}}
  Other: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref Api, RouteKey: GET /other}}
`

// togetherEdits make it wrong, each in one way. Some make something unknown that faults of
// other resources, or of the rest of the same one, are judged by: they may hide those.
var togetherEdits = []struct{ from, to, hides string }{
	{"Name: chat,", "Name: !Ref Nobody,", ""},
	{"Name: link,", "Name: !Ref Nobody,", ""},
	{"TimeoutInMillis: 5000}}\n  Answer", "TimeoutInMillis: 1}}\n  Answer", ""},
	{`IntegrationUri: "https://example.com"`, "IntegrationUri: !Ref Nobody", "Call"},
	{"IntegrationResponseKey: $default", "IntegrationResponseKey: nothing", ""},
	{"AuthorizerType: REQUEST", "AuthorizerType: !Ref Nobody", ""},
	{"Name: said", "Name: !Ref Nobody", ""},
	{"Name: said", "Name: sa id", ""},
	{"RouteKey: $connect", "RouteKey: !Ref Nobody", "Stage"},
	{"RouteKey: say", "RouteKey: !Ref Nobody", "Stage"},
	{"Condition: Always", "Condition: Never", "Stage Back"},
	{"RouteResponseKey: $default", "RouteResponseKey: other", ""},
	{"Description: first", "Description: !Ref Nobody", ""},
	{"StageName: prod", "StageName: !Ref Nobody", "Mapped Stage"},
	{"StageName: prod", "StageName: p d", "Stage"},
	{"ProtocolType: WEBSOCKET", "ProtocolType: !Ref Nobody", "Call Answer Said Back Stage Mapped"},
	{"ProtocolType: WEBSOCKET", "ProtocolType: SOCKET", "Call Answer Said Back Stage Mapped"},
	{"Value: abcdefghijklmnopqrstuvwxyz", "Value: short", ""},
	{"UsagePlanName: plan", "UsagePlanName: !Ref Nobody", ""},
	{"KeyType: API_KEY", "KeyType: !Ref Nobody", ""},
	{"DomainName: a.example.com, DomainNameC", "DomainName: !Ref Nobody, DomainNameC", "Mapped"},
	{"ApiMappingKey: chat", "ApiMappingKey: a b", ""},
	{`Target: "https://example.com"`, "Target: !Ref Nobody", "Stage"},
	{"Description: more", "Description: !Ref Nobody", ""},
	{"uri: \"https://one.example.com\"", "uri: !Ref Nobody", "Stage"},
	{"uri: \"https://two.example.com\"", "uri: nowhere", ""},
	{"StageName: $default", "StageName: a b", ""},
	{"Timeout: 3", "Timeout: many", ""},
	{"Path: /a", "Path: /a, Colour: blue", "Stage"},
	{"TimeoutInMillis: 5000}}\n  Web", "TimeoutInMillis: 1}}\n  Web", ""},
	{"StageName: v1", "StageName: !Ref Nobody", "Mapped Stage"},
	{"StageName: v1", "StageName: v 1", ""},
	{"hi: {FunctionArn: !GetAtt Fn.Arn}", "hi: {FunctionArn: !GetAtt Nobody.Arn}", ""},
	{"hi: {FunctionArn: !GetAtt Fn.Arn}", "hi: {IntegrationTimeout: 5}", "Stage"},
	{"IntegrationTimeout: 5000", "IntegrationTimeout: 1", ""},
	{"Key: GET /below", "Key: !Ref Nobody", "Stage"},
	{"TemplateURL: below.yaml", "TemplateURL: nowhere.yaml", "Stage"},
	{"RouteSettings: {say:", "RouteSettings: {nothing:", ""},
}

// Two mistakes in a template are told together as each of them is alone: neither hides the
// other, but where what is judged depends on what is wrong, and nothing is told that neither
// alone would be told for.
func TestFaultsTogether(t *testing.T) {
	alone := map[int][]string{}
	if got := togetherFaults(t); len(got) > 0 {
		t.Fatalf("the template is wrong: %v", got)
	}
	for i := range togetherEdits {
		if alone[i] = togetherFaults(t, i); len(alone[i]) != 1 {
			t.Errorf("%q alone: %q", togetherEdits[i].to, alone[i])
		}
	}
	for i := range togetherEdits {
		// All pairs are seconds of work for no more than these have found.
		for j := i + 1 + i%4; j < len(togetherEdits); j += 4 {
			if togetherEdits[i].from != togetherEdits[j].from {
				checkTogether(t, alone, i, j)
			}
		}
	}
	var all []int
	for i := range togetherEdits {
		if !slices.ContainsFunc(all, func(j int) bool { return togetherEdits[i].from == togetherEdits[j].from }) {
			all = append(all, i)
		}
	}
	checkTogether(t, alone, all...)
}

// checkTogether wants the faults of some edits to be those of each alone, but for what one
// of them may hide.
func checkTogether(t *testing.T, alone map[int][]string, edits ...int) {
	t.Helper()
	got, want, hidden := togetherFaults(t, edits...), map[string]bool{}, ""
	for _, i := range edits {
		hidden += togetherEdits[i].hides + " "
		for _, fault := range alone[i] {
			want[fault] = true
		}
	}
	for i, fault := range got {
		if !want[fault] || slices.Contains(got[:i], fault) {
			t.Errorf("edits %v: told for none alone, or twice: %s", edits, fault)
		}
	}
	for fault := range want {
		_, path, _ := strings.Cut(fault, "Resources.")
		id, _, _ := strings.Cut(path, ".")
		if !slices.Contains(got, fault) && !slices.Contains(strings.Fields(hidden), id) {
			t.Errorf("edits %v: not told: %s", edits, fault)
		}
	}
}

// togetherFaults are the faults of the template with some of the edits, without columns,
// which move.
func togetherFaults(t *testing.T, edits ...int) (told []string) {
	text := togetherTemplate
	for _, i := range edits {
		if strings.Count(text, togetherEdits[i].from) != 1 {
			t.Fatalf("%q is not there once", togetherEdits[i].from)
		}
		text = strings.Replace(text, togetherEdits[i].from, togetherEdits[i].to, 1)
	}
	files := memory{"here/template.yaml": &fstest.MapFile{Data: []byte(text)}, "here/below.yaml": &fstest.MapFile{Data: []byte(togetherBelow)}}
	for _, f := range Load(files, Options{Folder: "app"}).Faults {
		f.Column = 0
		told = append(told, f.Error())
	}
	return told
}
