package resource

// ApiKey is a secret that clients of a usage plan send; Value has 20 to 128
// characters. It belongs to the older API, whose times are numbers: see Epoch.
//
// Documented: API Gateway Developer Guide, Amazon API Gateway quotas.
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

// Fill draws a value where a caller gave none.
func (k *ApiKey) Fill() {
	if k.Value == "" {
		k.Value = NewId(40)
	}
	if k.StageKeys == nil {
		k.StageKeys = []string{}
	}
}

// Validate holds a key to its lengths.
func (k *ApiKey) Validate() error {
	for _, c := range k.Value {
		if c <= ' ' || c > '~' {
			// Assumed: a key travels in a header, so it has visible letters alone.
			return bad("Invalid value specified for value: an API key has no spaces and no letters beyond ASCII")
		}
	}
	return first(
		length("name", k.Name, 0, 1024),
		length("description", k.Description, 0, 1024),
		length("customerId", k.CustomerId, 0, 1024),
		length("value", k.Value, 20, 128),
		ValidateTags(k.Tags),
	)
}
