package resource

// ApiKey is a secret that clients of a usage plan send; Value has 20 to 128 characters.
type ApiKey struct {
	CreatedDate     Epoch             `json:"createdDate,omitzero"`
	CustomerId      string            `json:"customerId,omitempty"`
	Description     string            `json:"description,omitempty"`
	Enabled         bool              `json:"enabled"`
	Id              string            `json:"id,omitempty"`
	LastUpdatedDate Epoch             `json:"lastUpdatedDate,omitzero"`
	Name            string            `json:"name,omitempty"`
	StageKeys       []string          `json:"stageKeys"`
	Tags            map[string]string `json:"tags,omitempty"`
	Value           string            `json:"value,omitempty"`
}

// Validate holds a key to its lengths.
func (k *ApiKey) Validate() error {
	return first(length("name", k.Name, 0, 1024), length("value", k.Value, 20, 128), ValidateTags(k.Tags))
}
