//go:build unix

package main

import (
	"context"
	"encoding/json"
	"os"
	"slices"
	"time"

	"github.com/dragoman-gateway/dragoman/mapping/vtl"
)

// input is what a template is rendered with.
type input struct {
	Body    string
	Context map[string]any
	Params  struct{ Path, Querystring, Header map[string]string }

	StageVariables map[string]string
}

// measure renders a template over and over, first parsed once, then every time.
func measure(file, data string, duration time.Duration) (r rates, err error) {
	template, err := os.ReadFile(file)
	if err != nil {
		return r, err
	}
	text, err := os.ReadFile(data)
	if err != nil {
		return r, err
	}
	var in input
	if err := json.Unmarshal(text, &in); err != nil {
		return r, err
	}
	vars := in.vars()
	t, err := vtl.Parse(string(template))
	if err != nil {
		return r, err
	}
	var out []byte
	render := func() (err error) {
		out, err = t.Append(context.Background(), out[:0], vars)
		return err
	}
	if r.once, err = rate(duration, render); err != nil {
		return r, err
	}
	r.every, err = rate(duration, func() error {
		if t, err = vtl.Parse(string(template)); err != nil {
			return err
		}
		return render()
	})
	return r, err
}

func (in *input) vars() *vtl.Vars {
	params := vtl.Params{Path: list(in.Params.Path), Query: list(in.Params.Querystring), Header: list(in.Params.Header)}
	return &vtl.Vars{
		Body:           []byte(in.Body),
		Context:        group(in.Context),
		StageVariables: in.StageVariables,
		Params:         func() vtl.Params { return params },
	}
}

func list(m map[string]string) []vtl.Param {
	var out []vtl.Param
	for k, v := range m {
		out = append(out, vtl.Param{Name: k, Value: v})
	}
	slices.SortFunc(out, func(a, b vtl.Param) int {
		if a.Name < b.Name {
			return -1
		}
		return 1
	})
	return out
}

// object is a group of $context, its values ready to hand out.
type object map[string]any

func group(m map[string]any) object {
	for k, v := range m {
		if sub, ok := v.(map[string]any); ok {
			m[k] = group(sub)
		}
	}
	return m
}

func (o object) Get(name string) (any, bool) {
	v, ok := o[name]
	return v, ok
}

func (o object) Names() []string {
	var names []string
	for k := range o {
		names = append(names, k)
	}
	slices.Sort(names)
	return names
}
