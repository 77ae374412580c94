package plan

import (
	"cmp"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/dragoman-gateway/dragoman/mapping/param"
)

// parameters compiles a map of parameters in the order of their names. One that
// cannot be parsed is left out, and told: it cannot be stored either.
func parameters(from map[string]string, parse func(key, value string) (*param.V1, error)) ([]*param.V1, error) {
	var list []*param.V1
	var faults []error
	for _, key := range slices.Sorted(maps.Keys(from)) {
		p, err := parse(key, from[key])
		if err != nil {
			faults = append(faults, err)
			continue
		}
		list = append(list, p)
	}
	return list, errors.Join(faults...)
}

// require notes a parameter that a $connect route declares as required, from keys
// such as route.request.header.X. The service model still spells them
// method.request, as REST APIs do, so both are taken.
func (r *Route) require(key string) {
	for _, side := range []string{"route.request.", "method.request."} {
		rest, ok := strings.CutPrefix(key, side)
		if !ok {
			continue
		}
		if name, ok := strings.CutPrefix(rest, "header."); ok {
			r.Required = append(r.Required, Required{Header: true, Name: name})
		}
		if name, ok := strings.CutPrefix(rest, "querystring."); ok {
			r.Required = append(r.Required, Required{Name: name})
		}
	}
	slices.SortFunc(r.Required, func(a, b Required) int { return cmp.Compare(a.Name, b.Name) })
}
