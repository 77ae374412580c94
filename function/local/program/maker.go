package program

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/dragoman-gateway/dragoman/internal/guardian"
	"github.com/dragoman-gateway/dragoman/internal/tasks"
)

// Maker makes programs. It is safe for concurrent use.
type Maker struct {
	Folder      string            // of the bootstraps, and of what is built; its owner removes it
	Environment []string          // of what builds
	Runtimes    map[string]string // commands by the name of the runtime that they stand for
	Guardian    *guardian.Guardian
	Tasks       *tasks.Group

	built atomic.Uint64

	layering sync.Mutex      // held while a layer is built; protects the field below.
	kept     map[string]bool // folders of layers that something may run with

	mu       sync.Mutex        // Protects field below.
	versions map[string]string // of interpreters, by path
}

// Make finds the program of a function, and builds it where it has to be. An error is
// for whoever invokes the function.
func (m *Maker) Make(ctx context.Context, c Code) (*Program, error) {
	// Layers come first: what a runtime client or interpreter is found in may be one of them.
	if err := m.laidOut(ctx, &c); err != nil {
		return nil, err
	}
	p, err := m.find(ctx, &c)
	if err != nil {
		return nil, err
	}
	if p.Dir == "" {
		p.Dir = c.Dir
	}
	if p.Handler == "" {
		p.Handler = c.Handler
	}
	p.Layers, p.managed = Folders(c.Layers), managed(&c)
	p.Warnings = append(p.Warnings, outright(&c)...)
	return p, nil
}

func (m *Maker) find(ctx context.Context, c *Code) (*Program, error) {
	// What was said outright comes first: a command, then SAM's Metadata, then a command
	// for the runtime. Only then does the runtime's name decide, as it does on Lambda.
	switch {
	case len(c.Command) > 0:
		name := c.Command[0]
		// A path is the function's: it works in its folder.
		if strings.ContainsRune(filepath.ToSlash(name), '/') && !filepath.IsAbs(name) {
			name = filepath.Join(c.Dir, name)
		}
		path, err := exec.LookPath(name)
		if err != nil {
			return nil, err
		}
		return &Program{Path: path, Args: c.Command}, nil
	case c.Build.Method == "makefile":
		return m.makefile(ctx, c)
	case language(c.Build.Method) != "":
		return m.build(ctx, c)
	case m.Runtimes[c.Runtime] != "":
		return shell(m.Runtimes[c.Runtime])
	case strings.HasPrefix(c.Runtime, "nodejs"):
		return m.node(ctx, c)
	case strings.HasPrefix(c.Runtime, "python"):
		return m.interpreter(c, "python3", "bootstrap.py")
	case strings.HasPrefix(c.Runtime, "provided"), c.Runtime == "go1.x":
		return m.provided(ctx, c)
	}
	return m.foreign(ctx, c)
}

// provided is the bootstrap of a folder, built where there is none.
func (m *Maker) provided(ctx context.Context, c *Code) (*Program, error) {
	// Documented: AWS Lambda Developer Guide, When to use Lambda's OS-only runtimes: what
	// runs is the executable bootstrap at the root of the code. One that is there is run
	// as it is: whoever built it knows how.
	path := filepath.Join(c.Dir, "bootstrap")
	if info, err := os.Stat(path); c.Build.Method != "go" && err == nil && !info.IsDir() {
		// Lambda answers Runtime.InvalidEntrypoint for it; what to do about it is said
		// here.
		if info.Mode()&0o111 == 0 {
			return nil, fmt.Errorf("%s cannot be executed: chmod +x it", path)
		}
		return &Program{Path: path, Args: []string{path}}, nil
	}
	if module := goModule(c.Dir); module != "" {
		return m.goBuild(ctx, c, module)
	}
	if Makes(c) {
		return m.makefile(ctx, c)
	}
	return nil, fmt.Errorf("%s has neither a bootstrap nor a go.mod, nor a Makefile with %s", c.Dir, target(c))
}

// goModule is the folder of the module that a folder with Go in it belongs to.
func goModule(dir string) string {
	if found, _ := filepath.Glob(filepath.Join(dir, "*.go")); len(found) == 0 {
		return ""
	}
	for at := dir; ; at = filepath.Dir(at) {
		if _, err := os.Stat(filepath.Join(at, "go.mod")); err == nil {
			return at
		}
		if at == filepath.Dir(at) {
			return ""
		}
	}
}

// goBuild compiles a folder. All of its module is looked at for changes.
func (m *Maker) goBuild(ctx context.Context, c *Code, module string) (*Program, error) {
	compiler, err := exec.LookPath("go")
	if err != nil {
		return nil, fmt.Errorf("%s is to be built, and there is no go: %w", c.Dir, err)
	}
	folder, err := m.newFolder(c)
	if err != nil {
		return nil, err
	}
	path := filepath.Join(folder, "bootstrap")
	if err := m.run(ctx, c.Dir, "go build", compiler, m.Environment, append(append([]string{"go", "build"}, m.quickly()...), "-o", path, ".")...); err != nil {
		_ = os.RemoveAll(folder)
		return nil, err
	}
	// It runs in the code's folder, whose files belong to the deployment as well.
	p := &Program{Path: path, Args: []string{path}, folder: folder}
	if module != c.Dir {
		p.Inputs = []string{module}
	}
	return p, nil
}

// quickly are flags with which Go links sooner, by a quarter: without what debuggers read, which
// stack traces do not need, and without asking git about the folder. Flags of the user's own
// are left alone. Documented: cmd/go, Environment variables, GOFLAGS; cmd/link, -w.
func (m *Maker) quickly() (flags []string) {
	own := ""
	for _, variable := range m.Environment {
		if value, is := strings.CutPrefix(variable, "GOFLAGS="); is {
			own = value
		}
	}
	for name, flag := range map[string]string{"-ldflags": "-ldflags=-w", "-buildvcs": "-buildvcs=false"} {
		if !strings.Contains(own, name) {
			flags = append(flags, flag)
		}
	}
	return flags
}

// target is what a Makefile makes of a function. Documented: AWS SAM Developer Guide,
// Building Lambda functions with custom runtimes.
func target(c *Code) string {
	// A function of the command line has no logical id: its name stands for it.
	if c.Build.Target != "" {
		return "build-" + c.Build.Target
	}
	return "build-" + c.Name
}

// Makes says whether the Makefile of a function's folder has a rule for it, alone or among
// other targets, or one of a pattern. Rules of what it includes are not looked at.
func Makes(c *Code) bool {
	text, err := os.ReadFile(filepath.Join(c.Dir, "Makefile"))
	if err != nil {
		return false
	}
	wanted := target(c)
	for line := range strings.Lines(string(text)) {
		targets, _, rule := strings.Cut(line, ":")
		if !rule || strings.HasPrefix(line, "\t") || strings.HasPrefix(line, ".") || strings.ContainsAny(targets, "=#") {
			continue // a command, a special target such as .PHONY, a variable, or a comment
		}
		if slices.ContainsFunc(strings.Fields(targets), func(one string) bool {
			before, after, pattern := strings.Cut(one, "%")
			return one == wanted || pattern && len(wanted) > len(before)+len(after) && strings.HasPrefix(wanted, before) && strings.HasSuffix(wanted, after)
		}) {
			return true
		}
	}
	return false
}

// makefile asks a Makefile for the artifacts of a function, which run in the place of
// its code. Documented: AWS SAM Developer Guide, Building Lambda functions with custom
// runtimes: the target build-LOGICALID writes to ARTIFACTS_DIR; AWS Lambda Builders,
// Provided Make Builder: make has the Makefile by its path, works in a copy of the
// folder, and ARTIFACTS_DIR is the one variable that it has besides the user's own.
func (m *Maker) makefile(ctx context.Context, c *Code) (*Program, error) {
	artifacts, err := m.newFolder(c)
	if err != nil {
		return nil, err
	}
	failed := func(err error) (*Program, error) {
		discard(artifacts)
		return nil, err
	}
	if err := m.makeInto(ctx, c, artifacts); err != nil {
		return failed(err)
	}
	made := *c
	made.Dir, made.Build = artifacts, Build{}
	// Without a Build: what was made is run as it is, and not made again.
	p, err := m.find(ctx, &made)
	if err != nil {
		return failed(fmt.Errorf("make %s: %w", target(c), err))
	}
	p.Dir, p.folder = artifacts, artifacts
	return p, nil
}

// makeInto has a Makefile make its target into a folder.
func (m *Maker) makeInto(ctx context.Context, c *Code, artifacts string) error {
	tool, err := exec.LookPath("make")
	if err != nil {
		return fmt.Errorf("%s is to be built, and there is no make: %w", c.Dir, err)
	}
	file := filepath.Join(c.Dir, "Makefile")
	if _, err := os.Stat(file); err != nil {
		return fmt.Errorf("it is to be built by a Makefile: %w", err)
	}
	scratch, err := m.scratch(ctx, c)
	if err != nil {
		return err
	}
	defer discard(scratch) // SAM's is gone after a build too: what counts is among the artifacts
	return m.run(ctx, scratch, "make "+target(c), tool, append(besideMake(m.Environment), "ARTIFACTS_DIR="+artifacts),
		"make", "--makefile", file, target(c))
}

// besideMake is an environment without what a make hands to those below it: a gateway that
// somebody's Makefile has started is no part of that build, whose flags, variables and
// jobs are not meant for the functions'. Documented: GNU make Manual, Communicating
// Options to a Sub-make.
func besideMake(environment []string) []string {
	return slices.DeleteFunc(slices.Clone(environment), func(variable string) bool {
		name, _, _ := strings.Cut(variable, "=")
		return slices.Contains([]string{"MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES", "GNUMAKEFLAGS"}, name)
	})
}
