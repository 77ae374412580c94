package laws

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
)

// startsItself are the folders whose goroutines are their own affair: the room that
// starts all others, the suites of contracts, and what measures from outside.
var startsItself = []string{"internal/tasks/", "bench/", "bus/bustest/", "store/storetest/", "awsconfig/awstest/"}

// TestGoroutinesBeginInOnePlace: Go ends the process for a panic that nobody
// recovers, and one message must not take all clients with it.
func TestGoroutinesBeginInOnePlace(t *testing.T) {
	read := 0
	err := filepath.WalkDir("../..", func(path string, entry fs.DirEntry, err error) error {
		name := strings.TrimPrefix(filepath.ToSlash(path), "../../")
		if err != nil || entry.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return err
		}
		for _, exempt := range startsItself {
			if strings.HasPrefix(name, exempt) {
				return nil
			}
		}
		read++
		files := token.NewFileSet()
		file, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, no := range bareStarts(file) {
			t.Errorf("%s:%d %s: start it by a tasks.Group, which recovers and waits", name, files.Position(no.at).Line, no.what)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if read < 100 {
		t.Errorf("only %d files were read, the law would hold of nothing", read)
	}
}

type bareStart struct {
	at   token.Pos
	what string
}

// bareStarts finds what begins a goroutine that nothing guards: go statements, the
// groups of others, and timers whose function is not guarded.
func bareStarts(file *ast.File) (found []bareStart) {
	for _, i := range file.Imports {
		if strings.Contains(i.Path.Value, "x/sync/errgroup") || strings.Contains(i.Path.Value, "x/sync/singleflight") {
			found = append(found, bareStart{i.Pos(), "import " + i.Path.Value})
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			found = append(found, bareStart{n.Pos(), "a go statement"})
		case *ast.SelectorExpr:
			if isOf(n, "sync", "WaitGroup") {
				found = append(found, bareStart{n.Pos(), "a sync.WaitGroup"})
			}
		case *ast.CallExpr:
			if called, ok := n.Fun.(*ast.SelectorExpr); ok && len(n.Args) == 2 && called.Sel.Name == "AfterFunc" && !guarded(n.Args[1]) {
				found = append(found, bareStart{n.Pos(), "AfterFunc without Guard"})
			}
		}
		return true
	})
	return found
}

func isOf(s *ast.SelectorExpr, room, name string) bool {
	from, ok := s.X.(*ast.Ident)
	return ok && from.Name == room && s.Sel.Name == name
}

// guarded says that a function is made by Reporter.Guard, here or in the one other
// place that keeps it.
func guarded(f ast.Expr) bool {
	switch f := f.(type) {
	case *ast.CallExpr:
		made, ok := f.Fun.(*ast.SelectorExpr)
		return ok && made.Sel.Name == "Guard"
	case *ast.SelectorExpr: // made once for each connection, by Guard
		return isOf(f, "c", "abort")
	}
	return false
}

func TestBareStartsAreFound(t *testing.T) {
	for source, want := range map[string]int{
		"func f() { go g() }":                               1,
		"func f() { defer func() { go func() {}() }() }":    1,
		"var w sync.WaitGroup":                              1,
		"func f() { time.AfterFunc(1, g) }":                 1,
		"func f() { time.AfterFunc(1, func() { h() }) }":    1,
		"func f() { time.AfterFunc(1, r.Guard(`x`, g)) }":   0,
		"func f() { context.AfterFunc(ctx, g) }":            1,
		"func f() { group.Go(`x`, g) }":                     0,
		"import _ `golang.org/x/sync/errgroup`":             1,
		"// go f()\nvar s = `go f()`":                       0,
		"func f() { var g struct{ wg sync.WaitGroup } }":    1,
		"func f() { select { default: go func() {}() } }":   1,
		"var f = func() { for range 3 { go func() {}() } }": 1,
	} {
		file, err := parser.ParseFile(token.NewFileSet(), "x.go", "package x\n"+source, 0)
		if err != nil {
			t.Fatal(err)
		}
		if got := len(bareStarts(file)); got != want {
			t.Errorf("%s: found %d, want %d", source, got, want)
		}
	}
}
