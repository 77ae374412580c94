package cli

import (
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/jmespath/go-jmespath"
)

// query is an expression of --query in JMESPath, as the AWS CLI takes it.
type query struct {
	*jmespath.JMESPath
	text string
}

// parseQuery reads an expression.
func parseQuery(text string) (*query, error) {
	compiled, err := jmespath.Compile(text)
	if err != nil {
		return nil, fmt.Errorf("--query %s: not understood: %s", text, strings.TrimPrefix(err.Error(), "SyntaxError: "))
	}
	return &query{compiled, text}, nil
}

// search evaluates the expression on an answer. Objects of the answer keep the
// order of their members, and objects that the expression makes have the order
// that it names them in, as the AWS CLI prints them.
func (q *query) search(answer any) (any, error) {
	o := memberOrders{made: membersNamed(q.text), of: map[uintptr][]string{}}
	found, err := q.Search(o.forget(answer))
	if err != nil {
		return nil, fmt.Errorf("--query %s: %w", q.text, err)
	}
	return o.restore(found), nil
}

// memberOrders knows the order of the members of maps, which the library does not keep.
type memberOrders struct {
	of   map[uintptr][]string // of those that come from the answer, by their address
	made []string             // of those that the expression makes
}

// forget turns a value into what the library takes: maps, lists and float64.
func (o *memberOrders) forget(value any) any {
	switch v := value.(type) {
	case object:
		members, names := make(map[string]any, len(v)), make([]string, len(v))
		for i, p := range v {
			members[p.name], names[i] = o.forget(p.value), p.name
		}
		o.of[reflect.ValueOf(members).Pointer()] = names
		return members
	case []any:
		items := make([]any, len(v))
		for i, item := range v {
			items[i] = o.forget(item)
		}
		return items
	case json.Number:
		if number, err := v.Float64(); err == nil {
			return number
		}
		return v.String()
	}
	return value
}

// restore gives what the library found its order back.
func (o *memberOrders) restore(value any) any {
	switch v := value.(type) {
	case map[string]any:
		members := object{}
		for _, name := range o.names(v) {
			members = append(members, pair{name, o.restore(v[name])})
		}
		return members
	case []any:
		items := make([]any, len(v))
		for i, item := range v {
			items[i] = o.restore(item)
		}
		return items
	case []string: // what keys() and split() make
		items := make([]any, len(v))
		for i, item := range v {
			items[i] = item
		}
		return items
	}
	return value
}

func (o *memberOrders) names(members map[string]any) []string {
	if names, ok := o.of[reflect.ValueOf(members).Pointer()]; ok {
		return names
	}
	names := make([]string, 0, len(members))
	for name := range members {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int {
		if d := o.rank(a) - o.rank(b); d != 0 {
			return d
		}
		return strings.Compare(a, b)
	})
	return names
}

// rank is where the expression names a member, or a place behind all that it names.
func (o *memberOrders) rank(name string) int {
	if i := slices.Index(o.made, name); i >= 0 {
		return i
	}
	return len(o.made)
}

var namedMember = regexp.MustCompile(`"([^"\\]*)"\s*:|([A-Za-z_][A-Za-z0-9_]*)\s*:`)

// membersNamed lists the names before colons in the order of the text.
func membersNamed(text string) []string {
	var names []string
	for _, match := range namedMember.FindAllStringSubmatch(text, -1) {
		names = append(names, match[1]+match[2])
	}
	return names
}
