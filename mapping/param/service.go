package param

import (
	"errors"
	"fmt"
	"slices"

	"github.com/dragoman-gateway/dragoman/mapping/expr"
)

// ErrMissing tells that a parameter's expression led nowhere.
// Observed: a service integration answers that with 400, for optional parameters
// too.
var ErrMissing = errors.New("a service parameter has no value")

// Service are the parameters of an integration with an AWS service.
type Service struct {
	Subtype string
	params  []serviceParam
}

type serviceParam struct {
	name  string
	value value
	cut   bool
}

// subtype is what a service integration can be.
type subtype struct {
	name               string
	required, optional []string
}

// Documented: API Gateway Developer Guide, Integration subtype reference.
var subtypes = [...]subtype{
	{"EventBridge-PutEvents", []string{"Detail", "DetailType", "Source"}, []string{"Time", "EventBusName", "Resources", "TraceHeader"}},
	{"SQS-SendMessage", []string{"QueueUrl", "MessageBody"}, []string{"DelaySeconds", "MessageAttributes", "MessageDeduplicationId", "MessageGroupId", "MessageSystemAttributes"}},
	{"SQS-ReceiveMessage", []string{"QueueUrl"}, []string{"AttributeNames", "MaxNumberOfMessages", "MessageAttributeNames", "ReceiveRequestAttemptId", "VisibilityTimeout", "WaitTimeSeconds"}},
	{"SQS-DeleteMessage", []string{"ReceiptHandle", "QueueUrl"}, nil},
	{"SQS-PurgeQueue", []string{"QueueUrl"}, nil},
	{"AppConfig-GetConfiguration", []string{"Application", "Environment", "Configuration", "ClientId"}, []string{"ClientConfigurationVersion"}},
	{"Kinesis-PutRecord", []string{"StreamName", "Data", "PartitionKey"}, []string{"SequenceNumberForOrdering", "ExplicitHashKey"}},
	{"StepFunctions-StartExecution", []string{"StateMachineArn"}, []string{"Name", "Input"}},
	{"StepFunctions-StartSyncExecution", []string{"StateMachineArn"}, []string{"Name", "Input", "TraceHeader"}},
	{"StepFunctions-StopExecution", []string{"ExecutionArn"}, []string{"Cause", "Error"}},
}

// ParseService reads the request parameters of a service integration: those of
// its subtype, and Region with any. Errors are *Error.
func ParseService(name string, params map[string]string) (*Service, error) {
	i := slices.IndexFunc(subtypes[:], func(s subtype) bool { return s.name == name })
	if i < 0 {
		return nil, &Error{Member: "IntegrationSubtype", Key: name, Rule: "it is not supported"}
	}
	s := &Service{Subtype: name}
	known := subtypes[i]
	for _, required := range known.required {
		if params[required] == "" {
			return nil, &Error{Member: RequestParameters, Key: required, Rule: "the parameter is required by " + name}
		}
	}
	for key, text := range params {
		if key != "Region" && !slices.Contains(known.required, key) && !slices.Contains(known.optional, key) {
			return nil, &Error{Member: RequestParameters, Key: key, Rule: "there is no such parameter of " + name}
		}
		v, rule := expression(text, expr.ServiceParameter)
		if rule == "" {
			rule = v.asked()
		}
		if rule != "" {
			return nil, wrong(RequestParameters, key, text, rule)
		}
		s.params = append(s.params, serviceParam{key, v, v.readsBody()})
	}
	slices.SortFunc(s.params, func(a, b serviceParam) int { return slices.Compare([]byte(a.name), []byte(b.name)) })
	return s, nil
}

// PathParameters are those that become segments of the path that the service is
// asked for.
func (s *Service) PathParameters() []string {
	if s.Subtype == "AppConfig-GetConfiguration" {
		return []string{"Application", "Environment", "Configuration"}
	}
	return nil
}

// Values are the parameters by name. The error is ErrMissing, wrapped with the
// name, or that of a JSONPath that could not be evaluated.
func (s *Service) Values(vars expr.Variables) (map[string]string, error) {
	out := make(map[string]string, len(s.params))
	for _, p := range s.params {
		from := vars
		if p.cut {
			from = cutBody{vars}
		}
		text, err := p.value.eval(from)
		if err != nil {
			return nil, err
		}
		if text == "" {
			return nil, fmt.Errorf("%w: %s", ErrMissing, p.name)
		}
		out[p.name] = text
	}
	return out, nil
}
