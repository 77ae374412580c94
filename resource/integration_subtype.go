package resource

import (
	"slices"
	"strings"
)

// Subtype is an AWS service action that an HTTP API calls without a function.
type Subtype struct {
	Required, Optional []string
}

// SubtypeOf gives the parameters of an integrationSubtype; ok is false for an unknown one.
func SubtypeOf(name string) (s Subtype, ok bool) {
	switch name {
	case "EventBridge-PutEvents":
		s.Required, s.Optional = words("Detail DetailType Source"), words("Time EventBusName Resources TraceHeader")
	case "SQS-SendMessage":
		s.Required = words("QueueUrl MessageBody")
		s.Optional = words("DelaySeconds MessageAttributes MessageDeduplicationId MessageGroupId MessageSystemAttributes")
	case "SQS-ReceiveMessage":
		s.Required = words("QueueUrl")
		s.Optional = words("AttributeNames MaxNumberOfMessages MessageAttributeNames ReceiveRequestAttemptId VisibilityTimeout WaitTimeSeconds")
	case "SQS-DeleteMessage":
		s.Required = words("ReceiptHandle QueueUrl")
	case "SQS-PurgeQueue":
		s.Required = words("QueueUrl")
	case "AppConfig-GetConfiguration":
		s.Required, s.Optional = words("Application Environment Configuration ClientId"), words("ClientConfigurationVersion")
	case "Kinesis-PutRecord":
		s.Required, s.Optional = words("StreamName Data PartitionKey"), words("SequenceNumberForOrdering ExplicitHashKey")
	case "StepFunctions-StartExecution":
		s.Required, s.Optional = words("StateMachineArn"), words("Name Input")
	case "StepFunctions-StartSyncExecution":
		s.Required, s.Optional = words("StateMachineArn"), words("Name Input TraceHeader")
	case "StepFunctions-StopExecution":
		s.Required, s.Optional = words("ExecutionArn"), words("Cause Error")
	default:
		return Subtype{}, false
	}
	s.Optional = append(s.Optional, "Region")
	return s, true
}

func words(s string) []string { return strings.Fields(s) }

func (i *Integration) validateSubtype() error {
	s, ok := SubtypeOf(i.IntegrationSubtype)
	switch {
	case !ok:
		return bad("Invalid integration subtype specified: %s", i.IntegrationSubtype)
	case i.IntegrationType != TypeAWSProxy:
		return bad("IntegrationSubtype is only supported for AWS_PROXY integrations")
	case i.IntegrationUri != "":
		return bad("IntegrationUri is not supported for integrations with an IntegrationSubtype")
	case i.IntegrationMethod != "":
		return bad("IntegrationMethod is not supported for integrations with an IntegrationSubtype")
	case i.CredentialsArn == "":
		return bad("CredentialsArn is required for integrations with an IntegrationSubtype")
	}
	for _, name := range s.Required {
		if i.RequestParameters[name] == "" {
			return bad("Request parameter %s is required for the integration subtype %s", name, i.IntegrationSubtype)
		}
	}
	for _, name := range sortedKeys(i.RequestParameters) {
		if !slices.Contains(s.Required, name) && !slices.Contains(s.Optional, name) {
			return bad("Request parameter %s is not supported by the integration subtype %s", name, i.IntegrationSubtype)
		}
	}
	return nil
}
