package param

import (
	"slices"
	"strings"

	"github.com/dragoman-gateway/dragoman/mapping/expr"
)

// V1 is one mapping of a WebSocket API.
type V1 struct {
	Place Place // Header, Query or Path; Header in responses
	Name  string
	// From and To are the mapping as its owner has written it.
	From, To string
	value    value
}

// Value is what the parameter is set to; ok is false when its source leads
// nowhere, and the parameter is then not set. The error is that of a JSONPath
// that could not be evaluated.
func (m *V1) Value(vars expr.Variables) (text string, ok bool, err error) {
	text, err = m.value.eval(vars)
	return text, err == nil && (text != "" || m.value.expr == nil), err
}

// ParseV1Request reads a member of an integration's request parameters.
//
//	integration.request.{header|querystring|path}.{name}
//	← route.request.{header|multivalueheader|querystring|multivaluequerystring}.{name}
//	  route.request.body[.{path}]  context.{name}  stageVariables.{name}  'static'
//
// route may be spelled method. Errors are *Error.
//
// Documented: API Gateway Developer Guide, Set up data mapping for WebSocket APIs. The
// service model writes method, as REST APIs do.
func ParseV1Request(key, value string) (*V1, error) {
	fail := func(rule string) (*V1, error) { return nil, wrong(RequestParameters, key, value, rule) }
	m := &V1{From: value, To: key}
	rest, ok := strings.CutPrefix(key, "integration.request.")
	where, named, dotted := strings.Cut(rest, ".")
	switch where {
	case "header":
		m.Place = Header
	case "querystring":
		m.Place = Query
	case "path":
		m.Place = Path
	}
	if !ok || !dotted || m.Place == 0 {
		return fail("the name must have the form integration.request.header.{name}, integration.request.querystring.{name} or integration.request.path.{name}")
	}
	if m.Name = named; !name(named) {
		return fail("{name} must match ^[a-zA-Z0-9._$-]+$")
	}
	var rule string
	if m.value, rule = source(value, requestSource); rule != "" {
		return fail(rule)
	}
	return m, nil
}

// ParseV1Response reads a member of an integration response's parameters.
//
//	method.response.header.{name}
//	← integration.response.{header|multivalueheader}.{name}
//	  integration.response.body[.{path}]  context.{name}  stageVariables.{name}  'static'
//
// method may be spelled route. Errors are *Error.
//
// Documented: API Gateway V2 API Reference, IntegrationResponse,
// responseParameters. Headers exist on $connect alone.
func ParseV1Response(key, value string) (*V1, error) {
	fail := func(rule string) (*V1, error) { return nil, wrong(ResponseParameters, key, value, rule) }
	_, named, ok := cutEither(key, "method.response.header.", "route.response.header.")
	if !ok {
		return fail("the name must have the form method.response.header.{name} or route.response.header.{name}")
	}
	if !name(named) {
		return fail("{name} must match ^[a-zA-Z0-9._$-]+$")
	}
	v, rule := source(value, responseSource)
	if rule != "" {
		return fail(rule)
	}
	return &V1{Place: Header, Name: named, From: value, To: key, value: v}, nil
}

func cutEither(s, a, b string) (prefix, rest string, ok bool) {
	if rest, ok := strings.CutPrefix(s, a); ok {
		return a, rest, true
	}
	rest, ok = strings.CutPrefix(s, b)
	return b, rest, ok
}

// sources says what a mapping of one direction may read.
type sources struct {
	prefixes []string // of what expressions know without them
	kinds    []expr.Kind
	rule     string
}

var requestSource = sources{
	prefixes: []string{"route.", "method."},
	kinds: []expr.Kind{expr.RequestBody, expr.RequestHeader, expr.RequestMultiHeader, expr.RequestQuery,
		expr.RequestMultiQuery, expr.RequestParam, expr.Context, expr.StageVariable},
	rule: noExpression + ": the value must be a static value in single quotes, route.request.header.{name}, route.request.multivalueheader.{name}, " +
		"route.request.querystring.{name}, route.request.multivaluequerystring.{name}, route.request.body[.{JSON path}], " +
		"context.{name} or stageVariables.{name}",
}

var responseSource = sources{
	prefixes: []string{""},
	kinds:    []expr.Kind{expr.ResponseBody, expr.ResponseHeader, expr.ResponseMultiHeader, expr.Context, expr.StageVariable},
	rule: noExpression + ": the value must be a static value in single quotes, integration.response.header.{name}, " +
		"integration.response.multivalueheader.{name}, integration.response.body[.{JSON path}], context.{name} or stageVariables.{name}",
}

// source reads the value of a mapping; rule says what is wrong with it.
func source(text string, from sources) (v value, rule string) {
	if rule := length(text); rule != "" {
		return v, rule
	}
	if len(text) >= 2 && text[0] == '\'' && text[len(text)-1] == '\'' {
		return value{text: text[1 : len(text)-1]}, ""
	}
	plain := text
	if !strings.HasPrefix(text, "context.") && !strings.HasPrefix(text, "stageVariables.") {
		ok := false
		for _, p := range from.prefixes {
			if rest, found := strings.CutPrefix(text, p); found {
				plain, ok = rest, true
				break
			}
		}
		if !ok {
			return v, from.rule
		}
	}
	e, err := expr.ParseVariable(plain)
	if err != nil {
		return v, from.rule
	}
	ref := e.Refs()[0]
	if !slices.Contains(from.kinds, ref.Kind) || from.prefixes[0] == "" && strings.HasPrefix(text, "response.") {
		return v, from.rule
	}
	if ref.Kind != expr.RequestBody && ref.Kind != expr.ResponseBody && !name(ref.Name) {
		return v, noExpression + ": {name} in the value must match ^[a-zA-Z0-9._$-]+$"
	}
	return value{expr: e.In(expr.SocketParameter)}, ""
}
