package resource

// IntegrationResponse decides what a client is told of a backend's answer: chosen by key, shaped by template, parameters and content handling.
type IntegrationResponse struct {
	ContentHandlingStrategy     string            `json:"contentHandlingStrategy,omitempty"`
	IntegrationResponseId       string            `json:"integrationResponseId,omitempty"`
	IntegrationResponseKey      string            `json:"integrationResponseKey,omitempty"`
	ResponseParameters          map[string]string `json:"responseParameters,omitempty"`
	ResponseTemplates           map[string]string `json:"responseTemplates,omitempty"`
	TemplateSelectionExpression string            `json:"templateSelectionExpression,omitempty"`
}
