package resource

// ApiMapping binds a path under a custom domain to one stage of an API.
type ApiMapping struct {
	ApiId         string `json:"apiId,omitempty"`
	ApiMappingId  string `json:"apiMappingId,omitempty"`
	ApiMappingKey string `json:"apiMappingKey"`
	Stage         string `json:"stage,omitempty"`
}
