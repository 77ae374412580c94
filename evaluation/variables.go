package evaluation

import (
	"strings"

	"github.com/dragoman-gateway/dragoman/mapping/expr"
	"github.com/dragoman-gateway/dragoman/mapping/json"
)

// variables are those of expressions: body is the client's, params its parameters,
// method and path an HTTP request's; response has status, header and body of a backend.
type variables struct{ asked json.Node }

var _ expr.Variables = variables{}

// Body implements expr.Variables.
func (v variables) Body(kind expr.Kind) []byte {
	from := v.asked
	if kind == expr.ResponseBody {
		from, _ = v.asked.Get("response")
	}
	body, _ := from.Get("body")
	if body.Kind() == json.String {
		return []byte(body.Text())
	}
	if body.Kind() == json.Missing {
		return nil
	}
	return []byte(body.JSON())
}

// Variable implements expr.Variables.
func (v variables) Variable(kind expr.Kind, name string) string {
	switch kind {
	case expr.RequestHeader:
		return firstOf(v.values(true, name, "params", "header"))
	case expr.RequestMultiHeader:
		return strings.Join(v.values(true, name, "params", "header"), ",")
	case expr.RequestQuery:
		return firstOf(v.values(false, name, "params", "querystring"))
	case expr.RequestMultiQuery:
		return strings.Join(v.values(false, name, "params", "querystring"), ",")
	case expr.RequestParam:
		return firstOf(v.values(false, name, "params", "path"))
	case expr.ResponseHeader:
		return firstOf(v.values(true, name, "response", "header"))
	case expr.ResponseMultiHeader:
		return strings.Join(v.values(true, name, "response", "header"), ",")
	case expr.ResponseStatus:
		return v.text("response", "status")
	case expr.RequestMethod:
		return v.text("method")
	case expr.RequestPath:
		return v.text("path")
	case expr.Context:
		return v.context(name)
	case expr.StageVariable:
		return v.text("stageVariables", name)
	}
	return ""
}

func firstOf(values []string) string {
	if len(values) == 0 {
		return ""
	}
	return values[0]
}

// get goes from member to member.
func (v variables) get(names ...string) json.Node {
	n := v.asked
	for _, name := range names {
		n, _ = n.Get(name)
	}
	return n
}

// text is a scalar as text; objects and lists have none.
func (v variables) text(names ...string) string { return scalar(v.get(names...)) }

func scalar(n json.Node) string {
	switch n.Kind() {
	case json.Missing, json.Null, json.Object, json.Array:
		return ""
	}
	return n.String()
}

// values are those of a parameter: a text, or a list of several. The name of a header
// is compared without its case (RFC 9110 section 5.1).
func (v variables) values(fold bool, name string, group ...string) (all []string) {
	for it := v.get(group...).Iter(); it.Next(); {
		if it.Key() != name && !(fold && strings.EqualFold(it.Key(), name)) {
			continue
		}
		if it.Node().Kind() != json.Array {
			all = append(all, it.Node().String())
			continue
		}
		for one := it.Node().Iter(); one.Next(); {
			all = append(all, one.Node().String())
		}
	}
	return all
}

// context is a member of $context; names may have dots in them, as claims do, so that
// what is left of the path is tried whole too.
func (v variables) context(path string) string {
	at := v.get("context")
	for {
		name, rest, more := strings.Cut(path, ".")
		next, ok := at.Get(name)
		if !ok && more {
			next, ok = at.Get(path)
			more = false
		}
		if !ok || !more {
			return scalar(next)
		}
		at, path = next, rest
	}
}
