package awsservice

import (
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dragoman-gateway/dragoman/awsconfig"
	"github.com/dragoman-gateway/dragoman/message"
)

// parameters are the evaluated parameters of an operation.
type parameters map[string]string

// jsonCall is an action of a service that speaks JSON. Names of members are those
// of the service model, in its own case.
func jsonCall(name, action string, body any) (*awsconfig.Call, error) {
	s := lookup(name)
	text, err := json.Marshal(body)
	if err != nil {
		return nil, message.Fail(message.ErrConfiguration, err)
	}
	call := &awsconfig.Call{ID: s.id, Host: s.host, Signing: s.signing, Path: "/", Body: text}
	return call, s.act(call, action)
}

// pick takes the parameters that are there under the names that the service has
// for them.
func (p parameters) pick(names map[string]string) map[string]string {
	found := map[string]string{}
	for from, to := range names {
		if v, ok := p[from]; ok {
			found[to] = v
		}
	}
	return found
}

// Detail is a text that holds JSON, and is sent as the mapping made it.
// Documented: EventBridge API Reference, PutEventsRequestEntry.
func putEvents(p parameters) (*awsconfig.Call, error) {
	entry := map[string]any{}
	for _, name := range []string{"Detail", "DetailType", "Source", "EventBusName", "TraceHeader"} {
		if v, ok := p[name]; ok {
			entry[name] = v
		}
	}
	if v, ok := p["Resources"]; ok {
		list, err := texts("Resources", v)
		if err != nil {
			return nil, err
		}
		entry["Resources"] = list
	}
	if v, ok := p["Time"]; ok {
		at, err := epoch(v)
		if err != nil {
			return nil, unusable("Time", err)
		}
		entry["Time"] = at
	}
	return jsonCall("events", "PutEvents", map[string]any{"Entries": []any{entry}})
}

// Data is in base64 in the JSON protocol.
// Documented: Kinesis Data Streams API Reference, PutRecord. The caller encodes
// it, for a mapping cannot.
func putRecord(p parameters) (*awsconfig.Call, error) {
	return jsonCall("kinesis", "PutRecord", p.pick(map[string]string{
		"StreamName": "StreamName", "Data": "Data", "PartitionKey": "PartitionKey",
		"SequenceNumberForOrdering": "SequenceNumberForOrdering", "ExplicitHashKey": "ExplicitHashKey",
	}))
}

// Step Functions spells its members in lower case, unlike the parameters.
// Documented: Step Functions API Reference, StartExecution; API Gateway Developer
// Guide, Integration subtype reference.
func startExecution(p parameters) (*awsconfig.Call, error) {
	return jsonCall("states", "StartExecution", p.pick(map[string]string{
		"StateMachineArn": "stateMachineArn", "Name": "name", "Input": "input",
	}))
}

func startSyncExecution(p parameters) (*awsconfig.Call, error) {
	return jsonCall("states", "StartSyncExecution", p.pick(map[string]string{
		"StateMachineArn": "stateMachineArn", "Name": "name", "Input": "input", "TraceHeader": "traceHeader",
	}))
}

func stopExecution(p parameters) (*awsconfig.Call, error) {
	return jsonCall("states", "StopExecution", p.pick(map[string]string{
		"ExecutionArn": "executionArn", "Cause": "cause", "Error": "error",
	}))
}

// AppConfig is a REST service: names are parts of the path, so that a slash in
// one must not become two.
// Documented: AWS AppConfig API Reference, GetConfiguration.
func getConfiguration(p parameters) (*awsconfig.Call, error) {
	q := url.Values{"client_id": {p["ClientId"]}}
	if v := p["ClientConfigurationVersion"]; v != "" {
		q.Set("client_configuration_version", v)
	}
	return &awsconfig.Call{
		ID: "AppConfig", Host: "appconfig", Signing: "appconfig", Method: "GET", Query: q.Encode(),
		Path: "/applications/" + url.PathEscape(p["Application"]) + "/environments/" + url.PathEscape(p["Environment"]) +
			"/configurations/" + url.PathEscape(p["Configuration"]),
	}, nil
}

// sqsCall is an action of SQS in the query protocol.
// Observed: clients of HTTP APIs get its XML, and cannot ask for JSON.
func sqsCall(action string, form url.Values) *awsconfig.Call {
	s := lookup("sqs")
	form.Set("Action", action)
	form.Set("Version", s.version)
	return &awsconfig.Call{
		ID: s.id, Host: s.host, Signing: s.signing, Path: "/", Body: []byte(form.Encode()),
		Header: message.Header{{Name: contentType, Value: formType}},
	}
}

// form takes parameters whose names are the service's own.
func (p parameters) form(names ...string) url.Values {
	f := url.Values{}
	for _, name := range names {
		if v, ok := p[name]; ok {
			f.Set(name, v)
		}
	}
	return f
}

func sqsPlain(action string) func(parameters) (*awsconfig.Call, error) {
	return func(p parameters) (*awsconfig.Call, error) {
		return sqsCall(action, p.form("QueueUrl", "ReceiptHandle")), nil
	}
}

// Documented: API Gateway Developer Guide, Integration subtype reference:
// attributes are JSON text in a parameter.
func sendMessage(p parameters) (*awsconfig.Call, error) {
	f := p.form("QueueUrl", "MessageBody", "DelaySeconds", "MessageDeduplicationId", "MessageGroupId")
	for parameter, prefix := range map[string]string{"MessageAttributes": "MessageAttribute", "MessageSystemAttributes": "MessageSystemAttribute"} {
		if v, ok := p[parameter]; ok {
			if err := addAttributes(f, prefix, v); err != nil {
				return nil, unusable(parameter, err)
			}
		}
	}
	return sqsCall("SendMessage", f), nil
}

func receiveMessage(p parameters) (*awsconfig.Call, error) {
	f := p.form("QueueUrl", "MaxNumberOfMessages", "ReceiveRequestAttemptId", "VisibilityTimeout", "WaitTimeSeconds")
	for parameter, prefix := range map[string]string{"AttributeNames": "AttributeName", "MessageAttributeNames": "MessageAttributeName"} {
		v, ok := p[parameter]
		if !ok {
			continue
		}
		list, err := texts(parameter, v)
		if err != nil {
			return nil, err
		}
		for n, name := range list {
			f.Set(prefix+"."+strconv.Itoa(n+1), name)
		}
	}
	return sqsCall("ReceiveMessage", f), nil
}

// addAttributes writes a JSON object of message attributes in the form of the
// query protocol, Name and Value by number, in the order of their names.
// Documented: SQS API Reference, SendMessage.
func addAttributes(f url.Values, prefix, text string) error {
	var attributes map[string]struct{ DataType, StringValue, BinaryValue *string }
	if err := json.Unmarshal([]byte(text), &attributes); err != nil {
		return err
	}
	var names []string
	for name := range attributes {
		names = append(names, name)
	}
	slices.Sort(names)
	for n, name := range names {
		at := prefix + "." + strconv.Itoa(n+1) + "."
		f.Set(at+"Name", name)
		a := attributes[name]
		for member, v := range map[string]*string{"DataType": a.DataType, "StringValue": a.StringValue, "BinaryValue": a.BinaryValue} {
			if v != nil {
				f.Set(at+"Value."+member, *v)
			}
		}
	}
	return nil
}

// texts reads a parameter that is a list: a JSON array of texts.
//
// Assumed: a value that is no JSON array is the only element.
func texts(name, value string) ([]string, error) {
	if !strings.HasPrefix(strings.TrimSpace(value), "[") {
		return []string{value}, nil
	}
	var list []string
	if err := json.Unmarshal([]byte(value), &list); err != nil {
		return nil, unusable(name, err)
	}
	return list, nil
}

// epoch reads a time, as RFC 3339 or as seconds since 1970, into seconds, which
// is how the JSON protocol writes it.
// Documented: Smithy, AWS JSON 1.1 protocol, timestamps.
func epoch(value string) (json.Number, error) {
	if _, err := strconv.ParseFloat(value, 64); err == nil && strings.Trim(value, "0123456789.") == "" {
		return json.Number(value), nil
	}
	at, err := time.Parse(time.RFC3339Nano, value)
	if err != nil {
		return "", errors.New("want RFC 3339 or seconds since 1970")
	}
	return json.Number(strconv.FormatInt(at.Unix(), 10)), nil
}
