package control

import "testing"

// patch is one rule of an update: what is stored, what is sent, what is answered.
type patch struct {
	name         string
	create, send string
	want         string
}

func (h *world) patches(path, id string, drop []string, rows []patch) {
	h.t.Helper()
	for _, p := range rows {
		at := path + "/" + h.make(path, p.create, id)
		answer := h.must("PATCH", at, p.send)
		stored := h.must("GET", at, "")
		h.t.Run(p.name, func(t *testing.T) {
			inner := *h
			inner.t = t
			inner.want(without(answer, append(drop, id)...), p.want)
			inner.want(without(stored, append(drop, id)...), p.want)
		})
		if id != "stageName" {
			h.must("DELETE", at, "")
		}
	}
}

func TestPatchApi(t *testing.T) {
	h := newWorld(t, nil)
	const rest = `"apiKeySelectionExpression":"$request.header.x-api-key","disableExecuteApiEndpoint":false,"ipAddressType":"ipv4","protocolType":"HTTP","routeSelectionExpression":"$request.method $request.path","tags":{}`
	h.patches("/v2/apis", "apiId", []string{"createdDate", "apiEndpoint"}, []patch{
		{"what is absent stays", `{"name":"a","protocolType":"HTTP","description":"d","version":"v"}`, `{"name":"b"}`, `{"name":"b","description":"d","version":"v",` + rest + `}`},
		{"empty clears description and version", `{"name":"a","protocolType":"HTTP","description":"d","version":"v"}`, `{"description":"","version":""}`, `{"name":"a",` + rest + `}`},
		{"null is absent", `{"name":"a","protocolType":"HTTP","description":"d"}`, `{"description":null}`, `{"name":"a","description":"d",` + rest + `}`},
		{"an unknown member is ignored", `{"name":"a","protocolType":"HTTP"}`, `{"colour":"red","apiId":"mine","protocolType":"WEBSOCKET"}`, `{"name":"a",` + rest + `}`},
		{"empty CORS changes nothing", `{"name":"a","protocolType":"HTTP","corsConfiguration":{"allowOrigins":["https://a"],"maxAge":5}}`, `{"corsConfiguration":{}}`,
			`{"name":"a","corsConfiguration":{"allowOrigins":["https://a"],"maxAge":5},` + rest + `}`},
		{"CORS is replaced whole", `{"name":"a","protocolType":"HTTP","corsConfiguration":{"allowOrigins":["https://a"],"maxAge":5}}`, `{"corsConfiguration":{"allowHeaders":["X-A"],"allowMethods":["put"]}}`,
			`{"name":"a","corsConfiguration":{"allowHeaders":["x-a"],"allowMethods":["put"]},` + rest + `}`},
	})
	api := h.api("HTTP")
	h.must("PATCH", api, `{"disableExecuteApiEndpoint":true,"ipAddressType":"dualstack","corsConfiguration":{"maxAge":0}}`)
	h.must("DELETE", api+"/cors", "")
	got := h.must("PATCH", api, `{}`)
	h.want(without(got, "apiId", "createdDate", "apiEndpoint"), `{"name":"a","apiKeySelectionExpression":"$request.header.x-api-key","disableExecuteApiEndpoint":true,"ipAddressType":"dualstack","protocolType":"HTTP","routeSelectionExpression":"$request.method $request.path","tags":{}}`)
}

func TestPatchIntegration(t *testing.T) {
	h := newWorld(t, nil)
	ws, http := h.api("WEBSOCKET"), h.api("HTTP")
	const mock = `"connectionType":"INTERNET","integrationResponseSelectionExpression":"${integration.response.statuscode}","integrationType":"MOCK","passthroughBehavior":"WHEN_NO_MATCH","payloadFormatVersion":"1.0","timeoutInMillis":29000`
	const plain = `"connectionType":"INTERNET","integrationMethod":"GET","integrationResponseSelectionExpression":"${integration.response.statuscode}","integrationType":"HTTP","integrationUri":"http://a","passthroughBehavior":"WHEN_NO_MATCH","payloadFormatVersion":"1.0","timeoutInMillis":29000`
	h.patches(ws+"/integrations", "integrationId", nil, []patch{
		{"empty clears description and credentials", `{"integrationType":"MOCK","description":"d","credentialsArn":"arn:aws:iam::0:role/r"}`, `{"description":"","credentialsArn":""}`, `{` + mock + `}`},
		{"the template selection is cleared", `{"integrationType":"MOCK","templateSelectionExpression":"$request.body.a"}`, `{"templateSelectionExpression":""}`, `{` + mock + `}`},
		{"request parameters merge", `{"integrationType":"HTTP","integrationMethod":"GET","integrationUri":"http://a","requestParameters":{"integration.request.header.a":"'1'","integration.request.header.b":"'2'"}}`,
			`{"requestParameters":{"integration.request.header.b":"''","integration.request.header.c":"'3'"}}`,
			`{"requestParameters":{"integration.request.header.a":"'1'","integration.request.header.b":"''","integration.request.header.c":"'3'"},` + plain + `}`},
		{"an empty request parameter goes", `{"integrationType":"HTTP","integrationMethod":"GET","integrationUri":"http://a","requestParameters":{"integration.request.header.a":"'1'","integration.request.header.b":"'2'"}}`,
			`{"requestParameters":{"integration.request.header.b":""}}`, `{"requestParameters":{"integration.request.header.a":"'1'"},` + plain + `}`},
		{"no request parameters change nothing", `{"integrationType":"HTTP","integrationMethod":"GET","integrationUri":"http://a","requestParameters":{"integration.request.header.a":"'1'"}}`,
			`{"requestParameters":{}}`, `{"requestParameters":{"integration.request.header.a":"'1'"},` + plain + `}`},
		{"request templates are replaced", `{"integrationType":"MOCK","requestTemplates":{"a":"1","b":"2"}}`, `{"requestTemplates":{"b":""}}`, `{"requestTemplates":{"b":""},` + mock + `}`},
		{"a timeout that is absent stays", `{"integrationType":"MOCK","timeoutInMillis":50}`, `{"description":"d"}`,
			`{"description":"d","connectionType":"INTERNET","integrationResponseSelectionExpression":"${integration.response.statuscode}","integrationType":"MOCK","passthroughBehavior":"WHEN_NO_MATCH","payloadFormatVersion":"1.0","timeoutInMillis":50}`},
		{"the selection follows the type", `{"integrationType":"MOCK"}`, `{"integrationType":"AWS","integrationUri":"arn:aws:lambda:us-east-1:0:function:f"}`,
			`{"connectionType":"INTERNET","integrationMethod":"POST","integrationResponseSelectionExpression":"${integration.response.body.errorMessage}","integrationType":"AWS","integrationUri":"arn:aws:lambda:us-east-1:0:function:f","passthroughBehavior":"WHEN_NO_MATCH","payloadFormatVersion":"1.0","timeoutInMillis":29000}`},
	})
	const proxy = `"connectionType":"INTERNET","integrationMethod":"GET","integrationType":"HTTP_PROXY","integrationUri":"http://a","payloadFormatVersion":"1.0","timeoutInMillis":30000`
	h.patches(http+"/integrations", "integrationId", nil, []patch{
		{"an empty status goes", `{"integrationType":"HTTP_PROXY","integrationMethod":"GET","integrationUri":"http://a","payloadFormatVersion":"1.0","responseParameters":{"200":{"append:header.a":"1"},"404":{"append:header.a":"1"}}}`,
			`{"responseParameters":{"404":{}}}`, `{"responseParameters":{"200":{"append:header.a":"1"}},` + proxy + `}`},
		{"a status is replaced", `{"integrationType":"HTTP_PROXY","integrationMethod":"GET","integrationUri":"http://a","payloadFormatVersion":"1.0","responseParameters":{"200":{"append:header.a":"1"}}}`,
			`{"responseParameters":{"200":{"append:header.b":"2"}}}`, `{"responseParameters":{"200":{"append:header.b":"2"}},` + proxy + `}`},
		{"TLS of a public integration is dropped", `{"integrationType":"HTTP_PROXY","integrationMethod":"GET","integrationUri":"http://a","payloadFormatVersion":"1.0","tlsConfig":{"serverNameToVerify":"a"}}`,
			`{"tlsConfig":{"serverNameToVerify":"b"}}`, `{` + proxy + `}`},
	})
}

func TestPatchIntegrationResponse(t *testing.T) {
	h := newWorld(t, nil)
	ws := h.api("WEBSOCKET")
	at := ws + "/integrations/" + h.make(ws+"/integrations", `{"integrationType":"MOCK"}`, "integrationId") + "/integrationresponses"
	const all = `{"integrationResponseKey":"/2\\d\\d/","contentHandlingStrategy":"CONVERT_TO_TEXT","templateSelectionExpression":"${request.body.a}","responseTemplates":{"a":"1"},"responseParameters":{"method.response.header.x":"'1'"}}`
	h.patches(at, "integrationResponseId", nil, []patch{
		{"nothing changes nothing", all, `{}`, all},
		{"a new key", all, `{"integrationResponseKey":"$default"}`, `{"integrationResponseKey":"$default","contentHandlingStrategy":"CONVERT_TO_TEXT","templateSelectionExpression":"${request.body.a}","responseTemplates":{"a":"1"},"responseParameters":{"method.response.header.x":"'1'"}}`},
		{"its own key again", all, `{"integrationResponseKey":"/2\\d\\d/"}`, all},
		{"empty clears the template selection", all, `{"templateSelectionExpression":""}`, `{"integrationResponseKey":"/2\\d\\d/","contentHandlingStrategy":"CONVERT_TO_TEXT","responseTemplates":{"a":"1"},"responseParameters":{"method.response.header.x":"'1'"}}`},
		{"templates are replaced, an empty one is kept", all, `{"responseTemplates":{"b":""}}`, `{"integrationResponseKey":"/2\\d\\d/","contentHandlingStrategy":"CONVERT_TO_TEXT","templateSelectionExpression":"${request.body.a}","responseTemplates":{"b":""},"responseParameters":{"method.response.header.x":"'1'"}}`},
		{"parameters are replaced", all, `{"responseParameters":{"route.response.header.y":"integration.response.body.a"}}`, `{"integrationResponseKey":"/2\\d\\d/","contentHandlingStrategy":"CONVERT_TO_TEXT","templateSelectionExpression":"${request.body.a}","responseTemplates":{"a":"1"},"responseParameters":{"route.response.header.y":"integration.response.body.a"}}`},
		{"another strategy", `{"integrationResponseKey":"$default"}`, `{"contentHandlingStrategy":"CONVERT_TO_BINARY"}`, `{"integrationResponseKey":"$default","contentHandlingStrategy":"CONVERT_TO_BINARY"}`},
		{"a broken template is stored", `{"integrationResponseKey":"$default"}`, `{"responseTemplates":{"$default":"#if(1"}}`, `{"integrationResponseKey":"$default","responseTemplates":{"$default":"#if(1"}}`},
	})
}

func TestPatchRoute(t *testing.T) {
	h := newWorld(t, nil)
	ws, http := h.api("WEBSOCKET"), h.api("HTTP")
	h.must("POST", ws+"/models", `{"name":"Pet","schema":"{}"}`)
	jwt := h.make(http+"/authorizers", `{"name":"jwt","authorizerType":"JWT","identitySource":["$request.header.a"],"jwtConfiguration":{"issuer":"https://i"}}`, "authorizerId")
	h.patches(ws+"/routes", "routeId", nil, []patch{
		{"empty clears the operation name", `{"routeKey":"a","operationName":"o"}`, `{"operationName":""}`, `{"routeKey":"a","apiKeyRequired":false,"authorizationType":"NONE"}`},
		{"the key can change", `{"routeKey":"a"}`, `{"routeKey":"b"}`, `{"routeKey":"b","apiKeyRequired":false,"authorizationType":"NONE"}`},
		{"parameters merge", `{"routeKey":"$connect","requestParameters":{"route.request.header.a":{"required":true}}}`, `{"requestParameters":{"route.request.header.b":{"required":false}}}`,
			`{"routeKey":"$connect","apiKeyRequired":false,"authorizationType":"NONE","requestParameters":{"route.request.header.a":{"required":true},"route.request.header.b":{"required":false}}}`},
		{"models merge, an empty one goes", `{"routeKey":"a","requestModels":{"x":"Pet","y":"Pet"}}`, `{"requestModels":{"x":""}}`, `{"routeKey":"a","apiKeyRequired":false,"authorizationType":"NONE","requestModels":{"y":"Pet"}}`},
	})
	h.patches(http+"/routes", "routeId", nil, []patch{
		{"an authorizer is detached", `{"routeKey":"GET /a","authorizationType":"JWT","authorizerId":"` + jwt + `","authorizationScopes":["s"]}`,
			`{"authorizationType":"NONE","authorizerId":"","authorizationScopes":[]}`, `{"routeKey":"GET /a","apiKeyRequired":false,"authorizationType":"NONE"}`},
		{"an authorization type that is absent stays", `{"routeKey":"GET /a","authorizationType":"JWT","authorizerId":"` + jwt + `"}`, `{"operationName":"o"}`,
			`{"routeKey":"GET /a","apiKeyRequired":false,"authorizationType":"JWT","authorizerId":"` + jwt + `","operationName":"o"}`},
	})
	connect := ws + "/routes/" + h.make(ws+"/routes", `{"routeKey":"$connect","requestParameters":{"route.request.header.a":{"required":true},"route.request.querystring.b":{"required":true}}}`, "routeId")
	h.must("DELETE", connect+"/requestparameters/route.request.querystring.b", "")
	h.want(without(h.must("GET", connect, ""), "routeId"), `{"routeKey":"$connect","apiKeyRequired":false,"authorizationType":"NONE","requestParameters":{"route.request.header.a":{"required":true}}}`)
}

func TestPatchOthers(t *testing.T) {
	h := newWorld(t, nil)
	ws, http := h.api("WEBSOCKET"), h.api("HTTP")
	route := h.make(ws+"/routes", `{"routeKey":"a"}`, "routeId")
	h.patches(ws+"/routes/"+route+"/routeresponses", "routeResponseId", nil, []patch{
		{"empty clears the model selection", `{"routeResponseKey":"$default","modelSelectionExpression":"a"}`, `{"modelSelectionExpression":""}`, `{"routeResponseKey":"$default"}`},
	})
	h.patches(ws+"/models", "modelId", nil, []patch{
		{"empty clears the description", `{"name":"A","schema":"{ }","description":"d","contentType":"text/x-json"}`, `{"description":""}`, `{"name":"A","schema":"{ }","contentType":"text/x-json"}`},
	})
	const uri = `"authorizerUri":"arn:aws:lambda:us-east-1:0:function:f"`
	h.patches(http+"/authorizers", "authorizerId", nil, []patch{
		{"a cache is switched off and its identity dropped", `{"name":"a","authorizerType":"REQUEST",` + uri + `,"authorizerPayloadFormatVersion":"2.0","authorizerResultTtlInSeconds":300,"identitySource":["$request.header.a"],"authorizerCredentialsArn":"arn:aws:iam::0:role/r"}`,
			`{"authorizerResultTtlInSeconds":0,"identitySource":[],"authorizerCredentialsArn":""}`, `{"name":"a","authorizerType":"REQUEST",` + uri + `,"authorizerPayloadFormatVersion":"2.0","authorizerResultTtlInSeconds":0}`},
		{"the JWT configuration", `{"name":"a","authorizerType":"JWT","identitySource":["$request.header.a"],"jwtConfiguration":{"issuer":"https://i","audience":["x","y"]}}`,
			`{"jwtConfiguration":{"issuer":"https://j","audience":["z"]}}`, `{"name":"a","authorizerType":"JWT","identitySource":["$request.header.a"],"jwtConfiguration":{"issuer":"https://j","audience":["z"]}}`},
	})
}

func TestPatchStage(t *testing.T) {
	h := newWorld(t, nil)
	ws, http := h.api("WEBSOCKET"), h.api("HTTP")
	h.must("POST", ws+"/routes", `{"routeKey":"a"}`)
	const socket = `"defaultRouteSettings":{"dataTraceEnabled":false,"detailedMetricsEnabled":false,"loggingLevel":"OFF"},"tags":{}`
	dates := []string{"createdDate", "lastUpdatedDate"}
	const logs = `"accessLogSettings":{"destinationArn":"arn:aws:logs:us-east-1:0:log-group:g","format":"$context.requestId"}`
	h.patches(ws+"/stages", "stageName", dates, []patch{
		{"a description cannot be cleared", `{"stageName":"s1","description":"d"}`, `{"description":""}`, `{"description":"d","routeSettings":{},"stageVariables":{},` + socket + `}`},
		{"variables merge, an empty one goes", `{"stageName":"s2","stageVariables":{"a":"1","b":"2"}}`, `{"stageVariables":{"a":"","c":"3"}}`, `{"routeSettings":{},"stageVariables":{"b":"2","c":"3"},` + socket + `}`},
		{"no variables change nothing", `{"stageName":"s3","stageVariables":{"a":"1"}}`, `{"stageVariables":{}}`, `{"routeSettings":{},"stageVariables":{"a":"1"},` + socket + `}`},
		{"route settings merge by key", `{"stageName":"s4","routeSettings":{"a":{"throttlingBurstLimit":1}}}`, `{"routeSettings":{"$connect":{"throttlingRateLimit":2.5}}}`,
			`{"routeSettings":{"a":{"throttlingBurstLimit":1},"$connect":{"throttlingRateLimit":2.5}},"stageVariables":{},` + socket + `}`},
		{"empty log settings change nothing", `{"stageName":"s5",` + logs + `}`, `{"accessLogSettings":{}}`, `{` + logs + `,"routeSettings":{},"stageVariables":{},` + socket + `}`},
		{"log settings merge", `{"stageName":"s6",` + logs + `}`, `{"accessLogSettings":{"format":"$context.requestId x"}}`,
			`{"accessLogSettings":{"destinationArn":"arn:aws:logs:us-east-1:0:log-group:g","format":"$context.requestId x"},"routeSettings":{},"stageVariables":{},` + socket + `}`},
		{"default settings merge", `{"stageName":"s7","defaultRouteSettings":{"throttlingBurstLimit":5,"loggingLevel":"INFO"}}`, `{"defaultRouteSettings":{"throttlingRateLimit":1.5}}`,
			`{"defaultRouteSettings":{"throttlingBurstLimit":5,"throttlingRateLimit":1.5,"loggingLevel":"INFO","dataTraceEnabled":false,"detailedMetricsEnabled":false},"routeSettings":{},"stageVariables":{},"tags":{}}`},
		{"the client certificate is cleared", `{"stageName":"s8","clientCertificateId":"abc"}`, `{"clientCertificateId":""}`, `{"routeSettings":{},"stageVariables":{},` + socket + `}`},
	})
	h.patches(http+"/stages", "stageName", dates, []patch{
		{"autoDeploy is switched off", `{"stageName":"s1","autoDeploy":true}`, `{"autoDeploy":false}`,
			`{"autoDeploy":false,"lastDeploymentStatusMessage":"Unable to deploy API because no routes exist in this API","defaultRouteSettings":{"detailedMetricsEnabled":false},"routeSettings":{},"stageVariables":{},"tags":{}}`},
	})
	h.must("DELETE", ws+"/stages/s4/routesettings/"+escape("$connect"), "")
	h.must("DELETE", ws+"/stages/s5/accesslogsettings", "")
	h.want(without(h.must("GET", ws+"/stages/s4", ""), dates...), `{"stageName":"s4","routeSettings":{"a":{"throttlingBurstLimit":1}},"stageVariables":{},`+socket+`}`)
	h.want(without(h.must("GET", ws+"/stages/s5", ""), dates...), `{"stageName":"s5","routeSettings":{},"stageVariables":{},`+socket+`}`)
}
