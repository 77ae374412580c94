package local

import (
	"cmp"
	"context"
	"embed"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/dragoman-gateway/dragoman/function/local/esbuild"
)

//go:embed bootstrap
var bootstraps embed.FS

var runtimeName = regexp.MustCompile(`^(nodejs\d+\.x|python3\.\d+|provided(\.al2|\.al2023)?|java\d+(\.al2)?|dotnet\d+|ruby\d\.\d+|go1\.x)$`)

func knownRuntime(name string) bool { return runtimeName.MatchString(name) }

// prepare finds the program of a function, and builds it where there is none yet. An
// error is for whoever invokes the function.
func (r *Runner) prepare(ctx context.Context, f *Function) (*program, error) {
	switch {
	case len(f.Command) > 0:
		path, err := exec.LookPath(f.Command[0])
		if err != nil {
			return nil, err
		}
		return &program{path: path, args: f.Command}, nil
	case strings.HasPrefix(f.Runtime, "nodejs"):
		return r.node(ctx, f)
	case strings.HasPrefix(f.Runtime, "python"):
		return r.interpreter(ctx, f, "python3", "bootstrap.py")
	case strings.HasPrefix(f.Runtime, "provided"), f.Runtime == "go1.x":
		return r.provided(ctx, f)
	}
	return nil, fmt.Errorf("functions of %s are not run here by themselves: name a command that speaks the Lambda Runtime API by --runtime %s=COMMAND", f.Runtime, f.Name)
}

// provided is the bootstrap of a folder, built by go build where it has a go.mod.
func (r *Runner) provided(ctx context.Context, f *Function) (*program, error) {
	path := filepath.Join(f.Dir, "bootstrap")
	if info, err := os.Stat(path); err == nil && !info.IsDir() {
		if info.Mode()&0o111 == 0 {
			return nil, fmt.Errorf("%s cannot be executed: chmod +x it", path)
		}
		return &program{path: path, args: []string{path}}, nil
	}
	if _, err := os.Stat(filepath.Join(f.Dir, "go.mod")); err != nil {
		return nil, fmt.Errorf("%s has neither a bootstrap nor a go.mod", f.Dir)
	}
	compiler, err := exec.LookPath("go")
	if err != nil {
		return nil, fmt.Errorf("%s is to be built, and there is no go: %w", f.Dir, err)
	}
	folder, err := r.buildFolder(f)
	if err != nil {
		return nil, err
	}
	path = filepath.Join(folder, "bootstrap")
	if err := r.build(ctx, f, "go build", compiler, r.options.Environment, "go", "build", "-o", path, "."); err != nil {
		_ = os.RemoveAll(folder)
		return nil, err
	}
	return &program{path: path, args: []string{path}, folder: folder}, nil
}

// node runs a handler of Node, and bundles it first where it is TypeScript or its
// template asks for it.
func (r *Runner) node(ctx context.Context, f *Function) (*program, error) {
	p, err := r.interpreter(ctx, f, "node", "bootstrap.mjs", "--enable-source-maps")
	sam := f.Build.Method == "esbuild"
	if err != nil || !sam && esbuild.Source(f.Dir, f.Handler) == "" {
		return p, err
	}
	if p.folder, err = r.buildFolder(f); err != nil {
		return nil, err
	}
	bundle, err := esbuild.Make(esbuild.Job{
		Dir: f.Dir, Handler: f.Handler, Node: r.generation(ctx, f, p.path), Out: p.folder,
		Modules: f.nodePaths(), SAM: sam, Properties: f.Build.Properties,
	})
	if err != nil {
		_ = os.RemoveAll(p.folder)
		return nil, err
	}
	p.args, p.handler, p.inputs = append(p.args, p.folder), bundle.Handler, unseen(f.Dir, bundle.Inputs)
	p.warnings = append(p.warnings, bundle.Warnings...)
	return p, nil
}

// generation is the version of Node that code is made for: the one asked for, or the one
// that runs it, if that is older.
func (r *Runner) generation(ctx context.Context, f *Function, path string) string {
	asked, _ := strconv.Atoi(strings.TrimPrefix(wanted(f.Runtime), "nodejs"))
	there, err := strconv.Atoi(strings.TrimPrefix(r.version(ctx, path), "nodejs"))
	if err == nil && there < asked {
		asked = there
	}
	return strconv.Itoa(asked)
}

// interpreter runs one of our bootstraps.
func (r *Runner) interpreter(ctx context.Context, f *Function, name, bootstrap string, flags ...string) (*program, error) {
	path, err := exec.LookPath(name)
	if err != nil {
		return nil, fmt.Errorf("%s is needed for %s: %w", name, f.Runtime, err)
	}
	p := &program{path: path, args: append(append([]string{name}, flags...), filepath.Join(r.folder, bootstrap))}
	if have := r.version(ctx, path); have != "" && have != wanted(f.Runtime) {
		p.warnings = append(p.warnings, fmt.Sprintf("%s asks for %s, and %s is %s: what differs between them differs here", f.Name, f.Runtime, path, have))
	}
	return p, nil
}

// wanted is the version that a runtime names, as nodejs22.x or python3.13.
func wanted(runtime string) string { return strings.TrimSuffix(runtime, ".x") }

var versionText = regexp.MustCompile(`^(?:Python (3\.\d+)|v(\d+))\.`)

// version is that of an interpreter, as nodejs20 or python3.11; "" when it does not
// tell. Each is asked once.
func (r *Runner) version(ctx context.Context, path string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, ok := r.versions[path]; !ok {
		r.versions[path] = versionOf(ctx, path)
	}
	return r.versions[path]
}

func versionOf(ctx context.Context, path string) string {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	text, err := exec.CommandContext(ctx, path, "--version").CombinedOutput()
	if err != nil {
		return ""
	}
	switch m := versionText.FindSubmatch(text); {
	case m == nil:
		return ""
	case len(m[1]) > 0:
		return "python" + string(m[1])
	default:
		return "nodejs" + string(m[2])
	}
}

// installed is the version of the interpreter that is there, for functions that ask
// for none; otherwise is for where there is no interpreter.
func installed(name, otherwise string) string {
	if path, err := exec.LookPath(name); err == nil {
		return cmp.Or(versionOf(context.Background(), path), otherwise)
	}
	return otherwise
}

// unpack writes the bootstraps where interpreters find them.
func unpack(folder string) error {
	return fs.WalkDir(bootstraps, "bootstrap", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := bootstraps.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(folder, filepath.Base(path)), text, 0o600)
	})
}
