package local

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Function is what is to be run.
type Function struct {
	Name    string // physical name
	Dir     string // folder of its code, absolute
	Handler string // as its runtime reads it; "" for the runtime's usual one
	Runtime string // such as nodejs22.x, python3.13 or provided.al2023; "" goes by the files
	// Command runs instead of the runtime's own, in Dir.
	Command []string
	Env     map[string]string
	Timeout time.Duration // of an invocation; 3 s when zero
	Memory  int           // MB that it may use; 128 when zero
	Layers  []string      // folders, laid out as in /opt
	// Reserved bounds the processes, and callers beyond it are refused; nil lets them
	// wait for one of Options.Concurrency.
	Reserved *int
	JSONLog  bool   // log lines are JSON
	LogLevel string // such as DEBUG; "" for the runtime's own
}

// Bounds of what Lambda takes. Documented: AWS Lambda Developer Guide, Lambda quotas.
const (
	defaultTimeout = 3 * time.Second
	longestTimeout = 900 * time.Second
	defaultMemory  = 128
	leastMemory    = 128
	mostMemory     = 10240
)

var functionName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// complete fills what is left out and tells all that is wrong.
func (f Function) complete() (Function, error) {
	var faults []error
	fail := func(format string, a ...any) { faults = append(faults, fmt.Errorf(format, a...)) }
	if !functionName.MatchString(f.Name) {
		fail("%q is no name of a function: want letters, digits, - and _, 64 at most", f.Name)
	}
	if dir, err := filepath.Abs(f.Dir); err == nil {
		f.Dir = dir
	}
	if info, err := os.Stat(f.Dir); err != nil {
		fail("its folder: %w", err)
	} else if !info.IsDir() {
		fail("%s is no folder", f.Dir)
	}
	if f.Timeout == 0 {
		f.Timeout = defaultTimeout
	}
	if f.Timeout < 0 || f.Timeout > longestTimeout {
		fail("a timeout of %s: want 1 to 900 seconds", f.Timeout)
	}
	if f.Memory == 0 {
		f.Memory = defaultMemory
	}
	if f.Memory < leastMemory || f.Memory > mostMemory {
		fail("%d MB of memory: want 128 to 10240", f.Memory)
	}
	if len(faults) == 0 {
		if err := f.choose(); err != nil {
			fail("%w", err)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(f.Env)) {
		if reserved[name] {
			fail("the variable %s is Lambda's own", name)
		}
	}
	return f, errors.Join(faults...)
}

// choose finds runtime and handler by the files that are there.
func (f *Function) choose() error {
	has := func(name string) bool {
		_, err := os.Stat(filepath.Join(f.Dir, name))
		return err == nil
	}
	if f.Runtime == "" && len(f.Command) == 0 {
		switch base := f.stem(); {
		case has("bootstrap"), has("go.mod"):
			f.Runtime = "provided.al2023"
		case f.Handler != "" && (has(base+".js") || has(base+".mjs") || has(base+".cjs")),
			f.Handler == "" && (has("index.js") || has("index.mjs") || has("index.cjs")):
			f.Runtime = installed("node", "nodejs24") + ".x"
		case f.Handler != "" && has(base+".py"), f.Handler == "" && (has("lambda_function.py") || has("app.py")):
			f.Runtime = installed("python3", "python3.13")
		default:
			return fmt.Errorf("nothing in %s tells its runtime: no bootstrap, go.mod, index.js, index.mjs, lambda_function.py or app.py: say it, as in NAME=DIR#app.handler@nodejs22.x", f.Dir)
		}
	}
	if f.Handler != "" {
		return nil
	}
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

// stem is the handler without its function: the file that it is in, for runtimes
// that split at a dot.
func (f *Function) stem() string {
	dir, last := filepath.Split(f.Handler)
	before, _, _ := strings.Cut(last, ".")
	return dir + before
}

// Parse reads a function as it stands on a command line:
// NAME=DIR[#handler][@runtime].
func Parse(text string) (Function, error) {
	name, rest, ok := strings.Cut(text, "=")
	if !ok || name == "" || rest == "" {
		return Function{}, fmt.Errorf("%q: want NAME=DIR[#handler][@runtime]", text)
	}
	f := Function{Name: name, Dir: rest}
	if at := strings.LastIndexByte(rest, '@'); at > 0 && knownRuntime(rest[at+1:]) {
		f.Dir, f.Runtime = rest[:at], rest[at+1:]
	}
	if dir, handler, ok := strings.Cut(f.Dir, "#"); ok {
		f.Dir, f.Handler = dir, handler
	}
	f, err := f.complete()
	if err != nil {
		return f, fmt.Errorf("function %s: %w", name, err)
	}
	return f, nil
}
