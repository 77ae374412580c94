package wsapi

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/dragoman-gateway/dragoman/exchange"
	"github.com/dragoman-gateway/dragoman/gateway/refusal"
	"github.com/dragoman-gateway/dragoman/integration"
	"github.com/dragoman-gateway/dragoman/internal/uripath"
	"github.com/dragoman-gateway/dragoman/mapping/content"
	"github.com/dragoman-gateway/dragoman/mapping/expr"
	"github.com/dragoman-gateway/dragoman/mapping/param"
	"github.com/dragoman-gateway/dragoman/message"
	"github.com/dragoman-gateway/dragoman/plan"
)

var (
	errNoTarget   = errors.New("the route has no target")
	errNoResponse = errors.New("no match for output mapping and no default output mapping configured")
	errTextOnly   = errors.New("a template cannot be combined with CONVERT_TO_BINARY")
)

// prepare makes the call to the backend: payload, parameters and headers.
func (m *call) prepare(ctx context.Context) *refusal.Refusal {
	i := m.route.Integration
	switch {
	case i == nil && m.x.Event == exchange.Message:
		// Assumed: a route without a target is a configuration error.
		return fail(refusal.Configuration, errNoTarget)
	case i == nil: // Observed on $connect: the handshake succeeds.
		m.answer = &answer{status: http.StatusOK}
		return nil
	case i.Err != nil:
		return fail(refusal.Configuration, i.Err)
	case i.Backend == plan.ToFunctionProxy:
		return m.event()
	}
	payload, passed, f := m.payload(ctx)
	if f != nil {
		return f
	}
	r := &m.parts.request
	*r = integration.Request{
		Method: i.Method, Body: payload, Passed: passed,
		Credentials: i.Credentials, Region: m.stage.Region, Timeout: i.Timeout,
	}
	m.request = r
	switch i.Backend {
	case plan.ToMock:
		return nil
	case plan.ToFunction:
		r.Function = i.URI
		// Documented: AWS Lambda API Reference, Invoke: the payload is JSON, which an
		// empty body is not.
		if len(payload) == 0 {
			r.Body = []byte("{}")
		}
		return nil
	}
	if i.Link != "" {
		r.Link = &integration.Link{ID: i.Link}
	}
	m.headers(r)
	return m.parameters(r)
}

// payload is the body of the call: a template's rendering, or the message itself
// where passing it through is allowed.
func (m *call) payload(ctx context.Context) (body []byte, passed bool, f *refusal.Refusal) {
	i := m.route.Integration
	if i.Backend.Proxy() {
		body, f = m.convertContent(m.body)
		return body, true, f
	}
	if f := m.pick(&i.Templates); f != nil {
		return nil, false, f
	}
	switch {
	// Documented: API Gateway Developer Guide, Content type conversions: what a
	// template makes is text.
	case m.template != nil && i.Content == content.ToBinary && len(m.body) > 0:
		return nil, false, fail(refusal.Configuration, errTextOnly)
	case m.template != nil:
		body, f = m.render(ctx, m.body)
		return body, false, f
	// Documented: Amazon API Gateway V2 API Reference, Integration: WHEN_NO_MATCH,
	// the default, passes everything on.
	case i.Passthrough == "NEVER", i.Passthrough == "WHEN_NO_TEMPLATES" && i.Templates.Any():
		return nil, false, fail(refusal.UnsupportedMedia, nil)
	case i.Backend == plan.ToMock:
		return m.body, true, nil // goes nowhere, so there is nothing to convert
	}
	body, f = m.convertContent(m.body)
	return body, true, f
}

// convertContent is the content handling of the integration. A body that it cannot convert is
// a fault of the configuration, not of the client: nothing told the client of base64.
func (m *call) convertContent(body []byte) ([]byte, *refusal.Refusal) {
	converted, err := content.Request(body, m.route.Integration.Content)
	if err != nil {
		return nil, fail(refusal.Configuration, err)
	}
	return converted, nil
}

// headers gives a call the headers that AWS sends along; mapped headers override
// them.
// Observed: these, on requests that HTTP backends were sent.
func (m *call) headers(r *integration.Request) {
	if m.route.Integration.Backend == plan.ToService {
		m.serviceHeaders(r)
		return
	}
	if m.route.Integration.Backend == plan.ToHTTPProxy && m.x.Event == exchange.Connect {
		r.Header = m.sent.Clone()
		r.Header.Del("Host") // the backend has its own
		// Observed: the gateway's own hop is added on the way to an HTTP backend.
		r.Header.Set("X-Forwarded-For", r.Header.Get("X-Forwarded-For")+", "+m.local)
		r.Header.Set("X-Forwarded-Proto", m.scheme+", "+m.scheme)
	}
	r.Header.Set("x-amzn-apigateway-api-id", m.stage.ApiID)
	r.Header.SetDefault("User-Agent", "AmazonAPIGateway_"+m.stage.ApiID)
	switch {
	case m.route.Integration.Backend == plan.ToHTTP:
		r.Header.Set("X-Forwarded-For", m.local)
		r.Header.Set("X-Forwarded-Proto", m.scheme)
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Accept", "application/json")
		r.Header.Set("X-Amzn-Trace-Id", m.trace())
	case m.x.Event == exchange.Disconnect:
		r.Header.Set("x-api-key", "")
		r.Header.Set("x-restapi", "")
		// Observed: what stood for the client is empty, for there is none any more.
		r.Header.Set("X-Forwarded-For", ", "+m.local)
		r.Header.Set("X-Forwarded-Proto", m.scheme)
	case m.x.Event == exchange.Message:
		r.Header.Set("X-Forwarded-For", m.local)
		r.Header.Set("X-Forwarded-Proto", m.scheme)
		r.Header.Set("Content-Type", "application/json; charset=UTF-8")
	}
}

// serviceHeaders are those of every call of an AWS service.
// Observed: these. It is Accept that makes services of the query protocol, such as
// SNS and SQS, answer JSON.
func (m *call) serviceHeaders(r *integration.Request) {
	r.Header.Set("Accept", "application/json")
	r.Header.Set("User-Agent", "AmazonAPIGateway_"+m.stage.ApiID)
	r.Header.Set("x-amzn-apigateway-api-id", m.stage.ApiID)
	r.Header.Set("X-Amzn-Trace-Id", exchange.NewTraceID(m.x.RequestTime))
}

// disconnectHeaders is the header that a $disconnect has instead of the handshake's.
// Observed: these, so spelled.
func disconnectHeaders(host string) message.Header {
	return message.Header{{Name: "Host", Value: host}, {Name: "x-api-key"}, {Name: "X-Forwarded-For"}, {Name: "x-restapi"}}
}

// trace is the X-Amzn-Trace-Id of a handshake, a fresh one for a message.
func (m *call) trace() string {
	if id := m.sent.Get("X-Amzn-Trace-Id"); id != "" {
		return id
	}
	return exchange.NewTraceID(m.x.RequestTime)
}

// parameters applies the integration's request parameters to an HTTP call. A
// parameter whose source is missing is not sent.
// Documented: API Gateway Developer Guide, Set up data mapping for WebSocket APIs.
func (m *call) parameters(r *integration.Request) *refusal.Refusal {
	var query []string
	if m.route.Integration.Backend == plan.ToHTTPProxy && m.x.Event == exchange.Connect && len(m.query) > 0 {
		query = append(query, m.query.Encode()) // a handshake is passed on whole
	}
	var vars []plan.PathVariable
	for _, p := range m.route.Integration.Parameters {
		value, ok, err := p.Value(m)
		switch {
		case err != nil && !errors.Is(err, expr.ErrNotJSON):
			return fail(refusal.Configuration, err)
		case (err != nil || !ok) && p.Place == param.Path:
			// Assumed: a variable without a value stays as it is written. Without its
			// name an address would be that of something else, a collection perhaps.
			value = "{" + p.Name + "}"
		case err != nil, !ok:
			continue
		}
		switch p.Place {
		case param.Header:
			r.Header.Set(p.Name, value)
		case param.Query:
			query = append(query, url.QueryEscape(p.Name)+"="+url.QueryEscape(value))
		case param.Path:
			vars = append(vars, plan.PathVariable{Name: p.Name, Value: value, Raw: url.PathEscape(value)})
		}
	}
	return m.address(r, vars, strings.Join(query, "&"))
}

// address says where to: the integration's URI with variables and a query put in.
func (m *call) address(r *integration.Request, vars []plan.PathVariable, query string) *refusal.Refusal {
	i, path := m.route.Integration, ""
	if i.Target != nil {
		r.Address = integration.Address{Scheme: i.Target.Scheme, Host: i.Target.Address, Target: i.Target.Fill(vars, query)}
		path, _, _ = strings.Cut(r.Address.Target, "?")
	} else {
		r.URL = i.URI
		for _, v := range vars {
			r.URL = strings.ReplaceAll(r.URL, "{"+v.Name+"}", v.Raw)
		}
		path = servicePath(r.URL)
		r.URL = withQuery(r.URL, query)
	}
	if len(vars) > 0 && !m.plane.config.AllowDots && uripath.Dotted(path) {
		return fail(refusal.BadParameters, nil)
	}
	return nil
}

// servicePath is the path of an AWS service in its ARN.
func servicePath(arn string) string {
	arn, _, _ = strings.Cut(arn, "?")
	_, path, _ := strings.Cut(arn, ":path/")
	return path
}

// withQuery adds mapped parameters behind those that the address itself has.
func withQuery(target, query string) string {
	switch {
	case query == "":
		return target
	case strings.Contains(target, "?"):
		return target + "&" + query
	}
	return target + "?" + query
}
