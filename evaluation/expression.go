package evaluation

import (
	"context"
	"errors"

	"github.com/dragoman-gateway/dragoman/mapping/expr"
	"github.com/dragoman-gateway/dragoman/mapping/json"
	"github.com/dragoman-gateway/dragoman/mapping/jsonpath"
)

// path reads a value out of a payload, which is read as leniently as templates read
// theirs. The output is the value as $input.json prints it; one that leads nowhere
// has none.
func path(_ context.Context, asked json.Node, _ Options) Answer {
	source, missing := textOf(asked, "path")
	if missing != nil {
		return *missing
	}
	p, err := jsonpath.Compile(source)
	if err != nil {
		return failed(BadParse, err)
	}
	doc, err := json.Parse(string(variables{asked}.Body(expr.RequestBody)))
	if err != nil {
		return failed(BadPayload, err)
	}
	defer doc.Release()
	value, found, err := p.Eval(doc.Root())
	if err != nil {
		return failed(BadRender, err)
	}
	a, seen := output(""), Explanation{}
	if found {
		a = output(value.JSON())
	}
	seen.note(source, *a.Output, found)
	a.Explained = seen.explained()
	return a
}

// selection evaluates a selection expression. A variable that leads nowhere is empty.
func selection(_ context.Context, asked json.Node, _ Options) Answer {
	source, missing := textOf(asked, "expression")
	if missing != nil {
		return *missing
	}
	e, err := expr.Parse(source)
	if err != nil {
		return failed(BadParse, err)
	}
	vars := variables{asked}
	var seen Explanation
	for _, ref := range e.Refs() {
		one, err := expr.Parse(ref.String())
		if err != nil {
			return failed(BadParse, err)
		}
		value, err := one.Eval(vars)
		seen.note(ref.String(), value, err == nil && value != "")
	}
	value, err := e.Eval(vars)
	a := output(value)
	if errors.Is(err, expr.ErrNotJSON) {
		a = failed(BadPayload, err)
	} else if err != nil {
		a = failed(BadRender, err)
	}
	a.Explained = seen.explained()
	return a
}
