package sam_test

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"github.com/dragoman-gateway/dragoman/internal/cost"
	"github.com/dragoman-gateway/dragoman/management/tree"
	"github.com/dragoman-gateway/dragoman/template/sam"
	"github.com/dragoman-gateway/dragoman/template/source"
)

// TestPlaces finds each value that is made where the template says what it is made of.
func TestPlaces(t *testing.T) {
	const template = `Globals:
  Function:
    Timeout: 7
Resources:
  F:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: src
      Handler: a.b
      Runtime: nodejs24.x
      Events:
        Get:
          Type: HttpApi
          Properties:
            Path: /a
            Method: get
`
	result, faults := transformed(t, template, "")
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	resources := result.Template.Get("Resources")
	for name, c := range map[string]struct {
		of   tree.Node
		line int
	}{
		"a global property": {resources.Get("F", "Properties", "Timeout"), 3},
		"code":              {resources.Get("F", "Properties", "Code"), 8},
		"a role":            {resources.Get("FRole"), 5},
		"a route":           {resources.Get("ServerlessHttpApi", "Properties", "Body", "paths", "/a", "get"), 14},
	} {
		if c.of.Line() != c.line || c.of.File() != "t.yaml" {
			t.Errorf("%s: got %s:%d, want line %d", name, c.of.File(), c.of.Line(), c.line)
		}
	}
}

// TestOnlyReads leaves the tree that it is given as it is, and answers the same twice.
func TestOnlyReads(t *testing.T) {
	for _, template := range templates(t) {
		root, faults := source.Read("t.yaml", template)
		if len(faults) > 0 {
			t.Fatal(faults)
		}
		before, first := written(t, root), ""
		for range 3 {
			result, faults := sam.Transform(root, sam.Options{})
			got := written(t, result.Template) + lines(faults) + lines(result.Notes)
			if first == "" {
				first = got
			}
			if got != first {
				t.Errorf("%s\ngot\n%s\nand before\n%s", template, got, first)
			}
		}
		if got := written(t, root); got != before {
			t.Errorf("the template was changed:\n%s\nit was\n%s", got, before)
		}
	}
}

// TestMany transforms as many resources as a stack may have in time.
func TestMany(t *testing.T) {
	var b strings.Builder
	b.WriteString("Globals: {Function: {Runtime: nodejs24.x, Handler: a.b, Environment: {Variables: {A: b}}}}\nResources:\n")
	for i := range 500 {
		fmt.Fprintf(&b, "  F%d: {Type: AWS::Serverless::Function, Properties: {CodeUri: src, Events: {Get: {Type: HttpApi, Properties: {Path: /%d, Method: get}}}}}\n", i, i)
	}
	root, _ := source.Read("t.yaml", []byte(b.String()))
	var result sam.Result
	var faults []source.Fault
	took := cost.Of(func() { result, faults = sam.Transform(root, sam.Options{}) }).Time
	if len(faults) > 0 || result.Template.Get("Resources").Len() != 500*3+2 {
		t.Errorf("got %d resources (%v)", result.Template.Get("Resources").Len(), faults)
	}
	if took > time.Second && !cost.Raced {
		t.Errorf("it took %v", took)
	}
}

// TestCost bounds what grows faster than a template.
func TestCost(t *testing.T) {
	const function = "Resources: {F: {Type: AWS::Serverless::Function, Properties: {CodeUri: s, Handler: a.b, Runtime: r, Role: r, Events: {"
	for name, c := range map[string][3]string{
		"routes with settings": {function, `E: {Type: HttpApi, Properties: {Path: /a, Method: get, RouteSettings: {a: b}}}, `, "}}}}"},
		"events of nothing":    {function, `E: {Type: HttpApi, Properties: {Path: /a, Method: get, ApiId: x}}, `, "}}}}"},
		"parameters":           {function + `E: {Type: HttpApi, Properties: {Method: get, Path: "`, "{a}", `"}}}}}}`},
		"globals":              {"Globals: {HttpApi: {Tags: {a: b, c: d, e: f, g: h}}}\nResources: {", "A: {Type: AWS::Serverless::HttpApi}, ", "}"},
		"authorizers":          {"Resources: {A: {Type: AWS::Serverless::HttpApi, Properties: {Auth: {Authorizers: {", "A: {FunctionArn: f, AuthorizerPayloadFormatVersion: '1.0'}, ", "}}}}}"},
		"routes":               {"Resources: {A: {Type: AWS::Serverless::WebSocketApi, Properties: {RouteSelectionExpression: x, Routes: {", "a: {FunctionArn: f}, ", "}}}}"},
		"references":           {"Resources: {A: {Type: AWS::Serverless::SimpleTable}}\nOutputs: {a: !Sub \"", "${A.B}", "\"}"},
	} {
		t.Run(name, func(t *testing.T) {
			root, _ := source.Read("t.yaml", numbered(string(cost.Stretched(c[0], c[1], c[2]))))
			if !root.IsObject() {
				t.Fatal("it was not read")
			}
			if took := cost.Of(func() { sam.Transform(root, sam.Options{}) }).Time; took > 2*time.Second && !cost.Raced {
				t.Errorf("it took %v", took)
			}
		})
	}
}

// numbered tells equal keys and paths apart.
func numbered(text string) []byte {
	for _, part := range []string{"E: {", "A: {", "a: {F", "{a}", "/a,"} {
		pieces := strings.Split(text, part)
		var b strings.Builder
		for i, piece := range pieces {
			b.WriteString(piece)
			if i < len(pieces)-1 {
				b.WriteString(strings.Replace(part, part[strings.IndexAny(part, "EAa"):][:1], fmt.Sprintf("%c%d", part[strings.IndexAny(part, "EAa")], i), 1))
			}
		}
		text = b.String()
	}
	return []byte(text)
}

// FuzzTransform looks for templates that are not answered, or answered in two ways.
func FuzzTransform(f *testing.F) {
	for _, template := range templates(f) {
		f.Add(template)
	}
	f.Fuzz(func(t *testing.T, template []byte) {
		root, _ := source.Read("t.yaml", template)
		if !root.There() {
			return
		}
		parameters := func(name string) (tree.Node, bool) { return root.Get("Parameters", name), true }
		first, faults := sam.Transform(root, sam.Options{Parameter: parameters})
		again, others := sam.Transform(root, sam.Options{Parameter: parameters})
		if lines(faults) != lines(others) || written(t, first.Template) != written(t, again.Template) {
			t.Errorf("two answers:\n%s\n%s", written(t, first.Template), written(t, again.Template))
		}
	})
}

func templates(t testing.TB) [][]byte {
	t.Helper()
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	var all [][]byte
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, section := range archive.Files {
			if section.Name == "template" {
				all = append(all, bytes.Clone(section.Data))
			}
		}
	}
	return all
}

func written(t testing.TB, n tree.Node) string {
	t.Helper()
	text, err := n.JSON(tree.Limits{Bytes: 64 << 20})
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
