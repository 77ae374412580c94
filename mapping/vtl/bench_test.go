package vtl_test

import (
	"context"
	"os"
	"testing"

	"github.com/dragoman-gateway/dragoman/mapping/json"
	"github.com/dragoman-gateway/dragoman/mapping/vtl"
)

// measured is a template of testdata/bench with what it is rendered with.
func measured(b testing.TB, name string) (string, *vtl.Vars) {
	b.Helper()
	template, err := os.ReadFile("testdata/bench/" + name + ".vtl")
	if err != nil {
		b.Fatal(err)
	}
	text, err := os.ReadFile("testdata/bench/" + name + ".json")
	if err != nil {
		b.Fatal(err)
	}
	doc, err := json.ParseStrict(string(text))
	if err != nil {
		b.Fatal(err)
	}
	get := func(name string) json.Node {
		n, _ := doc.Root().Get(name)
		return n
	}
	params := get("params")
	all := vtl.Params{Path: list(params, "path"), Query: list(params, "querystring"), Header: list(params, "header")}
	stage := map[string]string{}
	for it := get("stageVariables").Iter(); it.Next(); {
		stage[it.Key()] = it.Node().Text()
	}
	return string(template), &vtl.Vars{
		Body:           []byte(get("body").Text()),
		Context:        plain(get("context")),
		StageVariables: stage,
		Params:         func() vtl.Params { return all },
	}
}

// fields is a vtl.Object as the gateway has them: values at hand.
type fields struct {
	names  []string
	values []any
}

func plain(n json.Node) fields {
	var f fields
	for it := n.Iter(); it.Next(); {
		f.names = append(f.names, it.Key())
		if it.Node().Kind() == json.Object {
			f.values = append(f.values, plain(it.Node()))
		} else {
			f.values = append(f.values, it.Node().Text())
		}
	}
	return f
}

func (f fields) Names() []string { return f.names }

func (f fields) Get(name string) (any, bool) {
	for i := range f.names {
		if f.names[i] == name {
			return f.values[i], true
		}
	}
	return nil, false
}

func BenchmarkRender(b *testing.B) {
	for _, name := range []string{"order", "message"} {
		b.Run(name, func(b *testing.B) {
			template, vars := measured(b, name)
			t, err := vtl.Parse(template)
			if err != nil {
				b.Fatal(err)
			}
			var out []byte
			b.ReportAllocs()
			for b.Loop() {
				if out, err = t.Append(context.Background(), out[:0], vars); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkParseAndRender(b *testing.B) {
	for _, name := range []string{"order", "message"} {
		b.Run(name, func(b *testing.B) {
			template, vars := measured(b, name)
			var out []byte
			b.ReportAllocs()
			for b.Loop() {
				t, err := vtl.Parse(template)
				if err != nil {
					b.Fatal(err)
				}
				if out, err = t.Append(context.Background(), out[:0], vars); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
