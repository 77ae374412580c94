package accesslog

import (
	stdjson "encoding/json"
	"encoding/xml"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dragoman-gateway/dragoman/exchange"
	"github.com/dragoman-gateway/dragoman/resource"
)

// The samples of AWS's console, with the id that it appends since 2026.
const (
	httpCLF  = `$context.identity.sourceIp - - [$context.requestTime] "$context.httpMethod $context.routeKey $context.protocol" $context.status $context.responseLength $context.requestId $context.extendedRequestId`
	httpJSON = `{ "requestId":"$context.requestId", "ip": "$context.identity.sourceIp", "requestTime":"$context.requestTime", "httpMethod":"$context.httpMethod","routeKey":"$context.routeKey", "status":"$context.status","protocol":"$context.protocol", "responseLength":"$context.responseLength", "extendedRequestId": "$context.extendedRequestId" }`
	httpXML  = `<request id="$context.requestId"> <ip>$context.identity.sourceIp</ip> <routeKey>$context.routeKey</routeKey> <agent>$context.identity.userAgent</agent> </request>`
	httpCSV  = `$context.identity.sourceIp,$context.requestTime,$context.httpMethod,$context.routeKey,$context.protocol,$context.status,$context.responseLength,$context.requestId,$context.extendedRequestId`
	wsCLF    = `$context.identity.sourceIp $context.identity.caller $context.identity.user [$context.requestTime] "$context.eventType $context.routeKey $context.connectionId" $context.status $context.requestId`
)

func request() *exchange.Exchange {
	return &exchange.Exchange{
		Event: exchange.Request, ApiID: "a1", Stage: "prod", RouteKey: "GET /pets/{id}", RequestID: "JCJXri3_PHcEP_Q=",
		RequestTime: time.Date(2022, 5, 16, 17, 30, 27, 357e6, time.UTC), Status: 200,
		Identity:    exchange.Identity{SourceIP: "192.0.2.1", UserAgent: "curl/8"},
		Integration: exchange.Step{Status: 201, ServiceStatus: 200, Latency: 12 * time.Millisecond},
		Authorizer: exchange.Values{
			{Name: "claims", Value: exchange.Values{{Name: "cognito:username", Value: "me"}}},
			{Name: "level", Value: int64(7)}, {Name: "tree", Value: stdjson.RawMessage(`{"a":1}`)},
		},
		HTTP: &exchange.HTTP{Method: "GET", Path: "/prod/pets/1", Protocol: "HTTP/1.1", ResponseLength: 42, ResponseLatency: 15 * time.Millisecond},
	}
}

func message() *exchange.Exchange {
	return &exchange.Exchange{
		Event: exchange.Message, ApiID: "a1", Stage: "prod", RouteKey: "send", RequestID: "SOqGjdZioAMCEeg=",
		ConnectionID: "SOqGjdZioAMCEeg=", Status: 200, RequestTime: time.Date(2022, 5, 16, 17, 30, 27, 0, time.UTC),
		Identity: exchange.Identity{SourceIP: "192.0.2.1"},
	}
}

func TestFormats(t *testing.T) {
	for _, row := range []struct {
		name, format string
		x            *exchange.Exchange
		want         string
	}{
		{"CLF", httpCLF, request(), `192.0.2.1 - - [16/May/2022:17:30:27 +0000] "GET GET /pets/{id} HTTP/1.1" 200 42 JCJXri3_PHcEP_Q= JCJXri3_PHcEP_Q=`},
		{"CSV", httpCSV, request(), `192.0.2.1,16/May/2022:17:30:27 +0000,GET,GET /pets/{id},HTTP/1.1,200,42,JCJXri3_PHcEP_Q=,JCJXri3_PHcEP_Q=`},
		{"CLF of a message", wsCLF, message(), `192.0.2.1 - - [16/May/2022:17:30:27 +0000] "MESSAGE send SOqGjdZioAMCEeg=" 200 SOqGjdZioAMCEeg=`},
		{"absent", "$context.requestId $context.error.message $context.waf.status $context.nothing", request(), "JCJXri3_PHcEP_Q= - - -"},
		{"authorizer", "$context.authorizer.claims.cognito:username $context.authorizer.level $context.authorizer.tree", request(), `me 7 {"a":1}`},
		{"object", "$context.identity $context.authorizer", request(), "- -"},
		{"integration", "$context.integration.status $context.integrationStatus $context.integrationLatency $context.responseLatency", request(), "201 200 12 15"},
		{"a dot ends a sentence", "id $context.requestId. End", request(), "id JCJXri3_PHcEP_Q=. End"},
		{"a colon ends a name", "$context.status:$context.stage", request(), "200:prod"},
		{"text alone", "no variables, $stage, $context. $context", request(), "no variables, $stage, $context. $context"},
		{"one line feed", "$context.requestId\n", request(), "JCJXri3_PHcEP_Q="},
		{"HTTP's own on a message", "[$context.httpMethod$context.responseLength]", message(), "[--]"},
	} {
		if got := string(Parse(row.format).Append(nil, row.x)); got != row.want+"\n" {
			t.Errorf("%s: got %q, want %q", row.name, got, row.want+"\n")
		}
	}
}

// TestEveryVariableResolves walks the documented variables over an exchange that
// has all of them.
func TestEveryVariableResolves(t *testing.T) {
	x := request()
	x.AccountID, x.DomainName = "000000000000", "a1.execute-api.localhost"
	x.Identity = exchange.Identity{
		SourceIP: "1.1.1.1", UserAgent: "u", AccountID: "a", AccessKey: "k", ApiKey: "key", ApiKeyID: "kid", Caller: "c", User: "u", UserArn: "arn",
		PrincipalOrgID: "o", CognitoAuthenticationProvider: "p", CognitoAuthenticationType: "t", CognitoIdentityID: "i", CognitoIdentityPoolID: "ip",
		ClientCert: &exchange.ClientCert{PEM: "pem", SubjectDN: "s", IssuerDN: "i", SerialNumber: "1", NotBefore: "nb", NotAfter: "na"},
	}
	x.Error = exchange.Failure{Message: "m", ResponseType: "T", Validation: "v"}
	x.Integration.Error, x.Integration.RequestID = "e", "rid"
	x.AuthorizerAt = exchange.Step{Status: 200, ServiceStatus: 200, Latency: time.Second, RequestID: "r", Error: "ae"}
	x.HTTP.DataProcessed, x.HTTP.BasePathMatched, x.HTTP.RoutingRule = 1, "(none)", "rule"
	x.HTTP.EndpointRequest = [2]string{"r1", "r2"}
	names := strings.Fields(`accountId apiId authorizer.level authorizer.error authorizer.status authorizer.latency authorizer.requestId
		authorizer.integrationLatency authorizer.integrationStatus awsEndpointRequestId awsEndpointRequestId2 customDomain.basePathMatched
		customDomain.routingRuleIdMatched dataProcessed domainName domainPrefix error.message error.messageString error.responseType
		error.validationErrorString extendedRequestId httpMethod identity.accountId identity.accessKey identity.apiKey identity.apiKeyId
		identity.caller identity.cognitoAuthenticationProvider identity.cognitoAuthenticationType identity.cognitoIdentityId
		identity.cognitoIdentityPoolId identity.principalOrgId identity.clientCert.clientCertPem identity.clientCert.subjectDN
		identity.clientCert.issuerDN identity.clientCert.serialNumber identity.clientCert.validity.notBefore
		identity.clientCert.validity.notAfter identity.sourceIp identity.user identity.userAgent identity.userArn integration.error
		integration.integrationStatus integration.latency integration.requestId integration.status integrationErrorMessage
		integrationLatency integrationStatus path protocol requestId requestTime requestTimeEpoch responseLatency responseLength routeKey
		stage status`)
	for _, name := range resource.LogVariables(resource.HTTP) {
		if !slices.Contains(names, name) && name != "resourcePath" { // always "-"
			t.Errorf("$context.%s may be logged, and is not looked at here", name)
		}
	}
	for _, name := range names {
		if got := string(Parse("$context."+name).Append(nil, x)); got == "-\n" || strings.Contains(got, "$") {
			t.Errorf("$context.%s: got %q, want a value", name, got)
		}
	}
	m := message()
	m.ConnectedAt, m.DisconnectCode, m.DisconnectReason = m.RequestTime, 1000, "bye"
	for _, name := range []string{"connectionId", "messageId", "eventType", "messageDirection", "connectedAt", "disconnectStatusCode", "disconnectReason"} {
		if got := string(Parse("$context."+name).Append(nil, m)); got == "-\n" {
			t.Errorf("$context.%s of a message: got no value", name)
		}
	}
}

const hostile = "a\"},{\"evil\":1}\\ <x attr='1'>&\r\n192.0.2.9 forged\x00\x7f"

func TestValuesCannotForge(t *testing.T) {
	x := request()
	x.Identity.UserAgent, x.Error.Message = hostile, hostile
	x.RouteKey = "GET /"
	for _, row := range []struct{ name, format string }{
		{"JSON", `{"agent":"$context.identity.userAgent","error":$context.error.messageString}`},
		{"JSON after a space", ` {"agent":"x \" $context.identity.userAgent"}`},
		{"XML", `<r a="$context.identity.userAgent">$context.identity.userAgent</r>`},
		{"CLF", `"$context.identity.userAgent" $context.identity.userAgent end`},
	} {
		got := Parse(row.format).Append(nil, x)
		if n := strings.Count(string(got), "\n"); n != 1 || strings.ContainsAny(string(got), "\r\x00\x7f") {
			t.Errorf("%s: %d lines or a raw control character in %q", row.name, n, got)
		}
		switch row.name {
		case "JSON":
			var line struct{ Agent, Error string }
			if err := stdjson.Unmarshal(got, &line); err != nil || line.Agent != hostile || line.Error != hostile {
				t.Errorf("JSON: got %q (%v), want the text as it was sent", line, err)
			}
		case "XML":
			d := xml.NewDecoder(strings.NewReader(string(got)))
			for {
				if _, err := d.Token(); err == io.EOF {
					break
				} else if err != nil {
					t.Errorf("XML: %q is broken: %v", got, err)
					break
				}
			}
		case "CLF":
			if !strings.HasPrefix(string(got), `"a\"},{\"evil\":1}\\ <x attr='1'>&\x0D\x0A192.0.2.9 forged\x00\x7F" a"}`) {
				t.Errorf("CLF: got %q", got)
			}
		}
	}
}

func TestSamplesAreWellFormed(t *testing.T) {
	var line map[string]string
	if err := stdjson.Unmarshal(Parse(httpJSON).Append(nil, request()), &line); err != nil || len(line) != 9 || line["status"] != "200" {
		t.Errorf("JSON: got %v %v, want 9 members", line, err)
	}
	var doc struct {
		ID    string `xml:"id,attr"`
		Agent string `xml:"agent"`
	}
	if err := xml.Unmarshal(Parse(httpXML).Append(nil, request()), &doc); err != nil || doc.ID != "JCJXri3_PHcEP_Q=" || doc.Agent != "curl/8" {
		t.Errorf("XML: got %+v %v", doc, err)
	}
}

func TestLongLinesAreCut(t *testing.T) {
	x := request()
	x.Identity.UserAgent = strings.Repeat("x", maxLine)
	if got := len(Parse("$context.identity.userAgent end").Append(nil, x)); got != maxLine {
		t.Errorf("got a line of %d bytes, want %d", got, maxLine)
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{httpCLF, httpJSON, httpXML, httpCSV, wsCLF, "$context.", "$context..a", "{\"$context.a.b.", "\\\"$context.status"} {
		f.Add(seed, hostile)
	}
	f.Fuzz(func(t *testing.T, format, agent string) {
		x := request()
		x.Identity.UserAgent = agent
		got := Parse(format).Append(nil, x)
		if len(got) == 0 || got[len(got)-1] != '\n' {
			t.Fatalf("got %q, want a line", got)
		}
		if want := strings.Count(strings.TrimRight(format, "\r\n"), "\n") + 1; strings.Count(string(got), "\n") != want {
			t.Fatalf("got %d lines of %q, want %d", strings.Count(string(got), "\n"), format, want)
		}
	})
}

func BenchmarkAppend(b *testing.B) {
	for _, row := range []struct{ name, format string }{{"CLF", httpCLF}, {"JSON", httpJSON}} {
		b.Run(row.name, func(b *testing.B) {
			f, x := Parse(row.format), request()
			buffer := make([]byte, 0, 1024)
			b.ReportAllocs()
			for b.Loop() {
				buffer = f.Append(buffer[:0], x)
			}
		})
	}
}

// The text of a second that is kept is not another second's.
func TestRequestTimeOfEachLine(t *testing.T) {
	f := Parse("$context.requestTime")
	at := time.Date(2026, 2, 28, 23, 59, 59, 999_000_000, time.FixedZone("", -3600))
	for range 2 {
		for _, later := range []time.Duration{0, time.Millisecond, -time.Second, 24 * time.Hour, 0} {
			x := &exchange.Exchange{RequestTime: at.Add(later)}
			if got, want := string(f.Append(nil, x)), x.RequestTime.UTC().Format(clf)+"\n"; got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		}
	}
}
