package laws

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/dragoman-gateway/dragoman/wire"
)

// row is a line of a table of docs/compatibility.md.
type row struct {
	what, status, tests, differs string
}

func compatibility(t *testing.T) []row {
	t.Helper()
	text, err := os.ReadFile("../../docs/compatibility.md")
	if err != nil {
		t.Fatal(err)
	}
	var rows []row
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "|") || strings.HasPrefix(line, "|---") || strings.HasPrefix(line, "| operation or feature |") {
			continue
		}
		cells := strings.Split(strings.Trim(line, "|"), "|")
		if len(cells) != 4 {
			t.Errorf("%d columns, want 4: %s", len(cells), line)
			continue
		}
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		rows = append(rows, row{cells[0], cells[1], cells[2], cells[3]})
	}
	if len(rows) < 100 {
		t.Fatalf("docs/compatibility.md has %d rows, the laws would hold of nothing", len(rows))
	}
	return rows
}

// tests are the names of all tests by the last element of their folder.
func tests(t *testing.T) map[string][]string {
	t.Helper()
	declared := regexp.MustCompile(`(?m)^func ((?:Test|Fuzz|Benchmark|Example)\w*)\(`)
	found := map[string][]string{}
	err := filepath.WalkDir("../..", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, match := range declared.FindAllStringSubmatch(string(text), -1) {
			room := filepath.Base(filepath.Dir(path))
			found[room] = append(found[room], match[1])
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// What is said to be proven names a test that exists.
func TestCompatibilityNamesTestsThatExist(t *testing.T) {
	all := tests(t)
	named := regexp.MustCompile("`(\\w+)\\.((?:Test|Fuzz|Benchmark|Example)\\w*)(/\\w+)?`")
	for _, r := range compatibility(t) {
		if !slices.Contains([]string{"done", "partial", "assumed"}, r.status) {
			t.Errorf("%s: status %q, want done, partial or assumed", r.what, r.status)
		}
		if r.status == "partial" && r.differs == "" {
			t.Errorf("%s: it is partial, and nothing says what is missing", r.what)
		}
		names := named.FindAllStringSubmatch(r.tests, -1)
		if len(names) == 0 {
			t.Errorf("%s: no test proves it: %q", r.what, r.tests)
		}
		for _, name := range names {
			if !slices.Contains(all[name[1]], name[2]) {
				t.Errorf("%s: there is no test %s in a room %s", r.what, name[2], name[1])
			}
		}
	}
}

// Every operation has a row of its own.
func TestCompatibilityListsEveryOperation(t *testing.T) {
	rows := compatibility(t)
	for _, operation := range wire.Operations() {
		if !slices.ContainsFunc(rows, func(r row) bool { return r.what == operation.Name }) {
			t.Errorf("%s has no row in docs/compatibility.md", operation.Name)
		}
	}
}
