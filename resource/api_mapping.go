package resource

import (
	"regexp"
	"strings"
)

// MaxMappingKey is how many characters the key of a mapping may have.
//
// Documented: API Gateway Developer Guide, Map API stages to a custom domain name
// for HTTP APIs, which lists the letters of keys too.
const MaxMappingKey = 300

// ApiMapping binds a path under a custom domain to one stage of an API.
type ApiMapping struct {
	ApiId         string `json:"apiId,omitempty"`
	ApiMappingId  string `json:"apiMappingId,omitempty"`
	ApiMappingKey string `json:"apiMappingKey"`
	Stage         string `json:"stage,omitempty"`
}

var mappingKey = regexp.MustCompile(`^[A-Za-z0-9$\-_.+!*'()/]*$`)

// MultiLevel says whether the key has more than one segment. One such key on a
// domain changes how all of its keys are matched.
func (m *ApiMapping) MultiLevel() bool { return strings.Contains(m.ApiMappingKey, "/") }

// Validate holds the key to its form. Whether the API and its stage are there is
// looked up elsewhere.
func (m *ApiMapping) Validate() error {
	key := m.ApiMappingKey
	switch {
	case strings.HasPrefix(key, "/"), strings.Contains(key, "//"):
		return bad("API mapping key should not start with a '/' or have consecutive '/'s.")
	case strings.HasSuffix(key, "/"):
		return bad("API mapping key should not end with a '/'.")
	case !mappingKey.MatchString(key):
		return bad("An ApiMapping key may contain only letters, numbers and one of $-_.+!*'()")
	case m.ApiId == "":
		return bad("ApiId is required")
	case m.Stage == "":
		return bad("Stage is required")
	}
	return length("ApiMappingKey", key, 0, MaxMappingKey)
}
