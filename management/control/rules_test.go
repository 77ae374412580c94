package control

import (
	"strings"
	"testing"
)

// fixture is one API of each protocol with something of everything in it.
type fixture struct {
	*world
	names *strings.Replacer
}

// newFixture makes what the rows of the tables call {ws}, {http} and so on.
func newFixture(t *testing.T) *fixture {
	h := newWorld(t, nil)
	ws, http := h.api("WEBSOCKET"), h.api("HTTP")
	mock := h.make(ws+"/integrations", `{"integrationType":"MOCK"}`, "integrationId")
	response := h.make(ws+"/integrations/"+mock+"/integrationresponses", `{"integrationResponseKey":"/200/"}`, "integrationResponseId")
	h.must("POST", ws+"/integrations/"+mock+"/integrationresponses", `{"integrationResponseKey":"$default"}`)
	route := h.make(ws+"/routes", `{"routeKey":"join","target":"integrations/`+mock+`"}`, "routeId")
	connect := h.make(ws+"/routes", `{"routeKey":"$connect"}`, "routeId")
	answer := h.make(ws+"/routes/"+route+"/routeresponses", `{"routeResponseKey":"$default"}`, "routeResponseId")
	model := h.make(ws+"/models", `{"name":"Pet","schema":"{}","contentType":"application/json"}`, "modelId")
	h.must("POST", ws+"/models", `{"name":"Dog","schema":"{}"}`)
	forward := h.make(http+"/integrations", `{"integrationType":"HTTP_PROXY","integrationMethod":"GET","integrationUri":"http://a","payloadFormatVersion":"1.0"}`, "integrationId")
	queue := h.make(http+"/integrations", `{"integrationType":"AWS_PROXY","payloadFormatVersion":"1.0","credentialsArn":"arn:aws:iam::0:role/r","integrationSubtype":"SQS-SendMessage","requestParameters":{"QueueUrl":"u","MessageBody":"$request.body"}}`, "integrationId")
	get := h.make(http+"/routes", `{"routeKey":"GET /o/{orgId}","target":"integrations/`+forward+`"}`, "routeId")
	jwt := h.make(http+"/authorizers", `{"name":"jwt","authorizerType":"JWT","identitySource":["$request.header.Authorization"],"jwtConfiguration":{"issuer":"https://i","audience":["a"]}}`, "authorizerId")
	h.must("PATCH", http+"/routes/"+get, `{"authorizationType":"JWT","authorizerId":"`+jwt+`"}`)
	lambda := h.make(ws+"/authorizers", `{"name":"req","authorizerType":"REQUEST","identitySource":["route.request.header.Auth"],"authorizerUri":"arn:aws:lambda:us-east-1:0:function:f"}`, "authorizerId")
	h.must("POST", ws+"/stages", `{"stageName":"prod"}`)
	h.must("POST", http+"/stages", `{"stageName":"auto","autoDeploy":true}`)
	deployment := h.make(ws+"/deployments", `{"stageName":"prod"}`, "deploymentId")
	return &fixture{h, strings.NewReplacer("{ws}", ws, "{http}", http, "{mock}", mock, "{response}", response, "{route}", route, "{connect}", connect,
		"{answer}", answer, "{model}", model, "{forward}", forward, "{queue}", queue, "{get}", get, "{jwt}", jwt, "{lambda}", lambda, "{deployment}", deployment,
		"{wsid}", strings.TrimPrefix(ws, "/v2/apis/"), "{32769}", strings.Repeat("é", 32769), "{513}", strings.Repeat("v", 513), "{129}", strings.Repeat("n", 129), "{1025}", strings.Repeat("d", 1025))}
}

// rule is a call that is refused: "METHOD path", body, and what is answered.
type rule struct{ call, body, want string }

// The exceptions that want begins with.
var statuses = map[string]int{"BadRequestException": 400, "NotFoundException": 404, "ConflictException": 409}

func TestRules(t *testing.T) {
	f := newFixture(t)
	tables := map[string][]rule{"apis": apiRules, "integrations": integrationRules, "parameters": parameterRules, "integration responses": responseRules,
		"routes": routeRules, "route responses and models": modelRules, "authorizers": authorizerRules, "stages and deployments": stageRules,
		"pages and tags": otherRules, "not found": missingRules}
	total := 0
	for name, rules := range tables {
		total += len(rules)
		t.Run(name, func(t *testing.T) {
			f.t = t
			for _, r := range rules {
				method, path, _ := strings.Cut(f.names.Replace(r.call), " ")
				exception, message, _ := strings.Cut(f.names.Replace(r.want), ": ")
				f.refused(method, path, f.names.Replace(r.body), statuses[exception], exception, message)
			}
		})
	}
	if total < 150 {
		t.Errorf("got %d rules, want 150 at least", total)
	}
}

// TestRefusedCallsChangeNothing compares everything that is stored before and after all rules.
func TestRefusedCallsChangeNothing(t *testing.T) {
	f := newFixture(t)
	before := f.everything()
	for _, rules := range [][]rule{apiRules, integrationRules, parameterRules, responseRules, routeRules, modelRules, authorizerRules, stageRules, otherRules, missingRules} {
		for _, r := range rules {
			method, path, _ := strings.Cut(f.names.Replace(r.call), " ")
			f.call(method, path, f.names.Replace(r.body))
		}
	}
	if after := f.everything(); before != after {
		t.Errorf("something was changed by a refused call:\n%s\n%s", before, after)
	}
}

var apiRules = []rule{
	{"POST /v2/apis", `{"protocolType":"HTTP"}`, "BadRequestException: "},
	{"POST /v2/apis", `{"name":"a"}`, "BadRequestException: "},
	{"POST /v2/apis", `{"name":"","protocolType":"HTTP"}`, "BadRequestException: "},
	{"POST /v2/apis", `{"name":"{129}","protocolType":"HTTP"}`, "BadRequestException: "},
	{"POST /v2/apis", `{"name":"a","protocolType":"REST"}`, "BadRequestException: "},
	{"POST /v2/apis", `{"name":7,"protocolType":"HTTP"}`, "BadRequestException: "},
	{"POST /v2/apis", `{"name":"a","protocolType":"HTTP"`, "BadRequestException: Unable to parse the request body"},
	{"POST /v2/apis", `["name"]`, "BadRequestException: Unable to parse the request body"},
	{"POST /v2/apis", `{"name":"a","protocolType":"HTTP","description":"{1025}"}`, "BadRequestException: "},
	{"POST /v2/apis", `{"name":"a","protocolType":"HTTP","ipAddressType":"ipv6"}`, "BadRequestException: "},
	{"POST /v2/apis", `{"name":"a","protocolType":"WEBSOCKET"}`, "BadRequestException: Invalid routeSelectionExpression"},
	{"POST /v2/apis", `{"name":"a","protocolType":"WEBSOCKET","routeSelectionExpression":"${request.body.a"}`, "BadRequestException: Invalid selection expression specified for RouteSelectionExpression"},
	{"POST /v2/apis", `{"name":"a","protocolType":"WEBSOCKET","routeSelectionExpression":"$integration.response.statuscode"}`, "BadRequestException: Invalid selection expression specified for RouteSelectionExpression"},
	{"POST /v2/apis", `{"name":"a","protocolType":"HTTP","routeSelectionExpression":"$request.body.action"}`, "BadRequestException: Invalid route selection expression"},
	{"POST /v2/apis", `{"name":"a","protocolType":"HTTP","apiKeySelectionExpression":"$request.header.key"}`, "BadRequestException: Invalid API key selection expression"},
	{"POST /v2/apis", `{"name":"a","protocolType":"WEBSOCKET","routeSelectionExpression":"$request.body.a","corsConfiguration":{"allowOrigins":["*"]}}`, "BadRequestException: Cors is not supported for WEBSOCKET protocolType"},
	{"POST /v2/apis", `{"name":"a","protocolType":"HTTP","corsConfiguration":{"allowCredentials":true,"allowOrigins":["*"]}}`, "BadRequestException: allow-credentials is not supported if 'allow-origin' is *"},
	{"POST /v2/apis", `{"name":"a","protocolType":"HTTP","corsConfiguration":{"maxAge":-2}}`, "BadRequestException: "},
	{"POST /v2/apis", `{"name":"a","protocolType":"HTTP","corsConfiguration":{"maxAge":86401}}`, "BadRequestException: "},
	{"POST /v2/apis", `{"name":"a","protocolType":"HTTP","corsConfiguration":{"allowOrigins":"*"}}`, "BadRequestException: "},
	{"POST /v2/apis", `{"name":"a","protocolType":"HTTP","tags":{"aws:a":"b"}}`, "BadRequestException: Invalid tag key"},
	{"POST /v2/apis", `{"name":"a","protocolType":"HTTP","disableSchemaValidation":true}`, "BadRequestException: DisableSchemaValidation is only supported"},
	{"POST /v2/apis", `{"name":"a","protocolType":"WEBSOCKET","routeSelectionExpression":"$request.body.a","target":"http://a"}`, "BadRequestException: Quick create is only supported for HTTP APIs"},
	{"POST /v2/apis", `{"name":"a","protocolType":"HTTP","routeKey":"GET /a"}`, "BadRequestException: RouteKey and CredentialsArn are only supported together with Target"},
	{"POST /v2/apis", `{"name":"a","protocolType":"HTTP","target":"ftp://a"}`, "BadRequestException: Invalid HTTP endpoint specified for URI"},
	{"POST /v2/apis", `{"name":"a","protocolType":"HTTP","target":"http://a","routeKey":"GET a"}`, "BadRequestException: The provided route key is not formatted properly"},
	{"PATCH {ws}", `{"corsConfiguration":{"allowOrigins":["*"]}}`, "BadRequestException: Cors is not supported for WEBSOCKET protocolType"},
	{"PATCH {ws}", `{"routeSelectionExpression":"$x.y"}`, "BadRequestException: Invalid selection expression"},
	{"PATCH {http}", `{"corsConfiguration":{"allowCredentials":true,"allowOrigins":["*"]}}`, "BadRequestException: allow-credentials"},
	{"PATCH {http}", `{"target":"http://b"}`, "BadRequestException: Target, RouteKey and CredentialsArn can only be updated"},
	{"PATCH {http}", `{"routeSelectionExpression":"x"}`, "BadRequestException: Invalid route selection expression"},
	{"PATCH {http}", `{"name":"{129}"}`, "BadRequestException: "},
}

var integrationRules = []rule{
	{"POST {ws}/integrations", `{}`, "BadRequestException: "},
	{"POST {ws}/integrations", `{"integrationType":"LAMBDA"}`, "BadRequestException: "},
	{"POST {http}/integrations", `{"integrationType":"AWS","payloadFormatVersion":"1.0","integrationUri":"arn:aws:lambda:us-east-1:0:function:f"}`, "BadRequestException: Currently, an API with a protocol type of HTTP may only be associated with proxy integrations (AWS_PROXY, HTTP_PROXY)"},
	{"POST {http}/integrations", `{"integrationType":"HTTP","payloadFormatVersion":"1.0","integrationUri":"http://a"}`, "BadRequestException: Currently, an API with a protocol type of HTTP"},
	{"POST {http}/integrations", `{"integrationType":"MOCK","payloadFormatVersion":"1.0"}`, "BadRequestException: Currently, an API with a protocol type of HTTP"},
	{"POST {http}/integrations", `{"integrationType":"HTTP_PROXY","integrationUri":"http://a"}`, "BadRequestException: PayloadFormatVersion is a required parameter for integration"},
	{"POST {http}/integrations", `{"integrationType":"HTTP_PROXY","integrationUri":"http://a","payloadFormatVersion":"2.0"}`, "BadRequestException: PayloadFormatVersion 2.0 is not supported for integration of type HTTP_PROXY"},
	{"POST {http}/integrations", `{"integrationType":"HTTP_PROXY","integrationUri":"http://a","payloadFormatVersion":"9"}`, "BadRequestException: Unsupported PayloadFormatVersion: 9"},
	{"POST {http}/integrations", `{"integrationType":"HTTP_PROXY","integrationUri":"a","payloadFormatVersion":"1.0"}`, "BadRequestException: Invalid HTTP endpoint specified for URI"},
	{"POST {http}/integrations", `{"integrationType":"AWS_PROXY","integrationUri":"a","payloadFormatVersion":"2.0"}`, "BadRequestException: Invalid integration URI specified"},
	{"POST {http}/integrations", `{"integrationType":"AWS_PROXY","integrationUri":"arn:aws:sqs:us-east-1:0:q","payloadFormatVersion":"1.0"}`, "BadRequestException: Integrations of type 'AWS_PROXY' currently only supports"},
	{"POST {http}/integrations", `{"integrationType":"HTTP_PROXY","integrationUri":"http://a","payloadFormatVersion":"1.0","timeoutInMillis":49}`, "BadRequestException: Timeout should be between 50 ms and 30000 ms"},
	{"POST {http}/integrations", `{"integrationType":"HTTP_PROXY","integrationUri":"http://a","payloadFormatVersion":"1.0","timeoutInMillis":30001}`, "BadRequestException: Timeout should be between 50 ms and 30000 ms"},
	{"POST {http}/integrations", `{"integrationType":"HTTP_PROXY","integrationUri":"http://a","payloadFormatVersion":"1.0","timeoutInMillis":"50"}`, "BadRequestException: "},
	{"POST {ws}/integrations", `{"integrationType":"MOCK","timeoutInMillis":29001}`, "BadRequestException: Timeout should be between 50 ms and 29000 ms"},
	{"POST {ws}/integrations", `{"integrationType":"MOCK","integrationUri":"http://a"}`, "BadRequestException: Integration URI is not supported for MOCK integrations"},
	{"POST {ws}/integrations", `{"integrationType":"HTTP","integrationUri":"http://a","integrationMethod":"FETCH"}`, "BadRequestException: Invalid value specified for IntegrationMethod"},
	{"POST {ws}/integrations", `{"integrationType":"HTTP"}`, "BadRequestException: Invalid HTTP endpoint specified for URI"},
	{"POST {ws}/integrations", `{"integrationType":"AWS"}`, "BadRequestException: Invalid integration URI specified"},
	{"POST {ws}/integrations", `{"integrationType":"AWS_PROXY","integrationUri":"arn:aws:lambda:us-east-1:0:function:f","payloadFormatVersion":"2.0"}`, "BadRequestException: Unsupported PayloadFormatVersion: 2.0"},
	{"POST {ws}/integrations", `{"integrationType":"MOCK","responseParameters":{"200":{"overwrite:statuscode":"403"}}}`, "BadRequestException: ResponseParameters is not supported for WEBSOCKET"},
	{"POST {ws}/integrations", `{"integrationType":"AWS_PROXY","integrationSubtype":"SQS-SendMessage"}`, "BadRequestException: IntegrationSubtype is not supported for WEBSOCKET"},
	{"POST {ws}/integrations", `{"integrationType":"MOCK","contentHandlingStrategy":"CONVERT"}`, "BadRequestException: "},
	{"POST {ws}/integrations", `{"integrationType":"MOCK","passthroughBehavior":"ALWAYS"}`, "BadRequestException: "},
	{"POST {ws}/integrations", `{"integrationType":"MOCK","connectionType":"VPN"}`, "BadRequestException: "},
	{"POST {ws}/integrations", `{"integrationType":"MOCK","credentialsArn":"role"}`, "BadRequestException: Invalid ARN specified in the request"},
	{"POST {ws}/integrations", `{"integrationType":"MOCK","requestTemplates":{"$default":"{32769}"}}`, "BadRequestException: Invalid value specified for RequestTemplates: the template \"$default\" has 32769 characters"},
	{"POST {ws}/integrations", `{"integrationType":"MOCK","templateSelectionExpression":"${request.body.a"}`, "BadRequestException: Invalid selection expression specified for TemplateSelectionExpression"},
	{"POST {ws}/integrations", `{"integrationType":"MOCK","templateSelectionExpression":"$integration.response.statuscode"}`, "BadRequestException: Invalid selection expression specified for TemplateSelectionExpression"},
	{"POST {ws}/integrations", `{"integrationType":"HTTP_PROXY","integrationUri":"http://a","connectionType":"VPC_LINK"}`, "BadRequestException: ConnectionId must be set to vpcLinkId for ConnectionType VPC_LINK"},
	{"POST {http}/integrations", `{"integrationType":"HTTP_PROXY","integrationUri":"http://a","payloadFormatVersion":"1.0","connectionType":"VPC_LINK","connectionId":"abc"}`, "BadRequestException: For VpcLink VPC_LINK, integration uri should be a valid ELB listener ARN or a valid Cloud Map service ARN."},
	{"POST {http}/integrations", `{"integrationType":"HTTP_PROXY","integrationUri":"arn:aws:elasticloadbalancing:us-east-1:0:listener/a","payloadFormatVersion":"1.0","connectionType":"VPC_LINK","connectionId":"abc"}`, "BadRequestException: Invalid VPC link identifier specified"},
	{"POST {http}/integrations", `{"integrationType":"HTTP_PROXY","integrationUri":"http://a","payloadFormatVersion":"1.0","requestTemplates":{"a":"b"}}`, "BadRequestException: RequestTemplates is not supported for HTTP"},
	{"POST {http}/integrations", `{"integrationType":"HTTP_PROXY","integrationUri":"http://a","payloadFormatVersion":"1.0","contentHandlingStrategy":"CONVERT_TO_TEXT"}`, "BadRequestException: ContentHandlingStrategy is not supported for HTTP"},
	{"POST {http}/integrations", `{"integrationType":"HTTP_PROXY","integrationUri":"http://a","payloadFormatVersion":"1.0","templateSelectionExpression":"a"}`, "BadRequestException: TemplateSelectionExpression is not supported for HTTP"},
	{"POST {http}/integrations", `{"integrationType":"AWS_PROXY","payloadFormatVersion":"1.0","credentialsArn":"arn:aws:iam::0:role/r","integrationSubtype":"SQS-Send"}`, "BadRequestException: Invalid integration subtype specified"},
	{"POST {http}/integrations", `{"integrationType":"AWS_PROXY","payloadFormatVersion":"1.0","credentialsArn":"arn:aws:iam::0:role/r","integrationSubtype":"SQS-SendMessage","requestParameters":{"QueueUrl":"u"}}`, "BadRequestException: Invalid mapping expression specified"},
	{"POST {http}/integrations", `{"integrationType":"AWS_PROXY","payloadFormatVersion":"1.0","integrationSubtype":"SQS-PurgeQueue","requestParameters":{"QueueUrl":"u"}}`, "BadRequestException: CredentialsArn is required"},
	{"PATCH {http}/integrations/{queue}", `{"description":"x"}`, "BadRequestException: Invalid integration URI specified"},
	{"PATCH {http}/integrations/{queue}", `{"integrationSubtype":"SQS-SendMessage","requestParameters":{"MessageBody":""}}`, "BadRequestException: Invalid mapping expression specified"},
	{"PATCH {http}/integrations/{forward}", `{"integrationType":"AWS_PROXY"}`, "BadRequestException: Invalid integration URI specified"},
	{"PATCH {http}/integrations/{forward}", `{"integrationUri":"gopher://a"}`, "BadRequestException: Invalid HTTP endpoint specified for URI"},
	{"PATCH {ws}/integrations/{mock}", `{"timeoutInMillis":29500}`, "BadRequestException: Timeout should be between"},
	{"PATCH {ws}/integrations/{mock}", `{"requestTemplates":{"a":"{32769}"}}`, "BadRequestException: Invalid value specified for RequestTemplates"},
	{"DELETE {ws}/integrations/{mock}", ``, "ConflictException: Cannot delete Integration because it is referenced by the following Routes with Ids: [{route}]"},
	{"DELETE {http}/integrations/{forward}", ``, "ConflictException: Cannot delete Integration because it is referenced by the following Routes with Ids: [{get}]"},
}
