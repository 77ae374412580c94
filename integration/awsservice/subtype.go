package awsservice

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/dragoman-gateway/dragoman/awsconfig"
	"github.com/dragoman-gateway/dragoman/integration"
	"github.com/dragoman-gateway/dragoman/message"
)

// Subtype is a first-class operation of HTTP APIs: the parameters that it must
// and may have.
type Subtype struct {
	Required, Optional []string
}

// Knows says whether the operation has a parameter of that name.
func (s Subtype) Knows(name string) bool {
	return slices.Contains(s.Required, name) || slices.Contains(s.Optional, name)
}

// ErrParameter says that a parameter's value cannot be used, or that a required
// one is missing; it comes inside an ErrConfiguration.
var ErrParameter = errors.New("unusable parameter")

// operation is a Subtype with how it is called.
type operation struct {
	Subtype
	call func(p parameters) (*awsconfig.Call, error)
}

// The tables list required parameters, then optional ones.
// Documented: API Gateway Developer Guide, Integration subtype reference.
func operations() map[string]operation {
	return map[string]operation{
		"EventBridge-PutEvents": {Subtype{
			[]string{"Detail", "DetailType", "Source"},
			[]string{"Time", "EventBusName", "Resources", "Region", "TraceHeader"}}, putEvents},
		"SQS-SendMessage": {Subtype{
			[]string{"QueueUrl", "MessageBody"},
			[]string{"DelaySeconds", "MessageAttributes", "MessageDeduplicationId", "MessageGroupId", "MessageSystemAttributes", "Region"}}, sendMessage},
		"SQS-ReceiveMessage": {Subtype{
			[]string{"QueueUrl"},
			[]string{"AttributeNames", "MaxNumberOfMessages", "MessageAttributeNames", "ReceiveRequestAttemptId", "VisibilityTimeout", "WaitTimeSeconds", "Region"}}, receiveMessage},
		"SQS-DeleteMessage": {Subtype{[]string{"ReceiptHandle", "QueueUrl"}, []string{"Region"}}, sqsPlain("DeleteMessage")},
		"SQS-PurgeQueue":    {Subtype{[]string{"QueueUrl"}, []string{"Region"}}, sqsPlain("PurgeQueue")},
		"AppConfig-GetConfiguration": {Subtype{
			[]string{"Application", "Environment", "Configuration", "ClientId"},
			[]string{"ClientConfigurationVersion", "Region"}}, getConfiguration},
		"Kinesis-PutRecord": {Subtype{
			[]string{"StreamName", "Data", "PartitionKey"},
			[]string{"SequenceNumberForOrdering", "ExplicitHashKey", "Region"}}, putRecord},
		"StepFunctions-StartExecution": {Subtype{
			[]string{"StateMachineArn"}, []string{"Name", "Input", "Region"}}, startExecution},
		"StepFunctions-StartSyncExecution": {Subtype{
			[]string{"StateMachineArn"}, []string{"Name", "Input", "Region", "TraceHeader"}}, startSyncExecution},
		"StepFunctions-StopExecution": {Subtype{
			[]string{"ExecutionArn"}, []string{"Cause", "Error", "Region"}}, stopExecution},
	}
}

// Subtype calls a first-class operation with its parameters, which are evaluated
// already. Of r it takes Credentials, Region (which the parameter Region
// overrides) and Timeout. Whatever the service answers is the Reply: that an HTTP
// API answers 500 when the service refuses is the caller's affair.
//
// Observed: a parameter whose expression gives nothing is 400, an optional one
// too; such a value comes here as a missing or empty one.
func (i *Invoker) Subtype(ctx context.Context, subtype string, values map[string]string, r *integration.Request) (*integration.Reply, error) {
	op, ok := i.operations[subtype]
	if !ok {
		return nil, message.Fail(message.ErrConfiguration, fmt.Errorf("integrationSubtype %q is not known", subtype))
	}
	for _, name := range op.Required {
		if values[name] == "" {
			return nil, unusable(name, errors.New("it is required"))
		}
	}
	for name := range values {
		if !op.Knows(name) {
			return nil, unusable(name, fmt.Errorf("%s has no such parameter", subtype))
		}
	}
	call, err := op.call(values)
	if err != nil {
		return nil, err
	}
	call.Region, call.Role, call.Timeout = r.Region, r.Credentials, r.Timeout
	if region := values["Region"]; region != "" {
		if !hostLike(region) {
			return nil, unusable("Region", fmt.Errorf("%q", region))
		}
		call.Region = region
	}
	return i.do(ctx, call)
}

func unusable(name string, cause error) error {
	return message.Fail(message.ErrConfiguration, fmt.Errorf("%w %s: %w", ErrParameter, name, cause))
}
