package laws

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// levels are the methods that log, and as what.
var levels = map[string]string{
	"Debug": "debug", "Info": "info", "Warn": "warn", "Error": "error",
	"DebugContext": "debug", "InfoContext": "info", "WarnContext": "warn", "ErrorContext": "error",
}

// Whoever watches a log does so by the names of events, which are documented and stay. One
// that changes changes in docs/logs.md, where a reader of the commit sees it.
func TestEventsAreDocumented(t *testing.T) {
	const file = "../../docs/logs.md"
	events := map[string]string{}
	err := filepath.WalkDir("../..", func(path string, entry fs.DirEntry, err error) error {
		skip := strings.HasSuffix(path, "_test.go") || strings.HasPrefix(path, "../../bench/") || strings.Contains(path, "/testdata/")
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || skip {
			return err
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err == nil {
			eventsOf(parsed, events)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(events) < 50 {
		t.Fatalf("found %d events, the law would hold of nothing", len(events))
	}
	var b strings.Builder
	b.WriteString("| event | level |\n|---|---|\n")
	for _, name := range slices.Sorted(maps.Keys(events)) {
		fmt.Fprintf(&b, "| `%s` | %s |\n", name, events[name])
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, begun := strings.Cut(string(text), "-update -->\n")
	_, after, ended := strings.Cut(rest, "<!-- end -->")
	if !begun || !ended {
		t.Fatal("docs/logs.md has no place for the events")
	}
	want := before + "-update -->\n" + b.String() + "<!-- end -->" + after
	switch {
	case want == string(text):
	case *update:
		if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	default:
		t.Error("docs/logs.md lists other events than are logged: -update writes them")
	}
}

// eventsOf finds what a file logs by a constant name, and the kinds of notices.
func eventsOf(file *ast.File, into map[string]string) {
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			method, ok := n.Fun.(*ast.SelectorExpr)
			if !ok || levels[method.Sel.Name] == "" || !isLogger(method.X) {
				return true
			}
			for _, argument := range n.Args[:min(2, len(n.Args))] {
				if name := constant(argument); name != "" {
					into[name] = levels[method.Sel.Name]
					break
				}
			}
		case *ast.ValueSpec:
			if kind, ok := n.Type.(*ast.Ident); ok && kind.Name == "Kind" && file.Name.Name == "notice" {
				for _, value := range n.Values {
					into[constant(value)] = "warn"
				}
			}
		}
		return true
	})
}

// isLogger says whether an expression is a logger, by its name.
func isLogger(x ast.Expr) bool {
	switch x := x.(type) {
	case *ast.Ident:
		return strings.EqualFold(x.Name, "logger") || x.Name == "slog"
	case *ast.SelectorExpr:
		return strings.EqualFold(x.Sel.Name, "logger")
	}
	return false
}

func constant(x ast.Expr) string {
	if literal, ok := x.(*ast.BasicLit); ok && literal.Kind == token.STRING {
		if text, err := strconv.Unquote(literal.Value); err == nil {
			return text
		}
	}
	return ""
}
