package resource

import "regexp"

// Model is a JSON schema (draft 4) that message bodies are validated against.
type Model struct {
	ContentType string `json:"contentType,omitempty"`
	Description string `json:"description,omitempty"`
	ModelId     string `json:"modelId,omitempty"`
	Name        string `json:"name,omitempty"`
	Schema      string `json:"schema,omitempty"`
}

var modelName = form{regexp.MustCompile(`^[a-zA-Z0-9]+$`), 128}

// Validate holds a model to its name and lengths; whether Schema is a JSON schema
// is checked where that language is known.
// Documented: API Gateway V2 API Reference, Models: names are alphanumeric, since
// they are part of references between schemas.
// Observed: the text.
func (m *Model) Validate() error {
	if !modelName.MatchString(m.Name) {
		return bad("Model name must be alphanumeric: %s", m.Name)
	}
	return first(
		length("ContentType", m.ContentType, 0, 256),
		length("Description", m.Description, 0, 1024),
		length("Schema", m.Schema, 0, MaxTemplate),
	)
}
