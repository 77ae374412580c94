package local

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dragoman-gateway/dragoman/internal/needs"
)

// state is what is below a folder: names, modes, times, contents and where links lead.
func state(t *testing.T, dir string) string {
	t.Helper()
	var b strings.Builder
	if err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		fmt.Fprintln(&b, path, info.Mode(), info.ModTime().UnixNano())
		switch {
		case entry.Type().IsRegular():
			text, err := os.ReadFile(path)
			fmt.Fprintf(&b, "%q %v\n", text, err)
		case entry.Type()&fs.ModeSymlink != 0:
			to, err := os.Readlink(path)
			fmt.Fprintln(&b, to, err)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// A build may do to its folder what it likes: it is a copy, as SAM's is, and gone
// afterwards. What it makes elsewhere than in ARTIFACTS_DIR does not run.
func TestMakefileWorksInACopy(t *testing.T) {
	needs.Program(t, "make")
	needs.Program(t, "python3")
	const handler = "-- app.py --\ndef handler(e, c):\n    return open('told').read().split()\n"
	const head = "build-f:\n\tcp app.py $(ARTIFACTS_DIR)/\n\t"
	for _, row := range []struct{ name, recipe, want string }{
		{"changes", "echo '#' >> app.py; rm -r lib .hidden; chmod 700 tool; touch -d 2001-01-01 data; mkdir made; echo made > $(ARTIFACTS_DIR)/told", `["made"]`},
		{"makes what only the copy has", "echo x > made; test ! -e '$(ORIGIN)/made' && cat made > $(ARTIFACTS_DIR)/told", `["x"]`},
		{"works in the copy", "test \"$$PWD\" = \"$(CURDIR)\" -a \"$(CURDIR)\" != '$(ORIGIN)' && ls -d app.py data lib/x node_modules/p tool .hidden > $(ARTIFACTS_DIR)/told", `[".hidden", "app.py", "data", "lib/x", "node_modules/p", "tool"]`},
		{"has neither .git nor .aws-sam", "find . -name .git -o -name .aws-sam > found; echo $$(wc -l < found) > $(ARTIFACTS_DIR)/told", `["0"]`},
		{"has what links lead to", "cat shared/text one > $(ARTIFACTS_DIR)/told; test ! -L shared -a ! -L one; echo more >> shared/text; echo more >> one", `["outside", "outside"]`},
		{"has a link upwards once", "find -L . -name tool 2>/dev/null | wc -l > $(ARTIFACTS_DIR)/told; test node_modules/p/app.py -ef app.py", `["1"]`},
		{"has a link to nowhere", "readlink .hidden/lock > $(ARTIFACTS_DIR)/told", `["nobody@nowhere"]`},
		{"has times and modes", "test -x tool && stat -c %Y data > $(ARTIFACTS_DIR)/told", `["1000000000"]`},
		{"writes where it may not", "echo x > closed/y && cat closed/x > $(ARTIFACTS_DIR)/told", `["closed"]`},
		{"leaves what it may not remove", "mkdir -p cache/x; touch cache/x/y; chmod 500 cache/x; echo done > $(ARTIFACTS_DIR)/told", `["done"]`},
		{"has a variable of its own user", "echo $$OF_THE_USER $(notdir $(shell dirname $(ARTIFACTS_DIR))) > $(ARTIFACTS_DIR)/told", `["his", "built"]`},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Setenv("OF_THE_USER", "his")
			outside := files(t, "-- text --\noutside\n")
			dir := files(t, handler+"-- Makefile --\nORIGIN := $(patsubst %/Makefile,%,$(firstword $(MAKEFILE_LIST)))\n"+head+row.recipe+"\n"+
				"-- data --\ndata\n-- tool --\n-- lib/x --\n-- .hidden/x --\n-- .git/x --\n-- lib/.aws-sam/x --\n-- node_modules/x --\n-- closed/x --\nclosed\n")
			at := func(name string) string { return filepath.Join(dir, filepath.FromSlash(name)) }
			for link, to := range map[string]string{"shared": outside, "one": filepath.Join(outside, "text"), "node_modules/p": "..", ".hidden/lock": "nobody@nowhere"} {
				if err := os.Symlink(to, at(link)); err != nil {
					t.Skip("there are no links here:", err)
				}
			}
			for _, err := range []error{os.Chmod(at("tool"), 0o755), os.Chtimes(at("data"), time.Unix(1e9, 0), time.Unix(1e9, 0)), os.Chmod(at("closed"), 0o555)} {
				if err != nil {
					t.Fatal(err)
				}
			}
			t.Cleanup(func() { _ = os.Chmod(at("closed"), 0o755) })
			before, around := state(t, dir), state(t, outside)
			g := run(t, Options{}, Function{Name: "f", Dir: dir, Handler: "app.handler", Runtime: "python3.11", Build: Build{Method: "makefile"}, Timeout: 20 * time.Second})
			if got := g.ask("f", "1"); got != row.want {
				t.Errorf("got %s, want %s\n%s", got, row.want, g.log())
			}
			if after := state(t, dir); after != before {
				t.Errorf("the folder was\n%sand is\n%s", before, after)
			}
			if after := state(t, outside); after != around {
				t.Errorf("what a link leads to was\n%sand is\n%s", around, after)
			}
			left, err := os.ReadDir(filepath.Join(g.Runner.folder, "built"))
			if err != nil || len(left) != 1 {
				t.Errorf("left are %v, want the artifacts alone: %v", left, err)
			}
		})
	}
}
