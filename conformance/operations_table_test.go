package conformance

const (
	functionArn    = "arn:aws:lambda:us-east-1:000000000000:function:f"
	roleArn        = "arn:aws:iam::000000000000:role/r"
	certificateArn = "arn:aws:acm:us-east-1:000000000000:certificate/c"
	logArn         = "arn:aws:logs:us-east-1:000000000000:log-group:g"
	portalContent  = `{"displayName":"Portal","description":"d","theme":{"customColors":{"accentColor":"#111111","backgroundColor":"#222222","errorValidationColor":"#333333","headerColor":"#444444","navigationColor":"#555555","textColor":"#666666"}}}`
	policyDocument = `"{\"Version\":\"2012-10-17\",\"Statement\":[]}"`
	webDocument    = `"{\"openapi\":\"3.0.1\",\"info\":{\"title\":\"Imported\",\"version\":\"1\"},\"paths\":{\"/a\":{\"get\":{\"x-amazon-apigateway-integration\":{\"type\":\"http_proxy\",\"httpMethod\":\"GET\",\"uri\":\"http://a\",\"payloadFormatVersion\":\"1.0\"}}}}}"`
)

// families are the operations in an order in which each finds what it needs.
var families = []struct {
	name  string
	steps []step
}{
	{"links", linkSteps}, {"web", webSteps}, {"socket", socketSteps}, {"stages", stageSteps}, {"domains", domainSteps},
	{"tags", tagSteps}, {"portals", portalSteps}, {"lists", listSteps}, {"deletions", deletionSteps},
}

var linkSteps = []step{
	{"CreateVpcLink", `{"name":"link","subnetIds":["subnet-1","subnet-2"],"securityGroupIds":["sg-1"],"tags":{"a":"b"}}`, "link=VpcLinkId", ""},
	{"CreateVpcLink", `{"name":"other","subnetIds":["subnet-1"]}`, "link2=VpcLinkId", ""},
	{"UpdateVpcLink", `{"vpcLinkId":"{link}","name":"renamed"}`, "", ""},
	{"GetVpcLink", `{"vpcLinkId":"{link}"}`, "", ""},
}

var webSteps = []step{
	{"CreateApi", `{"name":"quick","protocolType":"HTTP","target":"http://a","routeKey":"GET /q","credentialsArn":"` + roleArn + `","version":"1"}`, "quick=ApiId", "Target RouteKey CredentialsArn"},
	{"UpdateApi", `{"apiId":"{quick}","target":"http://b","routeKey":"GET /q","credentialsArn":"` + roleArn + `"}`, "", "Target RouteKey CredentialsArn"},
	{"CreateApi", `{"name":"web","description":"d","version":"1","protocolType":"HTTP","apiKeySelectionExpression":"$context.authorizer.usageIdentifierKey","routeSelectionExpression":"$request.method $request.path",
		"corsConfiguration":{"allowCredentials":true,"allowHeaders":["x-a"],"allowMethods":["GET"],"allowOrigins":["https://a"],"exposeHeaders":["x-b"],"maxAge":5},"disableExecuteApiEndpoint":false,"ipAddressType":"dualstack","tags":{"a":"b"}}`, "web=ApiId", ""},
	{"UpdateApi", `{"apiId":"{web}","name":"web2","description":"e","version":"2","apiKeySelectionExpression":"$request.header.x-api-key","routeSelectionExpression":"$request.method $request.path",
		"corsConfiguration":{"allowOrigins":["*"],"maxAge":-1},"disableExecuteApiEndpoint":true,"disableSchemaValidation":false,"ipAddressType":"ipv4"}`, "", ""},
	{"DeleteCorsConfiguration", `{"apiId":"{web}"}`, "", ""},
	{"CreateIntegration", `{"apiId":"{web}","integrationType":"HTTP_PROXY","integrationMethod":"GET","integrationUri":"arn:aws:elasticloadbalancing:us-east-1:0:listener/a","payloadFormatVersion":"1.0","connectionType":"VPC_LINK","connectionId":"{link}",
		"tlsConfig":{"serverNameToVerify":"b"},"description":"d","timeoutInMillis":5000,"requestParameters":{"append:header.x":"$request.path"},"responseParameters":{"500":{"overwrite:statuscode":"503"}}}`, "private=IntegrationId", ""},
	{"UpdateIntegration", `{"apiId":"{web}","integrationId":"{private}","integrationType":"HTTP_PROXY","integrationMethod":"ANY","integrationUri":"arn:aws:servicediscovery:us-east-1:0:service/s","payloadFormatVersion":"1.0","connectionType":"VPC_LINK","connectionId":"{link2}",
		"tlsConfig":{"serverNameToVerify":"c"},"description":"e","timeoutInMillis":6000,"requestParameters":{"append:header.y":"z"},"responseParameters":{"404":{"append:header.z":"1"}}}`, "", ""},
	{"CreateIntegration", `{"apiId":"{web}","integrationType":"AWS_PROXY","integrationSubtype":"SQS-SendMessage","credentialsArn":"` + roleArn + `","payloadFormatVersion":"1.0","requestParameters":{"QueueUrl":"u","MessageBody":"$request.body"}}`, "queue=IntegrationId", ""},
	{"UpdateIntegration", `{"apiId":"{web}","integrationId":"{queue}","integrationSubtype":"SQS-SendMessage","credentialsArn":"` + roleArn + `2"}`, "", ""},
	{"CreateAuthorizer", `{"apiId":"{web}","name":"login","authorizerType":"JWT","identitySource":["$request.header.Authorization"],"jwtConfiguration":{"issuer":"https://idp","audience":["a","b"]}}`, "login=AuthorizerId", ""},
	{"UpdateAuthorizer", `{"apiId":"{web}","authorizerId":"{login}","name":"login2","authorizerType":"JWT","identitySource":["$request.querystring.t"],"jwtConfiguration":{"issuer":"https://idp2","audience":["c"]}}`, "", ""},
	{"CreateAuthorizer", `{"apiId":"{web}","name":"check","authorizerType":"REQUEST","authorizerUri":"` + functionArn + `","authorizerCredentialsArn":"` + roleArn + `","authorizerPayloadFormatVersion":"2.0","authorizerResultTtlInSeconds":60,"enableSimpleResponses":true,
		"identitySource":["$request.header.A"],"identityValidationExpression":".*"}`, "check=AuthorizerId", ""},
	{"UpdateAuthorizer", `{"apiId":"{web}","authorizerId":"{check}","authorizerUri":"` + functionArn + `2","authorizerCredentialsArn":"` + roleArn + `2","authorizerPayloadFormatVersion":"1.0","authorizerResultTtlInSeconds":0,"enableSimpleResponses":false,"identityValidationExpression":"a"}`, "", ""},
	{"CreateRoute", `{"apiId":"{web}","routeKey":"GET /pets/{id}","target":"integrations/{private}","authorizationType":"JWT","authorizerId":"{login}","authorizationScopes":["read"],"operationName":"getPet"}`, "get=RouteId", ""},
	{"UpdateRoute", `{"apiId":"{web}","routeId":"{get}","routeKey":"GET /animals/{id}","target":"integrations/{queue}","authorizationType":"JWT","authorizerId":"{login}","authorizationScopes":["read","write"],"operationName":"getAnimal"}`, "", ""},
	{"CreateStage", `{"apiId":"{web}","stageName":"prod"}`, "", ""},
	{"CreateDeployment", `{"apiId":"{web}","stageName":"prod","description":"d"}`, "webdeployment=DeploymentId", "StageName"},
	{"ExportApi", `{"apiId":"{web}","specification":"OAS30","outputType":"YAML","exportVersion":"1.0","includeExtensions":true,"stageName":"prod"}`, "", ""},
	{"ImportApi", `{"body":` + webDocument + `,"basepath":"ignore","failOnWarnings":true}`, "imported=ApiId", "Body Basepath FailOnWarnings"},
	{"ReimportApi", `{"apiId":"{imported}","body":` + webDocument + `,"basepath":"split","failOnWarnings":true}`, "", "Body Basepath FailOnWarnings"},
	{"ResetAuthorizersCache", `{"apiId":"{web}","stageName":"prod"}`, "", ""},
}

var socketSteps = []step{
	{"CreateApi", `{"name":"socket","protocolType":"WEBSOCKET","routeSelectionExpression":"$request.body.action","disableSchemaValidation":true,"disableExecuteApiEndpoint":true}`, "socket=ApiId", ""},
	{"CreateIntegration", `{"apiId":"{socket}","integrationType":"AWS","integrationMethod":"POST","integrationUri":"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/` + functionArn + `/invocations","contentHandlingStrategy":"CONVERT_TO_TEXT","passthroughBehavior":"NEVER","requestTemplates":{"200":"{}"},"templateSelectionExpression":"$request.body.kind"}`, "call=IntegrationId", ""},
	{"UpdateIntegration", `{"apiId":"{socket}","integrationId":"{call}","contentHandlingStrategy":"CONVERT_TO_BINARY","passthroughBehavior":"WHEN_NO_TEMPLATES","requestTemplates":{"300":"[]"},"templateSelectionExpression":"$request.body.other"}`, "", ""},
	{"CreateIntegration", `{"apiId":"{socket}","integrationType":"MOCK"}`, "", ""},
	{"CreateIntegrationResponse", `{"apiId":"{socket}","integrationId":"{call}","integrationResponseKey":"/2\\d\\d/","contentHandlingStrategy":"CONVERT_TO_TEXT","responseParameters":{"route.response.header.x":"integration.response.header.y"},"responseTemplates":{"$default":"{}"},"templateSelectionExpression":"$integration.response.statuscode"}`, "response=IntegrationResponseId", ""},
	{"UpdateIntegrationResponse", `{"apiId":"{socket}","integrationId":"{call}","integrationResponseId":"{response}","integrationResponseKey":"$default","contentHandlingStrategy":"CONVERT_TO_BINARY","responseParameters":{"route.response.header.z":"'a'"},"responseTemplates":{"a":"[]"},"templateSelectionExpression":"$integration.response.body.kind"}`, "", ""},
	{"CreateIntegrationResponse", `{"apiId":"{socket}","integrationId":"{call}","integrationResponseKey":"/500/"}`, "response2=IntegrationResponseId", ""},
	{"CreateModel", `{"apiId":"{socket}","name":"Pet","contentType":"application/json","description":"d","schema":"{\"type\":\"object\"}"}`, "model=ModelId", ""},
	{"CreateModel", `{"apiId":"{socket}","name":"Dog","schema":"{}"}`, "", ""},
	{"UpdateModel", `{"apiId":"{socket}","modelId":"{model}","name":"Animal","contentType":"text/json","description":"e","schema":"{\"type\":\"array\"}"}`, "", ""},
	{"GetModelTemplate", `{"apiId":"{socket}","modelId":"{model}"}`, "", ""},
	{"CreateAuthorizer", `{"apiId":"{socket}","name":"gate","authorizerType":"REQUEST","authorizerUri":"` + functionArn + `","identitySource":["route.request.header.Auth"]}`, "gate=AuthorizerId", ""},
	{"CreateRoute", `{"apiId":"{socket}","routeKey":"$connect","apiKeyRequired":true,"authorizationType":"CUSTOM","authorizerId":"{gate}","target":"integrations/{call}","requestParameters":{"route.request.header.x":{"required":true}}}`, "connect=RouteId", ""},
	{"UpdateRoute", `{"apiId":"{socket}","routeId":"{connect}","apiKeyRequired":true,"requestParameters":{"route.request.querystring.y":{"required":false}}}`, "", ""},
	{"DeleteRouteRequestParameter", `{"apiId":"{socket}","routeId":"{connect}","requestParameterKey":"route.request.header.x"}`, "", ""},
	{"CreateRoute", `{"apiId":"{socket}","routeKey":"ask","operationName":"ask","modelSelectionExpression":"$request.body.kind","requestModels":{"a":"Animal"},"routeResponseSelectionExpression":"$default"}`, "ask=RouteId", ""},
	{"UpdateRoute", `{"apiId":"{socket}","routeId":"{ask}","modelSelectionExpression":"$request.body.other","requestModels":{"b":"Dog"},"routeResponseSelectionExpression":"$default"}`, "", ""},
	{"CreateRouteResponse", `{"apiId":"{socket}","routeId":"{ask}","routeResponseKey":"$default","modelSelectionExpression":"$integration.response.body.kind","responseModels":{"a":"Animal"},"responseParameters":{"route.response.header.x":{"required":true}}}`, "answer=RouteResponseId", ""},
	{"UpdateRouteResponse", `{"apiId":"{socket}","routeId":"{ask}","routeResponseId":"{answer}","routeResponseKey":"$default","modelSelectionExpression":"$integration.response.body.other","responseModels":{"b":"Dog"},"responseParameters":{"route.response.header.y":{"required":false}}}`, "", ""},
}

var stageSteps = []step{
	{"CreateDeployment", `{"apiId":"{socket}","description":"d"}`, "deployment=DeploymentId", ""},
	{"CreateDeployment", `{"apiId":"{socket}"}`, "deployment2=DeploymentId", ""},
	{"UpdateDeployment", `{"apiId":"{socket}","deploymentId":"{deployment}","description":"e"}`, "", ""},
	{"CreateStage", `{"apiId":"{socket}","stageName":"prod","deploymentId":"{deployment}","autoDeploy":false,"clientCertificateId":"c1","description":"d","stageVariables":{"v":"1"},"tags":{"a":"b"},
		"accessLogSettings":{"destinationArn":"` + logArn + `","format":"$context.requestId"},"defaultRouteSettings":{"dataTraceEnabled":true,"detailedMetricsEnabled":true,"loggingLevel":"INFO","throttlingBurstLimit":5,"throttlingRateLimit":2.5},
		"routeSettings":{"ask":{"throttlingBurstLimit":1}}}`, "", ""},
	{"UpdateStage", `{"apiId":"{socket}","stageName":"prod","deploymentId":"{deployment2}","autoDeploy":false,"clientCertificateId":"c2","description":"e","stageVariables":{"v":"2"},
		"accessLogSettings":{"destinationArn":"` + logArn + `2","format":"$context.requestId x"},"defaultRouteSettings":{"throttlingBurstLimit":6},"routeSettings":{"$default":{"throttlingRateLimit":1}}}`, "", ""},
	{"DeleteRouteSettings", `{"apiId":"{socket}","stageName":"prod","routeKey":"ask"}`, "", ""},
	{"DeleteAccessLogSettings", `{"apiId":"{socket}","stageName":"prod"}`, "", ""},
	{"CreateStage", `{"apiId":"{socket}","stageName":"beta"}`, "", ""},
}

var domainSteps = []step{
	{"CreateDomainName", `{"domainName":"a.example.com","domainNameConfigurations":[{"certificateArn":"` + certificateArn + `","certificateName":"n","certificateUploadDate":"2020-01-02T03:04:05Z","endpointType":"REGIONAL","securityPolicy":"TLS_1_2","ipAddressType":"dualstack","ownershipVerificationCertificateArn":"` + certificateArn + `2"}],
		"mutualTlsAuthentication":{"truststoreUri":"s3://b/k","truststoreVersion":"1"},"routingMode":"ROUTING_RULE_THEN_API_MAPPING","tags":{"a":"b"}}`, "", ""},
	{"CreateDomainName", `{"domainName":"b.example.com","domainNameConfigurations":[{"certificateArn":"` + certificateArn + `"}]}`, "", ""},
	{"UpdateDomainName", `{"domainName":"a.example.com","domainNameConfigurations":[{"certificateArn":"` + certificateArn + `3","ipAddressType":"ipv4"}],"mutualTlsAuthentication":{"truststoreUri":"s3://b/l","truststoreVersion":"2"},"routingMode":"ROUTING_RULE_ONLY"}`, "", ""},
	{"CreateApiMapping", `{"domainName":"a.example.com","apiId":"{web}","stage":"prod","apiMappingKey":"v1/pets"}`, "mapping=ApiMappingId", ""},
	{"CreateApiMapping", `{"domainName":"a.example.com","apiId":"{web}","stage":"prod"}`, "", ""},
	{"UpdateApiMapping", `{"domainName":"a.example.com","apiMappingId":"{mapping}","apiId":"{web}","stage":"prod","apiMappingKey":"v2/pets"}`, "", ""},
	{"CreateRoutingRule", `{"domainName":"a.example.com","domainNameId":"abc","priority":5,"conditions":[{"matchHeaders":{"anyOf":[{"header":"x","valueGlob":"a*"}]}},{"matchBasePaths":{"anyOf":["users"]}}],"actions":[{"invokeApi":{"apiId":"{web}","stage":"prod","stripBasePath":true}}]}`, "rule=RoutingRuleId", "DomainName DomainNameId"},
	{"CreateRoutingRule", `{"domainName":"a.example.com","priority":6,"conditions":[],"actions":[{"invokeApi":{"apiId":"{web}","stage":"prod"}}]}`, "", "DomainName"},
	{"PutRoutingRule", `{"domainName":"a.example.com","domainNameId":"abc","routingRuleId":"{rule}","priority":7,"conditions":[{"matchBasePaths":{"anyOf":["people"]}}],"actions":[{"invokeApi":{"apiId":"{web}","stage":"prod","stripBasePath":false}}]}`, "", "DomainName DomainNameId"},
	{"GetRoutingRule", `{"domainName":"a.example.com","domainNameId":"abc","routingRuleId":"{rule}"}`, "", ""},
}

var tagSteps = []step{
	{"TagResource", `{"resourceArn":"arn:aws:apigateway:us-east-1::/apis/{web}/stages/prod","tags":{"c":"d","e":"f"}}`, "", ""},
	{"UntagResource", `{"resourceArn":"arn:aws:apigateway:us-east-1::/apis/{web}/stages/prod","tagKeys":["c","e"]}`, "", ""},
	{"GetTags", `{"resourceArn":"arn:aws:apigateway:us-east-1::/apis/{web}/stages/prod"}`, "", ""},
}

var portalSteps = []step{
	{"CreatePortalProduct", `{"displayName":"Pets","description":"d","tags":{"a":"b"}}`, "productarn=PortalProductArn", ""},
	{"CreatePortalProduct", `{"displayName":"Dogs"}`, "product=PortalProductId", ""},
	{"CreateProductPage", `{"portalProductId":"{product}","displayContent":{"title":"t","body":"b"}}`, "page=ProductPageId", ""},
	{"CreateProductPage", `{"portalProductId":"{product}","displayContent":{"title":"u","body":"b"}}`, "pagearn=ProductPageArn", ""},
	{"UpdateProductPage", `{"portalProductId":"{product}","productPageId":"{page}","displayContent":{"title":"v","body":"c"}}`, "", ""},
	{"GetProductPage", `{"portalProductId":"{product}","productPageId":"{page}","resourceOwnerAccountId":"000000000000"}`, "", ""},
	{"CreateProductRestEndpointPage", `{"portalProductId":"{product}","displayContent":{"overrides":{"endpoint":"/e","operationName":"o","body":"b"}},"restEndpointIdentifier":{"identifierParts":{"restApiId":"{web}","stage":"prod","path":"/p","method":"GET"}},"tryItState":"ENABLED"}`, "endpoint=ProductRestEndpointPageId", "DisplayContent"},
	{"CreateProductRestEndpointPage", `{"portalProductId":"{product}","displayContent":{"none":{}},"restEndpointIdentifier":{"identifierParts":{"restApiId":"{web}","stage":"prod","path":"/q","method":"GET"}}}`, "endpointarn=ProductRestEndpointPageArn", "DisplayContent"},
	{"UpdateProductRestEndpointPage", `{"portalProductId":"{product}","productRestEndpointPageId":"{endpoint}","displayContent":{"overrides":{"endpoint":"/f"}},"tryItState":"DISABLED"}`, "", "DisplayContent"},
	{"GetProductRestEndpointPage", `{"portalProductId":"{product}","productRestEndpointPageId":"{endpoint}","includeRawDisplayContent":"true","resourceOwnerAccountId":"000000000000"}`, "", ""},
	{"UpdatePortalProduct", `{"portalProductId":"{product}","displayName":"Hounds","description":"e","displayOrder":{"overviewPageArn":"{pagearn}","productPageArns":["{pagearn}"],"contents":[{"sectionName":"s","productRestEndpointPageArns":["{endpointarn}"]}]}}`, "", ""},
	{"GetPortalProduct", `{"portalProductId":"{product}","resourceOwnerAccountId":"000000000000"}`, "", ""},
	{"PutPortalProductSharingPolicy", `{"portalProductId":"{product}","policyDocument":` + policyDocument + `}`, "", ""},
	{"CreatePortal", `{"authorization":{"cognitoConfig":{"appClientId":"a","userPoolArn":"arn:aws:cognito-idp:us-east-1:0:userpool/p","userPoolDomain":"a.auth.us-east-1.amazoncognito.com"}},"endpointConfiguration":{"acmManaged":{"certificateArn":"` + certificateArn + `","domainName":"p.example.com"}},
		"includedPortalProductArns":["{productarn}"],"logoUri":"s3://b/l.png","portalContent":` + portalContent + `,"rumAppMonitorName":"m","tags":{"a":"b"}}`, "portal=PortalId", "EndpointConfiguration LogoUri"},
	{"CreatePortal", `{"authorization":{"none":{}},"endpointConfiguration":{"none":{}},"portalContent":` + portalContent + `}`, "portal2=PortalId", "EndpointConfiguration"},
	{"UpdatePortal", `{"portalId":"{portal}","authorization":{"none":{}},"endpointConfiguration":{"none":{}},"includedPortalProductArns":[],"logoUri":"s3://b/m.png","portalContent":` + portalContent + `,"rumAppMonitorName":"n"}`, "", "EndpointConfiguration LogoUri"},
	{"PreviewPortal", `{"portalId":"{portal}"}`, "", ""},
	{"PublishPortal", `{"portalId":"{portal}","description":"d"}`, "", ""},
}

var listSteps = []step{
	{"GetApis", `{}`, "", ""}, {"GetVpcLinks", `{}`, "", ""}, {"GetDomainNames", `{}`, "", ""}, {"ListPortals", `{}`, "", ""},
	{"GetIntegrations", `{"apiId":"{socket}"}`, "", ""}, {"GetRoutes", `{"apiId":"{socket}"}`, "", ""}, {"GetModels", `{"apiId":"{socket}"}`, "", ""},
	{"GetAuthorizers", `{"apiId":"{web}"}`, "", ""}, {"GetStages", `{"apiId":"{socket}"}`, "", ""}, {"GetDeployments", `{"apiId":"{socket}"}`, "", ""},
	{"GetRouteResponses", `{"apiId":"{socket}","routeId":"{ask}"}`, "", ""}, {"GetIntegrationResponses", `{"apiId":"{socket}","integrationId":"{call}"}`, "", ""},
	{"GetApiMappings", `{"domainName":"a.example.com"}`, "", ""}, {"ListRoutingRules", `{"domainName":"a.example.com","domainNameId":"abc"}`, "", ""},
	{"ListPortalProducts", `{"resourceOwner":"SELF"}`, "", ""}, {"ListProductPages", `{"portalProductId":"{product}","resourceOwnerAccountId":"000000000000"}`, "", ""},
	{"ListProductRestEndpointPages", `{"portalProductId":"{product}","resourceOwnerAccountId":"000000000000"}`, "", ""},
}

var deletionSteps = []step{
	{"DeleteRoutingRule", `{"domainName":"a.example.com","domainNameId":"abc","routingRuleId":"{rule}"}`, "", ""},
	{"DeleteApiMapping", `{"domainName":"a.example.com","apiMappingId":"{mapping}"}`, "", ""},
	{"DeleteDomainName", `{"domainName":"a.example.com"}`, "", ""},
	{"DeleteRouteResponse", `{"apiId":"{socket}","routeId":"{ask}","routeResponseId":"{answer}"}`, "", ""},
	{"DeleteRoute", `{"apiId":"{socket}","routeId":"{ask}"}`, "", ""},
	{"DeleteRoute", `{"apiId":"{web}","routeId":"{get}"}`, "", ""},
	{"DeleteRoute", `{"apiId":"{socket}","routeId":"{connect}"}`, "", ""},
	{"DeleteIntegrationResponse", `{"apiId":"{socket}","integrationId":"{call}","integrationResponseId":"{response}"}`, "", ""},
	{"DeleteIntegration", `{"apiId":"{socket}","integrationId":"{call}"}`, "", ""},
	{"DeleteIntegration", `{"apiId":"{web}","integrationId":"{private}"}`, "", ""},
	{"DeleteModel", `{"apiId":"{socket}","modelId":"{model}"}`, "", ""},
	{"DeleteAuthorizer", `{"apiId":"{web}","authorizerId":"{login}"}`, "", ""},
	{"DeleteStage", `{"apiId":"{socket}","stageName":"prod"}`, "", ""},
	{"DeleteDeployment", `{"apiId":"{socket}","deploymentId":"{deployment2}"}`, "", ""},
	{"DeleteApi", `{"apiId":"{socket}"}`, "", ""},
	{"DeleteVpcLink", `{"vpcLinkId":"{link}"}`, "", ""},
	{"DisablePortal", `{"portalId":"{portal}"}`, "", ""},
	{"DeletePortal", `{"portalId":"{portal2}"}`, "", ""},
	{"DeletePortalProductSharingPolicy", `{"portalProductId":"{product}"}`, "", ""},
	{"DeleteProductPage", `{"portalProductId":"{product}","productPageId":"{page}"}`, "", ""},
	{"DeleteProductRestEndpointPage", `{"portalProductId":"{product}","productRestEndpointPageId":"{endpoint}"}`, "", ""},
	{"DeletePortalProduct", `{"portalProductId":"{product}"}`, "", ""},
}
