package evaluation

import (
	"github.com/dragoman-gateway/dragoman/mapping/json"
	"github.com/dragoman-gateway/dragoman/mapping/vtl"
)

// Sample is what a template is rendered with instead of traffic. Its nodes are objects,
// or nothing.
type Sample struct {
	Body           []byte // the payload
	Text           string // is used for it when Body is nil
	Params         json.Node
	Context        json.Node
	StageVariables json.Node
	Top            json.Node // the references of a stock template
}

// SampleOf reads the members body, params, context, stageVariables and vars.
func SampleOf(asked json.Node) Sample {
	var s Sample
	if body, ok := asked.Get("body"); ok {
		s.Text = body.Text()
	}
	s.Params, _ = asked.Get("params")
	s.Context, _ = asked.Get("context")
	s.StageVariables, _ = asked.Get("stageVariables")
	s.Top, _ = asked.Get("vars")
	return s
}

// Vars are the variables of a rendering with the sample.
func (s Sample) Vars() *vtl.Vars {
	v := &vtl.Vars{Body: s.Body, Text: s.Text}
	v.Params = func() vtl.Params {
		return vtl.Params{Path: paramsOf(s.Params, "path"), Query: paramsOf(s.Params, "querystring"), Header: paramsOf(s.Params, "header")}
	}
	if s.Context.Kind() == json.Object {
		v.Context = object{s.Context}
	}
	if s.StageVariables.Kind() == json.Object {
		v.Stage = object{s.StageVariables}
	}
	if s.Top.Kind() == json.Object {
		v.Top = map[string]any{}
		for it := s.Top.Iter(); it.Next(); {
			v.Top[it.Key()] = it.Node()
		}
	}
	return v
}

func paramsOf(params json.Node, group string) []vtl.Param {
	g, _ := params.Get(group)
	var out []vtl.Param
	for it := g.Iter(); it.Next(); {
		out = append(out, vtl.Param{Name: it.Key(), Value: it.Node().String()})
	}
	return out
}

// object shows a JSON object as $context or a group of it.
type object struct{ n json.Node }

func (o object) Get(name string) (any, bool) {
	n, ok := o.n.Get(name)
	switch n.Kind() {
	case json.Object:
		return object{n}, ok
	case json.Null, json.Missing:
		return nil, ok
	}
	return n, ok
}

func (o object) Names() []string {
	var names []string
	for it := o.n.Iter(); it.Next(); {
		names = append(names, it.Key())
	}
	return names
}
