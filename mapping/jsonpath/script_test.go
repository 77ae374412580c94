package jsonpath

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// TestScripts runs testdata/*.txtar, each about one part of the language. A section
// "path" is followed by what it leads to: "want" holds the value, "missing" tells that
// there is none, "error" that the document does not allow it, and "refused" that it is
// no path. The document is testdata/shop.json unless the script begins with its own.
// What is wanted was taken from json-path 2.0.0; where later releases differ, the tests in
// path_test.go say what is done.
func TestScripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	shop, err := os.ReadFile("testdata/shop.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			doc, path, cases := string(shop), "", 0
			for _, section := range archive.Files {
				text := strings.TrimSuffix(string(section.Data), "\n")
				switch section.Name {
				case "document":
					doc = text
				case "path":
					path = text
				default:
					cases++
					checkScript(t, doc, path, section.Name, text)
				}
			}
			if cases == 0 {
				t.Error("the script wants nothing")
			}
		})
	}
}

func checkScript(t *testing.T, doc, path, kind, want string) {
	t.Helper()
	if _, err := Compile(path); (err != nil) != (kind == "refused") {
		t.Errorf("%s: got %v, wanted to be %s", path, err, kind)
		return
	}
	if kind == "refused" {
		return
	}
	got := read(t, doc, path)
	switch kind {
	case "want":
		if got != want {
			t.Errorf("%s is %s, want %s", path, got, want)
		}
	case "missing":
		if got != missing {
			t.Errorf("%s is %s, want nothing", path, got)
		}
	case "error":
		if !strings.HasPrefix(got, "error: ") {
			t.Errorf("%s is %s, want an error", path, got)
		}
	default:
		t.Errorf("%s: unknown section %s", path, kind)
	}
}
