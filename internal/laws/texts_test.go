package laws

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// makers are the functions whose first text becomes an error that somebody reads.
var makers = map[string]bool{"errors.New": true, "fmt.Errorf": true, "fault.New": true, "badRequest": true, "refuse": true, "bad": true}

// rooms are the names of all packages of the project.
func rooms(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	for room := range packages(t) {
		names[filepath.Base(room)] = true
	}
	return names
}

// Errors are read by those who run the gateway, and packages are none of their
// concern: no text begins with the name of one, as in "json: too long" or
// "control.CreateRoute: no". Panics are for us and may.
func TestErrorTextsCarryNoPackageNames(t *testing.T) {
	known := rooms(t)
	begins := regexp.MustCompile(`^(?:[a-z0-9]+/)*([a-z0-9]+)(?:\.[A-Za-z]\w*)?: `)
	seen := 0
	err := filepath.WalkDir("../..", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") ||
			strings.HasPrefix(path, "../../internal/gen/") || strings.HasPrefix(path, "../../bench/") {
			return err
		}
		files := token.NewFileSet()
		file, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, literal := range beginnings(file) {
			seen++
			text, err := strconv.Unquote(literal.Value)
			if err != nil {
				t.Errorf("%s: %v", files.Position(literal.Pos()), err)
			}
			if m := begins.FindStringSubmatch(text); m != nil && known[m[1]] {
				t.Errorf("%s: %q begins with the name of a package", files.Position(literal.Pos()), text)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if seen < 200 {
		t.Fatalf("%d texts found, the law would hold of nothing", seen)
	}
}

// beginnings are the texts that errors of a file begin with: the first text that a
// maker is given, and what the methods Error answer.
func beginnings(file *ast.File) (found []*ast.BasicLit) {
	add := func(arguments []ast.Expr) {
		for _, argument := range arguments {
			if literal := first(argument); literal != nil {
				found = append(found, literal)
				return
			}
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			if makers[called(n)] {
				add(n.Args)
			}
		case *ast.FuncDecl:
			if n.Recv != nil && n.Name.Name == "Error" && n.Body != nil {
				ast.Inspect(n.Body, func(in ast.Node) bool {
					if answer, ok := in.(*ast.ReturnStmt); ok {
						add(answer.Results)
					}
					return true
				})
			}
		}
		return true
	})
	return found
}

// first is the text that an expression begins with, nil when it has none.
func first(e ast.Expr) *ast.BasicLit {
	switch e := e.(type) {
	case *ast.BasicLit:
		if e.Kind == token.STRING {
			return e
		}
	case *ast.BinaryExpr:
		return first(e.X)
	case *ast.CallExpr:
		if called(e) == "fmt.Sprintf" && len(e.Args) > 0 {
			return first(e.Args[0])
		}
	}
	return nil
}

// called is the name of what a call calls, with its package.
func called(call *ast.CallExpr) string {
	switch f := call.Fun.(type) {
	case *ast.Ident:
		return f.Name
	case *ast.SelectorExpr:
		if x, ok := f.X.(*ast.Ident); ok {
			return x.Name + "." + f.Sel.Name
		}
	}
	return ""
}
