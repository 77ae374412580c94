package local

import (
	"archive/zip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dragoman-gateway/dragoman/internal/needs"
)

// wheel writes a package of Python with one module, which pip installs from a file.
func wheel(t *testing.T, dir, module, code string) {
	t.Helper()
	f, err := os.Create(filepath.Join(dir, module+"-1.0-py3-none-any.whl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	w := zip.NewWriter(f)
	info := module + "-1.0.dist-info/"
	for name, text := range map[string]string{
		module + ".py": code, info + "METADATA": "Metadata-Version: 2.1\nName: " + module + "\nVersion: 1.0\n",
		info + "WHEEL": "Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: py3-none-any\n", info + "RECORD": "",
	} {
		entry, err := w.Create(name)
		if err == nil {
			_, err = entry.Write([]byte(text))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

const (
	npmLayer = "-- package.json --\n" + `{"name": "deps", "version": "1.0.0", "dependencies": {"greet": "file:greet", "beside": "file:../beside"}, "devDependencies": {"never": "file:never"}}` +
		"\n-- greet/package.json --\n" + `{"name": "greet", "version": "1.0.0"}` + "\n-- greet/index.js --\nmodule.exports = 'hello';\n" +
		"-- never/package.json --\n" + `{"name": "never", "version": "1.0.0"}` + "\n-- never/index.js --\n-- node_modules/greet/index.js --\nmodule.exports = 'stale';\n"
	pipLayer  = "-- requirements.txt --\n--no-index\n./greet-1.0-py3-none-any.whl\n-- own.py --\nwhat = 'own'\n"
	makeLayer = "-- Makefile --\nbuild-Deps:\n\tmkdir -p $(ARTIFACTS_DIR)/nodejs/node_modules/greet $(ARTIFACTS_DIR)/bin\n\techo \"module.exports = 'made'\" > $(ARTIFACTS_DIR)/nodejs/node_modules/greet/index.js; touch here\n"
)

// A layer is built as SAM builds it, by the tool of its method, in a copy: what it is made
// of stays as it is. Nothing is built twice, in another run neither, and a change is.
func TestLayersAreBuilt(t *testing.T) {
	for _, row := range []struct{ name, method, archive, file, code, runtime, want, change, then string }{
		{"npm", "nodejs20.x", npmLayer, "index.js", "exports.handler = async () => { try { require('never'); } catch { return [require('greet'), require('beside')]; } };", "nodejs20.x",
			`["hello","aside"]`, "-- greet/index.js --\nmodule.exports = 'changed at last';\n", `["changed at last","aside"]`},
		{"pip", "python3.11", pipLayer, "app.py", "import greet, own\ndef handler(e, c):\n    return [greet.what, own.what]", "python3.11",
			`["hello", "own"]`, "-- own.py --\nwhat = 'changed'\n", `["hello", "changed"]`},
		{"make", "makefile", makeLayer, "index.js", "exports.handler = async () => require('greet');", "nodejs20.x",
			`"made"`, strings.ReplaceAll(makeLayer, "'made'", "'anew'"), `"anew"`},
		{"no manifest", "python3.12", "-- own.py --\nwhat = 'own'\n", "app.py", "import own\ndef handler(e, c):\n    return own.what", "python3.11",
			`"own"`, "-- own.py --\nwhat = 'changed'\n", `"changed"`},
	} {
		t.Run(row.name, func(t *testing.T) {
			switch row.name {
			case "npm":
				needs.Program(t, "npm", "--version")
			case "pip":
				needs.Program(t, "python3", "-m", "pip", "--version")
			case "make":
				needs.Program(t, "make", "--version")
			}
			above := files(t, "-- beside/package.json --\n"+`{"name": "beside", "version": "1.0.0"}`+"\n-- beside/index.js --\nmodule.exports = 'aside';\n")
			source, cache := filepath.Join(above, "deps"), filepath.Join(t.TempDir(), "layers")
			write(t, source, row.archive)
			wheel(t, source, "greet", "what = 'hello'\n")
			before := state(t, above)
			layer := Layer{Dir: source, Name: "Deps", Build: Build{Method: row.method, Target: "Deps"}, Cache: cache}
			dir := files(t, "-- "+row.file+" --\n"+row.code+"\n")
			f := Function{Name: "f", Dir: dir, Runtime: row.runtime, Layers: []Layer{layer}, Timeout: 20 * time.Second}
			other := f
			other.Name = "g"
			g := run(t, Options{}, f, other)
			for _, name := range []string{"f", "g"} {
				if got := g.ask(name, "1"); got != row.want {
					t.Fatalf("%s: got %s, want %s\n%s", name, got, row.want, g.log())
				}
			}
			if after := state(t, above); after != before {
				t.Errorf("the sources were\n%sand are\n%s", before, after)
			}
			built := only(t, cache)
			write(t, source, row.change)
			if got := g.ask("f", "1"); got != row.then {
				t.Errorf("after a change: got %s, want %s\n%s", got, row.then, g.log())
			}
			// Another run finds what this one has built, and tidies what it has left.
			again := run(t, Options{}, f)
			if got := again.ask("f", "1"); got != row.then {
				t.Errorf("another run: got %s, want %s\n%s", got, row.then, again.log())
			}
			if now := only(t, cache); now == built {
				t.Errorf("%s is what was built first", now)
			}
		})
	}
}

// The version in a method becomes a folder's name: one that is a way leads nowhere.
func TestLayersOfNoRuby(t *testing.T) {
	needs.Program(t, "bash")
	needs.Program(t, "node", "--version")
	builder(t, "mkdir -p installed/ruby/3.3.0/gems", "bundle")
	for _, method := range []string{"ruby/../../../../away", "ruby", "ruby3", "ruby3.3/x", "ruby3.3.0"} {
		session := t.TempDir()
		f := Function{Name: "f", Dir: files(t, "-- index.js --\nexports.handler = async () => 1;\n"), Runtime: "nodejs20.x", Timeout: 20 * time.Second,
			Layers: []Layer{{Dir: files(t, "-- Gemfile --\n"), Name: "Deps", Build: Build{Method: method}, Cache: filepath.Join(session, "a", "layers")}}}
		if got := run(t, Options{}, f).ask("f", "1"); !strings.Contains(got, "is no version of Ruby") {
			t.Errorf("%s: got %s", method, got)
		}
		if left, _ := filepath.Glob(filepath.Join(session, "*")); len(left) != 1 || filepath.Base(left[0]) != "a" {
			t.Errorf("%s: made %q beside the cache", method, left)
		}
	}
}

// Layers of Java and Ruby are laid out as those runtimes look for them.
func TestLayersOfOtherLanguages(t *testing.T) {
	needs.Program(t, "bash")
	needs.Program(t, "node", "--version")
	builder(t, "mkdir -p target/classes target/dependency; for jar in dep own-sources original-own; do echo > target/dependency/$jar.jar; done; mv target/dependency/o*.jar target; echo > target/own.jar", "mvn")
	builder(t, "cp -r gems/. installed", "bundle")
	for _, row := range []struct{ method, archive, want string }{
		{"java21", "-- pom.xml --\n", "java/lib/dep.jar java/lib/own.jar"},
		{"ruby3.3", "-- Gemfile --\n-- own.rb --\n-- installed/x --\n-- gems/ruby/3.1.0/gems/deep-1.0/deep.rb --\n", "ruby/gems/3.3.0/gems/deep-1.0/deep.rb ruby/lib/own.rb"},
		{"ruby3.2", "-- own.rb --\n", "ruby/lib/own.rb"},
	} {
		cache := filepath.Join(t.TempDir(), "layers")
		f := Function{Name: "f", Dir: files(t, "-- index.js --\nexports.handler = async () => 1;\n"), Runtime: "nodejs20.x", Timeout: 20 * time.Second,
			Layers: []Layer{{Dir: files(t, row.archive), Name: "Deps", Build: Build{Method: row.method}, Cache: cache}}}
		g := run(t, Options{}, f)
		if got := g.ask("f", "1"); got != "1" {
			t.Errorf("%s: got %s", row.method, got)
		}
		layer := filepath.Join(cache, only(t, cache))
		for name := range strings.FieldsSeq(row.want) {
			if _, err := os.Stat(filepath.Join(layer, name)); err != nil {
				t.Errorf("%s: %v", row.method, err)
			}
		}
		if jars, _ := filepath.Glob(filepath.Join(layer, "java", "lib", "*")); len(jars) != strings.Count(row.want, ".jar") {
			t.Errorf("%s: got %v, want %s", row.method, jars, row.want)
		}
	}
}

// only is the one entry of a folder with the time at which it was made.
func only(t *testing.T, folder string) string {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil || len(entries) != 1 {
		t.Fatalf("got %v, %v, want one layer", entries, err)
	}
	return entries[0].Name()
}

// What cannot be built is told at once, with the tool's own words, and again by who
// invokes the function; nothing is left of it, and once it is mended it runs.
func TestLayersThatCannotBeBuilt(t *testing.T) {
	for _, row := range []struct{ tool, method, archive, says, mended string }{
		{"make", "makefile", "-- Makefile --\nbuild-Deps:\n\techo no room here >&2; exit 3\n", "\nno room here\n", "-- Makefile --\nbuild-Deps:\n\ttouch $(ARTIFACTS_DIR)/x\n"},
		{"make", "makefile", "-- x --\n", "the layer Deps: it is to be built by a Makefile: ", "-- Makefile --\nbuild-Deps:\n\ttouch $(ARTIFACTS_DIR)/x\n"},
		{"npm", "nodejs20.x", "-- package.json --\n{\"name\": }\n", "EJSONPARSE", "-- package.json --\n{}\n"},
		{"python3", "python3.11", "-- requirements.txt --\n--no-index\n./nothing-1.0-py3-none-any.whl\n", "the layer Deps: pip install: exit status 1", "-- requirements.txt --\n\n"},
		{"make", "fortran77", "-- x --\n", "nothing here builds layers with BuildMethod fortran77", ""},
	} {
		t.Run(row.method, func(t *testing.T) {
			needs.Program(t, row.tool, "--version")
			needs.Program(t, "node", "--version")
			source, cache := files(t, row.archive), filepath.Join(t.TempDir(), "layers")
			f := Function{Name: "f", Dir: files(t, "-- index.js --\nexports.handler = async () => 1;\n"), Runtime: "nodejs20.x", Timeout: 20 * time.Second,
				Layers: []Layer{{Dir: source, Name: "Deps", Build: Build{Method: row.method, Target: "Deps"}, Cache: cache}}}
			g := run(t, Options{}, f)
			for deadline := time.Now().Add(time.Minute); !strings.Contains(g.log(), row.says); time.Sleep(10 * time.Millisecond) {
				if time.Now().After(deadline) {
					t.Fatalf("nobody says %q:\n%s", row.says, g.log())
				}
			}
			if got := g.ask("f", "1"); !strings.Contains(strings.ReplaceAll(got, `\n`, "\n"), row.says) {
				t.Errorf("got %s, want %q", got, row.says)
			}
			if left, _ := os.ReadDir(cache); len(left) > 0 {
				t.Errorf("left are %v", left)
			}
			if row.mended == "" {
				return
			}
			write(t, source, row.mended)
			if got := g.ask("f", "1"); got != "1" {
				t.Errorf("mended: got %s\n%s", got, g.log())
			}
		})
	}
}

// Layers of one name that are made of different folders do not take each other's place.
func TestLayersOfOneName(t *testing.T) {
	needs.Program(t, "node", "--version")
	needs.Program(t, "make", "--version")
	told, cache := filepath.Join(t.TempDir(), "told"), filepath.Join(t.TempDir(), "layers")
	var functions []Function
	for _, name := range []string{"one", "two"} {
		source := files(t, "-- Makefile --\nbuild-Deps:\n\techo built >> "+told+"\n\tmkdir -p $(ARTIFACTS_DIR)/nodejs/node_modules/deep\n\techo \"module.exports = '"+name+"'\" > $(ARTIFACTS_DIR)/nodejs/node_modules/deep/index.js\n")
		functions = append(functions, Function{Name: name, Dir: files(t, "-- index.js --\nexports.handler = async () => require('deep');\n"), Runtime: "nodejs20.x", Timeout: 20 * time.Second,
			Layers: []Layer{{Dir: source, Name: "Deps", Build: Build{Method: "makefile", Target: "Deps"}, Cache: cache}}})
	}
	for range 2 {
		g := run(t, Options{}, functions...)
		for _, f := range functions {
			if got := g.ask(f.Name, "1"); got != `"`+f.Name+`"` {
				t.Errorf("%s: got %s\n%s", f.Name, got, g.log())
			}
		}
	}
	if text, _ := os.ReadFile(told); strings.Count(string(text), "built") != 2 {
		t.Errorf("in two runs both were built %d times", strings.Count(string(text), "built"))
	}
}
