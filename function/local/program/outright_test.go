package program

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestOutright(t *testing.T) {
	for _, row := range []struct{ file, text, want string }{
		{"a.js", "const x = 1;\nrequire('/opt/nodejs/x');", "a.js:2 names /opt"},
		{"a.py", `open("/var/task/data.json")`, "a.py:1 names /var/task"},
		{"bootstrap", "#!/bin/sh\nexec /opt/bin/x", "bootstrap:2 names /opt"},
		{"a.ts", "import x from `/opt`;", "a.ts:1 names /opt"},
		{"a.js", `fetch("https://x/opt/y"); "/optimal"; "/var/tasks"; x/opt`, ""},
		{"a.txt", "/opt/x", ""},
		{"node_modules/a.js", "'/opt/x'", ""},
	} {
		dir := t.TempDir()
		path := filepath.Join(dir, filepath.FromSlash(row.file))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(row.text), 0o644); err != nil {
			t.Fatal(err)
		}
		got := strings.Join(outright(&Code{Dir: dir}), "\n")
		if row.want == "" && got != "" || !strings.Contains(got, row.want) {
			t.Errorf("%s: got %q, want %q", row.text, got, row.want)
		}
	}
}
