package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// series is a metric as it is told of where it is made.
type series struct{ name, kind, help string }

// makers are the methods that make a metric of a name and a help, with the prefix of its name
// and its kind.
var makers = map[string]struct{ prefix, kind string }{
	"counter":   {"aws_apigateway_", "counter"},
	"histogram": {"aws_apigateway_", "histogram"},
	"Gauge":     {"dragoman_", "gauge"},
	"gauge":     {"dragoman_", "gauge"},
	"Counter":   {"dragoman_", "counter"},
	"Stages":    {"dragoman_", "gauge"},
}

// metrics tells of each metric of our own, found where it is made: some appear at /metrics
// only when what they count has happened.
func metrics() (string, error) {
	all, err := seriesOf(root())
	if err != nil {
		return "", err
	}
	var b strings.Builder
	b.WriteString("# Metrics\n\n" + generated +
		"`/metrics` on the management listener has them in the formats of Prometheus, beside those of Go and of the process. Those that begin with\n`aws_apigateway_` count what CloudWatch counts, by API, stage and route: its name stands in parentheses.\n\n| name | | |\n|---|---|---|\n")
	for _, s := range all {
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", s.name, s.kind, cell(s.help))
	}
	return b.String(), nil
}

// root is the folder of the module, from where this runs or is tested.
func root() string {
	for at := "."; ; at = filepath.Join(at, "..") {
		if _, err := os.Stat(filepath.Join(at, "go.mod")); err == nil || len(at) > 100 {
			return at
		}
	}
}

func seriesOf(folder string) (all []series, err error) {
	err = filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || strings.Contains(path, "bench/") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if s, ok := made(n); ok && !slices.ContainsFunc(all, func(o series) bool { return o.name == s.name }) {
				all = append(all, s)
			}
			return true
		})
		return nil
	})
	slices.SortFunc(all, func(a, b series) int { return strings.Compare(a.name, b.name) })
	return all, err
}

// made is the metric that a call makes.
func made(n ast.Node) (s series, ok bool) {
	call, ok := n.(*ast.CallExpr)
	if !ok || len(call.Args) < 2 {
		return s, false
	}
	called := ""
	switch f := call.Fun.(type) {
	case *ast.SelectorExpr:
		called = f.Sel.Name
	case *ast.Ident: // a method that was handed over
		called = f.Name
	}
	maker, ok := makers[called]
	name, named := text(call.Args[0])
	help, helped := text(call.Args[1])
	if !ok || !named || !helped || !strings.HasSuffix(help, ".") {
		return s, false
	}
	return series{maker.prefix + name, maker.kind, help}, true
}

func text(e ast.Expr) (string, bool) {
	lit, ok := e.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return "", false
	}
	s, err := strconv.Unquote(lit.Value)
	return s, err == nil
}
