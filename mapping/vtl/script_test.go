package vtl_test

import (
	"bytes"
	"context"
	stdjson "encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/dragoman-gateway/dragoman/mapping/json"
	"github.com/dragoman-gateway/dragoman/mapping/vtl"
)

// A script is a txtar archive about one behaviour. Every section "template"
// begins a case; "body" replaces the payload of testdata/defaults.json; what
// must come out is in "want" and "overrides", or "error" names its kind and,
// below, its text. A section whose name ends in ".quoted" holds one JSON string.
type script struct {
	name, template string
	body           string
	want           *string
	failure        string
	overrides      string
}

func TestScripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			for _, s := range readScript(t, file) {
				s.run(t)
			}
		})
	}
}

func readScript(t testing.TB, file string) []*script {
	t.Helper()
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var all []*script
	for _, section := range archive.Files {
		name, quoted := strings.CutSuffix(section.Name, ".quoted")
		text := strings.TrimSuffix(string(section.Data), "\n")
		if quoted {
			if err := stdjson.Unmarshal([]byte(text), &text); err != nil {
				t.Fatalf("%s: %s: %v", file, section.Name, err)
			}
		}
		if name == "template" {
			all = append(all, &script{name: file, template: text, body: defaults(t, "body").Text()})
			continue
		}
		if len(all) == 0 {
			t.Fatalf("%s: %s comes before a template", file, name)
		}
		s := all[len(all)-1]
		switch name {
		case "body":
			s.body = text
		case "want":
			s.want = &text
		case "error":
			s.failure = text
		case "overrides":
			s.overrides = text
		default:
			t.Fatalf("%s: unknown section %s", file, name)
		}
	}
	return all
}

// defaults reads a member of testdata/defaults.json.
func defaults(t testing.TB, name string) json.Node {
	t.Helper()
	text, err := os.ReadFile("testdata/defaults.json")
	if err != nil {
		t.Fatal(err)
	}
	doc, err := json.ParseStrict(string(text))
	if err != nil {
		t.Fatal(err)
	}
	n, _ := doc.Root().Get(name)
	return n
}

func (s *script) run(t *testing.T) {
	t.Helper()
	out, vars, err := render(t, s.template, s.body)
	if s.failure != "" {
		kind, text, _ := strings.Cut(s.failure, "\n")
		if kindOf(err) != kind || text != "" && (err == nil || err.Error() != text) {
			t.Errorf("%q\n got %q, %v\nwant error %s", s.template, out, err, s.failure)
		}
		return
	}
	if err != nil || s.want == nil || out != *s.want {
		t.Errorf("%q\n got %q, %v\nwant %q", s.template, out, err, *s.want)
	}
	want := map[string]any{}
	if s.overrides != "" {
		if err := stdjson.Unmarshal([]byte(s.overrides), &want); err != nil {
			t.Fatal(err)
		}
	}
	if got := overrides(t, vars); !reflect.DeepEqual(got, want) {
		t.Errorf("%q\n got overrides %v\nwant %v", s.template, got, want)
	}
}

func render(t testing.TB, template, body string) (string, *vtl.Vars, error) {
	t.Helper()
	tt, err := vtl.Parse(template)
	if err != nil {
		return "", nil, err
	}
	vars := defaultVars(t, body)
	var b bytes.Buffer
	err = tt.RenderContext(context.Background(), &b, vars)
	return b.String(), vars, err
}

func defaultVars(t testing.TB, body string) *vtl.Vars {
	t.Helper()
	params := defaults(t, "params")
	return &vtl.Vars{
		Body:    []byte(body),
		Context: object{defaults(t, "context")},
		Stage:   object{defaults(t, "stageVariables")},
		Params: func() vtl.Params {
			return vtl.Params{Path: list(params, "path"), Query: list(params, "querystring"), Header: list(params, "header")}
		},
	}
}

func list(params json.Node, group string) []vtl.Param {
	g, _ := params.Get(group)
	var out []vtl.Param
	for it := g.Iter(); it.Next(); {
		out = append(out, vtl.Param{Name: it.Key(), Value: it.Node().Text()})
	}
	return out
}

func kindOf(err error) string {
	var syntax *vtl.SyntaxError
	var payload *vtl.PayloadError
	switch {
	case err == nil:
		return ""
	case errors.As(err, &syntax) && !syntax.Deferred:
		return "parse"
	case errors.As(err, &payload):
		return "payload"
	}
	return "render"
}

// overrides are what the template stored, as JSON would show it.
func overrides(t testing.TB, vars *vtl.Vars) map[string]any {
	t.Helper()
	got := map[string]any{}
	if v := vars.RequestOverride(); v != nil {
		got["requestOverride"] = v
	}
	if v := vars.ResponseOverride(); v != nil {
		got["responseOverride"] = v
	}
	text, err := stdjson.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	again := map[string]any{}
	if err := stdjson.Unmarshal(text, &again); err != nil {
		t.Fatal(err)
	}
	return again
}

// object shows a JSON object as a vtl.Object.
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
