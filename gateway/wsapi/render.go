package wsapi

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"

	"github.com/dragoman-gateway/dragoman/exchange"
	"github.com/dragoman-gateway/dragoman/gateway/refusal"
	"github.com/dragoman-gateway/dragoman/mapping/vtl"
	"github.com/dragoman-gateway/dragoman/plan"
)

// render evaluates the template that was picked with $input bound to body.
// Overrides that the request template has stored are visible to the response
// template.
func (m *call) render(ctx context.Context, body []byte) ([]byte, *refusal.Refusal) {
	t := m.template
	m.rendered = nil
	m.references.forget()
	if t.Tree == nil {
		return nil, fail(refusal.Configuration, fmt.Errorf("template %s: %w", t.Key, t.Err))
	}
	// A template without references is its own result: nothing is evaluated, nor can it fail.
	if t.Static != nil {
		m.rendered = t.Static
		return t.Static, nil
	}
	m.furnish()
	m.vars.Body = body
	m.listen()
	// The context ends a template that loops too long together with its message.
	out, err := t.Tree.Append(ctx, nil, m.vars)
	if err != nil {
		return nil, fail(refusal.Configuration, fmt.Errorf("template %s: %w", t.Key, err))
	}
	m.rendered = out
	return out, nil
}

// furnish makes the variables of the message's templates.
func (m *call) furnish() {
	if m.vars != nil {
		return
	}
	m.vars = &m.parts.vars
	*m.vars = vtl.Vars{Context: m.x, StageVariables: m.stage.Variables}
	if m.x.Event == exchange.Connect {
		// Observed: the events of messages have neither headers nor a query.
		m.vars.Params = m.params
	}
}

// params are the parameters of the handshake, in the order of their names. Of
// several values the last one shows, as in the events of functions.
// Observed: that order, where a template prints the whole map.
func (m *call) params() vtl.Params {
	var p vtl.Params
	for name, values := range m.query {
		p.Query = append(p.Query, vtl.Param{Name: name, Value: values[len(values)-1]})
	}
	for _, line := range m.sent {
		p.Header = append(p.Header, vtl.Param(line))
	}
	byName := func(a, b vtl.Param) int { return cmp.Compare(a.Name, b.Name) }
	slices.SortFunc(p.Query, byName)
	slices.SortStableFunc(p.Header, byName)
	shown := p.Header[:0]
	for i, line := range p.Header {
		if i+1 == len(p.Header) || p.Header[i+1].Name != line.Name {
			shown = append(shown, line)
		}
	}
	p.Header = shown
	return p
}

// responseHeader is what a handshake gets of a non-proxy integration: the headers
// that the integration response maps.
// Observed: of them Sec-WebSocket-Protocol alone reaches the client.
func (m *call) responseHeader(response *plan.Response) http.Header {
	h := http.Header{}
	for _, p := range response.Parameters {
		if value, ok, err := p.Value(m); ok && err == nil {
			h.Set(p.Name, value)
		}
	}
	return h
}
