package resource

// Model is a JSON schema (draft 4) that message bodies are validated against.
type Model struct {
	ContentType string `json:"contentType,omitempty"`
	Description string `json:"description,omitempty"`
	ModelId     string `json:"modelId,omitempty"`
	Name        string `json:"name,omitempty"`
	Schema      string `json:"schema,omitempty"`
}
