package conformance

import (
	"encoding/json"
	"encoding/xml"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"

	"github.com/dragoman-gateway/dragoman/awsconfig/awstest"
)

// subtype adds a route to a first-class operation of a service.
func (a *webApi) subtype(key, subtype string, parameters map[string]string) {
	a.t.Helper()
	a.route(key, a.integrate(apigatewayv2.CreateIntegrationInput{
		IntegrationType: types.IntegrationTypeAwsProxy, IntegrationSubtype: &subtype, PayloadFormatVersion: aws.String("1.0"),
		CredentialsArn: aws.String("arn:aws:iam::123456789012:role/r"), RequestParameters: parameters,
	}))
}

// fields decodes a JSON answer of 200.
func (h heard) fields(t *testing.T) map[string]any {
	t.Helper()
	var found map[string]any
	if err := json.Unmarshal([]byte(h.body), &found); err != nil || h.StatusCode != 200 {
		t.Fatalf("got %d %s", h.StatusCode, h.body)
	}
	return found
}

const motoSetUp = `
sqs, events, states = client("sqs"), client("events"), client("stepfunctions")
queue = sqs.create_queue(QueueName="orders")["QueueUrl"]
heard = sqs.create_queue(QueueName="heard")["QueueUrl"]
arn = sqs.get_queue_attributes(QueueUrl=heard, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
events.put_rule(Name="all", EventPattern=json.dumps({"source": ["shop"]}))
events.put_targets(Rule="all", Targets=[{"Id": "1", "Arn": arn}])
client("kinesis").create_stream(StreamName="clicks", ShardCount=1)
machine = states.create_state_machine(name="m", roleArn="arn:aws:iam::123456789012:role/r", definition=json.dumps({"StartAt": "a", "States": {"a": {"Type": "Pass", "End": True}}}))["stateMachineArn"]
print(json.dumps({"queue": queue, "heard": heard, "machine": machine}))
`

const motoSees = `
sqs, kinesis, states = client("sqs"), client("kinesis"), client("stepfunctions")
shard = kinesis.describe_stream(StreamName="clicks")["StreamDescription"]["Shards"][0]["ShardId"]
at = kinesis.get_shard_iterator(StreamName="clicks", ShardId=shard, ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
record = kinesis.get_records(ShardIterator=at)["Records"][0]
event = json.loads(sqs.receive_message(QueueUrl=args[0])["Messages"][0]["Body"])
run = states.describe_execution(executionArn=args[1])
left = sqs.get_queue_attributes(QueueUrl=args[2], AttributeNames=["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"])["Attributes"]
print(json.dumps({"record": [record["Data"].decode(), record["PartitionKey"]], "event": [event["detail-type"], event["detail"]["a"], event["resources"]],
    "run": [run["status"], run["input"], run["name"]], "left": sorted(left.values())}))
`

// A service that somebody else wrote understands eight of the ten operations, and
// the client gets its answers.
func TestHTTPServicesOfMoto(t *testing.T) {
	at := moto(t)
	made := boto3(t, at, motoSetUp)
	text := func(name string) string { return made[name].(string) }
	a := start(t).webApi()
	a.subtype("POST /send", "SQS-SendMessage", map[string]string{"QueueUrl": text("queue"), "MessageBody": "$request.body.text", "MessageAttributes": `{"kind":{"DataType":"String","StringValue":"${request.body.kind}"}}`})
	a.subtype("GET /receive", "SQS-ReceiveMessage", map[string]string{"QueueUrl": text("queue"), "MessageAttributeNames": `["All"]`, "MaxNumberOfMessages": "$request.querystring.most"})
	a.subtype("POST /delete", "SQS-DeleteMessage", map[string]string{"QueueUrl": text("queue"), "ReceiptHandle": "$request.body.receipt"})
	a.subtype("POST /purge", "SQS-PurgeQueue", map[string]string{"QueueUrl": text("queue")})
	a.subtype("POST /record", "Kinesis-PutRecord", map[string]string{"StreamName": "clicks", "Data": "$request.body.data", "PartitionKey": "$request.header.x-key"})
	a.subtype("POST /event", "EventBridge-PutEvents", map[string]string{"Source": "shop", "DetailType": "$request.header.x-type", "Detail": "$request.body", "Resources": `["arn:aws:x:::1"]`, "Time": "2026-01-02T03:04:05Z"})
	a.subtype("POST /start", "StepFunctions-StartExecution", map[string]string{"StateMachineArn": text("machine"), "Input": "$request.body", "Name": "$request.querystring.name"})
	a.subtype("POST /stop", "StepFunctions-StopExecution", map[string]string{"ExecutionArn": "$request.body.arn", "Cause": "tired", "Error": "E"})
	a.subtype("POST /nowhere", "Kinesis-PutRecord", map[string]string{"StreamName": "none", "Data": "eA==", "PartitionKey": "k"})
	a.deploy("$default")

	sent := a.call("POST", "/send", `{"text":"two & <three>","kind":"gold"}`)
	if sent.StatusCode != 200 || !strings.Contains(sent.body, "<SendMessageResponse") {
		t.Errorf("send: got %d %s", sent.StatusCode, sent.body)
	}
	received := a.call("GET", "/receive?most=5", "")
	var reply struct {
		Message []struct {
			Body    string `xml:"Body"`
			Receipt string `xml:"ReceiptHandle"`
			Name    string `xml:"MessageAttribute>Name"`
			Value   string `xml:"MessageAttribute>Value>StringValue"`
		} `xml:"ReceiveMessageResult>Message"`
	}
	must(t, xml.Unmarshal([]byte(received.body), &reply))
	if m := reply.Message; len(m) != 1 || m[0].Body != "two & <three>" || m[0].Name != "kind" || m[0].Value != "gold" {
		t.Fatalf("receive: got %s", received.body)
	}
	if got := a.call("POST", "/delete", `{"receipt":"`+reply.Message[0].Receipt+`"}`); got.StatusCode != 200 || !strings.Contains(got.body, "DeleteMessageResponse") {
		t.Errorf("delete: got %d %s", got.StatusCode, got.body)
	}
	_ = a.call("POST", "/send", `{"text":"to be purged","kind":"x"}`)
	if got := a.call("POST", "/purge", ""); got.StatusCode != 200 || !strings.Contains(got.body, "PurgeQueueResponse") {
		t.Errorf("purge: got %d %s", got.StatusCode, got.body)
	}
	if got := a.call("POST", "/record", `{"data":"aGVsbG8="}`, "X-Key", "k1").fields(t); got["SequenceNumber"] == nil || got["ShardId"] == nil {
		t.Errorf("record: got %v", got)
	}
	if got := a.call("POST", "/event", `{"a":1}`, "X-Type", "sold").fields(t); got["FailedEntryCount"] != 0.0 {
		t.Errorf("event: got %v", got)
	}
	run, _ := a.call("POST", "/start?name=first", `{"x":[1,"é"]}`).fields(t)["executionArn"].(string)
	if got := a.call("POST", "/stop", `{"arn":"`+run+`"}`).fields(t); got["stopDate"] == nil {
		t.Errorf("stop: got %v", got)
	}
	sees := boto3(t, at, motoSees, text("heard"), run, text("queue"))
	want := map[string]any{"record": []any{"hello", "k1"}, "event": []any{"sold", 1.0, []any{"arn:aws:x:::1"}}, "run": []any{"ABORTED", `{"x":[1,"é"]}`, "first"}, "left": []any{"0", "0"}}
	if !reflect.DeepEqual(sees, want) {
		t.Errorf("the services hold %v, want %v", sees, want)
	}
	for path, body := range map[string]string{"/send": `{"kind":"gold"}`, "/record": `{}`, "/event": ``, "/stop": `{"arn":null}`} {
		gatewayError(t, a.call("POST", path, body), 400, "Bad Request")
	}
	gatewayError(t, a.call("POST", "/nowhere", ""), 500, "Internal Server Error")
}

// What the services are asked is, to the member, what boto3 asks them for the
// same parameters.
func TestHTTPServicesAreAskedAsBoto3AsksThem(t *testing.T) {
	status := 200
	s := awstest.Serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Configuration-Version", "7")
		w.WriteHeader(status)
		_, _ = w.Write([]byte(`{"from":"the service"}`))
	})
	servicesAt(t, s.URL)
	a := start(t).webApi()
	machine := "arn:aws:states:us-east-1:123456789012:stateMachine:m"
	rows := []struct {
		path, subtype, boto3 string
		parameters           map[string]string
	}{
		{"/sync", "StepFunctions-StartSyncExecution", `client("stepfunctions", inject_host_prefix=False).start_sync_execution(stateMachineArn="` + machine + `", name="n", input='{"a":1}', traceHeader="Root=1")`,
			map[string]string{"StateMachineArn": machine, "Name": "n", "Input": "$request.body", "TraceHeader": "Root=1"}},
		{"/config", "AppConfig-GetConfiguration", `client("appconfig").get_configuration(Application="a b", Environment="e/1", Configuration="c", ClientId="me", ClientConfigurationVersion="3")`,
			map[string]string{"Application": "a b", "Environment": "e/1", "Configuration": "c", "ClientId": "me", "ClientConfigurationVersion": "3"}},
		{"/event", "EventBridge-PutEvents", `client("events").put_events(Entries=[{"Source": "s", "DetailType": "t", "Detail": '{"a":1}', "Time": 1767323045, "Resources": ["r"], "EventBusName": "b", "TraceHeader": "Root=1"}])`,
			map[string]string{"Source": "s", "DetailType": "t", "Detail": "$request.body", "Time": "2026-01-02T03:04:05Z", "Resources": `["r"]`, "EventBusName": "b", "TraceHeader": "Root=1"}},
		{"/record", "Kinesis-PutRecord", `client("kinesis").put_record(StreamName="s", Data=b"hello", PartitionKey="p", ExplicitHashKey="1", SequenceNumberForOrdering="2")`,
			map[string]string{"StreamName": "s", "Data": "aGVsbG8=", "PartitionKey": "p", "ExplicitHashKey": "1", "SequenceNumberForOrdering": "2"}},
		{"/stop", "StepFunctions-StopExecution", `client("stepfunctions").stop_execution(executionArn="e", cause="c", error="x")`,
			map[string]string{"ExecutionArn": "e", "Cause": "c", "Error": "x"}},
	}
	for _, row := range rows {
		a.subtype("POST "+row.path, row.subtype, row.parameters)
	}
	a.deploy("$default")
	for _, row := range rows {
		t.Run(row.subtype, func(t *testing.T) {
			status = 200
			got := a.call("POST", row.path, `{"a":1}`)
			if got.StatusCode != 200 || got.body != `{"from":"the service"}` || got.Header.Get("Configuration-Version") != "7" {
				t.Errorf("answer: got %d %s %v", got.StatusCode, got.body, got.Header)
			}
			ours, asked := s.Last(t), len(s.All())
			boto3(t, s.URL, row.boto3+"\nprint('{}')")
			theirs := s.Last(t)
			if len(s.All()) != asked+1 {
				t.Fatal("boto3 asked nothing")
			}
			if ours.Method != theirs.Method || ours.URL.EscapedPath() != theirs.URL.EscapedPath() || !reflect.DeepEqual(ours.URL.Query(), theirs.URL.Query()) || ours.Service != theirs.Service {
				t.Errorf("got %s %s for %s, boto3 asks %s %s for %s", ours.Method, ours.RequestURI, ours.Service, theirs.Method, theirs.RequestURI, theirs.Service)
			}
			for _, name := range []string{"X-Amz-Target", "Content-Type"} {
				if g, w := ours.Header.Get(name), theirs.Header.Get(name); g != w {
					t.Errorf("%s: got %q, boto3 sends %q", name, g, w)
				}
			}
			if g, w := members(ours.Body), members(theirs.Body); !reflect.DeepEqual(g, w) {
				t.Errorf("body: got %v, boto3 sends %v", g, w)
			}
		})
	}
	status = 403
	gatewayError(t, a.call("POST", "/config", ""), 500, "Internal Server Error")
}

// members reads a body as JSON or as a form.
func members(body []byte) any {
	var found any
	if json.Unmarshal(body, &found) == nil {
		return found
	}
	form, _ := url.ParseQuery(string(body))
	return form
}
