package plan

import (
	"github.com/dragoman-gateway/dragoman/mapping/expr"
	"github.com/dragoman-gateway/dragoman/mapping/vtl"
	"github.com/dragoman-gateway/dragoman/resource"
)

// Stage is the compiled form of a stage and the deployment that it serves. It is
// immutable and shared by all requests.
type Stage struct {
	Region       string
	AccountID    string
	ApiID        string
	Name         string
	DeploymentID string
	Api          *resource.Api // as deployed
	Stage        *resource.Stage
	Variables    map[string]string // but for those that the gateway itself reads
	Extensions   resource.Extensions
	Protocol     string

	WebSocket *WebSocket // WebSocket APIs
	HTTP      *HTTP      // HTTP APIs
	Routes    []*RouteConfig
	Identity  []string // the identity sources of all authorizers of the API, as they are written

	Snapshot *resource.Snapshot // what was compiled, for the next plan

	// Broken says why a stage has nothing to serve although it is there, such as a
	// deployment that cannot be read; all else but the names is unset then.
	Broken error

	limits    vtl.Limits               // that it was compiled under
	templates map[templateID]*Template // all, for the next plan
	models    map[string]*Model
}

// Undeployed says, for whoever looks for a route, why a stage without a deployment has none.
func (s *Stage) Undeployed() string {
	return "the stage " + s.Name + " has no deployment, so that it has no routes: deploy the API to it"
}

// Unset says, in words that follow what has failed, which stage variable an integration
// names that the stage does not have; "" for none. Its place in an address is empty, which
// is no failure of its own: a name may end in one that few stages have.
func (s *Stage) Unset(i *resource.Integration) string {
	for _, text := range []string{i.IntegrationUri, i.ConnectionId, i.CredentialsArn} {
		if name := expr.Unset(text, s.Variables); name != "" {
			return "; the integration names the stage variable " + name + ", and the stage " + s.Name + " has none of that name"
		}
	}
	return ""
}

// WebSocket is the routing of a WebSocket API. The three routes with a meaning of
// their own are nil when the API has none.
type WebSocket struct {
	Select     *expr.Expression
	SelectErr  error // why Select is nil
	Connect    *Route
	Disconnect *Route
	Default    *Route
	Custom     map[string]*Route // by route key
	Keys       []string          // of Custom, in their order, and $default if there is one

	integrations map[string]*Integration // by id
}

// RouteConfig is what routes of both protocols are configured with.
type RouteConfig struct {
	Index      int // in Routes of the stage
	ID         string
	Key        string
	Label      *string // Key in memory of its own: whoever keeps it long keeps nothing else
	Resource   *resource.Route
	Authorizer *resource.Authorizer // nil: none is named
	Settings   Settings
}

// Guarded says whether the route asks for authorization.
func (c *RouteConfig) Guarded() bool {
	kind := c.Resource.AuthorizationType
	return kind != "" && kind != resource.AuthNone
}

// Config is what the route is configured with, nil for no route.
func (r *Route) Config() *RouteConfig {
	if r == nil {
		return nil
	}
	return &r.RouteConfig
}

// Route is one route with all that a message on it needs.
type Route struct {
	RouteConfig
	TwoWay      bool // has the $default route response
	Models      *Models
	Required    []Required // parameters that $connect must carry
	Integration *Integration
}

// Required is a request parameter of $connect that must be present.
type Required struct {
	Header bool // else a query parameter
	Name   string
}

// Settings are the stage's settings for one route: defaults and overrides merged.
// Rate is in requests per second, Burst the size of the bucket.
type Settings struct {
	Rate            float64
	Burst           int
	Throttled       bool // Rate and Burst are set
	LoggingLevel    string
	DataTrace       bool
	DetailedMetrics bool
}
