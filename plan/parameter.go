package plan

import (
	"cmp"
	"slices"
	"strings"

	"github.com/dragoman-gateway/dragoman/mapping/expr"
)

// Place is where a parameter is put or found.
type Place uint8

// The places of parameters.
const (
	InHeader Place = iota + 1
	InQuery
	InPath
)

// Parameter puts a value into a request to a backend, or into the answer to a
// handshake.
type Parameter struct {
	In     Place
	Name   string
	source *expr.Expression // nil: static, or broken
	static string
	broken bool
}

// Value is what the parameter is set to; false when there is nothing to set.
func (p *Parameter) Value(v expr.Variables) (string, bool) {
	if p.source == nil {
		return p.static, !p.broken
	}
	value, err := p.source.Eval(v)
	return value, err == nil && value != ""
}

// parameters compiles a map of parameters, in the order of their names.
func parameters(from map[string]string) []Parameter {
	var list []Parameter
	for key, value := range from {
		place, name, ok := cutParameter(key)
		if !ok {
			continue // cannot be stored
		}
		p := Parameter{In: place, Name: name}
		if len(value) >= 2 && value[0] == '\'' && value[len(value)-1] == '\'' {
			p.static = value[1 : len(value)-1]
		} else if source, err := expr.ParseVariable(strip(value)); err == nil {
			p.source = source
		} else {
			p.broken = true
		}
		list = append(list, p)
	}
	slices.SortFunc(list, func(a, b Parameter) int {
		return cmp.Or(cmp.Compare(a.In, b.In), cmp.Compare(a.Name, b.Name))
	})
	return list
}

// strip takes the prefix off that expressions do not have: route.request.body.x
// is request.body.x to them.
func strip(value string) string {
	for _, prefix := range []string{"route.", "method."} {
		if rest, ok := strings.CutPrefix(value, prefix); ok {
			return rest
		}
	}
	return value
}

// cutParameter takes integration.request.header.X, and the keys of routes and
// responses, apart.
func cutParameter(key string) (place Place, name string, ok bool) {
	parts := strings.SplitN(key, ".", 4)
	if len(parts) != 4 || parts[1] != "request" && parts[1] != "response" || parts[3] == "" {
		return 0, "", false
	}
	switch parts[2] {
	case "header":
		place = InHeader
	case "querystring":
		place = InQuery
	case "path":
		place = InPath
	}
	return place, parts[3], place != 0
}
