package verdict

import "github.com/dragoman-gateway/dragoman/health"

// Place is where a request would go.
type Place struct {
	Host string `json:"host"`
	Path string `json:"path"`
	By   string `json:"by"` // "custom domain", "name of the API", "address by path"; "" where nothing takes the host

	Domain  string `json:"domain,omitempty"`        // the custom domain, a wildcard as it is written
	Mapping string `json:"apiMappingKey,omitempty"` // the key that took the path; "" for the empty one
	Rule    string `json:"routingRuleId,omitempty"` // the rule that did, instead
	Mutual  bool   `json:"mutualTls"`               // clients have to show a certificate

	API      string `json:"api"` // "" where none is found
	APIName  string `json:"apiName"`
	Protocol string `json:"protocolType,omitempty"`
	Stage    string `json:"stage"` // "" where none is found
	Rest     string `json:"rest"`  // the path that routes see
	Why      string `json:"why"`   // in a sentence

	Certificate *health.Certificate `json:"certificate,omitempty"` // that a client would be shown over TLS; absent: there is no TLS
}

// Asked is the request that is asked about.
type Asked struct {
	Host, Path string
	Headers    map[string]string // for routing rules
}
