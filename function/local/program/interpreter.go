package program

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dragoman-gateway/dragoman/function/local/esbuild"
	"github.com/dragoman-gateway/dragoman/function/local/look"
)

// node runs a handler of Node, and bundles it first where it is TypeScript or its
// template asks for it.
func (m *Maker) node(ctx context.Context, c *Code) (*Program, error) {
	p, err := m.interpreter(c, "node", "bootstrap.cjs", "--enable-source-maps")
	sam := c.Build.Method == "esbuild"
	if err == nil {
		p.flags = nodeFlags
	}
	if err != nil || !sam && esbuild.Source(c.Dir, c.Handler) == "" {
		return p, err
	}
	// In a folder of its own: a bundle beside the sources would be a change of the
	// sources.
	if p.folder, err = m.newFolder(c); err != nil {
		return nil, err
	}
	bundle, err := esbuild.Make(esbuild.Job{
		Dir: c.Dir, Handler: c.Handler, Node: m.generation(ctx, c, p.Path), Out: p.folder,
		Modules: NodePaths(c.Runtime, Folders(c.Layers)), SAM: sam, Properties: c.Build.Properties,
	})
	if err != nil {
		_ = os.RemoveAll(p.folder)
		return nil, err
	}
	// Our bootstrap looks for the handler there; the working directory stays the code's,
	// whose files a handler opens by relative names.
	p.Bundle, p.Handler, p.Inputs = p.folder, bundle.Handler, unseen(c.Dir, bundle.Inputs)
	p.Warnings = append(p.Warnings, bundle.Warnings...)
	return p, nil
}

// nodeFlags are those that Lambda gives to Node. Observed: in the scripts that start its
// runtimes for Node 14 and 18. Without the sizes the heap grows by the memory of this
// machine, and a function would be ended for what is garbage.
func nodeFlags(s *Start) []string {
	flags, young := []string{"--expose-gc", "--max-http-header-size=81920"}, s.Memory/10
	// Assumed: whoever has chosen a size means it.
	if !ownSizes.MatchString(s.Variable("NODE_OPTIONS")) {
		flags = append(flags, "--max-semi-space-size="+strconv.Itoa(young/2), "--max-old-space-size="+strconv.Itoa(s.Memory-young))
	}
	return flags
}

var ownSizes = regexp.MustCompile(`max[-_](old|semi)[-_]space[-_]size`)

// unseen are the files that a look at the folder passes over.
func unseen(folder string, files []string) (others []string) {
	for _, file := range files {
		below, err := filepath.Rel(folder, file)
		if err != nil || !filepath.IsLocal(below) || slices.ContainsFunc(strings.Split(filepath.Dir(below), string(filepath.Separator)), func(name string) bool { return name != "." && look.Ignored(name) }) {
			others = append(others, file)
		}
	}
	return others
}

// generation is the version of Node that code is made for: the one asked for, or the one
// that runs it, if that is older.
func (m *Maker) generation(ctx context.Context, c *Code, path string) string {
	asked, _ := strconv.Atoi(strings.TrimPrefix(Version(c.Runtime), "nodejs"))
	there, err := strconv.Atoi(strings.TrimPrefix(m.version(ctx, path), "nodejs"))
	// Newer syntax than what runs it knows would be an error that Lambda does not have.
	if err == nil && there < asked {
		asked = there
	}
	return strconv.Itoa(asked)
}

// interpreter runs one of our bootstraps.
func (m *Maker) interpreter(c *Code, name, bootstrap string, flags ...string) (*Program, error) {
	path, err := exec.LookPath(name)
	if err != nil {
		return nil, fmt.Errorf("%s is needed for %s: %w", name, c.Runtime, err)
	}
	return &Program{Path: path, Args: append(append([]string{name}, flags...), filepath.Join(m.Folder, bootstrap))}, nil
}

// Java's is not the first line where it tells of variables that it goes by, and up to
// Java 8 its versions begin with 1.
var versionText = regexp.MustCompile(`(?m)^(?:Python (3\.\d+)\.|v(\d+)\.|(?:openjdk|java) version "(?:1\.)?(\d+))`)

// version is that of an interpreter, as nodejs20, python3.11 or java21; "" when it does not
// tell. Each is asked once.
func (m *Maker) version(ctx context.Context, path string) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.versions == nil {
		m.versions = map[string]string{}
	}
	if _, ok := m.versions[path]; !ok {
		m.versions[path] = versionOf(ctx, path)
	}
	return m.versions[path]
}

// Differing tells that the interpreter of a function has another version than its runtime;
// "" says that it has not, or that none is needed. It asks the interpreter, which takes as
// long as that takes to start: no invocation waits for it.
func (m *Maker) Differing(ctx context.Context, c Code) string {
	// A warning and no error: most handlers run on any version, and to install another one
	// is not this program's business. Documented: AWS Lambda Developer Guide, Lambda
	// runtimes: which version a runtime has.
	for language, name := range map[string]string{"nodejs": "node", "python": "python3", "java": "java"} {
		if len(c.Command) > 0 || m.Runtimes[c.Runtime] != "" || !strings.HasPrefix(c.Runtime, language) {
			continue
		}
		path, err := exec.LookPath(name)
		if err != nil {
			return "" // the first invocation says so
		}
		if have := m.version(ctx, path); have != "" && have != Version(c.Runtime) {
			return fmt.Sprintf("%s asks for %s, and %s is %s: what differs between them differs here", c.Name, c.Runtime, path, have)
		}
	}
	return ""
}

func versionOf(ctx context.Context, path string) string {
	// A wrapper of a version manager may try to download one, for as long as that takes.
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	flag := "--version"
	if filepath.Base(path) == "java" {
		flag = "-version" // Java 8 knows no other
	}
	text, err := exec.CommandContext(ctx, path, flag).CombinedOutput()
	if err != nil {
		return ""
	}
	switch m := versionText.FindSubmatch(text); {
	case m == nil:
		return ""
	case len(m[1]) > 0:
		return "python" + string(m[1])
	case len(m[2]) > 0:
		return "nodejs" + string(m[2])
	default:
		return "java" + string(m[3])
	}
}

// Installed is the version of the interpreter that is there, as nodejs20 or python3.11,
// or otherwise where there is none.
func Installed(name, otherwise string) string {
	if path, err := exec.LookPath(name); err == nil {
		if found := versionOf(context.Background(), path); found != "" {
			return found
		}
	}
	return otherwise
}
