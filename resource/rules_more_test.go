package resource

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

func TestIntegrationResponse(t *testing.T) {
	for name, c := range map[string]struct{ body, want string }{
		"$default":           {`{"integrationResponseKey":"$default"}`, ""},
		"a pattern":          {`{"integrationResponseKey":"/2\\d\\d/"}`, ""},
		"a bare status":      {`{"integrationResponseKey":"200"}`, "Invalid value specified for IntegrationResponseKey"},
		"an empty pattern":   {`{"integrationResponseKey":"//"}`, "Invalid value specified for IntegrationResponseKey"},
		"one slash":          {`{"integrationResponseKey":"/"}`, "Invalid value specified for IntegrationResponseKey"},
		"no key":             {`{}`, "Invalid value specified for IntegrationResponseKey"},
		"a strategy":         {`{"integrationResponseKey":"$default","contentHandlingStrategy":"CONVERT"}`, "Invalid value specified for ContentHandlingStrategy: must be one of [CONVERT_TO_BINARY, CONVERT_TO_TEXT]"},
		"an empty parameter": {`{"integrationResponseKey":"$default","responseParameters":{"a":""}}`, "Invalid value specified for ResponseParameters"},
		"a long template":    {`{"integrationResponseKey":"$default","responseTemplates":{"$default":"` + strings.Repeat("x", MaxTemplate+1) + `"}}`, "Invalid value specified for ResponseTemplates"},
	} {
		t.Run(name, func(t *testing.T) { check(t, decode[IntegrationResponse](t, c.body).Validate(0), c.want) })
	}
	lifted := decode[IntegrationResponse](t, `{"integrationResponseKey":"$default","responseTemplates":{"a":"`+strings.Repeat("x", 40000)+`"}}`)
	check(t, lifted.Validate(300<<10), "")
}

func TestRouteResponse(t *testing.T) {
	check(t, decode[RouteResponse](t, `{"routeResponseKey":"$default","responseParameters":{"route.response.header.a":{}}}`).Validate(), "")
	check(t, decode[RouteResponse](t, `{"routeResponseKey":"200"}`).Validate(), "Currently, only $default is supported as a RouteResponseKey.")
	check(t, decode[RouteResponse](t, `{"routeResponseKey":"$default","responseParameters":{"header.a":{}}}`).Validate(), "Invalid mapping expression specified")
}

func TestModelAndDeployment(t *testing.T) {
	check(t, (&Model{Name: "A1", Schema: "{}"}).Validate(), "")
	check(t, (&Model{Name: "a-b"}).Validate(), "Model name must be alphanumeric: a-b")
	check(t, (&Model{}).Validate(), "Model name must be alphanumeric: ")
	check(t, (&Model{Name: "a", Schema: strings.Repeat("x", MaxTemplate+1)}).Validate(), "Invalid value specified for Schema")
	check(t, (&Deployment{Description: strings.Repeat("x", 1025)}).Validate(), "Invalid value specified for Description")
}

func TestAuthorizer(t *testing.T) {
	const uri = `"authorizerUri":"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/` + function + `/invocations"`
	for name, c := range map[string]struct{ protocol, body, want string }{
		"REQUEST on WEBSOCKET":      {WebSocket, `{"name":"a","authorizerType":"REQUEST",` + uri + `,"identitySource":["route.request.header.Auth"]}`, ""},
		"JWT on WEBSOCKET":          {WebSocket, `{"name":"a","authorizerType":"JWT"}`, "Invalid authorizer type. Only REQUEST"},
		"a TTL of 0 on WEBSOCKET":   {WebSocket, `{"name":"a","authorizerType":"REQUEST",` + uri + `,"authorizerResultTtlInSeconds":0}`, "AuthorizerResultTtlInSeconds cannot be set for WEBSOCKET protocol Apis."},
		"a version on WEBSOCKET":    {WebSocket, `{"name":"a","authorizerType":"REQUEST",` + uri + `,"authorizerPayloadFormatVersion":"1.0"}`, "AuthorizerPayloadFormatVersion cannot be set"},
		"simple on WEBSOCKET":       {WebSocket, `{"name":"a","authorizerType":"REQUEST",` + uri + `,"enableSimpleResponses":false}`, "EnableSimpleResponses cannot be set"},
		"an HTTP source":            {WebSocket, `{"name":"a","authorizerType":"REQUEST",` + uri + `,"identitySource":["$request.header.Authorization"]}`, "Invalid request identity source expression: $request.header.Authorization. The sources must be separated by comma"},
		"REQUEST on HTTP":           {HTTP, `{"name":"a","authorizerType":"REQUEST",` + uri + `,"authorizerPayloadFormatVersion":"2.0","enableSimpleResponses":true}`, ""},
		"no version":                {HTTP, `{"name":"a","authorizerType":"REQUEST",` + uri + `}`, "AuthorizerPayloadFormatVersion is a required parameter for REQUEST authorizer"},
		"another version":           {HTTP, `{"name":"a","authorizerType":"REQUEST",` + uri + `,"authorizerPayloadFormatVersion":"3.0"}`, "Invalid value specified for AuthorizerPayloadFormatVersion"},
		"simple in version 1.0":     {HTTP, `{"name":"a","authorizerType":"REQUEST",` + uri + `,"authorizerPayloadFormatVersion":"1.0","enableSimpleResponses":true}`, "EnableSimpleResponses can only be set for"},
		"a cache without identity":  {HTTP, `{"name":"a","authorizerType":"REQUEST",` + uri + `,"authorizerPayloadFormatVersion":"2.0","authorizerResultTtlInSeconds":300}`, "Identity source must be set if authorizer caching is enabled"},
		"a cache with identity":     {HTTP, `{"name":"a","authorizerType":"REQUEST",` + uri + `,"authorizerPayloadFormatVersion":"2.0","authorizerResultTtlInSeconds":300,"identitySource":["$request.header.a"]}`, ""},
		"a TTL too long":            {HTTP, `{"name":"a","authorizerType":"REQUEST",` + uri + `,"authorizerResultTtlInSeconds":3601}`, "Authorizer result TTL outside allowable range. TTL must be between 0 and 3600 seconds."},
		"no URI":                    {HTTP, `{"name":"a","authorizerType":"REQUEST","authorizerPayloadFormatVersion":"2.0"}`, "AuthorizerUri is a required field in an Authorizer"},
		"a URI that is no function": {HTTP, `{"name":"a","authorizerType":"REQUEST","authorizerPayloadFormatVersion":"2.0","authorizerUri":"http://a"}`, "Invalid Authorizer URI"},
		"a socket's source":         {HTTP, `{"name":"a","authorizerType":"REQUEST",` + uri + `,"authorizerPayloadFormatVersion":"2.0","identitySource":["route.request.header.a"]}`, "Invalid identity source expression"},
		"JWT":                       {HTTP, `{"name":"a","authorizerType":"JWT","identitySource":["$request.header.Authorization"],"jwtConfiguration":{"issuer":"https://i","audience":["x"]}}`, ""},
		"JWT with two sources":      {HTTP, `{"name":"a","authorizerType":"JWT","identitySource":["$request.header.a","$request.header.b"],"jwtConfiguration":{"issuer":"https://i"}}`, "Identity source for JWT authorizer"},
		"JWT without issuer":        {HTTP, `{"name":"a","authorizerType":"JWT","identitySource":["$request.header.a"]}`, "JwtConfiguration with an Issuer"},
		"an issuer of no form":      {HTTP, `{"name":"a","authorizerType":"JWT","identitySource":["$request.header.a"],"jwtConfiguration":{"issuer":"i"}}`, "Invalid issuer: i."},
		"another type":              {HTTP, `{"name":"a","authorizerType":"TOKEN"}`, "Invalid authorizer type specified"},
		"no name":                   {HTTP, `{"authorizerType":"JWT"}`, "Invalid value specified for Name"},
	} {
		t.Run(name, func(t *testing.T) { check(t, decode[Authorizer](t, c.body).Validate(c.protocol, false), c.want) })
	}
	// What AWS does not have of WebSocket APIs, and what stays refused of it.
	for name, c := range map[string]struct{ body, want string }{
		"JWT":                    {`{"name":"a","authorizerType":"JWT","identitySource":["route.request.querystring.token"],"jwtConfiguration":{"issuer":"https://i","audience":["x"]}}`, ""},
		"JWT as of HTTP APIs":    {`{"name":"a","authorizerType":"JWT","identitySource":["$request.header.Authorization"],"jwtConfiguration":{"issuer":"https://i"}}`, ""},
		"JWT in messages":        {`{"name":"a","authorizerType":"JWT","identitySource":["route.request.body.auth.token"],"jwtConfiguration":{"issuer":"https://i"}}`, ""},
		"JWT without a source":   {`{"name":"a","authorizerType":"JWT","jwtConfiguration":{"issuer":"https://i"}}`, "Identity source for JWT authorizer"},
		"JWT at any depth":       {`{"name":"a","authorizerType":"JWT","identitySource":["route.request.body..token"],"jwtConfiguration":{"issuer":"https://i"}}`, "Invalid request identity source expression"},
		"JWT from elsewhere":     {`{"name":"a","authorizerType":"JWT","identitySource":["token"],"jwtConfiguration":{"issuer":"https://i"}}`, "Invalid request identity source expression: token."},
		"a TTL":                  {`{"name":"a","authorizerType":"REQUEST",` + uri + `,"authorizerResultTtlInSeconds":60,"identitySource":["route.request.body.t"]}`, ""},
		"a TTL too long":         {`{"name":"a","authorizerType":"REQUEST",` + uri + `,"authorizerResultTtlInSeconds":3601}`, "Authorizer result TTL outside allowable range"},
		"a TTL without identity": {`{"name":"a","authorizerType":"REQUEST",` + uri + `,"authorizerResultTtlInSeconds":60}`, "Identity source must be set"},
		"a version":              {`{"name":"a","authorizerType":"REQUEST",` + uri + `,"authorizerPayloadFormatVersion":"2.0"}`, "AuthorizerPayloadFormatVersion cannot be set"},
		"no URI":                 {`{"name":"a","authorizerType":"REQUEST"}`, "AuthorizerUri is a required field"},
		"another type":           {`{"name":"a","authorizerType":"TOKEN"}`, "Invalid authorizer type specified. Must be one of [REQUEST, JWT]"},
	} {
		t.Run("per route, "+name, func(t *testing.T) { check(t, decode[Authorizer](t, c.body).Validate(WebSocket, true), c.want) })
	}
}

func TestStage(t *testing.T) {
	const logs = `"destinationArn":"arn:aws:logs:us-east-1:0:log-group:g"`
	for name, c := range map[string]struct{ protocol, body, want string }{
		"$default on HTTP":      {HTTP, `{"stageName":"$default"}`, ""},
		"$default on WEBSOCKET": {WebSocket, `{"stageName":"$default"}`, ""},
		"$connect":              {WebSocket, `{"stageName":"$connect"}`, "Invalid stage name specified"},
		"a dot":                 {HTTP, `{"stageName":"v1.0"}`, "Invalid stage name specified"},
		"a variable":            {HTTP, `{"stageName":"a","stageVariables":{"a_1":"http://x?y=1&z=2,3"}}`, ""},
		"a variable's name":     {HTTP, `{"stageName":"a","stageVariables":{"a-b":"x"}}`, `Invalid stage variable name "a-b"`},
		"a variable's value":    {HTTP, `{"stageName":"a","stageVariables":{"a":"x y"}}`, "Invalid value specified for stage variable a"},
		"a logging level":       {HTTP, `{"stageName":"a","defaultRouteSettings":{"loggingLevel":"INFO"}}`, "Execution logs are not supported on protocolType HTTP"},
		"a data trace":          {HTTP, `{"stageName":"a","routeSettings":{"$default":{"dataTraceEnabled":true}}}`, "Execution logs are not supported on protocolType HTTP"},
		"logging on WEBSOCKET":  {WebSocket, `{"stageName":"a","defaultRouteSettings":{"loggingLevel":"INFO","dataTraceEnabled":true}}`, ""},
		"a level not known":     {WebSocket, `{"stageName":"a","defaultRouteSettings":{"loggingLevel":"DEBUG"}}`, "Invalid value specified for LoggingLevel"},
		"a negative rate":       {HTTP, `{"stageName":"a","defaultRouteSettings":{"throttlingRateLimit":-1}}`, "Invalid value specified for ThrottlingRateLimit"},
		"a negative burst":      {HTTP, `{"stageName":"a","defaultRouteSettings":{"throttlingBurstLimit":-1}}`, "Invalid value specified for ThrottlingBurstLimit"},
		"a log":                 {HTTP, `{"stageName":"a","accessLogSettings":{` + logs + `,"format":"$context.requestId\n"}}`, ""},
		"a log without format":  {HTTP, `{"stageName":"a","accessLogSettings":{` + logs + `}}`, "AccessLogSettings needs both"},
		"a log without its id":  {HTTP, `{"stageName":"a","accessLogSettings":{` + logs + `,"format":"x"}}`, "Access Log format must include either $context.requestId or $context.extendedRequestId"},
		"a log of two lines":    {HTTP, `{"stageName":"a","accessLogSettings":{` + logs + `,"format":"$context.requestId\nx"}}`, "Access Log format must be single line, new line character is allowed only at end of the format"},
		"a log elsewhere":       {HTTP, `{"stageName":"a","accessLogSettings":{"destinationArn":"arn:aws:s3:::b","format":"$context.requestId"}}`, "Invalid ARN specified in the request: DestinationArn"},
		"a log at no ARN":       {HTTP, `{"stageName":"a","accessLogSettings":{"destinationArn":"file","format":"$context.requestId"}}`, "Invalid ARN specified in the request: DestinationArn"},
	} {
		t.Run(name, func(t *testing.T) {
			s := decode[Stage](t, c.body)
			check(t, s.Validate(c.protocol), c.want)
		})
	}
}

func TestStageFill(t *testing.T) {
	for protocol, want := range map[string]string{
		HTTP:      `{"defaultRouteSettings":{"detailedMetricsEnabled":false},"routeSettings":{},"stageName":"a","stageVariables":{},"tags":{}}`,
		WebSocket: `{"defaultRouteSettings":{"dataTraceEnabled":false,"detailedMetricsEnabled":false,"loggingLevel":"OFF"},"routeSettings":{},"stageName":"a","stageVariables":{},"tags":{}}`,
	} {
		s := &Stage{StageName: "a"}
		s.Fill(protocol)
		if got, _ := json.Marshal(s); string(got) != want {
			t.Errorf("%s: got  %s\nwant %s", protocol, got, want)
		}
	}
}

func TestArns(t *testing.T) {
	for _, c := range []struct{ arn, region, path string }{
		{ApiArn("us-east-1", "abc"), "us-east-1", "apis abc"},
		{StageArn("eu-west-1", "abc", "$default"), "eu-west-1", "apis abc stages $default"},
		{PortalArn("us-east-1", "000000000000", "p"), "us-east-1", "portals p"},
	} {
		region, path, ok := ParseArn(c.arn)
		if !ok || region != c.region || strings.Join(path, " ") != c.path {
			t.Errorf("%s: got %q %v %v, want %q %q", c.arn, region, path, ok, c.region, c.path)
		}
	}
	for _, s := range []string{"", "arn:aws:s3:::b", "arn:aws:apigateway:us-east-1::apis/a", "arn:aws:apigateway:us-east-1::/", "x:aws:apigateway:us-east-1::/apis"} {
		if _, _, ok := ParseArn(s); ok {
			t.Errorf("%q: got an ARN, want none", s)
		}
	}
}

func TestApiKeysAndPlans(t *testing.T) {
	check(t, (&ApiKey{Value: strings.Repeat("k", 20)}).Validate(), "")
	check(t, (&ApiKey{Value: "short"}).Validate(), "Invalid value specified for value")
	check(t, (&UsagePlan{}).Validate(), "Usage Plan name cannot be blank")
	check(t, (&UsagePlan{Name: "a", Quota: &QuotaSettings{Limit: 1, Offset: 2, Period: "DAY"}}).Validate(), "Invalid quota settings")
	check(t, (&UsagePlan{Name: "a", Quota: &QuotaSettings{Limit: 1, Period: "YEAR"}}).Validate(), "Invalid value specified for quota.period")
	check(t, (&UsagePlan{Name: "a", Throttle: &ThrottleSettings{RateLimit: -1}}).Validate(), "Invalid throttle settings")
	k := ApiKey{CreatedDate: EpochAt(time.Unix(1586306165, 7))}
	b, _ := json.Marshal(k)
	var back ApiKey
	if err := json.Unmarshal(b, &back); err != nil || !back.CreatedDate.Equal(k.CreatedDate.Time) || !strings.Contains(string(b), `"createdDate":1586306165`) {
		t.Errorf("got %s and %v (%v), want epoch seconds both ways", b, back.CreatedDate, err)
	}
}

// How long names may be is no part of their expressions, and holds all the same.
func TestLengthsOfForms(t *testing.T) {
	for name, f := range map[string]form{"a stage": stageName, "a variable": variableName, "its value": variableValue, "a model": modelName, "an id": identifier, "a header": ruleHeader, "a path": rulePath} {
		for text, want := range map[string]bool{"": false, "a": true, strings.Repeat("a", f.most): true, strings.Repeat("a", f.most+1): false, "a b": false, "a\n": false, "é": false} {
			if got := f.MatchString(text); got != want {
				t.Errorf("%s: %d bytes %.10q: got %v, want %v", name, len(text), text, got, want)
			}
		}
	}
}
