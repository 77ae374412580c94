package starter

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestWrite(t *testing.T) {
	for _, runtime := range Runtimes() {
		dir := filepath.Join(t.TempDir(), "new")
		written, err := Write(dir, runtime)
		if err != nil || !slices.Contains(written, "template.yaml") || !slices.Contains(written, filepath.Join("src", "page.html")) {
			t.Fatalf("%s: got %q, %v", runtime, written, err)
		}
		for _, name := range written {
			if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Size() == 0 || strings.HasSuffix(name, ".txt") {
				t.Errorf("%s: %s is not there, or empty: %v", runtime, name, err)
			}
		}
		if _, err := Write(dir, runtime); err == nil || !strings.Contains(err.Error(), "not empty") {
			t.Errorf("%s again: got %v", runtime, err)
		}
	}
	if _, err := Write(t.TempDir(), "cobol"); err == nil || !strings.Contains(err.Error(), "node, typescript, python, go") {
		t.Errorf("got %v", err)
	}
}
