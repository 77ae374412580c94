package resource

// Integration is a backend and how it is called. TimeoutInMillis is 50 to 29000 (WebSocket) or 30000 (HTTP).
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

// TlsConfig is the TLS setting of a private integration.
type TlsConfig struct {
	ServerNameToVerify string `json:"serverNameToVerify,omitempty"`
}
