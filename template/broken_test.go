package template

import (
	"strings"
	"testing"
	"testing/fstest"
)

// brokenTemplate is right, and in block form: a line of it is a value.
const brokenTemplate = `Transform: AWS::Serverless-2016-10-31
Parameters:
  Stage:
    Type: String
    Default: prod
Mappings:
  Names:
    of:
      chat: chat
Conditions:
  Always: !Equals [!Ref Stage, prod]
Globals:
  Function:
    Runtime: nodejs22.x
    Handler: index.handler
Resources:
  Chat:
    Type: AWS::ApiGatewayV2::Api
    Properties:
      Name: !FindInMap [Names, of, chat]
      ProtocolType: WEBSOCKET
      RouteSelectionExpression: $request.body.action
  Call:
    Type: AWS::ApiGatewayV2::Integration
    Condition: Always
    Properties:
      ApiId: !Ref Chat
      IntegrationType: HTTP_PROXY
      IntegrationMethod: GET
      IntegrationUri: "https://example.com"
  Say:
    Type: AWS::ApiGatewayV2::Route
    Properties:
      ApiId: !Ref Chat
      RouteKey: say
      Target: !Sub "integrations/${Call}"
      ModelSelectionExpression: a
      RequestModels:
        a: said
  Said:
    Type: AWS::ApiGatewayV2::Model
    Properties:
      ApiId: !Ref Chat
      Name: said
      Schema:
        type: object
  Deployed:
    Type: AWS::ApiGatewayV2::Deployment
    DependsOn:
      - Say
    Properties: {ApiId: !Ref Chat}
  Last:
    Type: AWS::ApiGatewayV2::Stage
    Properties:
      ApiId: !Ref Chat
      StageName: !Ref Stage
      DeploymentId: !Ref Deployed
      RouteSettings:
        say:
          ThrottlingBurstLimit: 1
  Fn:
    Type: AWS::Serverless::Function
    Properties:
      InlineCode: |
        exports.handler = async () => 1
      Events:
        Get:
          Type: HttpApi
          Properties:
            Path: /a
            Method: get
            ApiId: !Ref Web
        Free:
          Type: HttpApi
  Web:
    Type: AWS::Serverless::HttpApi
    Properties:
      StageName: v1
      RouteSettings:
        GET /a:
          ThrottlingBurstLimit: 1
  Socket:
    Type: AWS::Serverless::WebSocketApi
    Properties:
      RouteSelectionExpression: $request.body.action
      Routes:
        hi:
          FunctionArn: !GetAtt Fn.Arn
  Below:
    Type: AWS::CloudFormation::Stack
    Properties:
      TemplateURL: below.yaml
      Parameters:
        Api: !Ref ServerlessHttpApi
        Key: GET /below
Outputs:
  Role:
    Value: !GetAtt FnRole.Arn
  Url:
    Value: !Sub "wss://${Chat}.execute-api.${AWS::Region}.amazonaws.com/${Stage}"
    Export:
      Name: url
`

// A line of a template that is broken in any way is told, and nothing that only follows
// from it: whatever is wrong otherwise would be told without it too, and nothing is.
func TestBrokenAlone(t *testing.T) {
	lines := strings.SplitAfter(strings.TrimSuffix(brokenTemplate, "\n"), "\n")
	ways := []struct {
		name   string
		change func(line string) string
	}{
		{"a quote that is open", func(line string) string { return strings.Replace(line, ": ", ": \"", 1) }},
		{"no colon", func(line string) string { return strings.Replace(line, ":", "", 1) }},
		{"a tab", func(line string) string { return "\t" + line }},
		{"a bracket that is open", func(line string) string { return strings.Replace(line, ": ", ": [", 1) }},
		{"a column too far", func(line string) string { return " " + line }},
		{"a column too near", func(line string) string { return strings.TrimPrefix(line, " ") }},
		{"a line of nothing", func(line string) string { return line + "      %\n" }},
		{"a tag", func(line string) string { return strings.Replace(line, ": ", ": !<", 1) }},
		{"an alias", func(line string) string { return strings.Replace(line, ": ", ": *nobody ", 1) }},
	}
	if got := brokenFaults(lines); len(got) > 0 {
		t.Fatalf("the template is wrong: %q", got)
	}
	told := map[string]int{}
	for i, line := range lines {
		for j, way := range ways {
			if (i+j)%3 != 0 {
				continue // each of each is half a minute of work for no more than these have found
			}
			lines[i] = way.change(line)
			got := brokenFaults(lines)
			broken := strings.Contains(strings.Join(got, "\n"), " is broken: ")
			if broken {
				told[way.name]++
			}
			for _, fault := range got {
				if broken && !strings.Contains(fault, " is broken: ") {
					t.Errorf("line %d, %q, %s: %s", i+1, strings.TrimSpace(line), way.name, fault)
				}
			}
		}
		lines[i] = line
	}
	for _, way := range ways {
		if told[way.name] < 10 {
			t.Errorf("%s is told %d times", way.name, told[way.name])
		}
	}
}

func brokenFaults(lines []string) (told []string) {
	files := memory{"here/template.yaml": &fstest.MapFile{Data: []byte(strings.Join(lines, ""))}, "here/below.yaml": &fstest.MapFile{Data: []byte(togetherBelow)}}
	for _, f := range Load(files, Options{Folder: "app"}).Faults {
		told = append(told, f.Error())
	}
	return told
}
