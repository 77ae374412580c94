package plan

import (
	"maps"
	"slices"
	"time"

	"github.com/dragoman-gateway/dragoman/mapping/expr"
	"github.com/dragoman-gateway/dragoman/mapping/param"
	"github.com/dragoman-gateway/dragoman/mapping/pattern"
	"github.com/dragoman-gateway/dragoman/mapping/schema"
	"github.com/dragoman-gateway/dragoman/mapping/vtl"
	"github.com/dragoman-gateway/dragoman/resource"
)

// Backend is what an integration calls.
type Backend uint8

// The backends of a WebSocket API.
const (
	ToMock Backend = iota
	ToHTTP
	ToHTTPProxy
	ToFunction      // Lambda with templates
	ToFunctionProxy // Lambda with the proxy event
	ToService       // any other AWS service
)

// Proxy says whether the backend's answer is passed on as it is, past templates
// and integration responses.
func (b Backend) Proxy() bool { return b == ToHTTPProxy || b == ToFunctionProxy }

// Quick says that calling the backend never waits for anything.
func (b Backend) Quick() bool { return b == ToMock }

// Integration is a backend with everything that is done before and after it.
type Integration struct {
	Resource    *resource.Integration
	Backend     Backend
	Method      string
	URI         string  // of AWS backends; stage variables are in place
	Target      *Target // of HTTP backends
	Err         error   // why it cannot be called
	Credentials string
	Timeout     time.Duration
	Parameters  []*param.V1
	// ParametersErr says which parameters are left out, and why.
	ParametersErr error
	Templates     Templates
	Content       string // contentHandlingStrategy
	Link          string // VPC link id, "" for none
	Passthrough   string
	ErrorText     *expr.Expression // what a function's responses are chosen by
	Responses     []*Response      // with patterns, in order of creation
	Default       *Response        // the response $default, or nil
}

// fills says that a parameter has a value for a variable of the address.
func (i *Integration) fills(variable string) bool {
	return slices.ContainsFunc(i.Parameters, func(p *param.V1) bool { return p.Place == param.Path && p.Name == variable })
}

// Response is an integration response.
type Response struct {
	Resource   *resource.IntegrationResponse
	Pattern    *pattern.Pattern // nil: broken, never matches
	PatternErr error
	Content    string
	Templates  Templates
	Parameters []*param.V1
	// ParametersErr says which parameters are left out, and why.
	ParametersErr error
}

// Choose finds the integration response for a selection value: the first whose
// pattern matches all of it, else $default, else nil.
// Documented: API Gateway Developer Guide, Handle Lambda errors in API Gateway, for
// the whole text; WebSocket selection expressions, for $default.
// Assumed: several that match are tried in order of creation. All patterns share one
// budget of steps; what it does not suffice for matches nothing.
func (i *Integration) Choose(value string) *Response { return i.ChooseTelling(value, nil) }

// Attempt is what came of holding a selection value against a response: that it is
// chosen, or an error when its pattern cannot be, or was given up.
type Attempt struct {
	Response *Response
	Chosen   bool
	Err      error
}

// ChooseTelling is Choose for those who want to know of each response that was tried;
// tried may be nil.
func (i *Integration) ChooseTelling(value string, tried func(Attempt)) *Response {
	if tried == nil {
		tried = func(Attempt) {}
	}
	steps := pattern.DefaultSteps + 8*len(value)
	for _, response := range i.Responses {
		if response.Pattern == nil {
			tried(Attempt{Response: response, Err: response.PatternErr})
			continue
		}
		ok, err := response.Pattern.MatchWithin(value, &steps)
		ok = ok && err == nil
		if tried(Attempt{response, ok, err}); ok {
			return response
		}
	}
	if i.Default != nil {
		tried(Attempt{Response: i.Default, Chosen: true})
	}
	return i.Default
}

// all are the integration responses, $default last.
func (i *Integration) all() []*Response {
	if i.Default == nil {
		return i.Responses
	}
	return append(slices.Clip(i.Responses), i.Default)
}

// Templates are the templates of an integration or a response with the expression
// that chooses among them.
type Templates struct {
	Select    *expr.Expression // nil: application/json
	SelectErr error
	byKey     map[string]*Template
	fallback  *Template
}

// Template is one mapping template; Err says why it has no tree.
type Template struct {
	Key  string
	Text string
	Tree *vtl.Template
	Err  error
	// Static is the text itself when it holds nothing to evaluate, else nil. It is
	// shared: nobody may change it.
	Static []byte
}

// Any says whether there are templates at all.
func (t *Templates) Any() bool { return len(t.byKey) > 0 || t.fallback != nil }

// Get finds the template for a selection key: its own, else $default, else nil.
// Documented: API Gateway Developer Guide, WebSocket selection expressions.
func (t *Templates) Get(key string) *Template {
	if found := t.byKey[key]; found != nil {
		return found
	}
	return t.fallback
}

// Keys are those that have a template of their own, in order, without $default.
func (t *Templates) Keys() []string { return slices.Sorted(maps.Keys(t.byKey)) }

// Has says whether a key has a template of its own.
func (t *Templates) Has(key string) bool { return t.byKey[key] != nil }

// Models are the models of a route with the expression that chooses among them.
type Models struct {
	Select    *expr.Expression
	SelectErr error
	byKey     map[string]*Model
	fallback  *Model
}

// Model is a compiled model; Err says why it has no schema.
type Model struct {
	Name   string
	Schema *schema.Schema
	Err    error
}

// Get finds the model for a selection key: its own, else $default, else nil.
func (m *Models) Get(key string) *Model {
	if found := m.byKey[key]; found != nil {
		return found
	}
	return m.fallback
}

// Keys are those that have a model of their own, in order, without $default.
func (m *Models) Keys() []string { return slices.Sorted(maps.Keys(m.byKey)) }

// Has says whether a key has a model of its own.
func (m *Models) Has(key string) bool { return m.byKey[key] != nil }
