package payload

import (
	"encoding/base64"
	"time"
	"unicode/utf8"

	"github.com/dragoman-gateway/dragoman/mapping/json"
)

// The event types of WebSocket APIs.
const (
	Connect    = "CONNECT"
	Message    = "MESSAGE"
	Disconnect = "DISCONNECT"
)

// WebSocketEvent is what a proxy function of a WebSocket API receives. Empty
// members are left out of the event.
type WebSocketEvent struct {
	EventType    string // Connect, Message or Disconnect
	RouteKey     string
	Stage        string
	Path         string // what followed the stage in the path of the handshake; "" where nothing may
	ApiID        string
	DomainName   string
	ConnectionID string
	RequestID    string
	MessageID    string // messages only
	RequestTime  time.Time
	ConnectedAt  time.Time
	Identity     Identity

	DisconnectCode   int // $disconnect only
	DisconnectReason string

	Header         []Field  // $connect and $disconnect only, as the client spelled them
	Query          []Field  // $connect only, decoded
	Authorizer     []Member // principalId and what else the authorizer handed on
	StageVariables map[string]string

	// Body is the message. It is passed as text when it is UTF-8, otherwise in
	// base64.
	Body []byte
}

// Identity is who sent a request, as far as it is known.
type Identity struct {
	SourceIP                      string
	UserAgent                     string
	AccountID                     string
	AccessKey                     string
	ApiKey                        string
	ApiKeyID                      string
	Caller                        string
	User                          string
	UserArn                       string
	PrincipalOrgID                string
	CognitoAuthenticationProvider string
	CognitoAuthenticationType     string
	CognitoIdentityID             string
	CognitoIdentityPoolID         string
	ClientCert                    *ClientCert
}

// ClientCert is the certificate of a client under mutual TLS. Times are as in
// "May 28 12:30:02 2019 GMT".
type ClientCert struct {
	PEM, SubjectDN, IssuerDN, SerialNumber string
	NotBefore, NotAfter                    string
}

// Append appends the event to dst. Frames have no headers, so only connecting and
// disconnecting tell of some.
// Documented: API Gateway Developer Guide, Set up a WebSocket API integration
// request.
func (e *WebSocketEvent) Append(dst []byte) []byte {
	w := writer{append(dst, '{')}
	if e.EventType != Message {
		e.lines(&w)
	}
	w.variables(e.StageVariables)
	e.context(&w)
	binary := false
	if e.EventType == Message {
		binary = w.body(e.Body, false)
	}
	w.flag("isBase64Encoded", binary)
	w.close('}')
	return w.b
}

// AppendAuthorizer appends the event of a REQUEST authorizer on $connect, the only
// route that has one on AWS; that of a message has its body too.
// Observed: it has empty objects where the event of the integration leaves
// members out.
// Documented: API Gateway Developer Guide, Control access to WebSocket APIs with
// AWS Lambda REQUEST authorizers.
func (e *WebSocketEvent) AppendAuthorizer(dst []byte, methodArn string) []byte {
	w := writer{append(dst, '{')}
	w.text("type", "REQUEST")
	w.text("methodArn", methodArn)
	header, query := sorted(e.Header), sorted(e.Query)
	w.last("headers", header)
	w.all("multiValueHeaders", header)
	w.last("queryStringParameters", query)
	w.all("multiValueQueryStringParameters", query)
	if len(e.StageVariables) == 0 {
		w.raw("stageVariables", "{}")
	}
	w.variables(e.StageVariables)
	e.context(&w)
	if e.EventType == Message {
		w.flag("isBase64Encoded", w.body(e.Body, false))
	}
	w.close('}')
	return w.b
}

// lines writes the headers and the query string of a handshake.
func (e *WebSocketEvent) lines(w *writer) {
	if len(e.Header) > 0 {
		header := sorted(e.Header)
		w.last("headers", header)
		w.all("multiValueHeaders", header)
	}
	if len(e.Query) > 0 {
		query := sorted(e.Query)
		w.last("queryStringParameters", query)
		w.all("multiValueQueryStringParameters", query)
	}
}

// context writes requestContext.
// Observed: the order of members, which is how Java orders the keys of a hash
// map. requestId and extendedRequestId are the same id, and the direction is
// always IN.
func (e *WebSocketEvent) context(w *writer) {
	w.name("requestContext")
	w.open('{')
	w.text("routeKey", e.RouteKey)
	if e.EventType == Disconnect {
		w.number("disconnectStatusCode", int64(e.DisconnectCode))
	}
	if len(e.Authorizer) > 0 {
		w.members("authorizer", e.Authorizer)
	}
	w.some("messageId", e.MessageID)
	w.text("eventType", e.EventType)
	w.text("extendedRequestId", e.RequestID)
	w.moment("requestTime", e.RequestTime)
	w.text("messageDirection", "IN")
	if e.EventType == Disconnect {
		w.text("disconnectReason", e.DisconnectReason)
	}
	w.text("stage", e.Stage)
	w.some("path", e.Path)
	w.number("connectedAt", e.ConnectedAt.UnixMilli())
	w.number("requestTimeEpoch", e.RequestTime.UnixMilli())
	w.identity(&e.Identity)
	w.text("requestId", e.RequestID)
	w.text("domainName", e.DomainName)
	w.text("connectionId", e.ConnectionID)
	w.text("apiId", e.ApiID)
	w.close('}')
}

// identity writes those members that are known.
// Observed: without IAM and keys an event has sourceIp alone, and userAgent where
// the client sent one.
func (w *writer) identity(id *Identity) {
	w.name("identity")
	w.open('{')
	w.some("cognitoIdentityPoolId", id.CognitoIdentityPoolID)
	w.some("accountId", id.AccountID)
	w.some("cognitoIdentityId", id.CognitoIdentityID)
	w.some("caller", id.Caller)
	w.text("sourceIp", id.SourceIP)
	w.some("principalOrgId", id.PrincipalOrgID)
	w.some("apiKey", id.ApiKey)
	w.some("apiKeyId", id.ApiKeyID)
	w.some("accessKey", id.AccessKey)
	w.some("cognitoAuthenticationType", id.CognitoAuthenticationType)
	w.some("cognitoAuthenticationProvider", id.CognitoAuthenticationProvider)
	w.some("userArn", id.UserArn)
	w.some("userAgent", id.UserAgent)
	w.some("user", id.User)
	if id.ClientCert != nil {
		w.cert(id.ClientCert)
	}
	w.close('}')
}

// variables writes stage variables by name, if there are any.
func (w *writer) variables(vars map[string]string) {
	if len(vars) == 0 {
		return
	}
	w.last("stageVariables", sortedMap(vars))
}

func sortedMap(m map[string]string) []Field {
	fields := make([]Field, 0, len(m))
	for name, value := range m {
		fields = append(fields, Field{name, value})
	}
	return sorted(fields)
}

// body writes the body as text, or in base64 where binary says so or it is not
// UTF-8, and reports which it was. JSON is UTF-8 (RFC 8259 section 8.1), so other
// bytes have no form of their own in it.
func (w *writer) body(b []byte, binary bool) bool {
	w.name("body")
	if binary || !utf8.Valid(b) {
		w.b = append(w.b, '"')
		w.b = base64.StdEncoding.AppendEncode(w.b, b)
		w.b = append(w.b, '"')
		return true
	}
	w.b = json.AppendBytes(w.b, b, json.Compact)
	return false
}
