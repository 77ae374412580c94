package sam

import (
	"maps"
	"slices"
	"strings"

	"github.com/dragoman-gateway/dragoman/management/tree"
)

// emitted says what CloudFormation has for an event of another service: a resource with
// the logical id of function and event, and a permission. It is there to be referred to.
type emitted struct {
	kind       string // "" for none
	function   string // the property that names the function, or its ARN
	permission bool
	principal  string
	renames    map[string]string // properties of the event that the resource has too
}

// mapping is an event that Lambda polls for.
func mapping(source string) emitted {
	return emitted{kind: "AWS::Lambda::EventSourceMapping", function: "FunctionName", renames: map[string]string{source: "EventSourceArn",
		"BatchSize": "BatchSize", "StartingPosition": "StartingPosition", "Enabled": "Enabled", "FilterCriteria": "FilterCriteria", "Topics": "Topics", "Queues": "Queues"}}
}

// otherEvents are the types of events beside HttpApi.
// Documented: AWS SAM Developer Guide, EventSource.
var otherEvents = map[string]emitted{
	"SQS": mapping("Queue"), "Kinesis": mapping("Stream"), "DynamoDB": mapping("Stream"), "MSK": mapping("Stream"), "MQ": mapping("Broker"),
	"SelfManagedKafka": mapping(""), "DocumentDB": mapping("Cluster"),
	"S3": {permission: true, principal: "s3.amazonaws.com"},
	"SNS": {kind: "AWS::SNS::Subscription", function: "Endpoint", permission: true, principal: "sns.amazonaws.com",
		renames: map[string]string{"Topic": "TopicArn", "FilterPolicy": "FilterPolicy", "FilterPolicyScope": "FilterPolicyScope", "Region": "Region"}},
	"Schedule":        {kind: "AWS::Events::Rule", permission: true, principal: "events.amazonaws.com", renames: map[string]string{"Schedule": "ScheduleExpression", "Name": "Name", "Description": "Description", "State": "State"}},
	"ScheduleV2":      {kind: "AWS::Scheduler::Schedule", renames: map[string]string{"ScheduleExpression": "ScheduleExpression", "Name": "Name", "GroupName": "GroupName", "State": "State"}},
	"CloudWatchEvent": {kind: "AWS::Events::Rule", permission: true, principal: "events.amazonaws.com", renames: map[string]string{"Pattern": "EventPattern", "EventBusName": "EventBusName", "RuleName": "Name", "State": "State"}},
	"EventBridgeRule": {kind: "AWS::Events::Rule", permission: true, principal: "events.amazonaws.com", renames: map[string]string{"Pattern": "EventPattern", "EventBusName": "EventBusName", "RuleName": "Name", "State": "State"}},
	"CloudWatchLogs":  {kind: "AWS::Logs::SubscriptionFilter", function: "DestinationArn", permission: true, principal: "logs.amazonaws.com", renames: map[string]string{"LogGroupName": "LogGroupName", "FilterPattern": "FilterPattern"}},
	"IoTRule":         {kind: "AWS::IoT::TopicRule", permission: true, principal: "iot.amazonaws.com"},
	"AlexaSkill":      {permission: true, principal: "alexa-appkit.amazon.com"},
	"Cognito":         {permission: true, principal: "cognito-idp.amazonaws.com"},
	"Api":             {},
}

// otherEvent notes an event that nothing here sends, and makes what may be referred to.
func (t *transform) otherEvent(r *resource, id string, s spot, kind string, c callee) {
	made, known := otherEvents[kind]
	named := s.get("Type")
	switch {
	case !s.IsObject() || named.Null():
		named.fault("an event needs a Type", "for example HttpApi")
		return
	// Documented: AWS SAM Developer Guide, EventSource: no type is
	// for WebSocket APIs. Who looks for one is told where their routes are said.
	case strings.HasPrefix(strings.ToLower(kind), "websocket"):
		named.fault("there is no type of event "+kind, "a route of an "+prefix+"WebSocketApi names its function: Routes: {$connect: {FunctionArn: !GetAtt "+r.id+".Arn}}")
		return
	case !known:
		named.misnamed("there is no type of event "+kind, kind, append(slices.Sorted(maps.Keys(otherEvents)), "HttpApi"))
		return
	case kind == "Api":
		s.note("the event " + id + " belongs to a REST API, which is not served here")
		t.restEvent(r, id, s, c)
		return
	}
	if made.kind == "" { // of others the reader of what they become tells
		s.note("the event " + id + " of type " + kind + " calls nobody here")
	}
	from, base := s.begin(), r.id+id
	if made.kind != "" {
		r.beside(base, made.kind, emittedProperties(s, made, c))
	}
	if made.permission {
		r.beside(base+"Permission", "AWS::Lambda::Permission", object(from).Put(text(from, "Action"), text(from, "lambda:InvokeFunction")).
			Put(text(from, "FunctionName"), c.name).Put(text(from, "Principal"), text(from, made.principal)))
	}
	// Documented: AWS SAM Developer Guide, ScheduleV2, RoleArn: a
	// role is created where none is given, for EventBridge Scheduler calls by a role and
	// not by a permission.
	if kind == "ScheduleV2" && s.get("Properties").get("RoleArn").Null() {
		r.beside(base+"Role", "AWS::IAM::Role", object(from).Put(text(from, "AssumeRolePolicyDocument"), assumed(from, "scheduler.amazonaws.com")))
	}
}

// emittedProperties are those of the resource of an event.
func emittedProperties(s spot, made emitted, c callee) tree.Node {
	from := s.begin()
	properties := object(from)
	for key, value := range s.Node.Get("Properties").Pairs() {
		if as := made.renames[key.Text()]; as != "" && !value.Null() {
			properties.Put(text(key, as), value)
		}
	}
	switch made.function {
	case "":
	case "FunctionName":
		properties.Put(text(from, made.function), c.name)
	default:
		properties.Put(text(from, made.function), c.arn)
	}
	switch made.kind {
	case "AWS::SNS::Subscription":
		properties.Put(text(from, "Protocol"), text(from, "lambda"))
	case "AWS::Events::Rule":
		properties.Put(text(from, "Targets"), list(from, object(from).Put(text(from, "Arn"), c.arn).Put(text(from, "Id"), text(from, "LambdaTarget"))))
	}
	return properties
}

// implicitRest is the logical id of the REST API of events that name none.
// Documented: AWS SAM Developer Guide, Generated CloudFormation
// resources for AWS::Serverless::Api: the guide gives this id, and Prod is its stage.
const implicitRest = "ServerlessRestApi"

// restEvent makes the permission of an event of type Api, whose id ends with the stage.
func (t *transform) restEvent(r *resource, id string, s spot, c callee) {
	suffix, from := "Prod", s.begin()
	if named := s.get("Properties").get("RestApiId"); named.Null() {
		t.implicitRest(s)
	} else if api := t.byID[named.Node.Get("Ref").Text()]; api != nil && api.kind == "Api" {
		if suffix = api.props.get("StageName").Text(); !alphanumeric.MatchString(suffix) {
			suffix = "Stage"
		}
	}
	r.beside(r.id+id+"Permission"+suffix, "AWS::Lambda::Permission", object(from).Put(text(from, "Action"), text(from, "lambda:InvokeFunction")).
		Put(text(from, "FunctionName"), c.name).Put(text(from, "Principal"), text(from, "apigateway.amazonaws.com")))
}

// implicitRest makes the REST API of events that name none, once.
func (t *transform) implicitRest(s spot) {
	if t.byID[implicitRest] != nil {
		return
	}
	r := &resource{spot: s.as(object(s.begin())), id: implicitRest}
	r.props = r.get("Properties")
	t.restAPI(r, text(s.begin(), "Prod"))
	t.resources = append(t.resources, r)
	t.byID[implicitRest] = r
}
