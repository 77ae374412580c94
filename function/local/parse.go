package local

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/dragoman-gateway/dragoman/function/local/esbuild"
	"github.com/dragoman-gateway/dragoman/function/local/program"
)

// choose finds runtime and handler by the files that are there.
func (f *Function) choose() error {
	has := func(name string) bool {
		_, err := os.Stat(filepath.Join(f.Dir, name))
		return err == nil
	}
	if f.Runtime == "" && len(f.Command) == 0 {
		// A bootstrap comes first: it runs by itself, whatever sources lie beside it.
		// Documented: AWS Lambda Developer Guide, When to use Lambda's OS-only runtimes:
		// the executable is named so.
		switch base := f.stem(); {
		case has("bootstrap"), has("go.mod"):
			f.Runtime = "provided.al2023"
		case f.Handler != "" && (has(base+".js") || has(base+".mjs") || has(base+".cjs") || has(filepath.Join(base, "index.js")) || esbuild.Source(f.Dir, f.Handler) != ""),
			f.Handler == "" && (has("index.js") || has("index.mjs") || has("index.cjs") || esbuild.Source(f.Dir, "index.handler") != ""):
			f.Runtime = program.Installed("node", "nodejs24") + ".x"
		case f.Handler != "" && (has(f.module()+".py") || has(filepath.Join(f.module(), "__init__.py"))), f.Handler == "" && (has("lambda_function.py") || has("app.py")):
			f.Runtime = program.Installed("python3", "python3.13")
		case f.made():
			f.Runtime = "provided.al2023"
		default:
			return fmt.Errorf("nothing in %s tells its runtime: no bootstrap, go.mod, index.js, index.mjs, index.ts, lambda_function.py or app.py, nor a Makefile for it: say it, as in NAME=DIR#app.handler@nodejs22.x", f.Dir)
		}
	}
	if f.Handler != "" {
		return nil
	}
	// Documented: AWS Lambda Developer Guide, Define Lambda function handler in Node.js,
	// and in Python: index.handler and lambda_function.lambda_handler are what the console
	// makes; app is the file of SAM's templates. A bootstrap is told a handler and need
	// not read it.
	switch {
	case strings.HasPrefix(f.Runtime, "nodejs"):
		f.Handler = "index.handler"
	case strings.HasPrefix(f.Runtime, "python") && has("lambda_function.py"):
		f.Handler = "lambda_function.lambda_handler"
	case strings.HasPrefix(f.Runtime, "python"):
		f.Handler = "app.handler"
	default:
		f.Handler = "bootstrap"
	}
	return nil
}

// made says whether a Makefile makes it. One that makes something else than a bootstrap
// stands beside a runtime that was said.
func (f *Function) made() bool {
	code := f.code()
	return program.Makes(&code)
}

// module is where Python looks for the handler, without extension: it splits at the last
// dot, and those before it are folders.
func (f *Function) module() string {
	name := f.Handler[:max(strings.LastIndexByte(f.Handler, '.'), 0)]
	return filepath.FromSlash(strings.ReplaceAll(name, ".", "/"))
}

// stem is the handler without its function: the file that it is in, for runtimes
// that split at a dot.
func (f *Function) stem() string {
	dir, last := filepath.Split(f.Handler)
	before, _, _ := strings.Cut(last, ".")
	return dir + before
}

// Documented: AWS Lambda Developer Guide, Lambda runtimes: the forms of their names. Those
// that Lambda has given up are among them, since code for them still runs.
var runtimeName = regexp.MustCompile(`^(nodejs\d+\.x|python3\.\d+|provided(\.al2|\.al2023)?|java\d+(\.al2)?|dotnet\d+|ruby\d\.\d+|go1\.x)$`)

func knownRuntime(name string) bool { return runtimeName.MatchString(name) }

// Parse reads a function as it stands on a command line:
// NAME=DIR[#handler][@runtime].
func Parse(text string) (Function, error) {
	name, rest, ok := strings.Cut(text, "=")
	if !ok || name == "" || rest == "" {
		return Function{}, fmt.Errorf("%q: want NAME=DIR[#handler][@runtime]", text)
	}
	f := Function{Name: name, Dir: rest}
	// Only what is a runtime is one: folders have @ in their names, as scopes of npm.
	if at := strings.LastIndexByte(rest, '@'); at > 0 && knownRuntime(rest[at+1:]) {
		f.Dir, f.Runtime = rest[:at], rest[at+1:]
	}
	if dir, handler, ok := strings.Cut(f.Dir, "#"); ok {
		f.Dir, f.Handler = dir, handler
	}
	f, err := f.Complete()
	if err != nil {
		return f, fmt.Errorf("function %s: %w", name, err)
	}
	return f, nil
}
