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

// Validate holds an integration response to its lengths. most is the number of
// characters of a template, MaxTemplate when zero. The key's pattern, parameter
// names and expressions are languages and are checked where those are known.
func (r *IntegrationResponse) Validate(most int) error {
	return first(
		r.validateKey(),
		oneOf("ContentHandlingStrategy", r.ContentHandlingStrategy, ConvertToBinary, ConvertToText),
		values("ResponseParameters", r.ResponseParameters),
		templates("ResponseTemplates", r.ResponseTemplates, most),
	)
}

// Documented: API Gateway Developer Guide, WebSocket selection expressions: a
// regular expression stands between slashes. A bare 200 would never match.
func (r *IntegrationResponse) validateKey() error {
	if _, ok := r.Pattern(); ok || r.IntegrationResponseKey == DefaultKey {
		return nil
	}
	return bad("Invalid value specified for IntegrationResponseKey: %q is neither %s nor a regular expression between slashes, as in /200/",
		r.IntegrationResponseKey, DefaultKey)
}

// Pattern is the text between the slashes of the key; ok is false for other keys.
func (r *IntegrationResponse) Pattern() (text string, ok bool) {
	k := r.IntegrationResponseKey
	if len(k) < 3 || k[0] != '/' || k[len(k)-1] != '/' {
		return "", false
	}
	return k[1 : len(k)-1], true
}
