package up_test

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/dragoman-gateway/dragoman/internal/needs"
)

const qualifiedTemplate = `Transform: AWS::Serverless-2016-10-31
Resources:
  Mine:
    Type: AWS::Serverless::Function
    Properties: {FunctionName: mine, Runtime: nodejs20.x, Handler: index.handler, CodeUri: ., AutoPublishAlias: live, Timeout: 20}
  Bare:
    Type: AWS::Serverless::Function
    Properties: {FunctionName: bare, Runtime: nodejs20.x, Handler: index.handler, CodeUri: ., Timeout: 20}
  Web: {Type: AWS::ApiGatewayV2::Api, Properties: {Name: web, ProtocolType: HTTP}}
  Stage: {Type: AWS::ApiGatewayV2::Stage, Properties: {ApiId: !Ref Web, StageName: $default, AutoDeploy: true}}
  Here: {Type: AWS::ApiGatewayV2::Integration, Properties: {ApiId: !Ref Web, IntegrationType: AWS_PROXY, PayloadFormatVersion: "2.0", IntegrationUri: !Ref Mine.Alias}}
  Gone: {Type: AWS::ApiGatewayV2::Integration, Properties: {ApiId: !Ref Web, IntegrationType: AWS_PROXY, PayloadFormatVersion: "2.0", IntegrationUri: !Sub "${Mine.Arn}:nope"}}
  A: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref Web, RouteKey: GET /here, Target: !Sub "integrations/${Here}"}}
  B: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref Web, RouteKey: GET /gone, Target: !Sub "integrations/${Gone}"}}
`

// invokeAll asks boto3 to invoke each name, and prints what comes of it.
const invokeAll = `import boto3, sys
from botocore.exceptions import ClientError
c = boto3.client("lambda", endpoint_url=sys.argv[1], region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test")
for name in sys.argv[2:]:
    function, _, qualifier = name.partition("@")
    try:
        r = c.invoke(FunctionName=function, **({"Qualifier": qualifier} if qualifier else {}))
        print(name, r["StatusCode"], r["ExecutedVersion"])
    except ClientError as e:
        print(name, e.response["ResponseMetadata"]["HTTPStatusCode"], e.response["Error"]["Code"])
`

// A template says what there is of a function: an alias or version that it does not have
// is not found, by whatever way it is asked for.
func TestUpQualifiers(t *testing.T) {
	needs.Program(t, "node", "--version")
	python := needs.Python(t, "boto3")
	dir := t.TempDir()
	place(t, dir, map[string]string{"template.yaml": qualifiedTemplate, "index.js": "exports.handler = async () => 'here';\n"})
	p := startUp(t, dir)
	ready := p.next("ready")
	const arn = "arn:aws:lambda:us-east-1:000000000000:function:mine"
	want := "mine 200 $LATEST\nmine:live 200 1\nmine:1 200 1\nMine@live 200 1\n" + arn + ":live 200 1\nmine:nope 404 ResourceNotFoundException\n" +
		"mine@nope 404 ResourceNotFoundException\nMine:nope 404 ResourceNotFoundException\n" + arn + ":nope 404 ResourceNotFoundException\nmine:2 404 ResourceNotFoundException\n" +
		"bare:nope 404 ResourceNotFoundException\nbare:$LATEST 200 $LATEST\nnobody 404 ResourceNotFoundException\n"
	args := []string{"-c", invokeAll, ready.Management}
	for line := range strings.Lines(want) {
		name, _, _ := strings.Cut(line, " ")
		args = append(args, name)
	}
	cmd := exec.CommandContext(t.Context(), python, args...)
	cmd.Env = os.Environ()
	out, err := cmd.CombinedOutput()
	if string(out) != want || err != nil {
		t.Errorf("got\n%s%v, want\n%s", out, err, want)
	}
	p.get(ready.Data+"/here", 200, "here")
	p.get(ready.Data+"/gone", 500, "Internal Server Error")
	p.end()
}
