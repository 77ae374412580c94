package payload

import (
	stdjson "encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
)

func request() *HTTPRequest {
	return &HTTPRequest{
		RouteKey: "GET /pets/{id}", Method: "GET", Path: "/prod/pets/6", RawQuery: "a=1&a=2&b=", Protocol: "HTTP/1.1",
		AccountID: "123456789012", ApiID: "id", DomainName: "id.example.com", DomainPrefix: "id", Stage: "prod",
		RequestID: "JKJaXmPLvHcESHA=", Time: time.UnixMilli(1583348638390),
		Identity: Identity{SourceIP: "192.0.2.1", UserAgent: "agent"},
		Header: []Field{{"User-Agent", "agent"}, {"X-Two", "v1"}, {"Cookie", "c1=v1; c2=v2"}, {"x-two", "v2"},
			{"Content-Type", "application/json; charset=utf-8"}},
		Query:          []Field{{"a", "1"}, {"a", "2"}, {"b", ""}},
		PathParameters: []Field{{"id", "6"}},
		StageVariables: map[string]string{"k": "v"},
		Body:           []byte(`{"x":1}`),
	}
}

func bare() *HTTPRequest {
	r := request()
	r.RouteKey, r.RawQuery, r.Header, r.Query, r.PathParameters, r.StageVariables, r.Body = "$default", "", nil, nil, nil, nil, nil
	return r
}

const contextV2 = `"domainName":"id.example.com","domainPrefix":"id","http":{"method":"GET","path":"/prod/pets/6","protocol":"HTTP/1.1",` +
	`"sourceIp":"192.0.2.1","userAgent":"agent"},"requestId":"JKJaXmPLvHcESHA=",`

func TestEventV2(t *testing.T) {
	for _, tt := range []struct {
		name string
		r    *HTTPRequest
		want string
	}{
		{"full", request(), `{"version":"2.0","routeKey":"GET /pets/{id}","rawPath":"/prod/pets/6","rawQueryString":"a=1&a=2&b=",` +
			`"cookies":["c1=v1","c2=v2"],"headers":{"content-type":"application/json; charset=utf-8","user-agent":"agent","x-two":"v1,v2"},` +
			`"queryStringParameters":{"a":"1,2","b":""},"requestContext":{"accountId":"123456789012","apiId":"id",` + contextV2 +
			`"routeKey":"GET /pets/{id}","stage":"prod","time":"04/Mar/2020:19:03:58 +0000","timeEpoch":1583348638390},` +
			`"body":"{\"x\":1}","pathParameters":{"id":"6"},"isBase64Encoded":false,"stageVariables":{"k":"v"}}`},
		{"bare", bare(), `{"version":"2.0","routeKey":"$default","rawPath":"/prod/pets/6","rawQueryString":"","headers":{},` +
			`"requestContext":{"accountId":"123456789012","apiId":"id",` + contextV2 +
			`"routeKey":"$default","stage":"prod","time":"04/Mar/2020:19:03:58 +0000","timeEpoch":1583348638390},"isBase64Encoded":false}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := tt.r.AppendV2(nil)
			if string(got) != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
			var e events.APIGatewayV2HTTPRequest
			decode(t, got, &e)
			if e.RequestContext.HTTP.Method != "GET" || e.RequestContext.TimeEpoch != 1583348638390 || e.RawPath != tt.r.Path {
				t.Errorf("the Lambda library reads %+v", e)
			}
		})
	}
}

func TestAuthorizersInEvents(t *testing.T) {
	claims := []Member{{"sub", "me"}, {"exp", "1787992402"}}
	for _, tt := range []struct {
		name   string
		a      Authorizer
		v2, v1 string
	}{
		{"none", Authorizer{}, ``, `{"claims":null,"scopes":null}`},
		{"token", Authorizer{JWT: &JWT{claims, []string{"a"}}}, `{"jwt":{"claims":{"sub":"me","exp":"1787992402"},"scopes":["a"]}}`,
			`{"claims":{"sub":"me","exp":"1787992402"},"scopes":["a"]}`},
		{"token without scopes", Authorizer{JWT: &JWT{claims, nil}}, `{"jwt":{"claims":{"sub":"me","exp":"1787992402"},"scopes":null}}`,
			`{"claims":{"sub":"me","exp":"1787992402"},"scopes":null}`},
		{"function", Authorizer{Lambda: &Lambda{[]Member{{"n", 5}, {"list", []string{"a"}}, {"raw", stdjson.RawMessage(`{"a":[1]}`)}, {"nil", nil}}}},
			`{"lambda":{"n":5,"list":["a"],"raw":{"a":[1]},"nil":null}}`, `{"n":5,"list":["a"],"raw":{"a":[1]},"nil":null}`},
		{"function without context", Authorizer{Lambda: &Lambda{}}, `{"lambda":null}`, `{}`},
		{"signature", Authorizer{IAM: &IAM{"AK", "1", "C", "", "arn", "U"}},
			`{"iam":{"accessKey":"AK","accountId":"1","callerId":"C","cognitoIdentity":null,"principalOrgId":null,"userArn":"arn","userId":"U"}}`,
			`{"claims":null,"scopes":null}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := bare()
			r.Authorizer = tt.a
			for version, want := range map[string]string{"2.0": tt.v2, "1.0": tt.v1} {
				event := r.AppendV2(nil)
				if version == "1.0" {
					event = r.AppendV1(nil)
				} else {
					decode(t, event, new(events.APIGatewayV2HTTPRequest))
				}
				var e struct {
					RequestContext struct{ Authorizer stdjson.RawMessage }
				}
				decode(t, event, &e)
				if got := string(e.RequestContext.Authorizer); got != want {
					t.Errorf("version %s: got %s, want %s", version, got, want)
				}
			}
		})
	}
}

func TestEventV1(t *testing.T) {
	r := request()
	r.Header = append(r.Header, Field{"host", "id.example.com"}, Field{"x-forwarded-for", "192.0.2.1"})
	const identity = `"identity":{"accessKey":null,"accountId":null,"caller":null,"cognitoAmr":null,"cognitoAuthenticationProvider":null,` +
		`"cognitoAuthenticationType":null,"cognitoIdentityId":null,"cognitoIdentityPoolId":null,"principalOrgId":null,"sourceIp":"192.0.2.1",` +
		`"user":null,"userAgent":"agent","userArn":null}`
	const context = `"requestContext":{"accountId":"123456789012","apiId":"id","authorizer":{"claims":null,"scopes":null},` +
		`"domainName":"id.example.com","domainPrefix":"id","extendedRequestId":"JKJaXmPLvHcESHA=","httpMethod":"GET",` + identity +
		`,"path":"/prod/pets/6","protocol":"HTTP/1.1","requestId":"JKJaXmPLvHcESHA=","requestTime":"04/Mar/2020:19:03:58 +0000",` +
		`"requestTimeEpoch":1583348638390,`
	for _, tt := range []struct {
		name string
		r    *HTTPRequest
		want string
	}{
		{"full", r, `{"version":"1.0","resource":"/pets/{id}","path":"/prod/pets/6","httpMethod":"GET",` +
			`"headers":{"Content-Type":"application/json; charset=utf-8","Cookie":"c1=v1; c2=v2","Host":"id.example.com","User-Agent":"agent",` +
			`"X-Forwarded-For":"192.0.2.1","X-Two":"v1","x-two":"v2"},` +
			`"multiValueHeaders":{"Content-Type":["application/json; charset=utf-8"],"Cookie":["c1=v1; c2=v2"],"Host":["id.example.com"],` +
			`"User-Agent":["agent"],"X-Forwarded-For":["192.0.2.1"],"X-Two":["v1"],"x-two":["v2"]},` +
			`"queryStringParameters":{"a":"2","b":""},"multiValueQueryStringParameters":{"a":["1","2"],"b":[""]},` + context +
			`"resourceId":"GET /pets/{id}","resourcePath":"/pets/{id}","stage":"prod"},"pathParameters":{"id":"6"},"stageVariables":{"k":"v"},` +
			`"body":"{\"x\":1}","isBase64Encoded":false}`},
		{"bare", bare(), `{"version":"1.0","resource":"$default","path":"/prod/pets/6","httpMethod":"GET","headers":{},"multiValueHeaders":{},` +
			`"queryStringParameters":null,"multiValueQueryStringParameters":null,` + context +
			`"resourceId":"$default","resourcePath":"$default","stage":"prod"},"pathParameters":null,"stageVariables":null,"body":null,"isBase64Encoded":false}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := tt.r.AppendV1(nil)
			if string(got) != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
			var e events.APIGatewayProxyRequest
			decode(t, got, &e)
			if e.HTTPMethod != "GET" || e.RequestContext.RequestTimeEpoch != 1583348638390 || e.RequestContext.Identity.SourceIP != "192.0.2.1" {
				t.Errorf("the Lambda library reads %+v", e)
			}
		})
	}
	r.LowerNames = true
	var e events.APIGatewayProxyRequest
	decode(t, r.AppendV1(nil), &e)
	if !reflect.DeepEqual(e.MultiValueHeaders["x-two"], []string{"v1", "v2"}) || e.Headers["host"] == "" {
		t.Errorf("with small names the headers are %v", e.MultiValueHeaders)
	}
}

func TestAuthorizerEvents(t *testing.T) {
	r := request()
	v2 := r.AppendAuthorizerV2(nil, "arn:route", []string{"u", "p"})
	var e2 events.APIGatewayV2CustomAuthorizerV2Request
	decode(t, v2, &e2)
	if e2.Type != "REQUEST" || e2.RouteArn != "arn:route" || !reflect.DeepEqual(e2.IdentitySource, []string{"u", "p"}) ||
		e2.Headers["x-two"] != "v1,v2" || e2.PathParameters["id"] != "6" || e2.RequestContext.HTTP.Path != "/prod/pets/6" || len(e2.Cookies) != 2 {
		t.Errorf("the Lambda library reads %+v", e2)
	}
	v1 := r.AppendAuthorizerV1(nil, "arn:method", []string{"u", "p"})
	var e1 events.APIGatewayV2CustomAuthorizerV1Request
	decode(t, v1, &e1)
	if e1.Version != "1.0" || e1.MethodArn != "arn:method" || e1.IdentitySource != "u,p" || e1.AuthorizationToken != "u,p" ||
		e1.Resource != "/pets/{id}" || e1.Headers["User-Agent"] != "agent" || e1.RequestContext.ResourcePath != "/pets/{id}" {
		t.Errorf("the Lambda library reads %+v", e1)
	}
	for name, event := range map[string][]byte{"2.0": v2, "1.0": v1} {
		var m map[string]any
		decode(t, event, &m)
		if _, has := m["body"]; has {
			t.Errorf("the authorizer event %s has a body", name)
		}
	}
}

func TestWhichBodiesAreText(t *testing.T) {
	for _, tt := range []struct {
		media string
		text  bool
	}{
		{"application/json", true}, {"Application/JSON; charset=utf-8", true}, {"text/plain", true}, {"text/csv", true},
		{"application/xml", true}, {"application/javascript", true},
		{"", false}, {"application/x-www-form-urlencoded", false}, {"image/png", false}, {"application/problem+json", false},
	} {
		r := bare()
		r.Body = []byte("hi")
		if tt.media != "" {
			r.Header = []Field{{"content-type", tt.media}}
		}
		var e events.APIGatewayV2HTTPRequest
		decode(t, r.AppendV2(nil), &e)
		want := "aGk="
		if tt.text {
			want = "hi"
		}
		if e.IsBase64Encoded == tt.text || e.Body != want {
			t.Errorf("%q: base64 %v, body %q, want %q", tt.media, e.IsBase64Encoded, e.Body, want)
		}
	}
}

func TestClientCertificate(t *testing.T) {
	r := bare()
	r.Identity.ClientCert = &ClientCert{PEM: "pem", SubjectDN: "s", IssuerDN: "i", SerialNumber: "n",
		NotBefore: "May 28 12:30:02 2019 GMT", NotAfter: "Aug  5 09:36:04 2021 GMT"}
	var e events.APIGatewayV2HTTPRequest
	decode(t, r.AppendV2(nil), &e)
	if c := e.RequestContext.Authentication.ClientCert; c.ClientCertPem != "pem" || c.Validity.NotAfter != "Aug  5 09:36:04 2021 GMT" {
		t.Errorf("the Lambda library reads %+v", c)
	}
}

func BenchmarkEventV2(b *testing.B) {
	r := request()
	var dst []byte
	b.ReportAllocs()
	for b.Loop() {
		dst = r.AppendV2(dst[:0])
	}
}

// The size of a body in an event is known before the event is made.
func TestBodySize(t *testing.T) {
	for name, body := range map[string]string{
		"nothing": "", "plain": "hello", "escapes": "\"\\\n\x01", "no text": "\xff\xfe",
		"long": strings.Repeat("漢\x00a", 5000), "long with wide runes": "a" + strings.Repeat("\U0001F600\u2028", 3000),
	} {
		for _, media := range []string{"application/json", "application/octet-stream"} {
			r := HTTPRequest{Header: []Field{{"Content-Type", media}}, Body: []byte(body)}
			w := writer{b: []byte{'{'}}
			before := len(w.b) + len(`"body":`)
			w.body(r.Body, !r.isText())
			if got, want := r.BodySize(), len(w.b)-before; got != want {
				t.Errorf("%s as %s: got %d, want %d", name, media, got, want)
			}
		}
	}
}
