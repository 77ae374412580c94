package verdict

import "github.com/dragoman-gateway/dragoman/resource"

// Verdict is what an authorizer would decide, and which check decides.
type Verdict struct {
	Decision   string         `json:"decision"` // allow or deny
	Status     int            `json:"status"`   // that the client would get
	Check      string         `json:"check,omitempty"`
	Why        string         `json:"why"`
	Claims     map[string]any `json:"claims,omitempty"`
	Authorizer string         `json:"authorizer"`
	API        string         `json:"api"`

	// Of a Lambda authorizer:
	Sources   []Source       `json:"sources,omitempty"`   // its identity sources, and whether the sample has them
	Event     string         `json:"event,omitempty"`     // that the function was asked with; "" where it was not
	Answer    string         `json:"answer,omitempty"`    // of the function, as it stands; the first 8,192 bytes
	Statement string         `json:"statement,omitempty"` // of its policy, that decides
	Principal string         `json:"principal,omitempty"`
	Context   map[string]any `json:"context,omitempty"` // that it hands on
}

// Source is an identity source.
type Source struct {
	Source string `json:"source"`
	Found  bool   `json:"found"`
}

// Sample is the request or the handshake that an authorizer is asked about. What is not said
// is made up: a token stands in each header and parameter that an identity source names.
type Sample struct {
	Authorizer *resource.Authorizer
	Api        *resource.Api
	Region     string
	Account    string
	Stage      *resource.Stage // nil: the API has none
	Token      string
	Scopes     []string
	Route      string // its key
	Method     string
	Path       string // without the stage
	Headers    map[string]string
	Query      map[string]string
}
