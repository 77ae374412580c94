package awsservice

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"reflect"
	"slices"
	"testing"

	"github.com/dragoman-gateway/dragoman/integration"
	"github.com/dragoman-gateway/dragoman/message"
)

func TestSubtypes(t *testing.T) {
	all := operations()
	if len(all) != 10 {
		t.Errorf("there are %d subtypes, AWS has ten", len(all))
	}
	for name, s := range all {
		if !slices.Contains(s.Optional, "Region") || !s.Knows("Region") || s.Knows("Nonsense") || len(s.Required) == 0 {
			t.Errorf("%s: %+v", name, s)
		}
	}
}

// call makes a first-class call and gives what the service got.
func call(t *testing.T, subtype string, values map[string]string) (target, uri, signed, region, body string) {
	t.Helper()
	i, s := setup(t, fine)
	r, err := i.Subtype(context.Background(), subtype, values, &integration.Request{Region: "us-east-1"})
	if err != nil {
		t.Fatal(err)
	}
	if r.Status != 200 || string(r.Body) != "{}" {
		t.Errorf("got %+v", r)
	}
	got := s.Last(t)
	return got.Header.Get("X-Amz-Target"), got.Method + " " + got.RequestURI, got.Service, got.Region, string(got.Body)
}

func TestJSONOperations(t *testing.T) {
	for _, row := range []struct {
		subtype string
		values  map[string]string
		target  string
		service string
		body    string
	}{
		{"EventBridge-PutEvents", map[string]string{"Detail": `{"a":1}`, "DetailType": "t", "Source": "s", "Time": "2026-11-23T00:00:00Z", "EventBusName": "b", "Resources": `["r1","r2"]`, "TraceHeader": "Root=1"},
			"AWSEvents.PutEvents", "events", `{"Entries":[{"Detail":"{\"a\":1}","DetailType":"t","Source":"s","Time":1795392000,"EventBusName":"b","Resources":["r1","r2"],"TraceHeader":"Root=1"}]}`},
		{"EventBridge-PutEvents", map[string]string{"Detail": `{}`, "DetailType": "t", "Source": "s", "Resources": "r1", "Time": "1795392000.5"},
			"AWSEvents.PutEvents", "events", `{"Entries":[{"Detail":"{}","DetailType":"t","Source":"s","Resources":["r1"],"Time":1795392000.5}]}`},
		{"Kinesis-PutRecord", map[string]string{"StreamName": "s", "Data": "aGk=", "PartitionKey": "p", "ExplicitHashKey": "1", "SequenceNumberForOrdering": "2"},
			"Kinesis_20131202.PutRecord", "kinesis", `{"StreamName":"s","Data":"aGk=","PartitionKey":"p","ExplicitHashKey":"1","SequenceNumberForOrdering":"2"}`},
		{"StepFunctions-StartExecution", map[string]string{"StateMachineArn": "arn", "Name": "n", "Input": `{"x":"<&>"}`},
			"AWSStepFunctions.StartExecution", "states", `{"stateMachineArn":"arn","name":"n","input":"{\"x\":\"<&>\"}"}`},
		{"StepFunctions-StartSyncExecution", map[string]string{"StateMachineArn": "arn", "TraceHeader": "t"},
			"AWSStepFunctions.StartSyncExecution", "states", `{"stateMachineArn":"arn","traceHeader":"t"}`},
		{"StepFunctions-StopExecution", map[string]string{"ExecutionArn": "arn", "Cause": "c", "Error": "e"},
			"AWSStepFunctions.StopExecution", "states", `{"executionArn":"arn","cause":"c","error":"e"}`},
	} {
		t.Run(row.subtype, func(t *testing.T) {
			row.values["Region"] = "eu-central-1"
			target, uri, signed, region, body := call(t, row.subtype, row.values)
			if target != row.target || uri != "POST /" || signed != row.service || region != "eu-central-1" {
				t.Errorf("got %s %s for %s in %s", target, uri, signed, region)
			}
			var got, want any
			if err := errors.Join(json.Unmarshal([]byte(body), &got), json.Unmarshal([]byte(row.body), &want)); err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("got %s, want %s (%v)", body, row.body, err)
			}
		})
	}
}

func TestQueueOperations(t *testing.T) {
	const queue = "https://sqs.us-east-1.amazonaws.com/123456789012/q"
	for _, row := range []struct {
		subtype string
		values  map[string]string
		want    url.Values
	}{
		{"SQS-SendMessage", map[string]string{"MessageBody": "a b&c", "DelaySeconds": "1", "MessageGroupId": "g", "MessageDeduplicationId": "d",
			"MessageAttributes":       `{"k2":{"DataType":"Binary","BinaryValue":"aGk="},"k1":{"DataType":"String","StringValue":"v"}}`,
			"MessageSystemAttributes": `{"AWSTraceHeader":{"DataType":"String","StringValue":"Root=1"}}`},
			url.Values{"Action": {"SendMessage"}, "MessageBody": {"a b&c"}, "DelaySeconds": {"1"}, "MessageGroupId": {"g"}, "MessageDeduplicationId": {"d"},
				"MessageAttribute.1.Name": {"k1"}, "MessageAttribute.1.Value.DataType": {"String"}, "MessageAttribute.1.Value.StringValue": {"v"},
				"MessageAttribute.2.Name": {"k2"}, "MessageAttribute.2.Value.DataType": {"Binary"}, "MessageAttribute.2.Value.BinaryValue": {"aGk="},
				"MessageSystemAttribute.1.Name": {"AWSTraceHeader"}, "MessageSystemAttribute.1.Value.DataType": {"String"}, "MessageSystemAttribute.1.Value.StringValue": {"Root=1"}}},
		{"SQS-ReceiveMessage", map[string]string{"AttributeNames": `["All"]`, "MessageAttributeNames": `["a","b"]`, "MaxNumberOfMessages": "10", "VisibilityTimeout": "5", "WaitTimeSeconds": "2", "ReceiveRequestAttemptId": "r"},
			url.Values{"Action": {"ReceiveMessage"}, "AttributeName.1": {"All"}, "MessageAttributeName.1": {"a"}, "MessageAttributeName.2": {"b"},
				"MaxNumberOfMessages": {"10"}, "VisibilityTimeout": {"5"}, "WaitTimeSeconds": {"2"}, "ReceiveRequestAttemptId": {"r"}}},
		{"SQS-DeleteMessage", map[string]string{"ReceiptHandle": "h"}, url.Values{"Action": {"DeleteMessage"}, "ReceiptHandle": {"h"}}},
		{"SQS-PurgeQueue", map[string]string{}, url.Values{"Action": {"PurgeQueue"}}},
	} {
		t.Run(row.subtype, func(t *testing.T) {
			row.values["QueueUrl"] = queue
			row.want.Set("QueueUrl", queue)
			row.want.Set("Version", "2012-11-05")
			target, uri, signed, _, body := call(t, row.subtype, row.values)
			got, err := url.ParseQuery(body)
			if err != nil || target != "" || uri != "POST /" || signed != "sqs" || !reflect.DeepEqual(got, row.want) {
				t.Errorf("got %s %s %s %v, want %v (%v)", target, uri, signed, got, row.want, err)
			}
		})
	}
}

func TestAppConfig(t *testing.T) {
	_, uri, signed, _, _ := call(t, "AppConfig-GetConfiguration", map[string]string{"Application": "a b", "Environment": "e/1", "Configuration": "c", "ClientId": "me", "ClientConfigurationVersion": "3"})
	if want := "GET /applications/a%20b/environments/e%2F1/configurations/c?client_configuration_version=3&client_id=me"; uri != want || signed != "appconfig" {
		t.Errorf("got %s for %s, want %s", uri, signed, want)
	}
}

func TestUnusableParameters(t *testing.T) {
	i, s := setup(t, fine)
	for _, row := range []struct {
		name, subtype string
		values        map[string]string
		parameter     bool
	}{
		{"no such subtype", "SQS-Nonsense", nil, false},
		{"required is missing", "SQS-SendMessage", map[string]string{"QueueUrl": "q"}, true},
		{"required is empty", "SQS-SendMessage", map[string]string{"QueueUrl": "q", "MessageBody": ""}, true},
		{"unknown", "SQS-PurgeQueue", map[string]string{"QueueUrl": "q", "Force": "1"}, true},
		{"attributes that are no JSON", "SQS-SendMessage", map[string]string{"QueueUrl": "q", "MessageBody": "b", "MessageAttributes": "{"}, true},
		{"list that is broken", "SQS-ReceiveMessage", map[string]string{"QueueUrl": "q", "AttributeNames": `["a"`}, true},
		{"time that is none", "EventBridge-PutEvents", map[string]string{"Detail": "{}", "DetailType": "t", "Source": "s", "Time": "yesterday"}, true},
		{"region that is a host", "SQS-PurgeQueue", map[string]string{"QueueUrl": "q", "Region": "evil.example/"}, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, err := i.Subtype(context.Background(), row.subtype, row.values, &integration.Request{})
			if !errors.Is(err, message.ErrConfiguration) || errors.Is(err, ErrParameter) != row.parameter {
				t.Errorf("got %v", err)
			}
		})
	}
	if n := len(s.All()); n != 0 {
		t.Errorf("%d calls were made, want none", n)
	}
}
