package resource

// Snapshot is the frozen configuration of one API: what a deployment keeps and
// what a plan is compiled from. Slices are in order of creation.
type Snapshot struct {
	Api                  Api                              `json:"api"`
	Routes               []Route                          `json:"routes,omitempty"`
	RouteResponses       map[string][]RouteResponse       `json:"routeResponses,omitempty"` // by route id
	Integrations         []Integration                    `json:"integrations,omitempty"`
	IntegrationResponses map[string][]IntegrationResponse `json:"integrationResponses,omitempty"` // by integration id
	Models               []Model                          `json:"models,omitempty"`
	Authorizers          []Authorizer                     `json:"authorizers,omitempty"`
}
