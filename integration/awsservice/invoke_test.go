package awsservice

import (
	"context"
	"errors"
	"io"
	"net/http"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/dragoman-gateway/dragoman/awsconfig"
	"github.com/dragoman-gateway/dragoman/awsconfig/awstest"
	"github.com/dragoman-gateway/dragoman/integration"
	"github.com/dragoman-gateway/dragoman/message"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// setup gives an Invoker whose services are all the server.
func setup(t *testing.T, answer http.HandlerFunc) (*Invoker, *awstest.Server) {
	t.Helper()
	awstest.Isolate(t)
	s := awstest.Serve(t, answer)
	t.Setenv("AWS_ENDPOINT_URL", s.URL)
	aws := awsconfig.New(awsconfig.Options{Region: "us-east-1"})
	t.Cleanup(aws.Close)
	return New(aws), s
}

func fine(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "{}") }

func header(pairs ...string) message.Header {
	var h message.Header
	for i := 0; i < len(pairs); i += 2 {
		h.Add(pairs[i], pairs[i+1])
	}
	return h
}

func TestRequestsOnTheWire(t *testing.T) {
	i, s := setup(t, fine)
	const arn = "arn:aws:apigateway:eu-west-1:"
	form := "application/x-www-form-urlencoded"
	for _, row := range []struct {
		name    string
		r       integration.Request
		method  string
		uri     string
		service string
		header  map[string]string
		body    string
	}{
		{"DynamoDB action", integration.Request{URL: arn + "dynamodb:action/PutItem", Method: "POST", Body: []byte(`{"TableName":"t"}`)},
			"POST", "/", "dynamodb", map[string]string{"X-Amz-Target": "DynamoDB_20120810.PutItem", "Content-Type": "application/x-amz-json-1.0"}, `{"TableName":"t"}`},
		{"JSON by default is the service's JSON", integration.Request{URL: arn + "kinesis:action/PutRecord", Body: []byte(`{}`), Header: header("content-type", "application/json")},
			"POST", "/", "kinesis", map[string]string{"X-Amz-Target": "Kinesis_20131202.PutRecord", "Content-Type": "application/x-amz-json-1.1"}, `{}`},
		{"what the mapping says stays", integration.Request{URL: arn + "events:action/PutEvents", Body: []byte(`{}`), Header: header("Content-Type", "application/x-amz-json-1.0", "X-Amz-Target", "AWSEvents.Other")},
			"POST", "/", "events", map[string]string{"X-Amz-Target": "AWSEvents.Other", "Content-Type": "application/x-amz-json-1.0"}, `{}`},
		{"an action without a body", integration.Request{URL: arn + "dynamodb:action/ListTables", Method: "GET"},
			"POST", "/", "dynamodb", map[string]string{"X-Amz-Target": "DynamoDB_20120810.ListTables"}, `{}`},
		{"streams are signed as DynamoDB", integration.Request{URL: arn + "streams.dynamodb:action/ListStreams"},
			"POST", "/", "dynamodb", map[string]string{"X-Amz-Target": "DynamoDBStreams_20120810.ListStreams"}, `{}`},
		{"SNS form", integration.Request{URL: arn + "sns:action/Publish", Body: []byte("TopicArn=a&Message=m"), Header: header("Content-Type", form)},
			"POST", "/?Action=Publish&Version=2010-03-31", "sns", map[string]string{"Content-Type": form}, "TopicArn=a&Message=m"},
		{"SNS form that names its action", integration.Request{URL: arn + "sns:action/Publish", Body: []byte("Action=Publish&Version=2010-03-31&Message=m"), Header: header("Content-Type", form)},
			"POST", "/", "sns", nil, "Action=Publish&Version=2010-03-31&Message=m"},
		{"SNS by query string", integration.Request{URL: arn + "sns:action/Publish?Message=m&TopicArn=a"},
			"POST", "/?Action=Publish&Message=m&TopicArn=a&Version=2010-03-31", "sns", map[string]string{"Content-Type": form}, ""},
		{"SQS path", integration.Request{URL: arn + "sqs:path/123456789012/q", Method: "POST", Body: []byte("Action=SendMessage&MessageBody=x"), Header: header("Content-Type", form)},
			"POST", "/123456789012/q", "sqs", map[string]string{"Content-Type": form}, "Action=SendMessage&MessageBody=x"},
		{"SQS action in JSON", integration.Request{URL: arn + "sqs:action/SendMessage", Body: []byte(` {"QueueUrl":"q"}`)},
			"POST", "/", "sqs", map[string]string{"X-Amz-Target": "AmazonSQS.SendMessage", "Content-Type": "application/x-amz-json-1.0"}, ` {"QueueUrl":"q"}`},
		{"SQS action as a form", integration.Request{URL: arn + "sqs:action/SendMessage", Body: []byte("QueueUrl=q"), Header: header("Content-Type", form)},
			"POST", "/?Action=SendMessage&Version=2012-11-05", "sqs", map[string]string{"X-Amz-Target": ""}, "QueueUrl=q"},
		{"S3 object", integration.Request{URL: arn + "bucket.s3:path/b.txt", Method: "PUT", Body: []byte("text"), Header: header("Content-Type", "text/plain")},
			"PUT", "/bucket/b.txt", "s3", map[string]string{"Content-Type": "text/plain"}, "text"},
		{"a service that is not known, by path", integration.Request{URL: arn + "newservice:path/v1/things", Method: "GET"},
			"GET", "/v1/things", "newservice", nil, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			if _, err := i.Invoke(context.Background(), &row.r); err != nil {
				t.Fatal(err)
			}
			got := s.Last(t)
			if got.Method != row.method || got.RequestURI != row.uri || got.Service != row.service || got.Region != "eu-west-1" || string(got.Body) != row.body {
				t.Errorf("got %s %s %s/%s %s, want %s %s %s %s", got.Method, got.RequestURI, got.Service, got.Region, got.Body, row.method, row.uri, row.service, row.body)
			}
			for name, want := range row.header {
				if v := got.Header.Get(name); v != want {
					t.Errorf("%s: got %q, want %q", name, v, want)
				}
			}
		})
	}
}

func TestPublicHosts(t *testing.T) {
	for uri, want := range map[string]string{
		"arn:aws:apigateway:us-east-1:states:action/StartSyncExecution": "sync-states",
		"arn:aws:apigateway:us-east-1:states:action/StartExecution":     "states",
		"arn:aws:apigateway:us-east-1:ses:action/SendEmail":             "email",
		"arn:aws:apigateway:us-east-1:x-ats.iotdata:path/topics/a":      "x-ats.iot",
		"arn:aws:apigateway:us-east-1:iotdata:path/topics/a":            "data-ats.iot",
		"arn:aws:apigateway:us-east-1:abc.execute-api:path/prod":        "abc.execute-api",
		"arn:aws:apigateway:us-east-1:bucket.s3:path/x":                 "s3",
	} {
		u, err := ParseURI(uri)
		if err != nil {
			t.Fatal(err)
		}
		s := lookup(u.Service)
		call := &awsconfig.Call{Host: s.host}
		u.place(call)
		if u.Action != "" {
			if err := s.act(call, u.Action); err != nil {
				t.Fatal(err)
			}
		}
		if call.Host != want {
			t.Errorf("%s: host %s, want %s", uri, call.Host, want)
		}
	}
}

func TestTheServicesAnswerIsRelayed(t *testing.T) {
	i, _ := setup(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("x-amzn-RequestId", "id-1")
		w.WriteHeader(400)
		io.WriteString(w, `{"__type":"ResourceNotFoundException"}`)
	})
	r, err := i.Invoke(context.Background(), &integration.Request{URL: "arn:aws:apigateway:us-east-1:dynamodb:action/PutItem"})
	if err != nil || r.Status != 400 || string(r.Body) != `{"__type":"ResourceNotFoundException"}` || r.RequestID != "id-1" {
		t.Errorf("got %+v, %v", r, err)
	}
}

func TestCallsThatCannotBeMade(t *testing.T) {
	i, s := setup(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	for _, row := range []struct {
		url  string
		want error
	}{
		{"arn:aws:apigateway:us-east-1:newservice:action/Do", message.ErrConfiguration},
		{"https://example.com", message.ErrConfiguration},
		{"arn:aws:apigateway:us-east-1:sqs:path/x", message.ErrTimeout},
	} {
		if _, err := i.Invoke(context.Background(), &integration.Request{URL: row.url, Timeout: 50 * time.Millisecond}); !errors.Is(err, row.want) {
			t.Errorf("%s: got %v, want %v", row.url, err, row.want)
		}
	}
	if n := len(s.All()); n != 1 {
		t.Errorf("%d calls were made, want 1", n)
	}
}
