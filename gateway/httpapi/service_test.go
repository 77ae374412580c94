package httpapi

import (
	"context"
	"fmt"
	"testing"

	"github.com/dragoman-gateway/dragoman/integration"
	"github.com/dragoman-gateway/dragoman/message"
	"github.com/dragoman-gateway/dragoman/resource"
)

// service answers with reply and keeps what it was asked.
type service struct {
	subtype string
	values  map[string]string
	request *integration.Request
	reply   integration.Reply
	err     error
}

func (s *service) Subtype(_ context.Context, subtype string, values map[string]string, r *integration.Request) (*integration.Reply, error) {
	s.subtype, s.values, s.request = subtype, values, r
	if s.err != nil {
		return nil, s.err
	}
	reply := s.reply
	return &reply, nil
}

func queue(parameters map[string]string) resource.Snapshot {
	s := proxied("", "POST /x/{id}")
	s.Integrations[0] = resource.Integration{
		IntegrationId: "i", IntegrationType: "AWS_PROXY", IntegrationSubtype: "SQS-SendMessage", PayloadFormatVersion: "1.0",
		CredentialsArn: "arn:aws:iam::123456789012:role/r", RequestParameters: parameters,
		ResponseParameters: map[string]map[string]string{"200": {"append:header.X-Sent": "$response.header.x-amzn-requestid"}},
	}
	return s
}

func TestServices(t *testing.T) {
	parameters := map[string]string{"QueueUrl": "https://sqs/q", "MessageBody": "$request.body.text", "MessageGroupId": "${request.path.id}-$stageVariables.colour"}
	xml := integration.Reply{Status: 200, Body: []byte("<ok/>"), Header: message.Header{{Name: "Content-Type", Value: "text/xml"}, {Name: "x-amzn-RequestId", Value: "abc"}, {Name: "Connection", Value: "close"}}}
	for _, row := range []struct {
		name, body   string
		service      service
		status       int
		answer, sent string
	}{
		{"sent", `{"text":"hello"}`, service{reply: xml}, 200, "<ok/>", "map[MessageBody:hello MessageGroupId:7-red QueueUrl:https://sqs/q]"},
		{"a parameter is missing", `{}`, service{reply: xml}, 400, `{"message":"Bad Request"}`, "map[]"},
		{"a parameter is empty", `{"text":""}`, service{reply: xml}, 400, `{"message":"Bad Request"}`, "map[]"},
		{"refused by the service", `{"text":"x"}`, service{reply: integration.Reply{Status: 400, Body: []byte("no queue")}}, 500, `{"message":"Internal Server Error"}`, ""},
		{"no permission", `{"text":"x"}`, service{err: message.Fail(message.ErrDenied, nil)}, 500, `{"message":"Internal Server Error"}`, ""},
		{"timed out", `{"text":"x"}`, service{err: message.Fail(message.ErrTimeout, nil)}, 503, `{"message":"Service Unavailable"}`, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := newGateway(Config{Service: &row.service}, queue(parameters))
			w := g.ask("POST", "/x/7", row.body)
			if w.Code != row.status || w.Body.String() != row.answer {
				t.Errorf("got %d %s, want %d %s", w.Code, w.Body, row.status, row.answer)
			}
			if got := fmt.Sprint(row.service.values); row.sent != "" && got != row.sent {
				t.Errorf("parameters: got %s, want %s", got, row.sent)
			}
			if row.status != 200 {
				return
			}
			if h := w.Header(); h.Get("Content-Type") != "text/xml" || h.Get("X-Sent") != "abc" || h.Get("Connection") != "" {
				t.Errorf("header: got %v", h)
			}
			if r := row.service.request; r.Credentials != "arn:aws:iam::123456789012:role/r" || r.Region != "us-east-1" || row.service.subtype != "SQS-SendMessage" {
				t.Errorf("call: got %+v", r)
			}
			if got := g.last(t).HTTP.EndpointRequest[0]; got != "abc" {
				t.Errorf("$context.awsEndpointRequestId: got %q", got)
			}
		})
	}
}

func TestServicesThatCannotBeCalled(t *testing.T) {
	for name, g := range map[string]*gateway{
		"no services":       newGateway(Config{}, queue(map[string]string{"QueueUrl": "q", "MessageBody": "b"})),
		"missing parameter": newGateway(Config{Service: &service{}}, queue(map[string]string{"QueueUrl": "q"})),
		"unknown parameter": newGateway(Config{Service: &service{}}, queue(map[string]string{"QueueUrl": "q", "MessageBody": "b", "Colour": "red"})),
	} {
		if w := g.ask("POST", "/x/7", ""); w.Code != 500 {
			t.Errorf("%s: got %d, want 500", name, w.Code)
		}
	}
}
