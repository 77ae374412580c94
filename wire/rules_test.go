package wire_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/dragoman-gateway/dragoman/wire"
)

// valid gives a request of an operation with all members that it requires, in the
// path, query and body, as a target and the members of the body.
func valid(o *wire.Operation) (target string, body map[string]any) {
	target, body = o.Path, map[string]any{}
	query := "?"
	for i := range o.Input {
		m := &o.Input[i]
		switch {
		case m.In == wire.InPath:
			value := "x"
			if len(m.Shape.Enum) > 0 {
				value = m.Shape.Enum[0]
			}
			target = strings.Replace(target, "{"+m.Wire+"}", value, 1)
		case !m.Required:
		case m.In == wire.InQuery:
			query += m.Wire + "=x&"
		default:
			body[m.Wire] = sample(m.Shape, m.Wire)
		}
	}
	return target + query, body
}

// calm serves every operation and says whether a handler was reached.
type calm struct{ reached bool }

func (c *calm) ask(t *testing.T, method, target, body string) (status int, exception, message string) {
	t.Helper()
	c.reached = false
	handlers := map[string]wire.Handler{}
	for _, o := range wire.Operations() {
		handlers[o.Name] = func(context.Context, *wire.Request) (any, error) {
			c.reached = true
			return nil, nil
		}
	}
	w := httptest.NewRecorder()
	wire.NewServer(wire.Config{Handlers: handlers}).ServeHTTP(w, httptest.NewRequest(method, target, strings.NewReader(body)))
	var answer struct{ Message string }
	_ = json.Unmarshal(w.Body.Bytes(), &answer) // nothing after a success
	return w.Code, w.Header().Get("x-amzn-errortype"), answer.Message
}

func text(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// Words that the rows below share.
const (
	enum    = "Member must satisfy enum value set"
	short   = "Member must have length greater than or equal to "
	long    = "Member must have length less than or equal to "
	low     = "Member must have value greater than or equal to "
	high    = "Member must have value less than or equal to "
	integer = "Member must be an integer"
	absent  = "Member must not be null"
	str     = "Member must be a string"
	boolean = "Member must be a boolean"
	object  = "Member must be an object"
	list    = "Member must be a list"
	num     = "Member must be a number"
	pattern = "Member must satisfy regular expression pattern"
)

func long128() string          { return many(129) }
func many(n int) string        { return strings.Repeat("é", n) }
func quoted(s string) string   { return text(s) }
func in(k, v string) string    { return `{"` + k + `":` + v + `}` }
func items(v ...string) string { return "[" + strings.Join(v, ",") + "]" }

// badMembers are requests that are valid but for one member of the body.
var badMembers = []struct{ operation, member, value, at, rule string }{
	{"CreateApi", "name", `""`, "name", short + "1"},
	{"CreateApi", "name", quoted(long128()), "name", long + "128"},
	{"CreateApi", "name", "1", "name", str},
	{"CreateApi", "name", "null", "name", absent},
	{"CreateApi", "name", `{}`, "name", str},
	{"CreateApi", "protocolType", `"REST"`, "protocolType", enum + ": [WEBSOCKET, HTTP]"},
	{"CreateApi", "protocolType", `"http"`, "protocolType", enum},
	{"CreateApi", "protocolType", "null", "protocolType", absent},
	{"CreateApi", "protocolType", `""`, "protocolType", enum},
	{"CreateApi", "description", quoted(many(1025)), "description", long + "1024"},
	{"CreateApi", "version", quoted(many(65)), "version", long + "64"},
	{"CreateApi", "disableExecuteApiEndpoint", `"true"`, "disableExecuteApiEndpoint", boolean},
	{"CreateApi", "disableSchemaValidation", "1", "disableSchemaValidation", boolean},
	{"CreateApi", "ipAddressType", `"ipv6"`, "ipAddressType", enum + ": [ipv4, dualstack]"},
	{"CreateApi", "target", quoted(many(2049)), "target", long + "2048"},
	{"CreateApi", "tags", `[]`, "tags", object},
	{"CreateApi", "tags", in("k", "1"), "tags.k", str},
	{"CreateApi", "tags", in("k", quoted(many(1601))), "tags.k", long + "1600"},
	{"CreateApi", "corsConfiguration", `"*"`, "corsConfiguration", object},
	{"CreateApi", "corsConfiguration", in("maxAge", "-2"), "corsConfiguration.maxAge", low + "-1"},
	{"CreateApi", "corsConfiguration", in("maxAge", "86401"), "corsConfiguration.maxAge", high + "86400"},
	{"CreateApi", "corsConfiguration", in("maxAge", "1.5"), "corsConfiguration.maxAge", integer},
	{"CreateApi", "corsConfiguration", in("maxAge", `"5"`), "corsConfiguration.maxAge", "Member must be an integer, but it is a string"},
	{"CreateApi", "corsConfiguration", in("allowOrigins", `"*"`), "corsConfiguration.allowOrigins", list},
	{"CreateApi", "corsConfiguration", in("allowOrigins", `["*",5]`), "corsConfiguration.allowOrigins.2.member", str},
	{"CreateApi", "corsConfiguration", in("allowMethods", `[""]`), "corsConfiguration.allowMethods.1.member", short + "1"},
	{"CreateApi", "corsConfiguration", in("allowMethods", items(quoted(many(65)))), "corsConfiguration.allowMethods.1.member", long + "64"},
	{"CreateApi", "corsConfiguration", in("allowCredentials", `"yes"`), "corsConfiguration.allowCredentials", boolean},
	{"CreateApi", "corsConfiguration", in("exposeHeaders", `[null]`), "corsConfiguration.exposeHeaders.1.member", absent},
	{"UpdateApi", "name", `""`, "name", short + "1"},
	{"UpdateApi", "ipAddressType", `""`, "ipAddressType", enum},
	{"CreateApiMapping", "apiId", "null", "apiId", absent},
	{"CreateApiMapping", "stage", `""`, "stage", short + "1"},
	{"CreateApiMapping", "stage", "null", "stage", absent},
	{"UpdateApiMapping", "apiId", "null", "apiId", absent},
	{"CreateAuthorizer", "authorizerType", `"TOKEN"`, "authorizerType", enum + ": [REQUEST, JWT]"},
	{"CreateAuthorizer", "authorizerType", "null", "authorizerType", absent},
	{"CreateAuthorizer", "identitySource", "null", "identitySource", absent},
	{"CreateAuthorizer", "identitySource", `"$request.header.A"`, "identitySource", list},
	{"CreateAuthorizer", "name", quoted(many(129)), "name", long + "128"},
	{"CreateAuthorizer", "authorizerResultTtlInSeconds", "99999999999", "authorizerResultTtlInSeconds", integer},
	{"CreateAuthorizer", "authorizerUri", quoted(many(2049)), "authorizerUri", long + "2048"},
	{"CreateAuthorizer", "enableSimpleResponses", `"false"`, "enableSimpleResponses", boolean},
	{"CreateAuthorizer", "jwtConfiguration", in("audience", `"a"`), "jwtConfiguration.audience", list},
	{"CreateDeployment", "description", quoted(many(1025)), "description", long + "1024"},
	{"CreateDeployment", "stageName", quoted(many(129)), "stageName", long + "128"},
	{"UpdateDeployment", "description", "5", "description", str},
	{"CreateDomainName", "domainName", `""`, "domainName", short + "1"},
	{"CreateDomainName", "domainName", quoted(many(513)), "domainName", long + "512"},
	{"CreateDomainName", "domainName", "null", "domainName", absent},
	{"CreateDomainName", "routingMode", `"ANY"`, "routingMode", enum},
	{"CreateDomainName", "domainNameConfigurations", `{}`, "domainNameConfigurations", list},
	{"CreateDomainName", "domainNameConfigurations", `["x"]`, "domainNameConfigurations.1.member", object},
	{"CreateDomainName", "domainNameConfigurations", items(in("endpointType", `"PRIVATE"`)), "domainNameConfigurations.1.member.endpointType", enum},
	{"CreateDomainName", "domainNameConfigurations", items(in("securityPolicy", `"TLS_1_3"`)), "domainNameConfigurations.1.member.securityPolicy", enum},
	{"CreateDomainName", "domainNameConfigurations", items(in("ipAddressType", `"ipv5"`)), "domainNameConfigurations.1.member.ipAddressType", enum},
	{"UpdateDomainName", "routingMode", `""`, "routingMode", enum},
	{"CreateIntegration", "integrationType", "null", "integrationType", absent},
	{"CreateIntegration", "integrationType", `"LAMBDA"`, "integrationType", enum + ": [AWS, HTTP, MOCK, HTTP_PROXY, AWS_PROXY]"},
	{"CreateIntegration", "connectionType", `"VPC"`, "connectionType", enum},
	{"CreateIntegration", "contentHandlingStrategy", `"CONVERT"`, "contentHandlingStrategy", enum},
	{"CreateIntegration", "passthroughBehavior", `"ALWAYS"`, "passthroughBehavior", enum},
	{"CreateIntegration", "timeoutInMillis", `"100"`, "timeoutInMillis", integer[:len(integer)-1]},
	{"CreateIntegration", "timeoutInMillis", "1e3", "timeoutInMillis", integer},
	{"CreateIntegration", "connectionId", quoted(many(1025)), "connectionId", long + "1024"},
	{"CreateIntegration", "integrationMethod", quoted(many(65)), "integrationMethod", long + "64"},
	{"CreateIntegration", "integrationUri", quoted(many(2049)), "integrationUri", long + "2048"},
	{"CreateIntegration", "payloadFormatVersion", `2.0`, "payloadFormatVersion", str},
	{"CreateIntegration", "requestParameters", in("k", `""`), "requestParameters.k", short + "1"},
	{"CreateIntegration", "requestParameters", in("k", quoted(many(513))), "requestParameters.k", long + "512"},
	{"CreateIntegration", "requestParameters", `"a=b"`, "requestParameters", object},
	{"CreateIntegration", "requestTemplates", in("k", "{}"), "requestTemplates.k", str},
	{"CreateIntegration", "responseParameters", in("200", `"x"`), "responseParameters.200", object},
	{"CreateIntegration", "responseParameters", in("200", in("append:header.a", "7")), "responseParameters.200.append:header.a", str},
	{"CreateIntegration", "tlsConfig", `true`, "tlsConfig", object},
	{"UpdateIntegration", "integrationType", `""`, "integrationType", enum},
	{"UpdateIntegration", "requestParameters", in("k", quoted(many(513))), "requestParameters.k", long + "512"},
	{"CreateIntegrationResponse", "integrationResponseKey", "null", "integrationResponseKey", absent},
	{"CreateIntegrationResponse", "contentHandlingStrategy", `"NONE"`, "contentHandlingStrategy", enum + ": [CONVERT_TO_BINARY, CONVERT_TO_TEXT]"},
	{"UpdateIntegrationResponse", "contentHandlingStrategy", `"convert_to_text"`, "contentHandlingStrategy", enum},
	{"UpdateIntegrationResponse", "contentHandlingStrategy", `""`, "contentHandlingStrategy", enum},
	{"UpdateIntegrationResponse", "integrationResponseKey", `5`, "integrationResponseKey", str},
	{"UpdateIntegrationResponse", "responseParameters", in("method.response.header.a", `""`), "responseParameters.method.response.header.a", short + "1"},
	{"UpdateIntegrationResponse", "responseParameters", in("method.response.header.a", quoted("'"+many(511)+"'")), "responseParameters.method.response.header.a", long + "512"},
	{"UpdateIntegrationResponse", "responseParameters", `[]`, "responseParameters", object},
	{"UpdateIntegrationResponse", "responseTemplates", in("application/json", "1"), "responseTemplates.application/json", str},
	{"UpdateIntegrationResponse", "responseTemplates", `"x"`, "responseTemplates", object},
	{"UpdateIntegrationResponse", "templateSelectionExpression", `true`, "templateSelectionExpression", str},
	{"CreateModel", "name", "null", "name", absent},
	{"CreateModel", "name", quoted(many(129)), "name", long + "128"},
	{"CreateModel", "schema", "null", "schema", absent},
	{"CreateModel", "schema", `{}`, "schema", str},
	{"CreateModel", "schema", quoted(many(32769)), "schema", long + "32768"},
	{"CreateModel", "contentType", quoted(many(257)), "contentType", long + "256"},
	{"UpdateModel", "name", `""`, "name", short + "1"},
	{"CreatePortal", "authorization", "null", "authorization", absent},
	{"CreatePortal", "authorization", in("cognitoConfig", `{}`), "authorization.cognitoConfig.appClientId", absent},
	{"CreatePortal", "endpointConfiguration", in("acmManaged", in("certificateArn", `"short"`)), "endpointConfiguration.acmManaged.certificateArn", short + "10"},
	{"CreatePortal", "portalContent", in("displayName", `"ab"`), "portalContent.displayName", short + "3"},
	{"CreatePortal", "includedPortalProductArns", `["arn:x"]`, "includedPortalProductArns.1.member", short + "20"},
	{"CreatePortalProduct", "displayName", `""`, "displayName", short + "1"},
	{"UpdatePortalProduct", "displayName", quoted(many(256)), "displayName", long + "255"},
	{"UpdatePortalProduct", "displayOrder", in("contents", items(in("sectionName", `"s"`))), "displayOrder.contents.1.member.productRestEndpointPageArns", absent},
	{"CreateProductPage", "displayContent", in("title", `"t"`), "displayContent.body", absent},
	{"CreateProductPage", "displayContent", in("body", quoted(many(32769))), "displayContent.body", long + "32768"},
	{"CreateProductRestEndpointPage", "tryItState", `"ON"`, "tryItState", enum},
	{"CreateProductRestEndpointPage", "restEndpointIdentifier", in("identifierParts", in("method", quoted(many(21)))), "restEndpointIdentifier.identifierParts.method", long + "20"},
	{"PublishPortal", "description", quoted(many(1025)), "description", long + "1024"},
	{"PutPortalProductSharingPolicy", "policyDocument", `""`, "policyDocument", short + "1"},
	{"CreateRoute", "routeKey", "null", "routeKey", absent},
	{"CreateRoute", "authorizationType", `"COGNITO_USER_POOLS"`, "authorizationType", enum + ": [NONE, AWS_IAM, CUSTOM, JWT]"},
	{"CreateRoute", "authorizationScopes", `[""]`, "authorizationScopes.1.member", short + "1"},
	{"CreateRoute", "authorizationScopes", items(quoted(many(65))), "authorizationScopes.1.member", long + "64"},
	{"CreateRoute", "apiKeyRequired", `null1`, "", "not valid JSON"},
	{"CreateRoute", "apiKeyRequired", `"no"`, "apiKeyRequired", boolean},
	{"CreateRoute", "requestModels", in("$default", quoted(many(129))), "requestModels.$default", long + "128"},
	{"CreateRoute", "requestParameters", in("route.request.header.x", `true`), "requestParameters.route.request.header.x", object},
	{"CreateRoute", "requestParameters", in("route.request.header.x", in("required", `"yes"`)), "requestParameters.route.request.header.x.required", boolean},
	{"CreateRoute", "target", quoted(many(129)), "target", long + "128"},
	{"UpdateRoute", "operationName", quoted(many(65)), "operationName", long + "64"},
	{"CreateRouteResponse", "routeResponseKey", "null", "routeResponseKey", absent},
	{"CreateRouteResponse", "responseModels", in("$default", `""`), "responseModels.$default", short + "1"},
	{"CreateRoutingRule", "priority", "0", "priority", low + "1"},
	{"CreateRoutingRule", "priority", "1000001", "priority", high + "1000000"},
	{"CreateRoutingRule", "priority", "null", "priority", absent},
	{"CreateRoutingRule", "actions", "null", "actions", absent},
	{"CreateRoutingRule", "actions", `[{}]`, "actions.1.member.invokeApi", absent},
	{"CreateRoutingRule", "actions", items(in("invokeApi", in("apiId", `"a"`))), "actions.1.member.invokeApi.stage", absent},
	{"CreateRoutingRule", "conditions", items(in("matchHeaders", in("anyOf", items(in("header", `"h"`))))), "conditions.1.member.matchHeaders.anyOf.1.member.valueGlob", absent},
	{"PutRoutingRule", "conditions", "null", "conditions", absent},
	{"CreateStage", "stageName", "null", "stageName", absent},
	{"CreateStage", "stageName", quoted(many(129)), "stageName", long + "128"},
	{"CreateStage", "autoDeploy", `"true"`, "autoDeploy", boolean},
	{"CreateStage", "stageVariables", in("a", "5"), "stageVariables.a", str},
	{"CreateStage", "stageVariables", in("a", quoted(many(2049))), "stageVariables.a", long + "2048"},
	{"CreateStage", "defaultRouteSettings", in("loggingLevel", `"DEBUG"`), "defaultRouteSettings.loggingLevel", enum + ": [ERROR, INFO, OFF]"},
	{"CreateStage", "defaultRouteSettings", in("throttlingRateLimit", `"5"`), "defaultRouteSettings.throttlingRateLimit", num},
	{"CreateStage", "defaultRouteSettings", in("throttlingRateLimit", "1e400"), "defaultRouteSettings.throttlingRateLimit", "Member must be a number of 64 bits"},
	{"CreateStage", "defaultRouteSettings", in("throttlingBurstLimit", "2.5"), "defaultRouteSettings.throttlingBurstLimit", integer},
	{"CreateStage", "routeSettings", in("GET /", in("dataTraceEnabled", "0")), "routeSettings.GET /.dataTraceEnabled", boolean},
	{"UpdateStage", "accessLogSettings", in("format", quoted(many(3073))), "accessLogSettings.format", long + "3072"},
	{"UpdateStage", "accessLogSettings", in("format", `""`), "accessLogSettings.format", short + "1"},
	{"UpdateApi", "target", `""`, "target", short + "1"},
	{"UpdateIntegration", "passthroughBehavior", `""`, "passthroughBehavior", enum},
	{"UpdateStage", "stageVariables", `["a"]`, "stageVariables", object},
	{"TagResource", "tags", in("a", "null1"), "", "not valid JSON"},
	{"CreateVpcLink", "name", `""`, "name", short + "1"},
	{"CreateVpcLink", "subnetIds", "null", "subnetIds", absent},
	{"CreateVpcLink", "subnetIds", `"subnet-1"`, "subnetIds", list},
	{"CreateVpcLink", "securityGroupIds", `[1]`, "securityGroupIds.1.member", str},
	{"UpdateVpcLink", "name", quoted(many(129)), "name", long + "128"},
	{"CreateUsagePlan", "quota", in("period", `"YEAR"`), "quota.period", enum + ": [DAY, WEEK, MONTH]"},
	{"CreateUsagePlan", "throttle", in("rateLimit", `"fast"`), "throttle.rateLimit", num},
	{"CreateUsagePlanKey", "keyId", "null", "keyId", absent},
	{"UpdateApiKey", "patchOperations", items(in("op", `"set"`)), "patchOperations.1.member.op", enum},
	{"CreateApiKey", "enabled", `"true"`, "enabled", boolean},
}

func TestRulesOfMembers(t *testing.T) {
	for i, row := range badMembers {
		t.Run(fmt.Sprintf("%d/%s/%s", i, row.operation, row.member), func(t *testing.T) {
			o := wire.Lookup(row.operation)
			target, members := valid(o)
			members[row.member] = nil
			// Put the value in as text: some of them are not JSON.
			body := strings.Replace(text(members), quoted(row.member)+":null", quoted(row.member)+":"+row.value, 1)
			c := &calm{}
			status, exception, message := c.ask(t, o.Method, target, body)
			if status != 400 || exception != "BadRequestException" {
				t.Fatalf("got %d %s: %s", status, exception, message)
			}
			if row.at != "" && !strings.Contains(message, "'"+row.at+"'") || !strings.Contains(message, row.rule) {
				t.Errorf("got  %s\nwant %s at '%s'", message, row.rule, row.at)
			}
			if c.reached {
				t.Error("the handler was called")
			}
		})
	}
}

// TestEveryRequiredMember leaves out each member that an operation requires.
func TestEveryRequiredMember(t *testing.T) {
	rows := 0
	for _, o := range wire.Operations() {
		c := &calm{}
		target, members := valid(o)
		if status, _, message := c.ask(t, o.Method, target, text(members)); status != o.Status || !c.reached {
			t.Errorf("%s: a valid request is answered %d %s", o.Name, status, message)
		}
		for i := range o.Input {
			m := &o.Input[i]
			if !m.Required || m.In == wire.InPath {
				continue
			}
			rows++
			target, members := valid(o)
			delete(members, m.Wire)
			target = strings.Replace(target, m.Wire+"=x", "", 1)
			status, _, message := c.ask(t, o.Method, target, text(members))
			if want := "Value null at '" + m.Wire + "' failed to satisfy constraint: " + absent; status != 400 || !strings.Contains(message, want) {
				t.Errorf("%s without %s: got %d %s", o.Name, m.Wire, status, message)
			}
		}
	}
	if rows < 30 {
		t.Errorf("only %d members are required", rows)
	}
}

func TestRulesOfRequests(t *testing.T) {
	deep := strings.Repeat(`{"a":`, 40) + "1" + strings.Repeat("}", 40)
	tests := []struct {
		name, method, target, body string
		status                     int
		want                       string
	}{
		{"no body", "POST", "/v2/apis", "", 400, "2 validation errors detected: "},
		{"an empty object", "POST", "/v2/apis", "{}", 400, "'name'"},
		{"a list", "POST", "/v2/apis", "[]", 400, "it must be an object, but it is a list"},
		{"null", "POST", "/v2/apis", "null", 400, "it must be an object, but it is null"},
		{"a text", "POST", "/v2/apis", `"x"`, 400, "it must be an object, but it is a string"},
		{"half an object", "POST", "/v2/apis", `{"name":"x"`, 400, "not valid JSON, at byte 11"},
		{"something behind", "POST", "/v2/apis", `{"name":"x"} {}`, 400, "not valid JSON"},
		{"a comment", "POST", "/v2/apis", `{/* */}`, 400, "not valid JSON"},
		{"invalid UTF-8", "POST", "/v2/apis", "{\"name\":\"\xff\"}", 400, "not valid UTF-8"},
		{"deep JSON", "POST", "/v2/apis", deep, 400, "nested deeper than 32 levels"},
		{"very deep JSON", "POST", "/v2/apis", strings.Repeat("[", 500_000), 400, "nested deeper than 32 levels"},
		{"a huge body", "POST", "/v2/apis", `{"name":"` + strings.Repeat("x", 1<<20) + `"}`, 413, "1048576 bytes"},
		{"a page of none", "GET", "/v2/apis?maxResults=0", "", 400, low + "1"},
		{"a page of fewer", "GET", "/v2/apis?maxResults=-1", "", 400, low + "1"},
		{"a page of ten", "GET", "/v2/apis?maxResults=ten", "", 400, integer},
		{"a page of many", "GET", "/v2/apis?maxResults=99999999999", "", 400, integer},
		{"a page of too many rules", "GET", "/v2/domainnames/d/routingrules?maxResults=101", "", 400, high + "100"},
		{"a query that is broken", "GET", "/v2/apis?maxResults=%zz", "", 400, "query string"},
		{"a query that is not UTF-8", "GET", "/v2/apis?nextToken=%ff", "", 400, "not valid UTF-8"},
		{"an unknown flag of an import", "PUT", "/v2/apis?failOnWarnings=maybe", `{"body":"x"}`, 400, "true or false"},
		{"no tag keys", "DELETE", "/v2/tags/arn", "", 400, "'tagKeys'"},
		{"a path that is not UTF-8", "GET", "/v2/apis/%ff", "", 404, "Unable to determine"},
		{"an unknown version", "GET", "/v3/apis", "", 404, "Unable to determine"},
		{"another case", "GET", "/v2/APIS", "", 404, "Unable to determine"},
		{"two slashes", "GET", "//v2/apis", "", 404, "Unable to determine"},
		{"a method", "TRACE", "/v2/apis", "", 405, "TRACE is not allowed"},
		{"another method", "PATCH", "/v2/apis", "", 405, "PATCH is not allowed"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := &calm{}
			status, _, message := c.ask(t, test.method, test.target, test.body)
			if status != test.status || !strings.Contains(message, test.want) || c.reached {
				t.Errorf("got %d %s, handler reached: %v", status, message, c.reached)
			}
		})
	}
}

func TestWhatIsTaken(t *testing.T) {
	tests := []struct{ name, method, target, body string }{
		{"members that nobody knows", "POST", "/v2/apis", `{"name":"x","protocolType":"HTTP","nonsense":{"a":[1]}}`},
		{"read-only members", "POST", "/v2/apis", `{"name":"x","protocolType":"HTTP","apiId":5}`},
		{"null", "POST", "/v2/apis", `{"name":"x","protocolType":"HTTP","description":null,"tags":{"a":null},"corsConfiguration":{"maxAge":null}}`},
		{"a member twice", "POST", "/v2/apis", `{"name":1,"name":"x","protocolType":"HTTP"}`},
		{"the longest name", "POST", "/v2/apis", `{"name":"` + many(128) + `","protocolType":"HTTP"}`},
		{"no body where none is needed", "POST", "/v2/portals/p/publish", ""},
		{"a body where none belongs", "GET", "/v2/apis", "what?"},
		{"an empty text that clears", "PATCH", "/v2/apis/a/routes/r", `{"operationName":"","requestModels":{"a":""}}`},
		{"an empty parameter that clears", "PATCH", "/v2/apis/a/integrations/i", `{"requestParameters":{"a":""},"responseParameters":{"404":{"a":""}}}`},
		{"an empty truststore that clears", "PATCH", "/v2/domainnames/d", `{"mutualTlsAuthentication":{"truststoreUri":""}}`},
		{"an empty template", "PATCH", "/v2/apis/a/integrations/i/integrationresponses/r", `{"responseTemplates":{"a":""},"templateSelectionExpression":""}`},
		{"an empty page size", "GET", "/v2/apis?maxResults=&nextToken=", ""},
		{"a query that nobody knows", "GET", "/v2/apis?x=1", ""},
		{"a flag in capitals", "PUT", "/v2/apis?failOnWarnings=True", `{"body":"x"}`},
		{"an escaped text", "POST", "/v2/apis", `{"n\u0061me":"\u00e9","protocolType":"HTTP"}`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := &calm{}
			if status, _, message := c.ask(t, test.method, test.target, test.body); status/100 != 2 || !c.reached {
				t.Errorf("got %d %s", status, message)
			}
		})
	}
}

func TestManyViolationsAreListed(t *testing.T) {
	c := &calm{}
	_, _, message := c.ask(t, "POST", "/v2/apis", `{"protocolType":"REST","ipAddressType":"ipv6"}`)
	want := "3 validation errors detected: Value 'ipv6' at 'ipAddressType' failed to satisfy constraint: Member must satisfy enum value set: [ipv4, dualstack]; " +
		"Value null at 'name' failed to satisfy constraint: Member must not be null; " +
		"Value 'REST' at 'protocolType' failed to satisfy constraint: Member must satisfy enum value set: [WEBSOCKET, HTTP]"
	if message != want {
		t.Errorf("got  %s\nwant %s", message, want)
	}
}
