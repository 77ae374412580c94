package exchange

import (
	"strings"
	"testing"
	"time"
)

// full is an exchange with everything known that can be.
func full(event Event) *Exchange {
	x := Begin(event)
	x.AccountID, x.ApiID, x.Stage, x.RouteKey, x.DomainName = "000000000000", "a1", "prod", "ask", "a1.execute-api.localhost"
	x.RequestID, x.RequestTime = "SOqIDEacoAMFaHQ=", time.UnixMilli(1652722227357)
	x.ConnectionID, x.MessageID, x.ConnectedAt = "SOqGjdZioAMCEeg=", "SOqIDdzSoAMCEeg=", time.UnixMilli(1652722217711)
	x.DisconnectCode, x.DisconnectReason, x.Status, x.UsageKey = 1005, "gone", 200, "k1"
	x.Identity = Identity{
		SourceIP: "192.0.2.1", UserAgent: "agent", AccountID: "1", AccessKey: "2", ApiKey: "3", ApiKeyID: "4", Caller: "5", User: "6", UserArn: "7",
		PrincipalOrgID: "8", CognitoAuthenticationProvider: "9", CognitoAuthenticationType: "10", CognitoIdentityID: "11", CognitoIdentityPoolID: "12",
		ClientCert: &ClientCert{PEM: "pem", SubjectDN: "s", IssuerDN: "i", SerialNumber: "n", NotBefore: "b", NotAfter: "a"},
	}
	x.Authorizer = Values{{"principalId", "me"}, {"n", int64(3)}, {"f", 1.5}, {"t", true}}
	x.AuthorizerAt = Step{Status: 200, ServiceStatus: 201, Latency: 12 * time.Millisecond, RequestID: "ra", Error: "ea"}
	x.Integration = Step{Status: 202, ServiceStatus: 203, Latency: 34 * time.Millisecond, RequestID: "ri", Error: "ei"}
	x.Error = Failure{Message: "no", ResponseType: "DENIED", Validation: "bad"}
	x.HTTP = &HTTP{
		Method: "GET", Path: "/prod/x", Protocol: "HTTP/1.1", ResponseLength: 5, ResponseLatency: 7 * time.Millisecond, DataProcessed: 9,
		BasePathMatched: "v1", RoutingRule: "rule", EndpointRequest: [2]string{"e1", "e2"},
	}
	return x
}

// Every variable by its name, and all of them absent where nothing is known.
func TestVariables(t *testing.T) {
	rows := []struct{ path, want string }{
		{"accountId", "000000000000"}, {"apiId", "a1"}, {"stage", "prod"}, {"routeKey", "ask"}, {"domainName", "a1.execute-api.localhost"}, {"domainPrefix", "a1"},
		{"requestId", "SOqIDEacoAMFaHQ="}, {"extendedRequestId", "SOqIDEacoAMFaHQ="}, {"requestTime", "16/May/2022:17:30:27 +0000"}, {"requestTimeEpoch", "1652722227357"},
		{"connectionId", "SOqGjdZioAMCEeg="}, {"messageId", "SOqIDdzSoAMCEeg="}, {"connectedAt", "1652722217711"}, {"eventType", "MESSAGE"}, {"messageDirection", "IN"},
		{"disconnectStatusCode", "1005"}, {"disconnectReason", "gone"}, {"status", "200"},
		{"identity.sourceIp", "192.0.2.1"}, {"identity.userAgent", "agent"}, {"identity.accountId", "1"}, {"identity.accessKey", "2"}, {"identity.apiKey", "3"},
		{"identity.apiKeyId", "4"}, {"identity.caller", "5"}, {"identity.user", "6"}, {"identity.userArn", "7"}, {"identity.principalOrgId", "8"},
		{"identity.cognitoAuthenticationProvider", "9"}, {"identity.cognitoAuthenticationType", "10"}, {"identity.cognitoIdentityId", "11"},
		{"identity.cognitoIdentityPoolId", "12"}, {"identity.clientCert.clientCertPem", "pem"}, {"identity.clientCert.subjectDN", "s"},
		{"identity.clientCert.issuerDN", "i"}, {"identity.clientCert.serialNumber", "n"}, {"identity.clientCert.validity.notBefore", "b"},
		{"identity.clientCert.validity.notAfter", "a"},
		{"authorizer.principalId", "me"}, {"authorizer.n", "3"}, {"authorizer.f", "1.5"}, {"authorizer.t", "true"}, {"authorizer.usageIdentifierKey", "k1"},
		{"authorizer.status", "200"}, {"authorizer.integrationStatus", "201"}, {"authorizer.latency", "12"}, {"authorizer.integrationLatency", "12"},
		{"authorizer.requestId", "ra"}, {"authorizer.error", "ea"},
		{"integration.status", "202"}, {"integration.integrationStatus", "203"}, {"integration.latency", "34"}, {"integration.requestId", "ri"},
		{"integration.error", "ei"}, {"integrationLatency", "34"}, {"integrationStatus", "203"}, {"integrationErrorMessage", "ei"},
		{"error.message", "no"}, {"error.messageString", `"no"`}, {"error.responseType", "DENIED"}, {"error.validationErrorString", "bad"},
		{"httpMethod", "GET"}, {"path", "/prod/x"}, {"protocol", "HTTP/1.1"}, {"responseLength", "5"}, {"responseLatency", "7"}, {"dataProcessed", "9"},
		{"awsEndpointRequestId", "e1"}, {"awsEndpointRequestId2", "e2"}, {"customDomain.basePathMatched", "v1"}, {"customDomain.routingRuleIdMatched", "rule"},
	}
	known, nothing := full(Message), &Exchange{Event: Request}
	always := map[string]bool{"requestTime": true, "requestTimeEpoch": true}
	for _, row := range rows {
		if got, ok := known.Lookup(row.path); !ok || got != row.want {
			t.Errorf("%s: got %q %v, want %q", row.path, got, ok, row.want)
		}
		if got, ok := nothing.Lookup(row.path); ok && !always[row.path] {
			t.Errorf("%s of an exchange that knows nothing: got %q", row.path, got)
		}
	}
}

// Every object lists names that it has values for, at any depth.
func TestObjectsListTheirMembers(t *testing.T) {
	var walk func(path string, o Object)
	seen := 0
	walk = func(path string, o Object) {
		for _, name := range o.Names() {
			value, ok := o.Get(name)
			if !ok {
				t.Errorf("%s lists %s, which has no value", path, name)
			}
			seen++
			if inner, ok := value.(Object); ok {
				walk(path+"."+name, inner)
			}
		}
	}
	x := full(Message)
	walk("$context", x)
	for _, path := range []string{"integration", "customDomain", "identity.clientCert"} {
		value, ok := x.Find(path)
		inner, object := value.(Object)
		if !ok || !object {
			t.Errorf("%s is no object", path)
			continue
		}
		walk(path, inner)
	}
	if seen < 40 {
		t.Errorf("found %d members, too few to prove anything", seen)
	}
}

// Messages are quoted as JSON, whatever is in them.
func TestQuote(t *testing.T) {
	for text, want := range map[string]string{
		`say "no"`: `"say \"no\""`, "line\nbreak": `"line\nbreak"`, "é<&>": `"é<&>"`, "": `""`, "\x01": `"\u0001"`, "a\xffb": "\"a\uFFFDb\"",
	} {
		if got := Quote(text); got != want {
			t.Errorf("%q: got %s, want %s", text, got, want)
		}
	}
}

// A message's id is drawn when somebody asks, and stays.
func TestMessageIdIsDrawnOnce(t *testing.T) {
	x := Begin(Message)
	x.ConnectionID = "SOqGjdZioAMCEeg="
	if first := x.Message(); first == "" || first != x.Message() || !strings.HasSuffix(first, "CEeg=") {
		t.Errorf("got %q", first)
	}
	if got := Begin(Connect).Message(); got != "" {
		t.Errorf("a $connect has the message id %q", got)
	}
}
