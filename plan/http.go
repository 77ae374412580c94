package plan

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/dragoman-gateway/dragoman/mapping/param"
	"github.com/dragoman-gateway/dragoman/resource"
)

// HTTP is the routing of an HTTP API.
type HTTP struct {
	Router Router
	Cors   *Cors // nil: the API has no CORS configuration
	// Guarded says that a route has an authorization.
	Guarded bool

	integrations map[string]*HTTPIntegration // by id
}

// HTTPRoute is one route of an HTTP API with all that a request on it needs.
type HTTPRoute struct {
	RouteConfig
	Integration *HTTPIntegration // nil: the route has no target

	variables []string // names of the path's variables, in order
}

// HTTPIntegration is a backend of an HTTP API with what is done before and after
// it.
type HTTPIntegration struct {
	Resource    *resource.Integration
	Backend     Backend // ToHTTPProxy, ToFunctionProxy or ToService
	Method      string  // "" is the client's
	Timeout     time.Duration
	Credentials string // role to assume, or ""
	Err         error  // why it cannot be called

	Target     *Target        // of public HTTP backends
	Link       string         // VPC link id; "" for public backends
	LinkTarget string         // ARN of the listener or service behind the link
	ServerName string         // to verify in a private backend's certificate
	Function   string         // of ToFunctionProxy
	V2         bool           // the function takes payload format 2.0
	Service    *param.Service // of ToService

	Request    param.Rules
	Responses  map[int]param.Rules // by status of the backend
	ReadsBody  bool                // a mapping needs the request's body
	ReadsReply bool                // a mapping needs the reply's body
	MapsQuery  bool                // a mapping changes the query string
}

// http compiles an HTTP API: integrations first, for a route points at its own.
func (c *compiler) http() *HTTP {
	h := &HTTP{Cors: compileCors(c.stage.Api.CorsConfiguration), integrations: map[string]*HTTPIntegration{}}
	for i := range c.in.Snapshot.Integrations {
		integration := c.knownHTTPIntegration(&c.in.Snapshot.Integrations[i])
		h.integrations[integration.Resource.IntegrationId] = integration
	}
	for i := range c.in.Snapshot.Routes {
		route := c.httpRoute(&c.in.Snapshot.Routes[i], h.integrations)
		h.Router.Add(route)
		h.Guarded = h.Guarded || route.Guarded()
	}
	return h
}

// httpRoute leaves a route whose target is gone without an integration: a request that meets
// it is told of a fault, and the other routes serve.
func (c *compiler) httpRoute(r *resource.Route, integrations map[string]*HTTPIntegration) *HTTPRoute {
	route := &HTTPRoute{RouteConfig: c.routeConfig(r)}
	c.stage.Routes = append(c.stage.Routes, &route.RouteConfig)
	if id, ok := r.IntegrationId(); ok {
		route.Integration = integrations[id]
	}
	return route
}

// callerIdentity stands for the caller's own credentials, which no gateway has:
// it knows signatures, never the secrets that made them. The gateway's own are
// used instead.
// Documented: API Gateway V2 API Reference, Integrations, credentialsArn.
const callerIdentity = "arn:aws:iam::*:user/*"

// Of service integrations the request parameters are the parameters of the
// service; of all others they are mappings.
// Documented: API Gateway Developer Guide, Create AWS service integrations for
// HTTP APIs.
func (c *compiler) httpIntegration(r *resource.Integration) *HTTPIntegration {
	own := *r // so that a part which is used again does not keep a whole configuration
	r = &own
	i := &HTTPIntegration{
		Resource: r, Method: r.IntegrationMethod, Timeout: time.Duration(r.TimeoutInMillis) * time.Millisecond,
		Credentials: c.inPlace(r.CredentialsArn),
	}
	if i.Method == "ANY" {
		i.Method = ""
	}
	if i.Credentials == callerIdentity {
		i.Credentials = ""
	}
	if i.Timeout == 0 {
		i.Timeout = resource.MaxTimeoutHTTP * time.Millisecond
	}
	switch {
	case r.IntegrationSubtype != "":
		i.Backend = ToService
		i.Service, i.Err = param.ParseService(r.IntegrationSubtype, r.RequestParameters)
		i.ReadsBody = mentions(r.RequestParameters, "request.body")
	case r.IntegrationType == resource.TypeAWSProxy:
		i.Backend, i.Function, i.V2 = ToFunctionProxy, c.inPlace(r.IntegrationUri), r.PayloadFormatVersion == "2.0"
	case r.ConnectionType == resource.VpcLinkType:
		i.Backend, i.Link, i.LinkTarget = ToHTTPProxy, c.inPlace(r.ConnectionId), c.inPlace(r.IntegrationUri)
		if r.TlsConfig != nil {
			i.ServerName = r.TlsConfig.ServerNameToVerify
		}
	default:
		i.Backend = ToHTTPProxy
		i.Target, i.Err = parseTarget(c.inPlace(r.IntegrationUri), nil)
	}
	i.Err = errors.Join(i.Err, i.mappings())
	return i
}

// mappings compiles the parameter mappings. What is broken is left out and told.
// Rules for answers are chosen by the status of the backend, before a rule
// changes it.
// Documented: API Gateway Developer Guide, Transform API requests and responses
// for HTTP APIs.
func (i *HTTPIntegration) mappings() error {
	var faults []error
	if i.Backend != ToService {
		for key, value := range i.Resource.RequestParameters {
			rule, err := param.ParseV2Request(key, value)
			if err != nil {
				faults = append(faults, err)
				continue
			}
			i.Request = append(i.Request, rule)
			i.MapsQuery = i.MapsQuery || rule.Place == param.Query
		}
		i.Request.Sort()
		i.ReadsBody = mentions(i.Resource.RequestParameters, "request.body")
	}
	for status, mappings := range i.Resource.ResponseParameters {
		code, err := strconv.Atoi(status)
		if err != nil {
			faults = append(faults, fmt.Errorf("response parameters for %q: no status", status))
			continue
		}
		rules, err := responseRules(mappings)
		if err != nil {
			faults = append(faults, err)
		}
		if i.Responses == nil {
			i.Responses = map[int]param.Rules{}
		}
		i.Responses[code] = rules
		i.ReadsReply = i.ReadsReply || mentions(mappings, "response.body")
		i.ReadsBody = i.ReadsBody || mentions(mappings, "request.body")
	}
	return errors.Join(faults...)
}

// responseRules keeps the rules that parse beside the faults of those that do not, in the
// order in which they are applied.
func responseRules(mappings map[string]string) (param.Rules, error) {
	var rules param.Rules
	var faults []error
	for key, value := range mappings {
		rule, err := param.ParseV2Response(key, value)
		if err != nil {
			faults = append(faults, err)
			continue
		}
		rules = append(rules, rule)
	}
	rules.Sort()
	return rules, errors.Join(faults...)
}

// mentions says whether a value may read a body. A yes too many costs holding a
// body in memory that could have been streamed; a no too many would lose it.
func mentions(values map[string]string, what string) bool {
	for _, value := range values {
		if strings.Contains(value, what) {
			return true
		}
	}
	return false
}
