package resource

import "strings"

// Integration is a backend and how it is called. TimeoutInMillis is 50 to 29000
// (WebSocket) or 30000 (HTTP), in milliseconds. ResponseParameters are by status,
// for HTTP APIs alone.
//
// Documented: API Gateway V2 API Reference, Integration.
type Integration struct {
	ApiGatewayManaged                      *bool                        `json:"apiGatewayManaged,omitempty"`
	ConnectionId                           string                       `json:"connectionId,omitempty"`
	ConnectionType                         string                       `json:"connectionType,omitempty"`
	ContentHandlingStrategy                string                       `json:"contentHandlingStrategy,omitempty"`
	CredentialsArn                         string                       `json:"credentialsArn,omitempty"`
	Description                            string                       `json:"description,omitempty"`
	IntegrationId                          string                       `json:"integrationId,omitempty"`
	IntegrationMethod                      string                       `json:"integrationMethod,omitempty"`
	IntegrationResponseSelectionExpression string                       `json:"integrationResponseSelectionExpression,omitempty"`
	IntegrationSubtype                     string                       `json:"integrationSubtype,omitempty"`
	IntegrationType                        string                       `json:"integrationType,omitempty"`
	IntegrationUri                         string                       `json:"integrationUri,omitempty"`
	PassthroughBehavior                    string                       `json:"passthroughBehavior,omitempty"`
	PayloadFormatVersion                   string                       `json:"payloadFormatVersion,omitempty"`
	RequestParameters                      map[string]string            `json:"requestParameters,omitempty"`
	RequestTemplates                       map[string]string            `json:"requestTemplates,omitempty"`
	ResponseParameters                     map[string]map[string]string `json:"responseParameters,omitempty"`
	TemplateSelectionExpression            string                       `json:"templateSelectionExpression,omitempty"`
	TimeoutInMillis                        int32                        `json:"timeoutInMillis,omitempty"`
	TlsConfig                              *TlsConfig                   `json:"tlsConfig,omitempty"`
}

// TlsConfig is the TLS setting of a private integration: the name is sent for
// SNI, and the certificate has to be valid for it.
type TlsConfig struct {
	ServerNameToVerify string `json:"serverNameToVerify,omitempty"`
}

// Fill sets what AWS sets for the protocol and integration type where a caller
// set nothing, and drops what AWS drops.
func (i *Integration) Fill(protocol string) {
	if i.ConnectionType == "" {
		i.ConnectionType = Internet
	}
	if i.ConnectionType == Internet {
		// Observed: a TLS setting of a public integration is accepted and not kept.
		i.TlsConfig = nil
	}
	if i.IntegrationMethod == "" && i.IntegrationSubtype == "" && (i.IntegrationType == TypeAWS || i.IntegrationType == TypeAWSProxy) {
		i.IntegrationMethod = "POST"
	}
	if protocol == HTTP {
		i.fillHTTP()
		return
	}
	i.fillWebSocket()
}

func (i *Integration) fillHTTP() {
	// Observed: clients send WHEN_NO_MATCH to HTTP APIs too and read nothing back.
	i.PassthroughBehavior = ""
	i.IntegrationResponseSelectionExpression = ""
	if i.TimeoutInMillis == 0 {
		i.TimeoutInMillis = MaxTimeoutHTTP
	}
}

func (i *Integration) fillWebSocket() {
	if i.PassthroughBehavior == "" {
		i.PassthroughBehavior = WhenNoMatch
	}
	if i.PayloadFormatVersion == "" {
		i.PayloadFormatVersion = "1.0"
	}
	if i.TimeoutInMillis == 0 {
		i.TimeoutInMillis = MaxTimeoutWebSocket
	}
	// Documented: API Gateway Developer Guide, WebSocket selection expressions:
	// the type decides what integration responses are chosen by, and nobody can
	// set it.
	switch i.IntegrationType {
	case TypeMock, TypeHTTP:
		i.IntegrationResponseSelectionExpression = "${integration.response.statuscode}"
	case TypeAWS:
		i.IntegrationResponseSelectionExpression = "${integration.response.body.errorMessage}"
	default:
		i.IntegrationResponseSelectionExpression = ""
	}
}

// SetTimeout sets a timeout that somebody gave. Zero stands for one that nobody
// gave, which Fill sets; one that was given is kept from being taken for that.
func (i *Integration) SetTimeout(milliseconds int32) {
	if i.TimeoutInMillis = milliseconds; milliseconds == 0 {
		i.TimeoutInMillis = -1
	}
}

// LambdaURI reports whether a URI names a Lambda function: its ARN, or the path
// by which API Gateway invokes it. Both forms are common in templates.
func LambdaURI(uri string) bool {
	if !strings.HasPrefix(uri, "arn:aws") {
		return false
	}
	return strings.Contains(uri, ":lambda:path/") || strings.Contains(uri, ":lambda:") && strings.Contains(uri, ":function:")
}
