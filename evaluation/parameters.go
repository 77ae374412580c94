package evaluation

import (
	"context"
	"errors"
	"strings"

	"github.com/dragoman-gateway/dragoman/mapping/expr"
	"github.com/dragoman-gateway/dragoman/mapping/json"
	"github.com/dragoman-gateway/dragoman/mapping/param"
)

// parameters applies parameter mappings: of a WebSocket API, or of an HTTP API where
// protocol is HTTP; to the request, or to the response where direction says so. The
// output is what they set, one a line, in the order in which it is done.
func parameters(_ context.Context, asked json.Node, _ Options) Answer {
	mapping, ok := asked.Get("mapping")
	if !ok || mapping.Kind() != json.Object {
		return bad("there is no mapping, an object of parameters and where they come from")
	}
	direction, _ := asked.Get("direction")
	protocol, _ := asked.Get("protocol")
	response := direction.Text() == "response"
	if protocol.Text() == "HTTP" {
		return rules(asked, mapping, response)
	}
	return assignments(asked, mapping, response)
}

// assignments are the mappings of a WebSocket API.
func assignments(asked, mapping json.Node, response bool) Answer {
	parse := param.ParseV1Request
	if response {
		parse = param.ParseV1Response
	}
	var out strings.Builder
	var seen Explanation
	for it := mapping.Iter(); it.Next(); {
		source := it.Node().String()
		p, err := parse(it.Key(), source)
		if err != nil {
			return failed(BadParse, err)
		}
		value, ok, err := p.Value(variables{asked})
		// A body that is no JSON has none of the values that are looked for in it.
		if err != nil && !errors.Is(err, expr.ErrNotJSON) {
			return failed(BadRender, err)
		}
		if ok {
			out.WriteString(it.Key() + " = " + value + "\n")
		}
		seen.note(source, value, ok)
	}
	a := output(out.String())
	a.Explained = seen.explained()
	return a
}

// rules are the mappings of an HTTP API.
func rules(asked, mapping json.Node, response bool) Answer {
	parse := param.ParseV2Request
	if response {
		parse = param.ParseV2Response
	}
	var list param.Rules
	for it := mapping.Iter(); it.Next(); {
		rule, err := parse(it.Key(), it.Node().String())
		if err != nil {
			return failed(BadParse, err)
		}
		list = append(list, rule)
	}
	list.Sort()
	j := &journal{}
	err := list.Apply(j, variables{asked})
	if err != nil && !errors.Is(err, expr.ErrNotJSON) {
		return failed(BadRender, err)
	}
	return output(j.String())
}

// journal writes down what mappings do to a message.
type journal struct{ strings.Builder }

var placeNames = map[param.Place]string{param.Header: "header.", param.Query: "querystring.", param.Path: "path", param.Status: "statuscode"}

func (j *journal) Append(p param.Place, name, value string) {
	j.WriteString("append:" + placeNames[p] + name + " = " + value + "\n")
}

func (j *journal) Overwrite(p param.Place, name, value string) {
	j.WriteString("overwrite:" + placeNames[p] + name + " = " + value + "\n")
}

func (j *journal) Remove(p param.Place, name string) {
	j.WriteString("remove:" + placeNames[p] + name + "\n")
}
