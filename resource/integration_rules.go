package resource

import (
	"slices"
	"strings"
)

// Validate holds an integration to the rules of its API's protocol and its type,
// after Fill. most is the number of characters of a template, MaxTemplate when
// zero. Parameter mappings and selection expressions are languages and are
// checked where those are known.
func (i *Integration) Validate(protocol string, most int) error {
	if err := first(
		oneOf("ConnectionType", i.ConnectionType, Internet, VpcLinkType),
		oneOf("ContentHandlingStrategy", i.ContentHandlingStrategy, ConvertToBinary, ConvertToText),
		oneOf("PassthroughBehavior", i.PassthroughBehavior, WhenNoMatch, WhenNoTemplates, Never),
		oneOf("IntegrationMethod", i.IntegrationMethod, methods...),
		length("Description", i.Description, 0, 1024),
		length("IntegrationUri", i.IntegrationUri, 0, 2048),
		credentials(i.CredentialsArn),
		templates("RequestTemplates", i.RequestTemplates, most),
		values("RequestParameters", i.RequestParameters),
	); err != nil {
		return err
	}
	// Observed: the timeout and the missing link are complained of before the payload
	// format version.
	if err := first(i.validateType(protocol), i.validateTimeout(protocol), i.validateConnection()); err != nil {
		return err
	}
	if protocol == HTTP {
		return first(i.validateHTTP(), i.validateTarget(protocol))
	}
	return first(i.validateWebSocket(), i.validateTarget(protocol))
}

// credentials accepts a role, or the caller's own as arn:aws:iam::*:user/*.
func credentials(s string) error { return arn("CredentialsArn", s) }

// HTTP APIs hand requests on as they are, or as an event: the types with
// templates belong to WebSocket APIs.
// Documented: API Gateway Developer Guide, Create integrations for HTTP APIs.
// Observed: the text.
func (i *Integration) validateType(protocol string) error {
	switch {
	case protocol == HTTP && i.IntegrationType != TypeAWSProxy && i.IntegrationType != TypeHTTPProxy:
		return bad("Currently, an API with a protocol type of HTTP may only be associated with proxy integrations (AWS_PROXY, HTTP_PROXY)")
	case !slices.Contains([]string{TypeAWS, TypeAWSProxy, TypeHTTP, TypeHTTPProxy, TypeMock}, i.IntegrationType):
		return bad("Invalid integration type specified. Must be one of [AWS, AWS_PROXY, HTTP, HTTP_PROXY, MOCK]")
	}
	return nil
}

// Documented: API Gateway Developer Guide, Amazon API Gateway quotas.
func (i *Integration) validateTimeout(protocol string) error {
	most := int32(MaxTimeoutWebSocket)
	if protocol == HTTP {
		most = MaxTimeoutHTTP
	}
	if i.TimeoutInMillis < MinTimeout || i.TimeoutInMillis > most {
		return bad("Timeout should be between %d ms and %d ms", MinTimeout, most)
	}
	return nil
}

func (i *Integration) validateConnection() error {
	if i.ConnectionType == VpcLinkType && i.ConnectionId == "" {
		return bad("ConnectionId must be set to vpcLinkId for ConnectionType VPC_LINK")
	}
	return nil
}

// ValidateMethod asks for the method of a backend that is reached by a URL.
// Observed: AWS names the type as it has it inside. Assumed: it comes last.
func (i *Integration) ValidateMethod() error {
	if i.IntegrationMethod == "" && (i.IntegrationType == TypeHTTP || i.IntegrationType == TypeHTTPProxy) {
		return bad("HttpMethod parameter method must be specified for integrationType %s", strings.ReplaceAll(i.IntegrationType, "_", ""))
	}
	return nil
}

// Documented: API Gateway V2 API Reference, Integrations: HTTP APIs require a
// payload format version, and only functions know 2.0.
// Observed: the first text.
func (i *Integration) validateHTTP() error {
	switch v := i.PayloadFormatVersion; {
	case v == "":
		return bad("PayloadFormatVersion is a required parameter for integration")
	case v != "1.0" && v != "2.0":
		return bad("Unsupported PayloadFormatVersion: %s", v)
	case v == "2.0" && i.IntegrationType != TypeAWSProxy:
		return bad("PayloadFormatVersion 2.0 is not supported for integration of type %s", i.IntegrationType)
	case v == "2.0" && i.IntegrationSubtype != "":
		return bad("PayloadFormatVersion 2.0 is only supported for Lambda proxy integrations")
	case i.ContentHandlingStrategy != "":
		return bad("ContentHandlingStrategy is not supported for HTTP protocol APIs")
	case len(i.RequestTemplates) > 0:
		return bad("RequestTemplates is not supported for HTTP protocol APIs")
	case i.TemplateSelectionExpression != "":
		return bad("TemplateSelectionExpression is not supported for HTTP protocol APIs")
	}
	return nil
}

// What only HTTP APIs have: answers by status, and services behind a subtype.
// WebSocket APIs reach any service by its URI.
// Observed: the text about the format.
func (i *Integration) validateWebSocket() error {
	switch {
	case i.IntegrationSubtype != "":
		return bad("IntegrationSubtype is not supported for WEBSOCKET protocol APIs")
	case len(i.ResponseParameters) > 0:
		return bad("ResponseParameters is not supported for WEBSOCKET protocol APIs")
	case i.PayloadFormatVersion != "1.0":
		return bad("Unsupported PayloadFormatVersion: %s", i.PayloadFormatVersion)
	}
	return nil
}

// The order matters: a private integration of an HTTP API names a listener or a
// service by ARN, which would be no URL.
func (i *Integration) validateTarget(protocol string) error {
	if i.ConnectionType == VpcLinkType {
		if err := i.validatePrivate(protocol); err != nil || protocol == HTTP {
			return err
		}
	}
	if i.IntegrationSubtype != "" && i.IntegrationType != TypeAWSProxy {
		return bad("IntegrationSubtype is only supported for AWS_PROXY integrations")
	}
	switch i.IntegrationType {
	case TypeMock:
		if i.IntegrationUri != "" {
			return bad("Integration URI is not supported for MOCK integrations")
		}
		return nil
	case TypeHTTP, TypeHTTPProxy:
		return validateURL(i.IntegrationUri)
	}
	if i.IntegrationSubtype != "" {
		return i.validateSubtype()
	}
	return i.validateARN(protocol)
}

func validateURL(uri string) error {
	for _, scheme := range []string{"http://", "https://"} {
		if rest, ok := strings.CutPrefix(uri, scheme); ok && rest != "" && rest[0] != '/' && !strings.ContainsAny(uri, " \t\r\n") {
			return nil
		}
	}
	if strings.HasPrefix(uri, "${stageVariables.") {
		return nil
	}
	// Assumed: the text of the REST API.
	return bad("Invalid HTTP endpoint specified for URI")
}

func (i *Integration) validateARN(protocol string) error {
	uri := i.IntegrationUri
	switch {
	case strings.HasPrefix(uri, "${stageVariables."):
		return nil
	case !awsARN.MatchString(uri):
		return bad("Invalid integration URI specified")
	case i.IntegrationType == TypeAWS || LambdaURI(uri):
		return nil
	case protocol == WebSocket && strings.Contains(uri, ":firehose:"):
		return nil
	}
	// Assumed: the text of the REST API.
	return bad("Integrations of type 'AWS_PROXY' currently only supports Lambda function and Firehose stream invocations.")
}

// Documented: API Gateway Developer Guide, Create private integrations for HTTP
// APIs: the URI is the ARN of a listener or of a Cloud Map service. WebSocket
// APIs use links of the older API, whose load balancer is named by a URL.
func (i *Integration) validatePrivate(protocol string) error {
	switch {
	case i.IntegrationType != TypeHTTPProxy && (protocol == HTTP || i.IntegrationType != TypeHTTP):
		return bad("ConnectionType VPC_LINK is only supported for HTTP_PROXY integrations")
	case protocol == WebSocket:
		return nil
	case !strings.Contains(i.IntegrationUri, ":elasticloadbalancing:") && !strings.Contains(i.IntegrationUri, ":servicediscovery:"):
		return bad("For VpcLink VPC_LINK, integration uri should be a valid ELB listener ARN or a valid Cloud Map service ARN.")
	}
	return arn("IntegrationUri", i.IntegrationUri)
}

// validateSubtype holds an integration with an AWS service to what such a one may
// have: the subtype stands for URI and method, and the call needs a role to be
// signed with. Its parameters are a language and are checked where that is known.
// Documented: API Gateway Developer Guide, Create AWS service integrations for
// HTTP APIs.
func (i *Integration) validateSubtype() error {
	switch {
	case i.IntegrationUri != "":
		return bad("IntegrationUri is not supported for integrations with an IntegrationSubtype")
	case i.IntegrationMethod != "":
		return bad("IntegrationMethod is not supported for integrations with an IntegrationSubtype")
	case i.CredentialsArn == "":
		return bad("CredentialsArn is required for integrations with an IntegrationSubtype")
	}
	return nil
}
