package local

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dragoman-gateway/dragoman/internal/needs"
)

// until waits for something that happens without anybody asking.
func until(t *testing.T, what string, is func() bool) {
	t.Helper()
	for range 4000 {
		if is() {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatalf("it does not come to be: %s", what)
}

// What is compiled is compiled when it is saved, and who asks afterwards finds it done. What
// is wrong with it is told at once, and files in new folders are seen as well.
func TestBuiltWhenSaved(t *testing.T) {
	needs.Program(t, "make")
	needs.Program(t, "python3")
	builds := filepath.Join(t.TempDir(), "builds")
	built := func() int {
		text, _ := os.ReadFile(builds)
		return strings.Count(string(text), "built")
	}
	makefile := func(recipe string) string {
		return "-- Makefile --\nbuild-f:\n\t" + recipe + "\n\tcat *.txt deep/*.txt > $(ARTIFACTS_DIR)/told 2> /dev/null || true\n\tcp app.py $(ARTIFACTS_DIR)\n\techo built >> " + builds + "\n"
	}
	const app = "-- app.py --\ndef handler(e, c):\n    return open('told').read().split()\n"
	dir := files(t, app+makefile("true")+"-- a.txt --\none\n")
	g := run(t, Options{}, Function{Name: "f", Dir: dir, Handler: "app.handler", Runtime: "python3.11", Build: Build{Method: "makefile"}, Timeout: 20 * time.Second})
	until(t, "a build at the start", func() bool { return built() == 1 })
	if got := g.ask("f", "1"); got != `["one"]` {
		t.Errorf("got %s", got)
	}
	for _, save := range []struct{ archive, want string }{
		{"-- a.txt --\ntwo words\n", `["two", "words"]`},
		{"-- deep/b.txt --\nbelow\n", `["two", "words", "below"]`},
		{"-- deep/b.txt --\nbelow it\n", `["two", "words", "below", "it"]`},
	} {
		before := built()
		write(t, dir, save.archive)
		until(t, "a build of "+save.archive, func() bool { return built() > before })
		g.settled("f")
		after := built()
		if got := g.ask("f", "1"); got != save.want {
			t.Errorf("got %s, want %s", got, save.want)
		}
		if built() != after {
			t.Errorf("%d builds after %d: an invocation has built what was built", built(), after)
		}
	}
	write(t, dir, makefile("echo what is wrong; false"))
	g.await("what is wrong")
}

// settled waits until what was saved of a function is what was built.
func (g *rig) settled(name string) {
	g.t.Helper()
	p := g.Runner.pool(name)
	until(g.t, name+" is built as it is", func() bool { return p.made(p.view.Stamp()) != nil })
}

// A build that writes among its own sources comes to an end, and so does the Runner.
func TestBuildsThatChangeTheirSources(t *testing.T) {
	needs.Program(t, "make")
	needs.Program(t, "python3")
	dir := t.TempDir()
	write(t, dir, "-- app.py --\ndef handler(e, c):\n    return 1\n-- Makefile --\nbuild-f:\n\tcp app.py $(ARTIFACTS_DIR)\n\techo built >> "+filepath.Join(dir, "builds")+"\n")
	g := run(t, Options{}, Function{Name: "f", Dir: dir, Handler: "app.handler", Runtime: "python3.11", Build: Build{Method: "makefile"}, Timeout: 20 * time.Second})
	built := func() int {
		text, _ := os.ReadFile(filepath.Join(dir, "builds"))
		return strings.Count(string(text), "built")
	}
	until(t, "some builds", func() bool { return built() >= mostBuilds })
	if got := g.ask("f", "1"); got != "1" {
		t.Errorf("got %s", got)
	}
	until(t, "an end of builds", func() bool {
		n := built()
		time.Sleep(500 * time.Millisecond)
		return built() == n
	})
}
