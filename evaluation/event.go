package evaluation

import (
	stdjson "encoding/json"
	"strings"
	"time"

	"github.com/dragoman-gateway/dragoman/exchange"
	"github.com/dragoman-gateway/dragoman/mapping/payload"
	"github.com/dragoman-gateway/dragoman/resource"
)

// EventSample is for which route of which API events are made up; "" of each is a usual one.
type EventSample struct {
	Region, Account string
	ApiID           string
	Protocol        string // WEBSOCKET or HTTP; "" is both
	Selection       string // the API's expression that chooses routes
	Domain          string // host that clients call
	Stage           string
	Route           string // its key
	Variables       map[string]string
}

// Event is one that a function might be sent.
type Event struct {
	Kind  string             `json:"kind"`
	Event stdjson.RawMessage `json:"event"`
}

// sampleTime is when all of them happen: an event that is looked at twice is the same.
var sampleTime = time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)

// Headers of the client of every sample, with those that the gateway adds.
// Observed: on events of both kinds of APIs.
var sampleHeader = []payload.Field{
	{Name: "User-Agent", Value: "sample/1.0"}, {Name: "X-Amzn-Trace-Id", Value: "Root=1-70d6ccd5-000102030405060708090a0b"},
	{Name: "X-Forwarded-For", Value: "203.0.113.7"}, {Name: "X-Forwarded-Port", Value: "443"}, {Name: "X-Forwarded-Proto", Value: "https"},
}

// Events makes up one event of each kind that functions of an API are sent. They are
// written by what writes those that are sent, so that no sample has a shape of its own.
func Events(s EventSample) []Event {
	s.fill()
	var all []Event
	if s.Protocol != resource.HTTP {
		all = append(all, s.socket()...)
	}
	if s.Protocol != resource.WebSocket {
		all = append(all, s.http()...)
	}
	return all
}

// fill gives what nobody has named the values of AWS's own examples.
func (s *EventSample) fill() {
	for member, usual := range map[*string]string{
		&s.Region: "us-east-1", &s.Account: "123456789012", &s.ApiID: "a1b2c3d4e5", &s.Selection: "$request.body.action", &s.Stage: "prod",
	} {
		if *member == "" {
			*member = usual
		}
	}
	if s.Domain == "" {
		s.Domain = s.ApiID + ".execute-api." + s.Region + ".amazonaws.com"
	}
}

// arn is what an authorizer is asked about.
// Documented: API Gateway Developer Guide, Control access to WebSocket APIs with AWS Lambda
// REQUEST authorizers; and the same of HTTP APIs.
func (s *EventSample) arn(below string) string {
	return "arn:aws:execute-api:" + s.Region + ":" + s.Account + ":" + s.ApiID + "/" + s.Stage + "/" + below
}

func (s *EventSample) socket() []Event {
	message := s.Route
	if message == "" || strings.HasPrefix(message, "$connect") || strings.HasPrefix(message, "$disconnect") {
		message = "$default"
	}
	at := func(kind, route string) payload.WebSocketEvent {
		return payload.WebSocketEvent{
			EventType: kind, RouteKey: route, Stage: s.Stage, ApiID: s.ApiID, DomainName: s.Domain, ConnectionID: "c2FtcGxlLWNvbg=", RequestID: "c2FtcGxlLXJlcQ=",
			RequestTime: sampleTime, ConnectedAt: sampleTime.Add(-time.Second), Identity: payload.Identity{SourceIP: "203.0.113.7", UserAgent: "sample/1.0"},
			StageVariables: s.Variables,
		}
	}
	connect, sent, disconnect := at(payload.Connect, "$connect"), at(payload.Message, message), at(payload.Disconnect, "$disconnect")
	connect.Header = append([]payload.Field{
		{Name: "Host", Value: s.Domain}, {Name: "Sec-WebSocket-Extensions", Value: "permessage-deflate; client_max_window_bits"},
		{Name: "Sec-WebSocket-Key", Value: "dGhlIHNhbXBsZSBub25jZQ=="}, {Name: "Sec-WebSocket-Version", Value: "13"},
	}, sampleHeader...)
	connect.Query = []payload.Field{{Name: "room", Value: "blue"}}
	sent.MessageID, sent.Body = "c2FtcGxlLW1zZw=", []byte(s.chosen(message))
	disconnect.DisconnectCode, disconnect.DisconnectReason = 1001, "Going away"
	disconnect.Header = []payload.Field{{Name: "Host", Value: s.Domain}, {Name: "x-api-key"}, {Name: "X-Forwarded-For"}, {Name: "x-restapi"}}
	return []Event{
		{"WebSocket message", sent.Append(nil)}, {"WebSocket $connect", connect.Append(nil)}, {"WebSocket $disconnect", disconnect.Append(nil)},
		{"Authorizer of $connect", connect.AppendAuthorizer(nil, s.arn("$connect"))},
	}
}

// chosen is a message that chooses a route, where the expression is a member of it.
func (s *EventSample) chosen(route string) string {
	member, ok := strings.CutPrefix(strings.Trim(s.Selection, "{}"), "$request.body.")
	if !ok || route == "$default" || strings.ContainsAny(member, ".[$ ") {
		return `{"message":"hello"}`
	}
	return `{` + exchange.Quote(member) + `:` + exchange.Quote(route) + `,"id":"7"}`
}

func (s *EventSample) http() []Event {
	method, path := "POST", "/pets/{id}"
	key := s.Route
	switch named, of, ok := strings.Cut(key, " "); {
	case key == "":
		key = method + " " + path
	case ok:
		method, path = named, of
	default:
		path = "/anything"
	}
	if method == "ANY" || key == "$default" {
		method = "GET"
	}
	r := payload.HTTPRequest{
		RouteKey: key, Method: method, RawQuery: "limit=1", Protocol: "HTTP/1.1", AccountID: s.Account, ApiID: s.ApiID, DomainName: s.Domain, DomainPrefix: s.ApiID,
		Stage: s.Stage, RequestID: "c2FtcGxlLXJlcQ=", Time: sampleTime, Identity: payload.Identity{SourceIP: "203.0.113.7", UserAgent: "sample/1.0"},
		Query: []payload.Field{{Name: "limit", Value: "1"}}, StageVariables: s.Variables,
	}
	r.Path, r.PathParameters = walked(path)
	if s.Stage != "$default" {
		r.Path = "/" + s.Stage + r.Path // Observed: the path of an event begins with a named stage
	}
	r.Header = append([]payload.Field{{Name: "Host", Value: s.Domain}, {Name: "Accept", Value: "*/*"}}, sampleHeader...)
	length := "0"
	if method != "GET" && method != "HEAD" && method != "DELETE" {
		r.Body, length = []byte(`{"name":"Rex"}`), "14"
		r.Header = append(r.Header, payload.Field{Name: "Content-Type", Value: "application/json"})
	}
	r.Header = append(r.Header, payload.Field{Name: "Content-Length", Value: length})
	asked := r
	asked.Header = append(r.Header[:len(r.Header):len(r.Header)], payload.Field{Name: "Authorization", Value: "token"})
	arn, sources := s.arn(method+strings.TrimPrefix(r.Path, "/"+s.Stage)), []string{"token"}
	return []Event{
		{"HTTP API, format 2.0", r.AppendV2(nil)}, {"HTTP API, format 1.0", r.AppendV1(nil)},
		{"Authorizer, format 2.0", asked.AppendAuthorizerV2(nil, arn, sources)}, {"Authorizer, format 1.0", asked.AppendAuthorizerV1(nil, arn, sources)},
	}
}

// walked is a path that fits that of a route, with the values of its variables.
func walked(route string) (path string, variables []payload.Field) {
	segments := strings.Split(route, "/")
	for i, segment := range segments {
		name, ok := strings.CutPrefix(segment, "{")
		if !ok {
			continue
		}
		name, value := strings.TrimSuffix(name, "}"), "7"
		if greedy, is := strings.CutSuffix(name, "+"); is {
			name, value = greedy, "one/two"
		}
		segments[i] = value
		variables = append(variables, payload.Field{Name: name, Value: value})
	}
	return strings.Join(segments, "/"), variables
}
