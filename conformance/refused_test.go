package conformance

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"

	"github.com/dragoman-gateway/dragoman/server"
)

// told is what the management API answers to a call that no client checks before.
type told struct {
	status              int
	exception, message  string
	members             map[string]any
	method, path, asked string
}

// ask calls the management API. path is below /v2, the body is sent as it is.
func (g *gateway) ask(method, path, body string) told {
	g.t.Helper()
	r, err := http.NewRequestWithContext(g.t.Context(), method, "http://"+g.ManagementAddr()+"/v2"+path, strings.NewReader(body))
	must(g.t, err)
	response, err := http.DefaultClient.Do(r)
	must(g.t, err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	must(g.t, err)
	answer := told{status: response.StatusCode, exception: response.Header.Get("x-amzn-errortype"), members: map[string]any{}, method: method, path: path, asked: body}
	if len(text) > 0 {
		must(g.t, json.Unmarshal(text, &answer.members))
	}
	answer.message, _ = answer.members["message"].(string)
	return answer
}

// made asks and wants success; it gives the member id of the answer.
func (g *gateway) made(method, path, body, id string) string {
	g.t.Helper()
	answer := g.ask(method, path, body)
	if answer.status >= 300 {
		g.t.Fatalf("%s %s %s: got %d %s, want success", method, path, body, answer.status, answer.message)
	}
	text, _ := answer.members[id].(string)
	return text
}

// is holds a refusal to its exact text.
func (a told) is(t *testing.T, text string) {
	t.Helper()
	if a.status != 400 || a.exception != "BadRequestException" || a.message != text {
		t.Errorf("%s %s %.400s:\n got %d %s %q\nwant 400 BadRequestException %q", a.method, a.path, a.asked, a.status, a.exception, a.message, text)
	}
}

// What AWS was seen to say.
const (
	connectOnly  = "Currently, authorization is restricted to the $connect route only"
	badKey       = "The provided route key is not formatted properly"
	badTarget    = "Unexpected or malformed target in route. Correct format should be integrations/<integration_id>."
	noMethod     = "HttpMethod parameter method must be specified for integrationType "
	noLink       = "ConnectionId must be set to vpcLinkId for ConnectionType VPC_LINK"
	webTimeout   = "Timeout should be between 50 ms and 30000 ms"
	socketLimit  = "Timeout should be between 50 ms and 29000 ms"
	badTTL       = "Authorizer result TTL outside allowable range. TTL must be between 0 and 3600 seconds."
	noURI        = "AuthorizerUri is a required field in an Authorizer"
	noRequestID  = "Access Log format must include either $context.requestId or $context.extendedRequestId"
	notLogged    = "The following context variables are not supported: "
	onlyDefault  = "Currently, only $default is supported as a RouteResponseKey."
	noCors       = "Cors is not supported for WEBSOCKET protocolType"
	askURI       = "arn:aws:lambda:us-east-1:000000000000:function:talk"
	logGroup     = "arn:aws:logs:us-east-1:000000000000:log-group:g"
	customClaim  = "$context.authorizer.claims.custom:api_key"
	quotedClaim  = "$context.authorizer.claims['custom:api_key']"
	plainClaim   = "context.authorizer.claims.custom:api_key"
	mappingFrame = "Invalid mapping expression specified: Validation Result: warnings : [], errors : ["
)

func badMapping(value string) string {
	return mappingFrame + "Invalid mapping expression specified: " + value + "]"
}

func logs(format string) string {
	text, _ := json.Marshal(format)
	return `"accessLogSettings":{"destinationArn":"` + logGroup + `","format":` + string(text) + `}`
}

// refusals is an API of each protocol with something of everything in it, whose
// paths the rows of the tables name.
type refusals struct {
	*gateway
	names *strings.Replacer
}

func newRefusals(t *testing.T) *refusals {
	g := start(t)
	ws := "/apis/" + g.made("POST", "/apis", `{"name":"w","protocolType":"WEBSOCKET","routeSelectionExpression":"$request.body.action"}`, "apiId")
	web := "/apis/" + g.made("POST", "/apis", `{"name":"h","protocolType":"HTTP"}`, "apiId")
	mock := g.made("POST", ws+"/integrations", `{"integrationType":"MOCK"}`, "integrationId")
	socket := g.made("POST", ws+"/integrations", `{"integrationType":"HTTP","integrationMethod":"POST","integrationUri":"http://a"}`, "integrationId")
	proxy := g.made("POST", web+"/integrations", `{"integrationType":"HTTP_PROXY","integrationMethod":"GET","integrationUri":"http://a","payloadFormatVersion":"1.0"}`, "integrationId")
	queue := g.made("POST", web+"/integrations", `{"integrationType":"AWS_PROXY","integrationSubtype":"SQS-SendMessage","payloadFormatVersion":"1.0","credentialsArn":"arn:aws:iam::000000000000:role/r","requestParameters":{"QueueUrl":"q","MessageBody":"$request.body"}}`, "integrationId")
	answer := g.made("POST", ws+"/integrations/"+mock+"/integrationresponses", `{"integrationResponseKey":"$default"}`, "integrationResponseId")
	join := g.made("POST", ws+"/routes", `{"routeKey":"join","target":"integrations/`+mock+`"}`, "routeId")
	connect := g.made("POST", ws+"/routes", `{"routeKey":"$connect","authorizationType":"AWS_IAM"}`, "routeId")
	get := g.made("POST", web+"/routes", `{"routeKey":"GET /a","target":"integrations/`+proxy+`"}`, "routeId")
	response := g.made("POST", ws+"/routes/"+join+"/routeresponses", `{"routeResponseKey":"$default"}`, "routeResponseId")
	model := g.made("POST", ws+"/models", `{"name":"Pet","schema":"{}"}`, "modelId")
	asks := g.made("POST", ws+"/authorizers", `{"name":"asks","authorizerType":"REQUEST","identitySource":[],"authorizerUri":"`+askURI+`"}`, "authorizerId")
	webAsks := g.made("POST", web+"/authorizers", `{"name":"asks","authorizerType":"REQUEST","identitySource":["$request.header.A"],"authorizerUri":"`+askURI+`","authorizerPayloadFormatVersion":"2.0"}`, "authorizerId")
	g.made("POST", ws+"/stages", `{"stageName":"prod",`+logs("$context.requestId $context.connectionId")+`}`, "")
	g.made("POST", web+"/stages", `{"stageName":"prod",`+logs("$context.requestId $context.httpMethod")+`}`, "")
	return &refusals{g, strings.NewReplacer("{ws}", ws, "{web}", web, "{mock}", mock, "{socket}", socket, "{proxy}", proxy, "{queue}", queue, "{answer}", answer, "{join}", join,
		"{connect}", connect, "{get}", get, "{response}", response, "{model}", model, "{asks}", asks, "{webasks}", webAsks)}
}

// refusedRow is a call, its body and the exact text of its refusal.
type refusedRow struct{ call, body, text string }

var refusedRows = []refusedRow{
	// Authorization is for $connect alone, at create and update.
	{"POST {ws}/routes", `{"routeKey":"a","authorizationType":"AWS_IAM"}`, connectOnly},
	{"POST {ws}/routes", `{"routeKey":"$default","authorizationType":"CUSTOM","authorizerId":"{asks}"}`, connectOnly},
	{"POST {ws}/routes", `{"routeKey":"$disconnect","authorizationType":"AWS_IAM"}`, connectOnly},
	{"POST {ws}/routes", `{"routeKey":"a","authorizationType":"JWT"}`, connectOnly},
	{"PATCH {ws}/routes/{join}", `{"authorizationType":"AWS_IAM"}`, connectOnly},
	{"PATCH {ws}/routes/{join}", `{"authorizationType":"CUSTOM","authorizerId":"{asks}"}`, connectOnly},
	{"PATCH {ws}/routes/{connect}", `{"routeKey":"connected"}`, connectOnly},
	{"PATCH {ws}/routes/{connect}", `{"routeKey":"$disconnect"}`, connectOnly},
	// Keys that begin with $.
	{"POST {ws}/routes", `{"routeKey":"$foo"}`, badKey},
	{"POST {ws}/routes", `{"routeKey":"$"}`, badKey},
	{"POST {ws}/routes", `{"routeKey":"$Default"}`, badKey},
	{"PATCH {ws}/routes/{join}", `{"routeKey":"$foo"}`, badKey},
	// Targets.
	{"POST {ws}/routes", `{"routeKey":"a","target":"integration/{mock}"}`, badTarget},
	{"POST {ws}/routes", `{"routeKey":"a","target":"{mock}"}`, badTarget},
	{"POST {ws}/routes", `{"routeKey":"a","target":"integrations/"}`, badTarget},
	{"PATCH {ws}/routes/{join}", `{"target":"integration/{mock}"}`, badTarget},
	{"POST {web}/routes", `{"routeKey":"GET /b","target":"integration/{proxy}"}`, badTarget},
	{"PATCH {web}/routes/{get}", `{"target":"integrations/{proxy}/x"}`, badTarget},
	// Access logs: what is unknown is named, in order, each once.
	{"POST {web}/stages", `{"stageName":"s",` + logs("$context.requestId $context.foo") + `}`, notLogged + "[$context.foo]"},
	{"POST {ws}/stages", `{"stageName":"s",` + logs("$context.foo $context.requestId $context.bar $context.foo") + `}`, notLogged + "[$context.foo, $context.bar]"},
	{"PATCH {web}/stages/prod", `{` + logs("$context.requestId $context.connectionId $context.eventType") + `}`, notLogged + "[$context.connectionId, $context.eventType]"},
	{"PATCH {web}/stages/prod", `{"accessLogSettings":{"format":"$context.requestId $context.messageId"}}`, notLogged + "[$context.messageId]"},
	{"PATCH {ws}/stages/prod", `{` + logs("$context.requestId $context.path $context.domainPrefix") + `}`, notLogged + "[$context.path, $context.domainPrefix]"},
	{"PATCH {ws}/stages/prod", `{` + logs("$context.requestId $context.error") + `}`, notLogged + "[$context.error]"},
	{"POST {web}/stages", `{"stageName":"s",` + logs("$context.stage") + `}`, noRequestID},
	{"PATCH {ws}/stages/prod", `{"accessLogSettings":{"format":"hello"}}`, noRequestID},
	// Methods.
	{"POST {web}/integrations", `{"integrationType":"HTTP_PROXY","integrationUri":"http://a","payloadFormatVersion":"1.0"}`, noMethod + "HTTPPROXY"},
	{"POST {web}/integrations", `{"integrationType":"HTTP_PROXY","integrationMethod":"","integrationUri":"http://a","payloadFormatVersion":"1.0"}`, noMethod + "HTTPPROXY"},
	{"POST {ws}/integrations", `{"integrationType":"HTTP_PROXY","integrationUri":"http://a"}`, noMethod + "HTTPPROXY"},
	{"POST {ws}/integrations", `{"integrationType":"HTTP","integrationUri":"http://a"}`, noMethod + "HTTP"},
	{"PATCH {web}/integrations/{proxy}", `{"integrationMethod":""}`, noMethod + "HTTPPROXY"},
	{"PATCH {ws}/integrations/{socket}", `{"integrationMethod":""}`, noMethod + "HTTP"},
	{"PATCH {ws}/integrations/{mock}", `{"integrationType":"HTTP_PROXY","integrationUri":"http://a"}`, noMethod + "HTTPPROXY"},
	// Mapping values that are no expressions.
	{"POST {web}/integrations", `{"integrationType":"HTTP_PROXY","integrationMethod":"GET","integrationUri":"http://a","payloadFormatVersion":"1.0","requestParameters":{"append:header.k":"` + customClaim + `"}}`, badMapping(customClaim)},
	{"POST {web}/integrations", `{"integrationType":"HTTP_PROXY","integrationMethod":"GET","integrationUri":"http://a","payloadFormatVersion":"1.0","responseParameters":{"200":{"append:header.k":"` + quotedClaim + `"}}}`, badMapping(quotedClaim)},
	{"PATCH {web}/integrations/{proxy}", `{"requestParameters":{"append:querystring.k":"` + quotedClaim + `"}}`, badMapping(quotedClaim)},
	{"PATCH {web}/integrations/{proxy}", `{"requestParameters":{"overwrite:path":"$request.path.id:8"}}`, badMapping("$request.path.id:8")},
	{"PATCH {web}/integrations/{proxy}", `{"requestParameters":{"append:header.k":"$request.header.a[0]"}}`, badMapping("$request.header.a[0]")},
	{"PATCH {web}/integrations/{proxy}", `{"requestParameters":{"append:header.k":"$nothing.there"}}`, badMapping("$nothing.there")},
	{"PATCH {web}/integrations/{proxy}", `{"responseParameters":{"404":{"append:header.k":"` + customClaim + `"}}}`, badMapping(customClaim)},
	{"PATCH {web}/integrations/{queue}", `{"integrationSubtype":"SQS-SendMessage","requestParameters":{"MessageBody":"` + customClaim + `"}}`, badMapping(customClaim)},
	{"POST {ws}/integrations", `{"integrationType":"HTTP","integrationMethod":"POST","integrationUri":"http://a","requestParameters":{"integration.request.header.k":"` + plainClaim + `"}}`, badMapping(plainClaim)},
	{"PATCH {ws}/integrations/{socket}", `{"requestParameters":{"integration.request.querystring.k":"` + plainClaim + `"}}`, badMapping(plainClaim)},
	{"PATCH {ws}/integrations/{socket}", `{"requestParameters":{"integration.request.path.k":"route.request.header.a[0]"}}`, badMapping("route.request.header.a[0]")},
	{"PATCH {ws}/integrations/{socket}", `{"requestParameters":{"integration.request.header.k":"unquoted"}}`, badMapping("unquoted")},
	{"POST {ws}/integrations/{mock}/integrationresponses", `{"integrationResponseKey":"/1/","responseParameters":{"method.response.header.k":"` + plainClaim + `"}}`, badMapping(plainClaim)},
	{"PATCH {ws}/integrations/{mock}/integrationresponses/{answer}", `{"responseParameters":{"method.response.header.k":"integration.response.header.a:b"}}`, badMapping("integration.response.header.a:b")},
	{"POST {web}/integrations", `{"integrationType":"HTTP_PROXY","integrationMethod":"GET","integrationUri":"http://a","payloadFormatVersion":"1.0","requestParameters":{"badaction:header.x":"a"}}`, mappingFrame + "Invalid Request Actioned Parameter destination specified: badaction:header.x]"},
	{"PATCH {web}/integrations/{proxy}", `{"responseParameters":{"200":{"badaction:header.x":"a"}}}`, mappingFrame + "Invalid Response Actioned Parameter destination specified: badaction:header.x]"},
	{"PATCH {web}/integrations/{proxy}", `{"responseParameters":{"199":{"append:header.x":"a"}}}`, mappingFrame + "Status Code 199 is not valid.]"},
	// The rest of the texts.
	{"POST /apis", `{"name":"w","protocolType":"WEBSOCKET"}`, "Invalid routeSelectionExpression"},
	{"POST /apis", `{"name":"w","protocolType":"WEBSOCKET","routeSelectionExpression":""}`, "Invalid routeSelectionExpression"},
	{"POST /apis", `{"name":"w","protocolType":"WEBSOCKET","routeSelectionExpression":"$request.body.a","corsConfiguration":{"allowOrigins":["*"]}}`, noCors},
	{"POST /apis", `{"name":"w","protocolType":"WEBSOCKET","routeSelectionExpression":"$request.body.a","corsConfiguration":{}}`, noCors},
	{"PATCH {ws}", `{"corsConfiguration":{"allowMethods":["GET"]}}`, noCors},
	{"PATCH {ws}", `{"routeSelectionExpression":""}`, "Invalid routeSelectionExpression"},
	{"POST {ws}/integrations", `{"integrationType":"AWS_PROXY","integrationUri":"` + askURI + `","payloadFormatVersion":"2.0"}`, "Unsupported PayloadFormatVersion: 2.0"},
	{"PATCH {ws}/integrations/{mock}", `{"payloadFormatVersion":"2.0"}`, "Unsupported PayloadFormatVersion: 2.0"},
	{"POST {web}/integrations", `{"integrationType":"AWS_PROXY","integrationUri":"` + askURI + `","payloadFormatVersion":"3.0"}`, "Unsupported PayloadFormatVersion: 3.0"},
	{"PATCH {web}/integrations/{proxy}", `{"payloadFormatVersion":"2.0"}`, "PayloadFormatVersion 2.0 is not supported for integration of type HTTP_PROXY"},
	{"POST {ws}/models", `{"name":"a-b","schema":"{}"}`, "Model name must be alphanumeric: a-b"},
	{"PATCH {ws}/models/{model}", `{"name":"a-b"}`, "Model name must be alphanumeric: a-b"},
	{"POST {ws}/routes/{connect}/routeresponses", `{"routeResponseKey":"x"}`, onlyDefault},
	{"PATCH {ws}/routes/{join}/routeresponses/{response}", `{"routeResponseKey":"x"}`, onlyDefault},
	{"POST {web}/integrations/{proxy}/integrationresponses", `{"integrationResponseKey":"$default"}`, "IntegrationResponses are currently not supported for this API protocol type."},
	{"POST {web}/routes/{get}/routeresponses", `{"routeResponseKey":"$default"}`, "RouteResponses are currently not supported for this API protocol type."},
	{"POST {web}/models", `{"name":"Pet","schema":"{}"}`, "Currently, Models are not permitted for APIs with a protocol type of HTTP"},
	{"POST {web}/models", `{"name":"a-b","schema":"{"}`, "Currently, Models are not permitted for APIs with a protocol type of HTTP"},
	{"POST {web}/authorizers", `{"name":"b","authorizerType":"REQUEST","identitySource":[],"authorizerPayloadFormatVersion":"2.0"}`, noURI},
	{"POST {web}/authorizers", `{"name":"b","authorizerType":"REQUEST","identitySource":[],"authorizerPayloadFormatVersion":"2.0","authorizerUri":""}`, noURI},
	{"POST {ws}/authorizers", `{"name":"b","authorizerType":"REQUEST","identitySource":[]}`, noURI},
	{"PATCH {web}/authorizers/{webasks}", `{"authorizerUri":""}`, noURI},
	{"PATCH {ws}/authorizers/{asks}", `{"authorizerUri":""}`, noURI},
	{"POST {web}/routes", `{"routeKey":"GET /b","apiKeyRequired":true}`, "ApiKeyRequired is not currently supported for HTTP APIs."},
	{"POST {web}/routes", `{"routeKey":"GET /b","authorizationType":"JWT"}`, "Invalid authorizer ID specified. Setting the authorization type to JWT requires a valid JWT authorizer."},
	// What comes before a complaint about the payload format version.
	{"POST {web}/integrations", `{"integrationType":"HTTP_PROXY","integrationMethod":"GET","integrationUri":"arn:aws:elasticloadbalancing:us-east-1:0:listener/a","connectionType":"VPC_LINK"}`, noLink},
	{"POST {web}/integrations", `{"integrationType":"HTTP_PROXY","integrationMethod":"GET","integrationUri":"http://a","connectionType":"VPC_LINK","payloadFormatVersion":"9"}`, noLink},
	{"POST {ws}/integrations", `{"integrationType":"HTTP_PROXY","integrationMethod":"GET","integrationUri":"http://a","connectionType":"VPC_LINK","payloadFormatVersion":"2.0"}`, noLink},
	{"PATCH {web}/integrations/{proxy}", `{"connectionType":"VPC_LINK"}`, noLink},
	{"POST {web}/integrations", `{"integrationType":"HTTP_PROXY","integrationMethod":"GET","integrationUri":"http://a","timeoutInMillis":30001}`, webTimeout},
	{"POST {web}/integrations", `{"integrationType":"HTTP_PROXY","integrationMethod":"GET","integrationUri":"http://a","timeoutInMillis":49}`, webTimeout},
	{"POST {web}/integrations", `{"integrationType":"HTTP_PROXY","integrationMethod":"GET","integrationUri":"http://a","timeoutInMillis":0}`, webTimeout},
	{"PATCH {web}/integrations/{proxy}", `{"timeoutInMillis":30001,"payloadFormatVersion":"9"}`, webTimeout},
	{"PATCH {web}/integrations/{proxy}", `{"timeoutInMillis":-1}`, webTimeout},
	{"PATCH {web}/integrations/{proxy}", `{"timeoutInMillis":0}`, webTimeout},
	{"POST {ws}/integrations", `{"integrationType":"MOCK","timeoutInMillis":29001}`, socketLimit},
	{"PATCH {ws}/integrations/{mock}", `{"timeoutInMillis":30001}`, socketLimit},
	{"POST {web}/authorizers", `{"name":"b","authorizerType":"REQUEST","identitySource":["$request.header.A"],"authorizerUri":"` + askURI + `","authorizerResultTtlInSeconds":3601}`, badTTL},
	{"POST {web}/authorizers", `{"name":"b","authorizerType":"REQUEST","identitySource":["$request.header.A"],"authorizerUri":"` + askURI + `","authorizerResultTtlInSeconds":-1,"authorizerPayloadFormatVersion":"9"}`, badTTL},
	{"PATCH {web}/authorizers/{webasks}", `{"authorizerResultTtlInSeconds":3601}`, badTTL},
}

// TestRefusedInTheWordsOfAWS holds every refusal to its exact text; nothing is
// changed by any of them.
func TestRefusedInTheWordsOfAWS(t *testing.T) {
	f := newRefusals(t)
	_, before := fetched(t, "http://"+f.ManagementAddr()+"/_dragoman/configuration")
	for _, row := range refusedRows {
		method, path, _ := strings.Cut(f.names.Replace(row.call), " ")
		f.ask(method, path, f.names.Replace(row.body)).is(t, row.text)
	}
	if _, after := fetched(t, "http://"+f.ManagementAddr()+"/_dragoman/configuration"); after != before {
		t.Errorf("a refused call changed something:\n%s\n%s", before, after)
	}
}

// takenRows are calls that AWS takes, some of them right beside those it refuses.
var takenRows = []struct{ call, body string }{
	{"PATCH {ws}/routes/{join}", `{"authorizerId":"{asks}"}`},
	{"PATCH {ws}/routes/{join}", `{"authorizationType":"NONE","authorizerId":"{asks}"}`},
	{"POST {ws}/routes", `{"routeKey":"b","authorizationType":"NONE","authorizerId":"{asks}"}`},
	{"PATCH {ws}/routes/{connect}", `{"authorizationType":"CUSTOM","authorizerId":"{asks}"}`},
	{"PATCH {ws}/routes/{connect}", `{"routeKey":"once","authorizationType":"NONE"}`},
	{"PATCH {ws}/routes/{connect}", `{"routeKey":"$connect","authorizationType":"AWS_IAM"}`},
	{"POST {ws}/routes", `{"routeKey":"a$b"}`},
	{"PATCH {web}/stages/prod", `{` + logs("$context.requestId $context.authorizer.claims.custom:api_key $context.authorizer.error") + `}`},
	{"PATCH {ws}/stages/prod", `{` + logs("$context.extendedRequestId $context.identity.cognitoIdentityId $context.authorize.status $context.waf.error $context.httpMethod $context.resourcePath") + `}`},
	{"PATCH {web}/integrations/{proxy}", `{"requestParameters":{"append:header.a":"$request.body.a[0]","append:header.b":"${context.stage}:x","append:header.c":"a:b [c]","append:querystring.d":"$request.body['a:b']"}}`},
	{"PATCH {ws}/integrations/{socket}", `{"requestParameters":{"integration.request.header.a":"route.request.body.a[0]","integration.request.header.b":"'a:b [c]'"}}`},
	// An empty text at create is no value.
	{"POST /apis", `{"name":"a","protocolType":"HTTP","description":"","version":"","routeKey":"","target":"","credentialsArn":"","routeSelectionExpression":"","apiKeySelectionExpression":"","ipAddressType":""}`},
	{"POST {ws}/integrations", `{"integrationType":"MOCK","integrationUri":""}`},
	{"POST {ws}/integrations", `{"integrationType":"MOCK","integrationUri":"","connectionId":"","connectionType":"","contentHandlingStrategy":"","credentialsArn":"","description":"","integrationMethod":"","integrationSubtype":"","passthroughBehavior":"","payloadFormatVersion":"","templateSelectionExpression":"","tlsConfig":{"serverNameToVerify":""}}`},
	{"POST {web}/routes", `{"routeKey":"GET /c","authorizationType":"","authorizerId":"","modelSelectionExpression":"","operationName":"","routeResponseSelectionExpression":"","target":""}`},
	{"POST {ws}/models", `{"name":"Cat","schema":"{}","contentType":"","description":""}`},
	{"POST {web}/stages", `{"stageName":"v2","clientCertificateId":"","deploymentId":"","description":"","accessLogSettings":{"destinationArn":"","format":""}}`},
	{"POST {web}/authorizers", `{"name":"c","authorizerType":"REQUEST","identitySource":[],"authorizerUri":"` + askURI + `","authorizerPayloadFormatVersion":"1.0","authorizerCredentialsArn":"","identityValidationExpression":"","jwtConfiguration":{"issuer":""}}`},
	{"POST {web}/deployments", `{"description":"","stageName":""}`},
	{"POST /domainnames", `{"domainName":"e.example.com","domainNameConfigurations":[{"certificateArn":"arn:aws:acm:us-east-1:000000000000:certificate/c","certificateName":"","endpointType":"","securityPolicy":"","ownershipVerificationCertificateArn":""}],"mutualTlsAuthentication":{"truststoreUri":"","truststoreVersion":""},"routingMode":""}`},
	// An update clears with it.
	{"PATCH {ws}/integrations/{mock}", `{"integrationUri":"","description":""}`},
}

func TestTakenAsAWSTakesIt(t *testing.T) {
	f := newRefusals(t)
	for _, row := range takenRows {
		method, path, _ := strings.Cut(f.names.Replace(row.call), " ")
		if got := f.ask(method, path, f.names.Replace(row.body)); got.status >= 300 {
			t.Errorf("%s %s: got %d %s", row.call, row.body, got.status, got.message)
		}
	}
	mock := f.ask("GET", f.names.Replace("{ws}/integrations/{mock}"), "").members
	bare := f.made("POST", f.names.Replace("{ws}/integrations"), `{"integrationType":"MOCK"}`, "integrationId")
	plain := f.ask("GET", f.names.Replace("{ws}/integrations/")+bare, "").members
	delete(mock, "integrationId")
	delete(plain, "integrationId")
	if a, b := asJSON(mock), asJSON(plain); a != b {
		t.Errorf("an empty URI: got %s, want %s", a, b)
	}
	got := f.ask("POST", f.names.Replace("{ws}/integrations"), takenRows[13].body)
	delete(got.members, "integrationId")
	if a, b := asJSON(got.members), asJSON(plain); a != b {
		t.Errorf("all of it empty: got %s, want %s", a, b)
	}
}

func asJSON(v any) string {
	b, _ := json.Marshal(v) // of what was JSON before
	return string(b)
}

// TestLongLogFormats: 3,072 characters may be, one more may not.
func TestLongLogFormats(t *testing.T) {
	g := start(t)
	for _, protocol := range []types.ProtocolType{types.ProtocolTypeHttp, types.ProtocolTypeWebsocket} {
		api, err := g.sdk.CreateApi(t.Context(), &apigatewayv2.CreateApiInput{Name: aws.String("a"), ProtocolType: protocol,
			RouteSelectionExpression: map[types.ProtocolType]*string{types.ProtocolTypeWebsocket: aws.String("$request.body.a")}[protocol]})
		must(t, err)
		format := func(n int) *types.AccessLogSettings {
			f := "$context.requestId " + strings.Repeat("é", n-len("$context.requestId "))
			return &types.AccessLogSettings{DestinationArn: aws.String(logGroup), Format: &f}
		}
		in := &apigatewayv2.CreateStageInput{ApiId: api.ApiId, StageName: aws.String("s"), AccessLogSettings: format(3073)}
		if _, err := g.sdk.CreateStage(t.Context(), in); err == nil || !strings.Contains(err.Error(), "BadRequestException") {
			t.Errorf("%s: 3,073 characters: got %v, want BadRequestException", protocol, err)
		}
		in.AccessLogSettings = format(3072)
		made, err := g.sdk.CreateStage(t.Context(), in)
		if err != nil || *made.AccessLogSettings.Format != *format(3072).Format {
			t.Fatalf("%s: 3,072 characters: %v", protocol, err)
		}
		update := &apigatewayv2.UpdateStageInput{ApiId: api.ApiId, StageName: aws.String("s"), AccessLogSettings: format(3073)}
		if _, err := g.sdk.UpdateStage(t.Context(), update); err == nil || !strings.Contains(err.Error(), "BadRequestException") {
			t.Errorf("%s: an update to 3,073 characters: got %v, want BadRequestException", protocol, err)
		}
		update.AccessLogSettings = format(3071)
		_, err = g.sdk.UpdateStage(t.Context(), update)
		must(t, err)
	}
}

// TestMappedStagesStay: a stage that an API mapping uses cannot be deleted.
func TestMappedStagesStay(t *testing.T) {
	g := start(t)
	api := g.made("POST", "/apis", `{"name":"a","protocolType":"HTTP"}`, "apiId")
	for _, name := range []string{"one", "two"} {
		g.made("POST", "/apis/"+api+"/stages", `{"stageName":"`+name+`"}`, "")
	}
	g.made("POST", "/domainnames", `{"domainName":"api.example.com","domainNameConfigurations":[{"certificateArn":"arn:aws:acm:us-east-1:000000000000:certificate/c"}]}`, "")
	mapping := "/domainnames/api.example.com/apimappings/" + g.made("POST", "/domainnames/api.example.com/apimappings", `{"apiId":"`+api+`","stage":"one","apiMappingKey":"a"}`, "apiMappingId")
	says := func(name string) string {
		return "Deleting stage " + name + " failed. Please remove all API mappings for the stage from your custom domain names."
	}
	g.ask("DELETE", "/apis/"+api+"/stages/one", "").is(t, says("one"))
	g.made("PATCH", mapping, `{"apiId":"`+api+`","stage":"two"}`, "")
	g.made("DELETE", "/apis/"+api+"/stages/one", "", "")
	g.ask("DELETE", "/apis/"+api+"/stages/two", "").is(t, says("two"))
	_, err := g.sdk.DeleteStage(t.Context(), &apigatewayv2.DeleteStageInput{ApiId: &api, StageName: aws.String("two")})
	if err == nil || !strings.Contains(err.Error(), "BadRequestException: "+says("two")) {
		t.Errorf("the SDK: got %v", err)
	}
	g.made("DELETE", mapping, "", "")
	g.made("DELETE", "/apis/"+api+"/stages/two", "", "")
	if got := g.ask("DELETE", "/apis/"+api+"/stages/two", ""); got.status != 404 {
		t.Errorf("a stage that is gone: got %d, want 404", got.status)
	}
}

// documentRows break one rule each, in an OpenAPI document of an HTTP API.
var documentRows = []struct{ what, integration, text string }{
	{"no method", `{"type":"http_proxy","uri":"http://a","payloadFormatVersion":"1.0"}`, noMethod + "HTTPPROXY"},
	{"a timeout", `{"type":"http_proxy","httpMethod":"GET","uri":"http://a","payloadFormatVersion":"3.0","timeoutInMillis":30001}`, webTimeout},
	{"no time at all", `{"type":"http_proxy","httpMethod":"GET","uri":"http://a","payloadFormatVersion":"3.0","timeoutInMillis":0}`, webTimeout},
	{"no link", `{"type":"http_proxy","httpMethod":"GET","uri":"http://a","payloadFormatVersion":"3.0","connectionType":"VPC_LINK"}`, noLink},
	{"a value", `{"type":"http_proxy","httpMethod":"GET","uri":"http://a","requestParameters":{"append:header.k":"` + customClaim + `"}}`, badMapping(customClaim)},
	{"a value of a response", `{"type":"http_proxy","httpMethod":"GET","uri":"http://a","responseParameters":{"200":{"append:header.k":"` + quotedClaim + `"}}}`, badMapping(quotedClaim)},
	{"a version", `{"type":"http_proxy","httpMethod":"GET","uri":"http://a","payloadFormatVersion":"2.0"}`, "PayloadFormatVersion 2.0 is not supported for integration of type HTTP_PROXY"},
}

// TestRefusedInOpenAPI: what is imported is held to the same rules.
func TestRefusedInOpenAPI(t *testing.T) {
	g := start(t)
	api := g.made("POST", "/apis", `{"name":"a","protocolType":"HTTP"}`, "apiId")
	for _, row := range documentRows {
		document := `{"openapi":"3.0.1","info":{"title":"t","version":"1"},"paths":{"/a":{"get":{"responses":{},"x-amazon-apigateway-integration":` + row.integration + `}}}}`
		body := asJSON(map[string]string{"body": document})
		for _, path := range []string{"/apis", "/apis/" + api} {
			got := g.ask("PUT", path, body)
			if got.status != 400 || got.exception != "BadRequestException" || !strings.HasSuffix(got.message, ": "+row.text) {
				t.Errorf("%s %s: got %d %s, want 400 %s", row.what, path, got.status, got.message, row.text)
			}
		}
	}
}

// yamlRows break one rule each in a document of ours.
var yamlRows = []struct{ old, new, text string }{
	{"authorizationType: NONE", "authorizationType: AWS_IAM", connectOnly},
	{"routeKey: ask", "routeKey: $foo", badKey},
	{"target: integrations/echo", "target: integration/echo", badTarget},
	{"integrationType: MOCK", "{integrationType: HTTP, integrationUri: 'http://a'}", noMethod + "HTTP"},
	{"integrationType: MOCK", "{integrationType: MOCK, timeoutInMillis: 29001}", socketLimit},
	{"integrationType: MOCK", "{integrationType: MOCK, timeoutInMillis: 0}", socketLimit},
	{"integrationType: MOCK", "{integrationType: MOCK, payloadFormatVersion: '2.0'}", "Unsupported PayloadFormatVersion: 2.0"},
	{"integrationType: MOCK", "{integrationType: HTTP, integrationMethod: GET, integrationUri: 'http://a', requestParameters: {integration.request.header.k: '" + plainClaim + "'}}", badMapping(plainClaim)},
	{"$context.requestId", "$context.requestId $context.path", notLogged + "[$context.path]"},
	{"$context.requestId", "$context.stage", noRequestID},
	{"$context.requestId", "$context.requestId " + strings.Repeat("x", 3072), "Invalid value specified for Format: it must have between 1 and 3072 characters"},
	{"name: Pet", "name: a-b", "Model name must be alphanumeric: a-b"},
	{"routeSelectionExpression: $request.body.action", "corsConfiguration: {}", "Invalid routeSelectionExpression"},
	{"routeSelectionExpression: $request.body.action", "{routeSelectionExpression: $request.body.action, corsConfiguration: {}}", noCors},
	{"routeResponseKey: $default", "routeResponseKey: x", onlyDefault},
}

const strictFile = `dragoman: 1
regions:
  us-east-1:
    apis:
      chat:
        name: chat
        protocolType: WEBSOCKET
        routeSelectionExpression: $request.body.action
        models:
          pet:
            name: Pet
            schema: '{}'
        integrations:
          echo:
            integrationType: MOCK
        routes:
          ask:
            routeKey: ask
            authorizationType: NONE
            target: integrations/echo
            responses:
              ok:
                routeResponseKey: $default
        stages:
          $default:
            accessLogSettings:
              destinationArn: arn:aws:logs:us-east-1:000000000000:log-group:g
              format: $context.requestId
`

// broken replaces a line of a document, or what a row puts in braces by lines.
func broken(document, old, new string) string {
	if inner, ok := strings.CutPrefix(new, "{"); ok {
		at := strings.Index(document, old)
		indent := strings.Repeat(" ", at-strings.LastIndex(document[:at], "\n")-1)
		new = strings.ReplaceAll(strings.TrimSuffix(inner, "}"), ", ", "\n"+indent)
	}
	return strings.Replace(document, old, new, 1)
}

// TestRefusedInYAML: a document of ours is held to the same rules, and names the
// place, whether it is put into a gateway or served from a file.
func TestRefusedInYAML(t *testing.T) {
	g := start(t)
	url := "http://" + g.ManagementAddr() + "/_dragoman/configuration"
	put := func(document string) (int, string) {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPut, url, bytes.NewReader([]byte(document)))
		must(t, err)
		response, err := http.DefaultClient.Do(r)
		must(t, err)
		defer response.Body.Close()
		answer, err := io.ReadAll(response.Body)
		must(t, err)
		return response.StatusCode, string(answer)
	}
	if status, answer := put(strictFile); status != 200 {
		t.Fatalf("got %d %s", status, answer)
	}
	_, kept := fetched(t, url)
	for _, row := range yamlRows {
		document := broken(strictFile, row.old, row.new)
		var answer struct{ Message string }
		status, body := put(document)
		_ = json.Unmarshal([]byte(body), &answer)
		if status != 400 || !strings.Contains(answer.Message, row.text) || !strings.Contains(answer.Message, "regions.us-east-1.apis.chat") {
			t.Errorf("%s: got %d %s, want 400 %s", row.new, status, body, row.text)
		}
		path := filepath.Join(t.TempDir(), "gateway.yaml")
		must(t, os.WriteFile(path, []byte(document), 0o600))
		config := server.Default()
		config.File, config.DataDir, config.Listen, config.Management = path, "", "127.0.0.1:0", "127.0.0.1:0"
		if _, err := server.New(config); err == nil || !strings.Contains(err.Error(), row.text) {
			t.Errorf("%s: --config: got %v, want %s", row.new, err, row.text)
		}
	}
	if _, now := fetched(t, url); now != kept {
		t.Errorf("a refused document changed something:\n%s\n%s", kept, now)
	}
}
