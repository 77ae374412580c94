package resource

import (
	"slices"
	"strings"
	"testing"
)

// The formats that AWS's console offers, and the CDK's own.
const (
	commonLog  = `$context.identity.sourceIp $context.identity.caller $context.identity.user [$context.requestTime] "$context.httpMethod $context.resourcePath $context.protocol" $context.status $context.responseLength $context.requestId`
	webJSON    = `{ "requestId":"$context.requestId", "ip": "$context.identity.sourceIp", "requestTime":"$context.requestTime", "httpMethod":"$context.httpMethod","routeKey":"$context.routeKey", "status":"$context.status","protocol":"$context.protocol", "responseLength":"$context.responseLength", "extendedRequestId": "$context.extendedRequestId" }`
	socketCLF  = `$context.identity.sourceIp $context.identity.caller $context.identity.user [$context.requestTime] "$context.eventType $context.routeKey $context.connectionId" $context.status $context.requestId`
	socketJSON = `{"requestId":"$context.requestId","ip":"$context.identity.sourceIp","caller":"$context.identity.caller","user":"$context.identity.user","requestTime":"$context.requestTime","eventType":"$context.eventType","routeKey":"$context.routeKey","status":"$context.status","connectionId":"$context.connectionId"}`
)

func TestLogFormat(t *testing.T) {
	const unknown = "The following context variables are not supported: "
	const noID = "Access Log format must include either $context.requestId or $context.extendedRequestId"
	for name, c := range map[string]struct{ protocol, format, want string }{
		"the console's, HTTP":           {HTTP, webJSON, ""},
		"the console's, WEBSOCKET":      {WebSocket, socketCLF, ""},
		"a resource, of HTTP":           {HTTP, "$context.requestId $context.resourcePath", ""},
		"the CDK's, HTTP":               {HTTP, commonLog, ""},
		"the CDK's, WEBSOCKET":          {WebSocket, commonLog, ""},
		"the console's JSON":            {WebSocket, socketJSON, ""},
		"the other id":                  {HTTP, "$context.extendedRequestId", ""},
		"no id":                         {HTTP, "$context.stage", noID},
		"an id that goes on":            {HTTP, "$context.requestIdentity", unknown + "[$context.requestIdentity]"},
		"no variable at all":            {WebSocket, "hello $requestId", noID},
		"one not known":                 {HTTP, "$context.requestId $context.foo", unknown + "[$context.foo]"},
		"two not known":                 {HTTP, "$context.foo $context.requestId $context.bar.baz $context.foo", unknown + "[$context.foo, $context.bar.baz]"},
		"not known before the id":       {HTTP, "$context.foo", unknown + "[$context.foo]"},
		"a header":                      {HTTP, "$context.requestId $context.request.header.x", unknown + "[$context.request.header.x]"},
		"objects":                       {WebSocket, "$context.requestId $context.authorizer $context.error $context.identity", unknown + "[$context.authorizer, $context.error, $context.identity]"},
		"another case":                  {HTTP, "$context.requestid", unknown + "[$context.requestid]"},
		"of WEBSOCKET":                  {HTTP, "$context.requestId $context.connectionId $context.eventType $context.messageId $context.waf.status", unknown + "[$context.connectionId, $context.eventType, $context.messageId, $context.waf.status]"},
		"of HTTP":                       {WebSocket, "$context.requestId $context.path $context.dataProcessed $context.domainPrefix $context.responseLatency", unknown + "[$context.path, $context.dataProcessed, $context.domainPrefix, $context.responseLatency]"},
		"an identity that HTTP has not": {HTTP, "$context.requestId $context.identity.cognitoIdentityId", unknown + "[$context.identity.cognitoIdentityId]"},
		"an identity of WEBSOCKET":      {WebSocket, "$context.requestId $context.identity.cognitoIdentityId", ""},
		"claims with colons":            {HTTP, "$context.requestId $context.authorizer.claims.custom:api_key $context.authorizer.claims.cognito:username", ""},
		"what an authorizer says":       {WebSocket, "$context.requestId $context.authorizer.tenantId $context.authorizer.principalId", ""},
		"text around":                   {HTTP, "[$context.requestId]: $context.status,$context.stage. $ $context $context. $contextual", ""},
		"a line feed at its end":        {HTTP, "$context.requestId\r\n", ""},
		"a line feed within":            {HTTP, "$context.requestId\n$context.foo", "Access Log format must be single line, new line character is allowed only at end of the format"},
		"a carriage return within":      {HTTP, "$context.requestId\r$context.stage", "Access Log format must be single line"},
		"as long as may be":             {HTTP, "$context.requestId" + strings.Repeat("é", MaxLogFormat-len("$context.requestId")), ""},
		"longer than may be":            {HTTP, "$context.requestId" + strings.Repeat("é", MaxLogFormat-len("$context.requestId")+1), "Invalid value specified for Format: it must have between 1 and 3072 characters, got 3073"},
	} {
		t.Run(name, func(t *testing.T) { check(t, validateFormat(c.format, c.protocol), c.want) })
	}
}

func TestEveryLogVariableIsTaken(t *testing.T) {
	for protocol, least := range map[string]int{HTTP: 47, WebSocket: 43} {
		all := LogVariables(protocol)
		if slices.Sort(all); len(slices.Compact(all)) < least {
			t.Errorf("%s has %d variables, want %d at least", protocol, len(all), least)
		}
		check(t, validateFormat("$context."+strings.Join(all, ` $context.`), protocol), "")
	}
}

// FuzzLogFormat holds formats to: what is taken names its request and has variables
// alone that may be logged, within its length.
func FuzzLogFormat(f *testing.F) {
	f.Add(webJSON, true)
	f.Add(socketCLF, false)
	f.Add("$context.requestId $context.foo $context.authorizer.claims.custom:key", true)
	f.Add("$context.$context.requestId$context.authorizer.", false)
	f.Fuzz(func(t *testing.T, format string, http bool) {
		protocol := map[bool]string{true: HTTP, false: WebSocket}[http]
		err := validateFormat(format, protocol)
		named := false
		for _, after := range strings.Split(format, "$context.")[1:] {
			name := LogVariable(after)
			named = named || name == "requestId" || name == "extendedRequestId"
			if name != "" && err == nil && !strings.HasPrefix(name, "authorizer.") && !slices.Contains(LogVariables(protocol), name) {
				t.Errorf("%q was taken with $context.%s", format, name)
			}
		}
		if err == nil && (!named || len([]rune(format)) > MaxLogFormat) {
			t.Errorf("%q was taken", format)
		}
	})
}
