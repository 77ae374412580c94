package local

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dragoman-gateway/dragoman/function"
	"github.com/dragoman-gateway/dragoman/internal/needs"
)

// A gateway that a Makefile has started builds functions as any other does.
func TestMakefileBelowMake(t *testing.T) {
	needs.Program(t, "make")
	t.Setenv("MAKELEVEL", "1")
	t.Setenv("MAKEFLAGS", "nw -- SAID=theirs")
	t.Setenv("MFLAGS", "-nw")
	dir := files(t, "-- Makefile --\nSAID = ours\nbuild-f:\n\t@echo $(SAID) >&2; exit 3\n")
	g := run(t, Options{}, Function{Name: "f", Dir: dir, Runtime: "provided.al2023", Timeout: 20 * time.Second})
	if r, err := g.call("f", "1"); err != nil || r.Error == "" || !strings.HasPrefix(g.log(), "make build-f: exit status 2\nours\n") {
		t.Errorf("got %+v, %v\n%s", r, err, g.log())
	}
}

// A Makefile is asked as SAM asks it: by the logical id, for artifacts that run.
func TestMakefile(t *testing.T) {
	needs.Program(t, "make")
	for _, row := range []struct {
		name, archive string
		f             Function
		needs, want   string
	}{
		{"asked for", "-- Makefile --\nbuild-Talk:\n\tcp src/app.mjs $(ARTIFACTS_DIR)/app.mjs\n\techo made > made.txt\n-- src/app.mjs --\nexport const handler = async () => [process.cwd() === process.env.LAMBDA_TASK_ROOT, process.cwd().includes('f-1')];\n",
			Function{LogicalID: "Talk", Handler: "app.handler", Runtime: "nodejs20.x", Build: Build{Method: "makefile"}}, "node", `[true,true]`},
		{"another target", "-- Makefile --\nbuild-Other:\n\tcp app.py $(ARTIFACTS_DIR)/\n-- app.py --\ndef handler(e, c):\n    return 'made'\n",
			Function{LogicalID: "Talk", Handler: "app.handler", Runtime: "python3.11", Build: Build{Method: "makefile", Target: "Other"}}, "python3", `"made"`},
		{"where nothing else fits", "-- Makefile --\nbuild-f:\n\tcp real $(ARTIFACTS_DIR)/bootstrap\n\tchmod +x $(ARTIFACTS_DIR)/bootstrap\n-- real --\n" + strings.TrimPrefix(strings.Replace(bootstrap, "  on\n", "  "+echo+"\n", 1), "-- bootstrap --\n"),
			Function{Runtime: "provided.al2023"}, "curl", `1`},
		{"not where a bootstrap is", strings.Replace(bootstrap, "  on\n", "  "+echo+"\n", 1) + "-- Makefile --\nbuild-f:\n\texit 1\n",
			Function{Runtime: "provided.al2023"}, "curl", `1`},
		{"that fails", "-- Makefile --\nbuild-f:\n\t@echo 'src.c:1: it is wrong' >&2; exit 3\n",
			Function{Runtime: "provided.al2023"}, "make", "!make build-f: exit status 2\nsrc.c:1: it is wrong\n"},
		{"that makes nothing", "-- Makefile --\nbuild-f:\n\ttrue\n",
			Function{Runtime: "provided.al2023", Build: Build{Method: "makefile"}}, "make", "!make build-f: "},
		{"that is not there", "-- x --\n", Function{Runtime: "provided.al2023", Build: Build{Method: "makefile"}}, "make", "!it is to be built by a Makefile: "},
		{"without a target", "-- Makefile --\nall:\n", Function{Runtime: "provided.al2023"}, "make", "!DIR has neither a bootstrap nor a go.mod, nor a Makefile with build-f"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			needs.Program(t, row.needs)
			f := row.f
			f.Name, f.Dir, f.Timeout = "f", files(t, row.archive), 20*time.Second
			g := run(t, Options{}, f)
			r, err := g.call("f", "1")
			if err != nil {
				t.Fatal(err)
			}
			got := string(r.Payload)
			if want, ok := strings.CutPrefix(row.want, "!"); ok {
				if log := strings.ReplaceAll(g.log(), f.Dir, "DIR"); r.Error == "" || !strings.HasPrefix(log, want) {
					t.Errorf("got %s, want it to begin %q", log, want)
				}
				return
			}
			if got != row.want {
				t.Errorf("got %s, want %s\n%s", got, row.want, g.log())
			}
			// What a build writes is in its copy: the folder is no other one for that.
			first := g.Runner.pool("f").program
			if again := g.ask("f", "1"); again != row.want || g.Runner.pool("f").program != first {
				t.Errorf("got %s, and it was made again", again)
			}
		})
	}
}

// A package below a module's folder is compiled, and the module looked at.
func TestGoBelowItsModule(t *testing.T) {
	needs.Program(t, "go")
	if testing.Short() {
		t.Skip("compiles a program")
	}
	root := files(t, "-- go.mod --\nmodule hello\ngo 1.21\n-- cmd/talk/main.go --\npackage main\n\nimport \"hello/say\"\n\nfunc main() { say.Say() }\n-- say/say.go --\npackage say\n\nfunc Say() { panic(\"said\") }\n")
	g := run(t, Options{}, Function{Name: "f", Dir: filepath.Join(root, "cmd", "talk"), Runtime: "provided.al2023", Timeout: 60 * time.Second})
	if got := g.ask("f", "1"); !strings.Contains(got, "exit status 2") {
		t.Errorf("got %s", got)
	}
	g.await("panic: said")
	write(t, root, "-- say/say.go --\npackage say\n\nfunc Say() { wrong() }\n")
	if got := g.ask("f", "1"); !strings.Contains(got, "say.go:3:14: undefined: wrong") {
		t.Errorf("got %s after a change of a package beside the function", got)
	}
}

// pretend puts programs of a name before all others, which tell how they were called.
func pretend(t *testing.T, names ...string) {
	t.Helper()
	dir := t.TempDir()
	for _, name := range names {
		script := "#!/bin/bash\n[ \"$1\" != -version ] || { echo 'openjdk version \"17.0.1\"'; exit; }\ncd \"$PWD\"; told=\"" + name + " $*\"; api=http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime\n" +
			"while true; do id=$(curl -sS -o /dev/null -D - $api/invocation/next | grep -i '^lambda-runtime-aws-request-id:' | tr -d '\\r' | cut -d' ' -f2); [ -n \"$id\" ] || exit 1\n" +
			"curl -sS -o /dev/null $api/invocation/$id/response -d \"\\\"$told in $PWD handles $_HANDLER${GEM_PATH:+, gems $GEM_PATH}\\\"\"; done\n"
		if err := os.WriteFile(filepath.Join(dir, name), []byte(script), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
}

// Other runtimes run by the client among the function's own dependencies, by a command
// that was named, or not at all, and then the answer says what to do.
func TestOtherRuntimes(t *testing.T) {
	needs.Program(t, "curl")
	needs.Program(t, "bash")
	pretend(t, "java", "ruby", "bundle", "dotnet")
	const client = "com.amazonaws.services.lambda.runtime.api.client.AWSLambda app.Handler::handle in DIR handles app.Handler::handle"
	home := files(t, "-- .dotnet/tools/.store/amazon.lambda.testtool/0.9.1/amazon.lambda.testtool/0.9.1/content/Amazon.Lambda.RuntimeSupport/net8.0/Amazon.Lambda.RuntimeSupport.dll --\n")
	t.Setenv("HOME", home)
	for _, row := range []struct{ name, archive, runtime, handler, command, want string }{
		{"java, in lib", "-- lib/aws-lambda-java-runtime-interface-client-2.5.0.jar --\n-- lib/z.jar --\n", "java21", "app.Handler::handle", "", `"java -cp DIR:DIR/lib/aws-lambda-java-runtime-interface-client-2.5.0.jar:DIR/lib/z.jar ` + client + `"`},
		{"java, by Maven", "-- target/classes/app/Handler.class --\n-- target/dependency/aws-lambda-java-runtime-interface-client-2.5.0.jar --\n", "java17", "app.Handler::handle", "", `"java -cp DIR:DIR/target/classes:DIR/target/dependency/aws-lambda-java-runtime-interface-client-2.5.0.jar ` + client + `"`},
		{"java, unpacked", "-- com/amazonaws/services/lambda/runtime/api/client/AWSLambda.class --\n", "java11", "app.Handler::handle", "", `"java -cp DIR ` + client + `"`},
		{"java, without", "-- lib/z.jar --\n", "java21", "app.Handler::handle", "", "!aws-lambda-java-runtime-interface-client is neither in the folder nor in its lib"},
		{"ruby, by its bundle", "-- Gemfile.lock --\n    aws_lambda_ric (3.0.0)\n", "ruby3.3", "app.handler", "", `"bundle exec aws_lambda_ric app.handler in DIR handles app.handler"`},
		{"ruby, in vendor", "-- vendor/bundle/ruby/3.3.0/gems/aws_lambda_ric-3.0.0/bin/aws_lambda_ric --\n", "ruby3.3", "app.handler", "", `"ruby -I DIR/vendor/bundle/ruby/3.3.0/gems/aws_lambda_ric-3.0.0/lib -I DIR -e $LOADED_FEATURES << 'bundler/setup.rb'; load ARGV.shift DIR/vendor/bundle/ruby/3.3.0/gems/aws_lambda_ric-3.0.0/bin/aws_lambda_ric app.handler in DIR handles app.handler, gems DIR/vendor/bundle/ruby/3.3.0:"`},
		{"ruby, in vendor with a Gemfile", "-- Gemfile --\n-- vendor/bundle/ruby/3.3.0/gems/aws_lambda_ric-3.0.0/bin/aws_lambda_ric --\n", "ruby3.3", "app.handler", "", `"ruby -I DIR/vendor/bundle/ruby/3.3.0/gems/aws_lambda_ric-3.0.0/lib -I DIR DIR/vendor/bundle/ruby/3.3.0/gems/aws_lambda_ric-3.0.0/bin/aws_lambda_ric app.handler in DIR handles app.handler, gems DIR/vendor/bundle/ruby/3.3.0:"`},
		{"ruby, without", "-- app.rb --\n", "ruby3.3", "app.handler", "", "!or name a command that speaks the Lambda Runtime API by --runtime ruby3.3=COMMAND"},
		{"dotnet", "-- bin/Release/net8.0/publish/App.dll --\n-- bin/Release/net8.0/publish/App.runtimeconfig.json --\n{}\n-- bin/Release/net8.0/publish/Amazon.Lambda.RuntimeSupport.dll --\n", "dotnet8", "App", "", `"dotnet exec DIR/bin/Release/net8.0/publish/App.dll in DIR handles App"`},
		{"dotnet, by the file's name", "-- App.dll --\n-- App.runtimeconfig.json --\n{}\n-- Amazon.Lambda.RuntimeSupport.dll --\n", "dotnet8", "App.dll", "", `"dotnet exec DIR/App.dll in DIR handles App.dll"`},
		{"dotnet, a class library", "-- bin/Debug/net8.0/App.dll --\n-- bin/Debug/net8.0/App.runtimeconfig.json --\n{}\n-- bin/Debug/net8.0/App.deps.json --\n{}\n", "dotnet8", "App::App.F::Handle", "", `"dotnet exec --depsfile DIR/bin/Debug/net8.0/App.deps.json --runtimeconfig DIR/bin/Debug/net8.0/App.runtimeconfig.json HOME/.dotnet/tools/.store/amazon.lambda.testtool/0.9.1/amazon.lambda.testtool/0.9.1/content/Amazon.Lambda.RuntimeSupport/net8.0/Amazon.Lambda.RuntimeSupport.dll App::App.F::Handle in DIR handles App::App.F::Handle"`},
		{"dotnet, a class library of another version", "-- App.dll --\n-- App.runtimeconfig.json --\n{}\n-- App.deps.json --\n{}\n", "dotnet10", "App::App.F::Handle", "", "!dotnet tool install -g Amazon.Lambda.TestTool"},
		{"dotnet, compiled ahead of time", "-- publish/bootstrap --\n#!/bin/sh\nexec dotnet ahead\n", "dotnet8", "bootstrap", "", `"dotnet ahead in DIR handles bootstrap"`},
		{"dotnet, without", "-- App.dll --\n", "dotnet8", "App::App.F::Handle", "", "!there is no executable assembly with Amazon.Lambda.RuntimeSupport"},
		{"a command", "-- app.rb --\n", "ruby3.3", "app.handler", "ruby -S 'my client' $_HANDLER", `"ruby -S my client app.handler in DIR handles app.handler"`},
		{"a command with more", "-- app.rb --\n", "java25", "app.handler", "true && java $LAMBDA_TASK_ROOT", `"java DIR in DIR handles app.handler"`},
		{"a command for Node", "-- index.js --\n", "nodejs22.x", "index.handler", "ruby", `"ruby  in DIR handles index.handler"`},
	} {
		t.Run(row.name, func(t *testing.T) {
			dir := files(t, row.archive)
			o := Options{}
			if row.command != "" {
				o.Runtimes = map[string]string{row.runtime: row.command}
			}
			g := run(t, o, Function{Name: "f", Dir: dir, Handler: row.handler, Runtime: row.runtime, Timeout: 20 * time.Second})
			got := machineFlags.ReplaceAllString(strings.NewReplacer(dir, "DIR", home, "HOME").Replace(g.ask("f", "1")), "java")
			if want, ok := strings.CutPrefix(row.want, "!"); ok && (!strings.HasPrefix(got, "!") || !strings.Contains(got, want)) || !ok && got != row.want {
				t.Errorf("got %s, want %s\n%s", got, row.want, g.log())
			}
		})
	}
}

// builder is a tool that notes how it was called, and does what a script says.
func builder(t *testing.T, script string, names ...string) {
	t.Helper()
	dir := t.TempDir()
	for _, name := range names {
		text := "#!/bin/bash\nset -e\nargs=\"$*\"\n" + script
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
}

const ric = "aws-lambda-java-runtime-interface-client-2.5.0.jar"

// What a BuildMethod asks for is built by the tools of its language, in a copy, and what
// they leave runs by the client among its dependencies.
func TestBuildMethods(t *testing.T) {
	needs.Program(t, "curl")
	needs.Program(t, "bash")
	pretend(t, "java", "ruby", "dotnet")
	const java = "com.amazonaws.services.lambda.runtime.api.client.AWSLambda app.Handler::handle in AT handles app.Handler::handle"
	for _, row := range []struct{ name, tool, script, archive, method, handler, want string }{
		{"Maven", "mvn", "mkdir -p target/classes/app target/dependency; echo > target/classes/app/Handler.class; echo \"$args\" > target/dependency/" + ric, "-- pom.xml --\n", "java21", "app.Handler::handle",
			`"java -cp AT:AT/lib/` + ric + ` ` + java + `"`},
		{"its wrapper", "", "", "-- pom.xml --\n-- mvnw --\n[ \"$5\" = package ] && mkdir -p target/dependency && echo > target/dependency/" + ric, "java17", "app.Handler::handle",
			`"java -cp AT:AT/lib/` + ric + ` ` + java + `"`},
		{"Gradle", "gradle", "grep -q DRAGOMAN_ARTIFACTS \"$2\"; [ \"${@: -1}\" = dragomanArtifacts ]; mkdir \"$DRAGOMAN_ARTIFACTS/lib\"; echo > \"$DRAGOMAN_ARTIFACTS/lib/" + ric + "\"", "-- build.gradle.kts --\n", "java25", "app.Handler::handle",
			`"java -cp AT:AT/lib/` + ric + ` ` + java + `"`},
		{"without the client", "mvn", "mkdir -p target/classes", "-- pom.xml --\n", "java21", "app.Handler::handle", "!aws-lambda-java-runtime-interface-client is neither in the folder nor in its lib"},
		{"without a project", "mvn", "", "-- app.java --\n", "java21", "app.Handler::handle", "!is to be built by BuildMethod java21, and has neither a pom.xml nor a build.gradle or build.gradle.kts"},
		{"that fails", "mvn", "echo no such goal; exit 3", "-- pom.xml --\n", "java21", "app.Handler::handle", "!mvn package: exit status 3\\nno such goal"},
		{"Bundler", "bundle", "case $1 in install) grep -q 'BUNDLE_PATH: \"vendor/bundle\"' .bundle/config; echo 'aws_lambda_ric (3.0.0)' > Gemfile.lock ;; *) exec ruby \"$@\" ;; esac", "-- Gemfile --\n-- app.rb --\n", "ruby3.3", "app.handler",
			`"ruby exec aws_lambda_ric app.handler in AT handles app.handler"`},
		{".NET", "dotnet", "[ \"$1\" = publish ] || exec " + "java \"$@\"; cd \"$5\"; echo > App.dll; echo > App.runtimeconfig.json; echo > Amazon.Lambda.RuntimeSupport.dll", "-- App.csproj --\n", "dotnet8", "App",
			`"java exec AT/App.dll in AT handles App"`},
		{"Rust", "cargo", "[ \"$1 $2\" = 'build --release' ]; mkdir -p \"$5/release\"; cp $(command -v ruby) \"$5/release/one\"; echo > \"$5/release/one.d\"", "-- Cargo.toml --\n", "rust-cargolambda", "bootstrap",
			`"ruby  in AT handles bootstrap"`},
		{"Rust of two programs", "cargo", "mkdir -p \"$5/release\"; for p in one two; do cp $(command -v ruby) \"$5/release/$p\"; done", "-- Cargo.toml --\n", "rust-cargolambda", "bootstrap", "!cargo build has made the programs [\\\"one\\\" \\\"two\\\"]"},
	} {
		t.Run(row.name, func(t *testing.T) {
			if row.tool != "" {
				builder(t, row.script, row.tool)
			}
			dir, runtime := files(t, row.archive), row.method
			if row.method == "rust-cargolambda" {
				runtime = "provided.al2023"
			}
			before := state(t, dir)
			g := run(t, Options{}, Function{Name: "f", Dir: dir, Handler: row.handler, Runtime: runtime, Build: Build{Method: row.method}, Timeout: 20 * time.Second})
			got := g.ask("f", "1")
			if at, _ := filepath.Glob(filepath.Join(g.folder, "built", "f-*")); len(at) == 1 {
				got = machineFlags.ReplaceAllString(strings.ReplaceAll(got, at[0], "AT"), "java")
			}
			if want, ok := strings.CutPrefix(row.want, "!"); ok && (!strings.HasPrefix(got, "!") || !strings.Contains(got, want)) || !ok && got != row.want {
				t.Errorf("got %s, want %s\n%s", got, row.want, g.log())
			}
			if after := state(t, dir); after != before {
				t.Errorf("the sources were\n%sand are\n%s", before, after)
			}
		})
	}
	// What a template says is a name, and neither an option of the tool nor a way to another folder.
	t.Run("Rust of no name", func(t *testing.T) {
		called := filepath.Join(t.TempDir(), "called")
		builder(t, "echo \"$args\" >> "+called+"; mkdir -p \"$5/release\"; cp $(command -v ruby) \"$5/release/two\"; cp $(command -v ruby) \"$5/other\"", "cargo")
		for binary, wrong := range map[string]bool{`"two"`: false, `""`: false, `null`: false, `"--config=build.rustc='x'"`: true, `"../other"`: true, `"a/b"`: true, `["two"]`: true, `7`: true} {
			f := Function{Name: "f", Dir: files(t, "-- Cargo.toml --\n"), Handler: "bootstrap", Runtime: "provided.al2023", Timeout: 20 * time.Second,
				Build: Build{Method: "rust-cargolambda", Properties: map[string]json.RawMessage{"Binary": json.RawMessage(binary)}}}
			got := run(t, Options{}, f).ask("f", "1")
			if refused := strings.Contains(got, "is no name of a program"); refused != wrong || !wrong && strings.HasPrefix(got, "!") {
				t.Errorf("Binary %s: got %s", binary, got)
			}
		}
		text, err := os.ReadFile(called)
		if err != nil || strings.Count(string(text), "\n") != 3 || strings.Contains(string(text), "--config") {
			t.Errorf("cargo was called with %q, %v; want it three times, with names alone", text, err)
		}
	})
	t.Run("without the tool", func(t *testing.T) {
		bash, err := exec.LookPath("bash")
		if err != nil {
			t.Fatal(err)
		}
		t.Setenv("PATH", filepath.Dir(bash)+"x")
		for method, tool := range map[string]string{"dotnet8": "dotnet", "ruby3.4": "bundle", "java11": "mvn", "rust-cargolambda": "cargo"} {
			g := run(t, Options{}, Function{Name: "f", Dir: files(t, "-- Gemfile --\n-- pom.xml --\n"), Handler: "x", Runtime: "provided", Build: Build{Method: method}, Timeout: 20 * time.Second})
			if got := g.ask("f", "1"); !strings.Contains(got, "is to be built by BuildMethod "+method+", and there is no "+tool+": ") {
				t.Errorf("%s: got %s", method, got)
			}
		}
	})
}

// Layers are found in the layouts that Lambda documents, the last one first.
func TestLayers(t *testing.T) {
	first := files(t, "-- nodejs/node_modules/two/package.json --\n"+`{"name":"two","exports":{"import":"./i.mjs","require":"./r.js"}}`+"\n-- nodejs/node_modules/two/i.mjs --\nexport const kind = 'import';\n-- nodejs/node_modules/two/r.js --\nexports.kind = 'require';\n-- nodejs/node_modules/one/index.js --\nmodule.exports = 'first';\n-- nodejs/node_modules/both/index.js --\nmodule.exports = 'first';\n-- python/one.py --\nwhat = 'first'\n-- python/both.py --\nwhat = 'first'\n-- bin/x --\n-- lib/x --\n")
	last := files(t, "-- nodejs/node20/node_modules/both/index.js --\nmodule.exports = 'last';\n-- python/lib/python3.11/site-packages/two.py --\nwhat = 'two'\n-- python/both.py --\nwhat = 'last'\n")
	for _, row := range []struct{ program, file, code, runtime, want string }{
		{"node", "index.js", "exports.handler = async () => [require('one'), require('both')];", "nodejs20.x", `["first","last"]`},
		{"node", "index.mjs", "import one from 'one';\nimport both from 'both';\nexport const handler = async () => [one, both, (await import('two')).kind, await import('none').catch((e) => e.code)];", "nodejs20.x", `["first","last","import","ERR_MODULE_NOT_FOUND"]`},
		{"node", "index.mjs", "export const handler = async () => import('one').catch((e) => e.code);", "nodejs16.x", `"ERR_MODULE_NOT_FOUND"`},
		{"node", "index.ts", "import one from 'one';\nimport both from 'both';\nexport const handler = async () => [one, both];", "nodejs20.x", `["first","last"]`},
		{"python3", "app.py", "import one, two, both, os\ndef handler(e, c):\n    libs = os.environ['LD_LIBRARY_PATH'].split(':')[:2]\n    return [one.what, two.what, both.what] + [os.path.dirname(lib) + '/bin' in os.environ['PATH'].split(':') for lib in libs]", "python3.11", `["first", "two", "last", true, true]`},
	} {
		t.Run(row.file, func(t *testing.T) {
			needs.Program(t, row.program)
			dir := files(t, "-- "+row.file+" --\n"+row.code+"\n")
			g := run(t, Options{}, Function{Name: "f", Dir: dir, Runtime: row.runtime, Layers: []Layer{{Dir: first}, {Dir: last}}, Timeout: 20 * time.Second})
			if got := g.ask("f", "1"); got != row.want {
				t.Errorf("got %s, want %s\n%s", got, row.want, g.log())
			}
		})
	}
}

// What is not as on Lambda is told once, however often the function is called or defined anew.
func TestWarningsAreToldOnce(t *testing.T) {
	needs.Program(t, "node")
	dir := files(t, "-- index.js --\nexports.handler = async () => require('fs').existsSync('/var/task/nothing');\n-- lib/x.js --\nexports.at = '/opt/x';\n")
	var log strings.Builder
	var mu sync.Mutex
	handler := slog.NewTextHandler(writer(func(p []byte) {
		mu.Lock()
		defer mu.Unlock()
		log.Write(p)
	}), nil)
	r, err := New(Options{Logger: slog.New(handler), Environment: os.Environ()}, Function{Name: "f", Dir: dir, Runtime: "nodejs16.x", Timeout: 20 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for i := range 3 {
		write(t, dir, fmt.Sprintf("-- more.js --\nmore(%d);\n", i))
		if err := r.Replace(Function{Name: "f", Dir: dir, Runtime: "nodejs16.x", Timeout: time.Duration(20+i) * time.Second}); err != nil {
			t.Fatal(err)
		}
		if _, err := r.Invoke(t.Context(), &function.Call{Function: "f", Payload: []byte("1")}); err != nil {
			t.Fatal(err)
		}
	}
	mu.Lock()
	defer mu.Unlock()
	for _, want := range []string{"f asks for nodejs16.x, and ", "index.js:1 names /var/task", "lib/x.js:1 names /opt"} {
		if n := strings.Count(log.String(), want); n != 1 {
			t.Errorf("%q is told %d times:\n%s", want, n, log.String())
		}
	}
}

type writer func([]byte)

func (w writer) Write(p []byte) (int, error) {
	w(p)
	return len(p), nil
}
