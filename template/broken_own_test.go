package template

import (
	"strings"
	"testing"
	"testing/fstest"
)

// brokenOwn is a document that is right, and in block form: a line of it is a value.
const brokenOwn = `dragoman: 1
account: "123456789012"
regions:
  us-east-1:
    vpcLinks:
      inside:
        name: inside
        subnetIds:
          - subnet-1
    apis:
      chat:
        name: chat
        protocolType: WEBSOCKET
        routeSelectionExpression: $request.body.action
        models:
          said:
            name: said
            contentType: application/json
            schema: '{"type": "object"}'
        authorizers:
          door:
            authorizerType: REQUEST
            authorizerUri: arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:123456789012:function:door/invocations
            identitySource:
              - route.request.header.Auth
        integrations:
          call:
            integrationType: HTTP_PROXY
            integrationMethod: GET
            integrationUri: https://example.com
            responses:
              all:
                integrationResponseKey: $default
        routes:
          connect:
            routeKey: $connect
            authorizationType: CUSTOM
            authorizerId: door
            target: integrations/call
          say:
            routeKey: say
            target: integrations/call
            modelSelectionExpression: a
            requestModels:
              a: said
            routeResponseSelectionExpression: $default
            responses:
              all:
                routeResponseKey: $default
        deployments:
          first:
            description: first
        stages:
          prod:
            deploymentId: first
            routeSettings:
              say:
                throttlingBurstLimit: 1
      web:
        name: web
        protocolType: HTTP
        corsConfiguration:
          allowOrigins:
            - https://example.com
          maxAge: 10
        integrations:
          far:
            integrationType: HTTP_PROXY
            integrationMethod: ANY
            integrationUri: arn:aws:elasticloadbalancing:us-east-1:123456789012:listener/app/a/50dc6c495c0c9188/0467ef3c8400ae65
            connectionType: VPC_LINK
            connectionId: inside
            payloadFormatVersion: "1.0"
          queue:
            integrationType: AWS_PROXY
            integrationSubtype: SQS-SendMessage
            credentialsArn: arn:aws:iam::123456789012:role/a
            payloadFormatVersion: "1.0"
            requestParameters:
              QueueUrl: $request.header.queue
              MessageBody: $request.body
        routes:
          far:
            routeKey: GET /far
            target: integrations/far
          put:
            routeKey: POST /put
            target: integrations/queue
        stages:
          live:
            autoDeploy: true
    domains:
      api.example.com:
        domainNameConfigurations:
          - certificateArn: arn:aws:acm:us-east-1:123456789012:certificate/c
        mappings:
          one:
            apiId: web
            stage: live
functions:
  fn:
    dir: .
    handler: index.handler
    runtime: nodejs22.x
`

// brokenWays are ways to break a line.
var brokenWays = []struct {
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
	{"an alias", func(line string) string { return strings.Replace(line, ": ", ": *nobody ", 1) }},
}

func TestBrokenOwn(t *testing.T) {
	brokenLines(t, brokenOwn, func(text string) []string {
		var told []string
		for _, f := range Load(memory{"here/dragoman.yaml": &fstest.MapFile{Data: []byte(text)}}, Options{Folder: "app"}).Faults {
			told = append(told, f.Error())
		}
		return told
	})
}

// brokenLines breaks each line of a text that is right: that is told, and nothing that only
// follows from it.
func brokenLines(t *testing.T, text string, faults func(text string) []string) {
	t.Helper()
	lines := strings.SplitAfter(strings.TrimSuffix(text, "\n"), "\n")
	if got := faults(text); len(got) > 0 {
		t.Fatalf("the text is wrong: %q", got)
	}
	told := map[string]int{}
	for i, line := range lines {
		for _, way := range brokenWays {
			lines[i] = way.change(line)
			got := faults(strings.Join(lines, ""))
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
	for _, way := range brokenWays {
		if told[way.name] < 10 {
			t.Errorf("%s is told %d times", way.name, told[way.name])
		}
	}
}

// brokenOpenAPI is an OpenAPI document that is right.
const brokenOpenAPI = `openapi: 3.0.1
info:
  title: a
  version: "1"
x-amazon-apigateway-cors:
  allowOrigins:
    - https://example.com
  maxAge: 10
components:
  securitySchemes:
    users:
      type: oauth2
      x-amazon-apigateway-authorizer:
        type: jwt
        identitySource: $request.header.Authorization
        jwtConfiguration:
          audience:
            - a
          issuer: https://example.com
  x-amazon-apigateway-integrations:
    shared:
      type: http_proxy
      httpMethod: GET
      uri: https://example.com
      payloadFormatVersion: "1.0"
paths:
  /a:
    get:
      operationId: a
      security:
        - users: []
      x-amazon-apigateway-integration:
        $ref: "#/components/x-amazon-apigateway-integrations/shared"
  /b:
    x-amazon-apigateway-any-method:
      x-amazon-apigateway-auth:
        type: AWS_IAM
      x-amazon-apigateway-integration:
        type: http_proxy
        httpMethod: ANY
        uri: https://example.com/b
        payloadFormatVersion: "1.0"
        timeoutInMillis: 1000
        requestParameters:
          append:header.a: b
  /c:
    post:
      x-amazon-apigateway-integration:
        type: aws_proxy
        integrationSubtype: SQS-SendMessage
        credentials: arn:aws:iam::123456789012:role/a
        payloadFormatVersion: "1.0"
        requestParameters:
          QueueUrl: $request.header.queue
          MessageBody: $request.body
`

func TestBrokenOpenAPI(t *testing.T) {
	const template = "Resources:\n  Api:\n    Type: AWS::ApiGatewayV2::Api\n    Properties:\n      BodyS3Location: openapi.yaml\n      FailOnWarnings: true\n" +
		"  Stage:\n    Type: AWS::ApiGatewayV2::Stage\n    Properties:\n      ApiId: !Ref Api\n      StageName: prod\n      RouteSettings: {GET /a: {ThrottlingBurstLimit: 1}}\n"
	for _, file := range []string{"template.yaml", "openapi.yaml"} {
		brokenLines(t, brokenOpenAPI, func(text string) []string {
			var told []string
			files := memory{"here/openapi.yaml": &fstest.MapFile{Data: []byte(text)}, "here/template.yaml": &fstest.MapFile{Data: []byte(template)}}
			for _, f := range Load(files, Options{Folder: "app", Paths: []string{file}}).Faults {
				told = append(told, f.Error())
			}
			return told
		})
	}
}

// TestBrokenBeside: whatever is broken in one part of a document, what is wrong with another is told.
func TestBrokenBeside(t *testing.T) {
	for _, c := range []struct {
		file, text   string
		right, wrong []string // the second in place of the first
		from, to     string   // lines between which each is broken in turn, the second not
		told         []string
		indentation  string // of the lines that are broken, at least
	}{
		{
			file: "here/dragoman.yaml", text: brokenOwn, from: "      chat:\n", to: "      web:\n", indentation: "          ",
			right: []string{"maxAge: 10", "routeKey: GET /far", "autoDeploy: true"},
			wrong: []string{"maxAge: soon", "routeKey: GET far", "autoDeploy: perhaps"},
			told:  []string{"web.corsConfiguration.maxAge: expected an integer", "web.routes.far.routeKey: The provided route key is not formatted properly", "web.stages.live.autoDeploy: expected true or false"},
		},
		{
			file: "here/dragoman.yaml", text: brokenOwn, from: "      web:\n", to: "    domains:\n", indentation: "          ",
			right: []string{"throttlingBurstLimit: 1", "integrationMethod: GET"},
			wrong: []string{"throttlingBurstLimit: many", "integrationMethod: FETCH"},
			told:  []string{"chat.stages.prod.routeSettings.say.throttlingBurstLimit: expected an integer", "chat.integrations.call.integrationMethod: Invalid value specified for IntegrationMethod"},
		},
		{
			file: "here/openapi.yaml", text: brokenOpenAPI, from: "  /b:\n", to: "", indentation: "      ",
			right: []string{"maxAge: 10", "type: jwt", "httpMethod: GET"},
			wrong: []string{"maxAge: soon", "type: jot", "httpMethod: FETCH"},
			told:  []string{"maxAge: ", "x-amazon-apigateway-authorizer", "IntegrationMethod"},
		},
	} {
		text := c.text
		for i, right := range c.right {
			if !strings.Contains(text, right) {
				t.Fatalf("%s is not in the text", right)
			}
			text = strings.Replace(text, right, c.wrong[i], 1)
		}
		before, rest, _ := strings.Cut(text, c.from)
		part, after := rest, ""
		if c.to != "" {
			part, after, _ = strings.Cut(rest, c.to)
		}
		lines := strings.SplitAfter(strings.TrimSuffix(part, "\n"), "\n")
		for i, line := range lines {
			if !strings.HasPrefix(line, c.indentation) {
				continue
			}
			for _, way := range brokenWays {
				lines[i] = way.change(line)
				var got strings.Builder
				for _, f := range Load(memory{c.file: &fstest.MapFile{Data: []byte(before + c.from + strings.Join(lines, "") + "\n" + c.to + after)}}, Options{Folder: "app"}).Faults {
					got.WriteString(f.Error() + "\n")
				}
				for _, told := range c.told {
					if !strings.Contains(got.String(), told) {
						t.Errorf("%s, %s: %q is not told: %s", strings.TrimSpace(line), way.name, told, got.String())
					}
				}
			}
			lines[i] = line
		}
	}
}
