package payload

import (
	stdjson "encoding/json"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
)

var (
	connected = time.UnixMilli(1707502303419)
	requested = time.UnixMilli(1707502303420)
)

func handshake(event, route string) *WebSocketEvent {
	return &WebSocketEvent{
		EventType: event, RouteKey: route, Stage: "prod", ApiID: "abcd1234", DomainName: "abcd1234.example.com",
		ConnectionID: "AAAA1234=", RequestID: "ABCD1234=", RequestTime: requested, ConnectedAt: connected,
		Identity: Identity{SourceIP: "192.0.2.1"},
	}
}

func TestWebSocketEvents(t *testing.T) {
	connect := handshake(Connect, "$connect")
	connect.Header = []Field{{"X-Two", "1"}, {"Host", "h"}, {"content-length", "0"}, {"X-Two", "2"}}
	connect.Query = []Field{{"b", "2"}, {"a", "x y"}, {"b", "3"}}

	full := handshake(Connect, "$connect")
	full.Identity.UserAgent = "agent"
	full.Authorizer = []Member{{"principalId", "me"}, {"n", int64(5)}, {"ok", true}, {"f", 1.5}}
	full.StageVariables = map[string]string{"b": "2", "a": "1"}

	message := handshake(Message, "$default")
	message.MessageID, message.Body = "SOqIDdzSoAMCEeg=", []byte("{\"a\":\"é\n\"}")
	message.Header = []Field{{"Host", "not shown"}}

	binary := handshake(Message, "x")
	binary.MessageID, binary.Body = "m", []byte{0xff, 0}

	disconnect := handshake(Disconnect, "$disconnect")
	disconnect.DisconnectCode, disconnect.DisconnectReason = 1005, "Client-side close frame status not set"
	disconnect.Header = []Field{{"Host", "h"}, {"x-api-key", ""}}

	const tail = `"stage":"prod","connectedAt":1707502303419,"requestTimeEpoch":1707502303420,"identity":{"sourceIp":"192.0.2.1"},` +
		`"requestId":"ABCD1234=","domainName":"abcd1234.example.com","connectionId":"AAAA1234=","apiId":"abcd1234"}`
	for _, tt := range []struct {
		name  string
		event *WebSocketEvent
		want  string
	}{
		{"connect", connect, `{"headers":{"content-length":"0","Host":"h","X-Two":"2"},` +
			`"multiValueHeaders":{"content-length":["0"],"Host":["h"],"X-Two":["1","2"]},` +
			`"queryStringParameters":{"a":"x y","b":"3"},"multiValueQueryStringParameters":{"a":["x y"],"b":["2","3"]},` +
			`"requestContext":{"routeKey":"$connect","eventType":"CONNECT","extendedRequestId":"ABCD1234=",` +
			`"requestTime":"09/Feb/2024:18:11:43 +0000","messageDirection":"IN",` + tail + `,"isBase64Encoded":false}`},
		{"connect with everything", full, `{"stageVariables":{"a":"1","b":"2"},"requestContext":{"routeKey":"$connect",` +
			`"authorizer":{"principalId":"me","n":5,"ok":true,"f":1.5},"eventType":"CONNECT","extendedRequestId":"ABCD1234=",` +
			`"requestTime":"09/Feb/2024:18:11:43 +0000","messageDirection":"IN","stage":"prod","connectedAt":1707502303419,` +
			`"requestTimeEpoch":1707502303420,"identity":{"sourceIp":"192.0.2.1","userAgent":"agent"},"requestId":"ABCD1234=",` +
			`"domainName":"abcd1234.example.com","connectionId":"AAAA1234=","apiId":"abcd1234"},"isBase64Encoded":false}`},
		{"message", message, `{"requestContext":{"routeKey":"$default","messageId":"SOqIDdzSoAMCEeg=","eventType":"MESSAGE",` +
			`"extendedRequestId":"ABCD1234=","requestTime":"09/Feb/2024:18:11:43 +0000","messageDirection":"IN",` + tail +
			`,"body":"{\"a\":\"é\n\"}","isBase64Encoded":false}`},
		{"binary message", binary, `{"requestContext":{"routeKey":"x","messageId":"m","eventType":"MESSAGE",` +
			`"extendedRequestId":"ABCD1234=","requestTime":"09/Feb/2024:18:11:43 +0000","messageDirection":"IN",` + tail +
			`,"body":"/wA=","isBase64Encoded":true}`},
		{"disconnect", disconnect, `{"headers":{"Host":"h","x-api-key":""},"multiValueHeaders":{"Host":["h"],"x-api-key":[""]},` +
			`"requestContext":{"routeKey":"$disconnect","disconnectStatusCode":1005,"eventType":"DISCONNECT",` +
			`"extendedRequestId":"ABCD1234=","requestTime":"09/Feb/2024:18:11:43 +0000","messageDirection":"IN",` +
			`"disconnectReason":"Client-side close frame status not set",` + tail + `,"isBase64Encoded":false}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := tt.event.Append(nil)
			if string(got) != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
			var e events.APIGatewayWebsocketProxyRequest
			decode(t, got, &e)
			if e.RequestContext.ConnectionID != "AAAA1234=" || e.RequestContext.ConnectedAt != 1707502303419 || e.RequestContext.EventType != tt.event.EventType {
				t.Errorf("the Lambda library reads %+v", e.RequestContext)
			}
		})
	}
}

func TestWebSocketAuthorizerEvent(t *testing.T) {
	e := handshake(Connect, "$connect")
	e.Header = []Field{{"Upgrade", "websocket"}, {"Connection", "upgrade"}, {"HeaderAuth1", "v"}, {"Host", "h"}}
	e.Query = []Field{{"QueryString1", "q"}}
	got := e.AppendAuthorizer(nil, "arn:aws:execute-api:r:1:abcd1234/prod/$connect")
	want := `{"type":"REQUEST","methodArn":"arn:aws:execute-api:r:1:abcd1234/prod/$connect",` +
		`"headers":{"Connection":"upgrade","HeaderAuth1":"v","Host":"h","Upgrade":"websocket"},` +
		`"multiValueHeaders":{"Connection":["upgrade"],"HeaderAuth1":["v"],"Host":["h"],"Upgrade":["websocket"]},` +
		`"queryStringParameters":{"QueryString1":"q"},"multiValueQueryStringParameters":{"QueryString1":["q"]},"stageVariables":{},` +
		`"requestContext":{"routeKey":"$connect","eventType":"CONNECT","extendedRequestId":"ABCD1234=",` +
		`"requestTime":"09/Feb/2024:18:11:43 +0000","messageDirection":"IN","stage":"prod","connectedAt":1707502303419,` +
		`"requestTimeEpoch":1707502303420,"identity":{"sourceIp":"192.0.2.1"},"requestId":"ABCD1234=",` +
		`"domainName":"abcd1234.example.com","connectionId":"AAAA1234=","apiId":"abcd1234"}}`
	if string(got) != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	var r events.APIGatewayCustomAuthorizerRequestTypeRequest
	decode(t, got, &r)
	if r.Type != "REQUEST" || r.Headers["HeaderAuth1"] != "v" || r.QueryStringParameters["QueryString1"] != "q" {
		t.Errorf("the Lambda library reads %+v", r)
	}
}

// decode reads an event into a type of the Lambda library, every member of
// which must have the type that the event has.
func decode(t *testing.T, event []byte, into any) {
	t.Helper()
	if err := stdjson.Unmarshal(event, into); err != nil {
		t.Fatalf("the Lambda library cannot read %s: %v", event, err)
	}
}

func BenchmarkMessageEvent(b *testing.B) {
	e := handshake(Message, "send")
	e.MessageID, e.Body = "SOqIDdzSoAMCEeg=", []byte(`{"action":"send","data":{"text":"hello there, how are you?"}}`)
	var dst []byte
	b.ReportAllocs()
	for b.Loop() {
		dst = e.Append(dst[:0])
	}
}
