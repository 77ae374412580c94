package laws

import (
	"bytes"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const (
	mostOfAFile = 500  // lines
	mostOfARoom = 2500 // lines that are neither tests nor generated
)

// longFiles are longer than a file should be, and why.
var longFiles = map[string]string{
	"conformance/crowd_test.go": "one journey, with the crowd that it is about",
}

// largeRooms are larger than a room should be, and why.
var largeRooms = map[string]string{
	"cli":                 "one file for each command, which know nothing of each other",
	"function/local":      "a function's processes: their pool, their life and their Runtime API share one state, and a sixth of it says why",
	"gateway/httpapi":     "one straight line of rooms that share a call, and beside each what its record tells of it",
	"gateway/wsapi":       "one straight line of rooms that share a call, and beside each what its record tells of it",
	"gateway/http1":       "a server of HTTP/1.1 has no part that could be used without the others",
	"gateway/http2":       "streams, their windows and what is sent of them share one lock, and have no part that could be used without the others",
	"management/document": "one form, whose parts and their order reader, writer, differ and merger share",
	"management/tree":     "one tree of values with its readers, of what is right and of what is broken, and its writer",
	"mapping/json":        "one tree of values with its reader, writer and finder",
	"mapping/pattern":     "parser and matchers of one language share its tree",
	"mapping/vtl/java":    "values that contain, compare and print each other, and a table of methods for each class",
	"mapping/vtl/syntax":  "one grammar: its parser decides in which state its lexer reads the next token",
	"template/evaluate":   "one language: what a function answers may hang on any other, on parameters, conditions and nested stacks",
	"resource":            "one file for each noun, a third of them members and what AWS says of their rules",
	"template/gateway":    "one file for each kind of resource, which all make parts of one document and tell of their places",
	"template/sam":        "one file for each kind of resource and what it is made of, which share how values and places are made",
}

// emptyNames say nothing of what a room is for.
var emptyNames = map[string]bool{"util": true, "utils": true, "common": true, "helper": true, "helpers": true, "types": true, "model": true, "models": true, "misc": true, "shared": true, "base": true}

// A source is a file of Go.
type source struct {
	name, room, pkg string
	lines           int
	test, generated bool
}

func sources(t *testing.T) []source {
	t.Helper()
	var all []source
	err := filepath.WalkDir("../..", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, text, parser.PackageClauseOnly|parser.ParseComments)
		if err != nil {
			return err
		}
		name := strings.TrimPrefix(filepath.ToSlash(path), "../../")
		all = append(all, source{
			name: name, room: filepath.ToSlash(filepath.Dir(name)), pkg: file.Name.Name, lines: bytes.Count(text, []byte("\n")),
			test: strings.HasSuffix(name, "_test.go"), generated: bytes.Contains(text, []byte("\n// Code generated ")) || bytes.HasPrefix(text, []byte("// Code generated ")),
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 100 {
		t.Fatalf("only %d files were read, the law would hold of nothing", len(all))
	}
	return all
}

// A room is read whole by whoever changes it, and a file at once.
func TestSizes(t *testing.T) {
	rooms, exceptions := map[string]int{}, map[string]bool{}
	for _, s := range sources(t) {
		if s.generated {
			continue
		}
		if !s.test {
			rooms[s.room] += s.lines
		}
		if s.lines <= mostOfAFile {
			continue
		}
		if exceptions[s.name] = true; longFiles[s.name] == "" {
			t.Errorf("%s has %d lines, more than %d: split it, or say in longFiles why not", s.name, s.lines, mostOfAFile)
		}
	}
	for room, lines := range rooms {
		if lines <= mostOfARoom {
			continue
		}
		if exceptions[room] = true; largeRooms[room] == "" {
			t.Errorf("%s has %d lines, more than %d: split it, or say in largeRooms why not", room, lines, mostOfARoom)
		}
	}
	for _, list := range []map[string]string{longFiles, largeRooms} {
		for name := range list {
			if !exceptions[name] {
				t.Errorf("%s is within the bounds, or gone: it needs no exception any more", name)
			}
		}
	}
}

// A room is called after what it gives.
func TestNames(t *testing.T) {
	for _, s := range sources(t) {
		pkg := strings.TrimSuffix(s.pkg, "_test")
		if folder := filepath.Base(s.room); emptyNames[pkg] || emptyNames[folder] {
			t.Errorf("%s: %s says nothing of what it is for", s.name, pkg)
		} else if pkg != "main" && pkg != folder && s.room != "." {
			t.Errorf("%s: package %s in a folder %s", s.name, pkg, folder)
		}
		if pkg != strings.ToLower(pkg) || strings.Contains(pkg, "_") {
			t.Errorf("%s: package %s is not one lower-case word", s.name, pkg)
		}
	}
}

// A room says in its doc.go what it is for. Programs do in main.go, and what has
// tests alone says it there.
func TestRoomsAreDocumented(t *testing.T) {
	code, documented := map[string]bool{}, map[string]bool{}
	for _, s := range sources(t) {
		if s.pkg != "main" && !s.test {
			code[s.room] = true
		}
		if filepath.Base(s.name) != "doc.go" {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), "../../"+s.name, nil, parser.PackageClauseOnly|parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		documented[s.room] = file.Doc != nil && strings.HasPrefix(file.Doc.Text(), "Package "+s.pkg+" ")
	}
	for room := range code {
		if !documented[room] {
			t.Errorf("%s: no doc.go that begins with Package %s", room, filepath.Base(room))
		}
	}
}
