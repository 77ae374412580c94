package wsapi

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/dragoman-gateway/dragoman/gateway/exchange"
	"github.com/dragoman-gateway/dragoman/mapping/vtl"
	"github.com/dragoman-gateway/dragoman/plan"
)

// sink keeps what a template writes, which it does in one piece.
type sink []byte

func (s *sink) Write(b []byte) (int, error) {
	*s = append(*s, b...)
	return len(b), nil
}

// render evaluates a template with $input bound to body.
func (m *message) render(t *plan.Template, body []byte) ([]byte, *failure) {
	if t.Tree == nil {
		return nil, internal(t.Err)
	}
	vars := vtl.Vars{Body: body, Context: m.x, StageVariables: m.stage.Variables}
	if m.x.Event == exchange.Connect {
		vars.Params = m.params
	}
	out := sink{}
	if err := t.Tree.Render(&out, &vars); err != nil {
		return nil, internal(fmt.Errorf("template %s: %w", t.Key, err))
	}
	return out, nil
}

// params are the parameters of the handshake, in the order of their names.
func (m *message) params() vtl.Params {
	return vtl.Params{Query: listed(m.query), Header: listed(m.header)}
}

func listed(from map[string][]string) []vtl.Param {
	list := make([]vtl.Param, 0, len(from))
	for name, values := range from {
		list = append(list, vtl.Param{Name: name, Value: strings.Join(values, ",")})
	}
	slices.SortFunc(list, func(a, b vtl.Param) int { return cmp.Compare(a.Name, b.Name) })
	return list
}

// responseHeader is what a handshake gets of a non-proxy integration: the headers
// that the integration response maps.
func (m *message) responseHeader(response *plan.Response) http.Header {
	h := http.Header{}
	for _, p := range response.Parameters {
		if value, ok := p.Value(m); ok {
			h.Set(p.Name, value)
		}
	}
	return h
}
