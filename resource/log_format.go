package resource

import (
	"slices"
	"strings"
)

// MaxLogFormat is how many characters the format of an access log may have.
// Documented: API Gateway Developer Guide, Amazon API Gateway quotas, with 3 KB.
// Observed: these hold, although the service model says 1,024 characters.
const MaxLogFormat = 3072

const contextPrefix = "$context."

// LogVariable is the name of the variable of $context that text begins with, after
// its "$context.", or "" when there is none. Claims may have colons and hyphens in
// their names, as in cognito:username; other names do not.
func LogVariable(text string) string {
	n, loose := 0, strings.HasPrefix(text, "authorizer.")
	for n < len(text) {
		switch c := text[n]; {
		case nameByte(c):
			n++
		case (c == '.' || loose && (c == ':' || c == '-')) && n > 0 && n+1 < len(text) && nameByte(text[n+1]):
			n += 2
		default:
			return text[:n]
		}
	}
	return text
}

func nameByte(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_'
}

// validateFormat holds the format of an access log to one line, to the variables
// that the protocol has or that are named besides, and to one that names the request.
func validateFormat(format, protocol string, besides ...string) error {
	if err := length("Format", format, 1, MaxLogFormat); err != nil {
		return err
	}
	if strings.ContainsAny(strings.TrimRight(format, "\r\n"), "\r\n") {
		// Observed: on the REST API, whose rule holds here too.
		return bad("Access Log format must be single line, new line character is allowed only at end of the format")
	}
	var unknown []string
	named, known := false, append(LogVariables(protocol), besides...)
	for rest := format; ; {
		_, after, found := strings.Cut(rest, contextPrefix)
		if !found {
			break
		}
		name := LogVariable(after)
		rest = after[len(name):]
		switch {
		case name == "requestId" || name == "extendedRequestId":
			named = true
		case name != "" && !logged(known, name) && !slices.Contains(unknown, contextPrefix+name):
			unknown = append(unknown, contextPrefix+name)
		}
	}
	switch {
	case unknown != nil:
		return bad("The following context variables are not supported: [%s]", strings.Join(unknown, ", "))
	case !named:
		return bad("Access Log format must include either $context.requestId or $context.extendedRequestId")
	}
	return nil
}

// logged says whether a variable is known, or is of an authorizer, which names what
// it says itself.
// Observed: objects are refused, as in $context.error and $context.authorizer.
func logged(known []string, name string) bool {
	return strings.HasPrefix(name, "authorizer.") || slices.Contains(known, name)
}

// LogVariables lists the variables of $context that access logs of a protocol may
// have, without those of authorizers.
//
// Documented: API Gateway Developer Guide, Customize HTTP API access logs and
// Configure logging for WebSocket APIs.
// Observed: $context.identity.cognitoIdentityId is refused for HTTP APIs,
// although the former lists it, and $context.resourcePath is taken for them,
// although it does not: its value is always "-". The CDK's default format has it. That
// format is taken for WebSocket APIs too, whose messages have none of its method,
// resource, protocol and length: AWS Solutions Constructs deploys it there.
func LogVariables(protocol string) []string {
	const both = `apiId domainName error.message error.messageString error.responseType extendedRequestId
		identity.accountId identity.caller identity.clientCert.clientCertPem identity.clientCert.issuerDN identity.clientCert.serialNumber
		identity.clientCert.subjectDN identity.clientCert.validity.notAfter identity.clientCert.validity.notBefore
		identity.cognitoAuthenticationProvider identity.cognitoAuthenticationType
		identity.cognitoIdentityPoolId identity.principalOrgId identity.sourceIp identity.user identity.userAgent identity.userArn
		integration.error integration.integrationStatus integration.latency integration.requestId integration.status
		integrationErrorMessage integrationLatency integrationStatus requestId requestTime requestTimeEpoch routeKey stage status `
	// Assumed for WebSocket APIs: integrationErrorMessage and integrationStatus, which
	// name what integration.error and integration.integrationStatus do, certificates of
	// clients, and messageDirection.
	const webSocket = `authenticate.error authenticate.latency authenticate.status authorize.error authorize.latency authorize.status
		connectedAt connectionId error.validationErrorString eventType identity.apiKey identity.apiKeyId identity.cognitoIdentityId
		httpMethod messageDirection messageId protocol resourcePath responseLength waf.error waf.latency waf.status`
	const http = `accountId awsEndpointRequestId awsEndpointRequestId2 customDomain.basePathMatched dataProcessed domainPrefix httpMethod
		path protocol resourcePath responseLatency responseLength`
	if protocol == WebSocket {
		return strings.Fields(both + webSocket)
	}
	return strings.Fields(both + http)
}
