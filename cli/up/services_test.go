package up_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dragoman-gateway/dragoman/internal/needs"
)

// moto starts an emulator of AWS.
func moto(t *testing.T) (url string) {
	t.Helper()
	path := needs.Program(t, "moto_server", "--help")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	_ = l.Close()
	cmd := exec.CommandContext(t.Context(), path, "-H", "127.0.0.1", "-p", port)
	errs, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	for lines := bufio.NewScanner(errs); lines.Scan(); {
		if strings.Contains(lines.Text(), "Running on") {
			go func() { // the pipe must not fill
				for lines.Scan() {
				}
			}()
			return "http://127.0.0.1:" + port
		}
	}
	t.Fatal("moto_server did not start")
	return ""
}

const servicesTemplate = `Transform: AWS::Serverless-2016-10-31
Resources:
  Save:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.11
      Handler: app.handler
      CodeUri: src/
      Timeout: 20
      Environment: {Variables: {TABLE: !Ref Table, ARN: !GetAtt Table.Arn}}
      Events:
        Get: {Type: HttpApi, Properties: {Path: /, Method: GET}}
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      KeySchema: [{AttributeName: id, KeyType: HASH}]
`

const servicesHandler = `import boto3, os
def handler(event, context):
    table = boto3.resource("dynamodb").Table(os.environ["TABLE"])
    table.put_item(Item={"id": "one"})
    me = boto3.client("lambda").get_function(FunctionName=context.function_name)
    return {"items": table.scan()["Count"], "table": os.environ["TABLE"], "arn": os.environ["ARN"], "me": me["Configuration"]["FunctionName"]}
`

// Tables are made by an emulator, and functions find them there under the names that
// they have; Lambda stays here. Without it they are listed with who names them.
func TestUpServices(t *testing.T) {
	needs.Python(t, "boto3")
	url := moto(t)
	dir := filepath.Join(t.TempDir(), "store")
	place(t, dir, map[string]string{"template.yaml": servicesTemplate, "src/app.py": servicesHandler})
	p := startUp(t, dir, "--services", url)
	ready := p.next("ready")
	if len(ready.Foreign) != 1 || ready.Foreign[0].LogicalID != "Table" || ready.Foreign[0].Type != "AWS::DynamoDB::Table" || strings.Join(ready.Foreign[0].Functions, "") != "Save" {
		t.Errorf("got %+v", ready.Foreign)
	}
	body := p.get(ready.Data+"/", 200, `"items": 1`)
	if !strings.Contains(body, `"arn": "arn:aws:dynamodb:us-east-1:123456789012:table/store-dragoman-Table-`) || !strings.Contains(body, `"me": "store-Save-`) {
		t.Errorf("got %s", body)
	}
	edit(t, filepath.Join(dir, "template.yaml"), "  Table:\n    Type: AWS::DynamoDB::Table", "  Queue: {Type: AWS::SQS::Queue}\n  Table:\n    Type: AWS::DynamoDB::Table")
	edit(t, filepath.Join(dir, "template.yaml"), "{TABLE: !Ref Table", "{QUEUE: !Ref Queue, TABLE: !Ref Table")
	if e := p.next("changed"); len(e.Foreign) != 2 {
		t.Errorf("got %+v", e.Foreign)
	}
	p.get(ready.Data+"/", 200, `"items": 1`) // the table is the same
	p.end()

	cmd := upCommand(t, dir, "--check")
	if out, err := cmd.Output(); err != nil || !strings.Contains(string(out), "AWS::DynamoDB::Table  ← Save") || !strings.Contains(string(out), "--services URL") {
		t.Errorf("got %s, %v", out, err)
	}
	cmd = upCommand(t, dir, "--services", "https://cloudformation.us-east-1.amazonaws.com")
	if out, err := cmd.CombinedOutput(); err == nil || cmd.ProcessState.ExitCode() != 2 || !strings.Contains(string(out), "--yes") {
		t.Errorf("AWS itself: got %s, %v", out, err)
	}
}

const integrationsTemplate = `Resources:
  Queue: {Type: AWS::SQS::Queue}
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      KeySchema: [{AttributeName: id, KeyType: HASH}]
  Web: {Type: AWS::ApiGatewayV2::Api, Properties: {Name: web, ProtocolType: HTTP}}
  Send:
    Type: AWS::ApiGatewayV2::Integration
    Properties:
      ApiId: !Ref Web
      IntegrationType: AWS_PROXY
      IntegrationSubtype: SQS-SendMessage
      PayloadFormatVersion: "1.0"
      CredentialsArn: !Sub arn:aws:iam::${AWS::AccountId}:role/send
      RequestParameters: {QueueUrl: !Ref Queue, MessageBody: $request.body.text}
  Post: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref Web, RouteKey: POST /send, Target: !Sub "integrations/${Send}"}}
  Stage: {Type: AWS::ApiGatewayV2::Stage, Properties: {ApiId: !Ref Web, StageName: $default, AutoDeploy: true}}
  Chat: {Type: AWS::ApiGatewayV2::Api, Properties: {Name: chat, ProtocolType: WEBSOCKET, RouteSelectionExpression: $request.body.action}}
  Put:
    Type: AWS::ApiGatewayV2::Integration
    Properties:
      ApiId: !Ref Chat
      IntegrationType: AWS
      IntegrationMethod: POST
      IntegrationUri: !Sub arn:aws:apigateway:${AWS::Region}:dynamodb:action/PutItem
      CredentialsArn: !Sub arn:aws:iam::${AWS::AccountId}:role/put
      RequestTemplates:
        application/json: !Sub '{"TableName": "${Table}", "Item": {"id": {"S": "$context.connectionId"}}}'
  Connect: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref Chat, RouteKey: $connect, Target: !Sub "integrations/${Put}"}}
  Prod: {Type: AWS::ApiGatewayV2::Stage, Properties: {ApiId: !Ref Chat, StageName: prod, AutoDeploy: true}}
`

// Integrations with other services, of both protocols, call them where they were made;
// nothing in the environment leads there.
func TestUpIntegrationsCallServices(t *testing.T) {
	url := moto(t)
	dir := filepath.Join(t.TempDir(), "direct")
	place(t, dir, map[string]string{"template.yaml": integrationsTemplate})
	p := startUp(t, dir, "--services", url)
	ready := p.next("ready")
	answer, err := http.Post(ready.Data+"/send", "application/json", strings.NewReader(`{"text":"hello"}`))
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(answer.Body)
	_ = answer.Body.Close()
	if answer.StatusCode != 200 || !strings.Contains(string(body), "SendMessageResponse") {
		t.Errorf("got %d %s", answer.StatusCode, body)
	}
	p.dial("ws" + strings.TrimPrefix(ready.Data, "http") + "/prod") // fails where the table is not reached
	p.end()
}
