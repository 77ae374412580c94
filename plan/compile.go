package plan

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/dragoman-gateway/dragoman/mapping/expr"
	"github.com/dragoman-gateway/dragoman/mapping/param"
	"github.com/dragoman-gateway/dragoman/mapping/pattern"
	"github.com/dragoman-gateway/dragoman/mapping/schema"
	"github.com/dragoman-gateway/dragoman/mapping/vtl"
	"github.com/dragoman-gateway/dragoman/resource"
)

// Input is what a stage is compiled from.
type Input struct {
	Region    string
	AccountID string
	Stage     *resource.Stage
	Snapshot  *resource.Snapshot // the deployment that the stage serves; nil: none
	Limits    vtl.Limits
	// MaxTemplate is how many characters the management plane allows a mapping template:
	// what it takes is compiled. 0: what Limits allow.
	MaxTemplate int
	Extensions  resource.Extensions // of stages that say nothing else
	// Renderings is what the renderings of all templates share; nil: nothing.
	Renderings *vtl.Account
}

// Compile makes the plan of a stage. What known stages have compiled already, from
// the same texts, is used again: the stage as it was and others of its API.
//
// It never fails. AWS stores configurations that cannot work and fails when a
// message reaches the broken part, so each part keeps its own error and all
// others serve.
func Compile(in Input, known ...*Stage) *Stage {
	in.Limits.Template = in.templateBytes()
	if in.Snapshot == nil {
		in.Snapshot = &resource.Snapshot{}
	}
	s := &Stage{
		Region: in.Region, AccountID: in.AccountID, Name: in.Stage.StageName, DeploymentID: in.Stage.DeploymentId,
		Stage: in.Stage, Variables: resource.PlainVariables(in.Stage.StageVariables), Extensions: in.Extensions.With(in.Stage.StageVariables), Snapshot: in.Snapshot,
		limits: in.Limits, templates: map[templateID]*Template{}, models: map[string]*Model{},
	}
	s.Api = &in.Snapshot.Api
	s.ApiID, s.Protocol = s.Api.ApiId, s.Api.ProtocolType
	for i := range in.Snapshot.Authorizers {
		s.Identity = append(s.Identity, in.Snapshot.Authorizers[i].IdentitySource...)
	}
	c := &compiler{stage: s, in: in, known: reusable(known, &in)}
	if s.Protocol == resource.WebSocket {
		s.WebSocket = c.webSocket()
	}
	if s.Protocol == resource.HTTP {
		s.HTTP = c.http()
	}
	return s
}

// templateBytes makes room for every template that the management plane takes: it
// counts characters, vtl bytes. Below vtl's own limit templates that were taken under
// a higher number go on.
func (in *Input) templateBytes() int {
	most := min(in.MaxTemplate, math.MaxInt/utf8.UTFMax) * utf8.UTFMax
	return max(most, cmp.Or(in.Limits.Template, vtl.DefaultTemplate))
}

// compiler is one run of Compile.
type compiler struct {
	stage *Stage
	in    Input
	known []*Stage // whose parts are used again
}

// Models are compiled even where no route uses them, for Check to tell of all
// that are broken.
func (c *compiler) webSocket() *WebSocket {
	w := &WebSocket{Custom: make(map[string]*Route, len(c.in.Snapshot.Routes))}
	c.stage.Routes = make([]*RouteConfig, 0, len(c.in.Snapshot.Routes))
	w.Select, w.SelectErr = expr.Parse(c.stage.Api.RouteSelectionExpression)
	w.integrations = make(map[string]*Integration, len(c.in.Snapshot.Integrations))
	for i := range c.in.Snapshot.Integrations {
		integration := c.knownIntegration(&c.in.Snapshot.Integrations[i])
		w.integrations[integration.Resource.IntegrationId] = integration
	}
	for i := range c.in.Snapshot.Models {
		c.model(c.in.Snapshot.Models[i].Name)
	}
	for i := range c.in.Snapshot.Routes {
		route := c.route(&c.in.Snapshot.Routes[i], w.integrations)
		switch route.Key {
		case resource.ConnectKey:
			w.Connect = route
		case resource.DisconnectKey:
			w.Disconnect = route
		case resource.DefaultKey:
			w.Default = route
		default:
			w.Custom[route.Key] = route
		}
	}
	w.Keys = slices.Sorted(maps.Keys(w.Custom))
	if w.Default != nil {
		w.Keys = append(w.Keys, resource.DefaultKey)
	}
	return w
}

// A route is two-way exactly if it has the response $default; its selection
// expression may be empty.
// Documented: API Gateway Developer Guide, Set up route responses for WebSocket
// APIs.
// Observed: the second half.
func (c *compiler) route(r *resource.Route, integrations map[string]*Integration) *Route {
	route := &Route{RouteConfig: c.routeConfig(r), Models: c.models(r)}
	c.stage.Routes = append(c.stage.Routes, &route.RouteConfig)
	for _, response := range c.in.Snapshot.RouteResponses[r.RouteId] {
		route.TwoWay = route.TwoWay || response.RouteResponseKey == resource.DefaultKey
	}
	if id, ok := r.IntegrationId(); ok {
		route.Integration = integrations[id]
	}
	for key, constraint := range r.RequestParameters {
		if constraint.Required {
			route.require(key)
		}
	}
	return route
}

// routeConfig is what a route is configured with, as the next of the stage.
func (c *compiler) routeConfig(r *resource.Route) RouteConfig {
	label := strings.Clone(r.RouteKey)
	config := RouteConfig{Index: len(c.stage.Routes), ID: r.RouteId, Key: r.RouteKey, Label: &label, Resource: r, Settings: settings(c.in.Stage, r.RouteKey)}
	for i := range c.in.Snapshot.Authorizers {
		if a := &c.in.Snapshot.Authorizers[i]; r.AuthorizerId != "" && a.AuthorizerId == r.AuthorizerId {
			config.Authorizer = a
		}
	}
	return config
}

// The throttle of an account, which a stage falls back to: requests per second,
// and how many may come at once.
// Documented: API Gateway Developer Guide, Amazon API Gateway quotas.
const (
	defaultRate  = 10_000
	defaultBurst = 5_000
)

// settings merges what a stage sets for all routes with what it sets for one.
// Members that the route leaves unset are those of the stage.
// Documented: API Gateway Developer Guide, Throttle requests to your HTTP APIs.
func settings(stage *resource.Stage, key string) Settings {
	// What a stage leaves unset of a throttle is the account's default.
	s := Settings{LoggingLevel: "OFF", Rate: defaultRate, Burst: defaultBurst}
	apply := func(from *resource.RouteSettings) {
		if from.ThrottlingRateLimit != nil {
			s.Rate, s.Throttled = *from.ThrottlingRateLimit, true
		}
		if from.ThrottlingBurstLimit != nil {
			s.Burst, s.Throttled = int(*from.ThrottlingBurstLimit), true
		}
		if from.LoggingLevel != "" {
			s.LoggingLevel = from.LoggingLevel
		}
		if from.DataTraceEnabled != nil {
			s.DataTrace = *from.DataTraceEnabled
		}
		if from.DetailedMetricsEnabled != nil {
			s.DetailedMetrics = *from.DetailedMetricsEnabled
		}
	}
	if stage.DefaultRouteSettings != nil {
		apply(stage.DefaultRouteSettings)
	}
	if own, ok := stage.RouteSettings[key]; ok {
		apply(&own)
	}
	return s
}

// Without a selection expression nothing is validated; with one, a key without a
// model falls back to $default.
// Documented: API Gateway Developer Guide, Request validation for WebSocket APIs.
func (c *compiler) models(r *resource.Route) *Models {
	if r.ModelSelectionExpression == "" {
		return nil
	}
	m := &Models{byKey: map[string]*Model{}}
	m.Select, m.SelectErr = expr.Parse(r.ModelSelectionExpression)
	for key, name := range r.RequestModels {
		model := c.model(name)
		if isDefault(key) {
			m.fallback = model
		} else {
			m.byKey[key] = model
		}
	}
	return m
}

// model compiles each model once, however many routes name it, and takes over what the
// stage before had compiled of the same text.
func (c *compiler) model(name string) *Model {
	m := c.stage.models[name]
	if m == nil {
		if m = c.knownModel(name); m == nil {
			m = c.newModel(name)
		}
		c.stage.models[name] = m
	}
	return m
}

// newModel never fails: a route whose model is missing or broken is deployed, and answers its
// messages as messages that do not fit.
func (c *compiler) newModel(name string) *Model {
	text, ok := c.modelText(name)
	if !ok {
		return &Model{Name: name, Err: fmt.Errorf("there is no model %q", name)}
	}
	m := &Model{Name: name}
	m.Schema, m.Err = schema.Compile(text, c.modelText)
	return m
}

// Models refer to each other by an address that ends in the name; the API in it
// is not looked at.
// Documented: API Gateway Developer Guide, Data models for REST APIs.
func (c *compiler) modelText(name string) (string, bool) {
	for i := range c.in.Snapshot.Models {
		if m := &c.in.Snapshot.Models[i]; m.Name == name {
			return m.Schema, true
		}
	}
	return "", false
}

// integration compiles what a call of a backend needs, so that a message parses nothing. What
// does not parse is kept as an error of its own part: the others work on.
func (c *compiler) integration(r *resource.Integration) *Integration {
	own := *r // so that a part which is used again does not keep a whole configuration
	r = &own
	i := &Integration{
		Resource: r, Backend: backend(r), Method: r.IntegrationMethod, URI: c.inPlace(r.IntegrationUri),
		Credentials: c.inPlace(r.CredentialsArn), Timeout: time.Duration(r.TimeoutInMillis) * time.Millisecond,
		Content: r.ContentHandlingStrategy, Passthrough: r.PassthroughBehavior,
		Templates: c.templates(r.TemplateSelectionExpression, r.RequestTemplates),
	}
	// Assumed: a message has no method of its own, so what may have any is posted, as its
	// body can be sent by. Samples of AWS have ANY, which no HTTP server knows as a method.
	if i.Method == "ANY" {
		i.Method = "POST"
	}
	i.Parameters, i.ParametersErr = parameters(r.RequestParameters, param.ParseV1Request)
	i.ErrorText, _ = expr.ParseVariable("integration.response.body.errorMessage") // a constant that parses
	if r.ConnectionType == resource.VpcLinkType {
		i.Link = c.inPlace(r.ConnectionId)
	}
	if i.Backend == ToHTTP || i.Backend == ToHTTPProxy {
		i.Target, i.Err = parseTarget(i.URI, i.fills)
	}
	for n := range c.in.Snapshot.IntegrationResponses[r.IntegrationId] {
		response := c.response(&c.in.Snapshot.IntegrationResponses[r.IntegrationId][n])
		if response.Resource.IntegrationResponseKey == resource.DefaultKey {
			i.Default = response
		} else {
			i.Responses = append(i.Responses, response)
		}
	}
	return i
}

// The URI tells a function from another service. The two differ in how an
// integration response is chosen: by the text of a function's error, and by the
// status of anything else.
// Documented: API Gateway Developer Guide, WebSocket selection expressions; API
// Gateway API Reference, IntegrationResponse, selectionPattern.
func backend(r *resource.Integration) Backend {
	switch r.IntegrationType {
	case resource.TypeMock:
		return ToMock
	case resource.TypeHTTP:
		return ToHTTP
	case resource.TypeHTTPProxy:
		return ToHTTPProxy
	case resource.TypeAWSProxy:
		return ToFunctionProxy
	}
	if resource.LambdaURI(r.IntegrationUri) {
		return ToFunction
	}
	return ToService
}

// response compiles an integration response. Its key is a regular expression; $default is
// none, which Pattern tells.
func (c *compiler) response(r *resource.IntegrationResponse) *Response {
	response := &Response{
		Resource: r, Content: r.ContentHandlingStrategy,
		Templates: c.templates(r.TemplateSelectionExpression, r.ResponseTemplates),
	}
	response.Parameters, response.ParametersErr = parameters(r.ResponseParameters, param.ParseV1Response)
	if source, ok := r.Pattern(); ok {
		response.Pattern, response.PatternErr = pattern.Compile(source)
	}
	return response
}

// inPlace puts stage variables into an address, a function's name, a role or the
// id of a link.
// Documented: API Gateway Developer Guide, Use stage variables for HTTP APIs.
func (c *compiler) inPlace(text string) string { return expr.InStage(text, c.stage.Variables) }

// templates compiles what is chosen among by a selection expression. Without one the key is
// the content type.
func (c *compiler) templates(selection string, texts map[string]string) Templates {
	t := Templates{byKey: make(map[string]*Template, len(texts))}
	if selection != "" {
		t.Select, t.SelectErr = expr.Parse(selection)
	}
	for key, text := range texts {
		template := c.template(key, text)
		if isDefault(key) {
			t.fallback = template
		} else {
			t.byKey[key] = template
		}
	}
	return t
}

// isDefault knows the key $default.
// Observed: with the backslash that some templates of AWS's own carry into the
// key it is the same.
func isDefault(key string) bool { return key == resource.DefaultKey || key == `\$default` }

// template takes a text without any of the language for what it is: nothing is rendered then.
func (c *compiler) template(key, text string) *Template {
	id := templateID{key, text}
	if known := c.knownTemplate(id); known != nil {
		c.stage.templates[id] = known
		return known
	}
	t := &Template{Key: key, Text: text}
	t.Tree, t.Err = vtl.ParseWith(text, vtl.Options{Limits: c.in.Limits, Account: c.in.Renderings})
	if t.Err == nil && !strings.ContainsAny(text, `$#\`) {
		t.Static = []byte(text)
	}
	c.stage.templates[id] = t
	return t
}

// templateID tells templates apart: one text under two keys is two, for the log.
type templateID struct{ key, text string }

// position is where a template is broken, when it says so.
func position(err error) (line, column int) {
	var syntax *vtl.SyntaxError
	if errors.As(err, &syntax) {
		return syntax.Line, syntax.Column
	}
	return 0, 0
}
