package local

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"time"

	"github.com/dragoman-gateway/dragoman/function/local/program"
)

// Function is what is to be run.
type Function struct {
	Name      string // physical name
	LogicalID string // that its template has for it, by which Invoke finds it too; "" for none
	Dir       string // folder of its code, absolute
	Handler   string // as its runtime reads it; "" for the runtime's usual one
	Runtime   string // such as nodejs22.x, python3.13 or provided.al2023; "" goes by the files
	// Command runs instead of the runtime's own, in Dir.
	Command []string
	Build   Build
	Env     map[string]string
	Timeout time.Duration // of an invocation; 3 s when zero
	Memory  int           // MB that it may use; 128 when zero
	Layers  []Layer       // of two with the same file the later one counts
	// Reserved bounds the processes, and callers beyond it are refused; nil lets them
	// wait for one of Options.Concurrency.
	Reserved *int
	// Versions are those published, and each alias leads to one of them or to $LATEST.
	// All run the code that is there. A function with neither takes any qualifier, unless it
	// is Defined: a template has said what there is of it.
	Versions []string
	Aliases  map[string]string
	Defined  bool
	Events   []Events
	Logging  Logging
	// Inspect lets a debugger attach at this port of 127.0.0.1, 0 for the usual one or
	// another that is free; nil: none can. There is one process then, which is started
	// at once, and no time is over while a debugger is attached.
	Inspect *int
}

// Build says how what is run is made of what is in Dir. The zero value goes by the
// files.
type Build = program.Build

// Layer is a folder that is laid out as in /opt, or what one is built of.
type Layer = program.Layer

// Events says how events are tried that nobody waits for. Documented: AWS Lambda
// API, PutFunctionEventInvokeConfig.
type Events struct {
	Qualifier string        // of the alias or version that it is about; "" for $LATEST
	Retries   *int          // 0 to 2 after the first; nil for 2
	OnSuccess string        // ARN of the function that is told of an event's success; "" for none
	OnFailure string        // ARN of the one that is told that it was given up
	Age       time.Duration // after which an event is dropped, 60 s to 6 h; 6 h when zero
}

// Logging is a function's LoggingConfig. Documented: AWS Lambda API, LoggingConfig.
type Logging struct {
	JSON   bool   // lines are JSON
	Level  string // of the function's own lines, such as DEBUG; "" for the runtime's own
	System string // of Lambda's lines, DEBUG, INFO or WARN; INFO when ""
	Group  string // /aws/lambda/NAME when ""
}

// Bounds of what Lambda takes. Documented: AWS Lambda Developer Guide, Lambda quotas.
const (
	// A definition beyond them would be refused where it is deployed, so it is here too,
	// and the defaults are Lambda's: a handler that is too slow for three seconds shall
	// not turn out to be so in AWS.
	defaultTimeout = 3 * time.Second
	longestTimeout = 900 * time.Second
	defaultMemory  = 128
	leastMemory    = 128
	mostMemory     = 10240
	mostRetries    = 2
	leastAge       = time.Minute
	longestAge     = 6 * time.Hour
)

// Documented: AWS Lambda API, CreateFunction, FunctionName: 64 characters at most, and no
// dot or colon, by which a name would not come out of an ARN as it went in.
var functionName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// Complete fills what is left out and tells all that is wrong.
func (f Function) Complete() (Function, error) {
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
	f.checkEvents(fail)
	// Told now: at the first event it would be a module that is not found.
	f.Layers = slices.Clone(f.Layers)
	for i := range f.Layers {
		layer := &f.Layers[i]
		// Its folders stand in variables of a process that works elsewhere.
		if dir, err := filepath.Abs(layer.Dir); err == nil {
			layer.Dir = dir
		}
		if info, err := os.Stat(layer.Dir); err != nil {
			fail("its layer %d: %w", i+1, err)
		} else if !info.IsDir() {
			fail("its layer %s is no folder", layer.Dir)
		}
	}
	// Documented: AWS Lambda API, CreateAlias, FunctionVersion: an alias leads to a
	// version that has been published, or to $LATEST.
	for _, alias := range slices.Sorted(maps.Keys(f.Aliases)) {
		if to := f.Aliases[alias]; to != version && !slices.Contains(f.Versions, to) {
			fail("its alias %s leads to version %s, which it does not have", alias, to)
		}
	}
	// Documented: AWS Lambda Developer Guide, Working with Lambda environment variables:
	// nobody can set those that are reserved. To pass over them would run something else
	// than was defined.
	for _, name := range slices.Sorted(maps.Keys(f.Env)) {
		if reserved[name] {
			fail("the variable %s is Lambda's own", name)
		}
	}
	if n := f.Inspect; n != nil && (*n < 0 || *n > 65535) {
		fail("a debugger's port of %d", *n)
	}
	if len(faults) == 0 {
		if err := f.choose(); err != nil {
			fail("%w", err)
		}
		if f.Inspect != nil && !inspectable(f.Runtime) {
			fail("functions of %s cannot be debugged here, those of Node and Python can", f.Runtime)
		}
	}
	// Documented: AWS Lambda Developer Guide, Configuring CloudWatch log groups: a
	// function that names none has this one.
	if f.Logging.Group == "" {
		f.Logging.Group = "/aws/lambda/" + f.Name
	}
	return f, errors.Join(faults...)
}

// checkEvents tells what is wrong about concurrency and events. Documented: AWS Lambda
// API, PutFunctionConcurrency: zero is a setting too, by which a function is switched off;
// PutFunctionEventInvokeConfig: the bounds of retries and age.
func (f *Function) checkEvents(fail func(string, ...any)) {
	if f.Reserved != nil && *f.Reserved < 0 {
		fail("a reserved concurrency of %d", *f.Reserved)
	}
	for _, e := range f.Events {
		if n := e.Retries; n != nil && (*n < 0 || *n > mostRetries) {
			fail("%d retries of events: want 0 to %d", *n, mostRetries)
		}
		if e.Age != 0 && (e.Age < leastAge || e.Age > longestAge) {
			fail("events of an age of %s: want 60 to 21600 seconds", e.Age)
		}
	}
}

// eventsOf is how events of a qualifier are tried.
func (f *Function) eventsOf(qualifier string) Events {
	// Documented: AWS Lambda API, PutFunctionEventInvokeConfig: a version or alias has a
	// configuration of its own, and none takes over what another one has.
	retries := mostRetries
	found := Events{Qualifier: qualifier, Retries: &retries, Age: longestAge}
	for _, e := range f.Events {
		if cmp.Or(e.Qualifier, version) != cmp.Or(qualifier, version) {
			continue
		}
		if e.Retries != nil {
			found.Retries = e.Retries
		}
		if e.Age > 0 {
			found.Age = e.Age
		}
		found.OnSuccess, found.OnFailure = e.OnSuccess, e.OnFailure
	}
	return found
}

// code is what it is made of.
func (f *Function) code() program.Code {
	c := program.Code{Name: f.Name, Dir: f.Dir, Handler: f.Handler, Runtime: f.Runtime, Command: f.Command, Build: f.Build, Layers: f.Layers}
	// A Makefile knows a function by its logical id: the physical name may be one that
	// CloudFormation has made up.
	c.Build.Target = cmp.Or(c.Build.Target, f.LogicalID)
	return c
}

// qualified is the version that a qualifier leads to.
func (f *Function) qualified(qualifier string) (string, bool) {
	// Documented: AWS Lambda Developer Guide, Manage Lambda function versions: an ARN
	// without a qualifier means $LATEST. Whoever defines neither version nor alias takes
	// what a stage variable says, since only a deployment makes the alias that it names.
	if qualifier == "" || qualifier == version || !f.Defined && len(f.Versions)+len(f.Aliases) == 0 {
		return version, true
	}
	if to, ok := f.Aliases[qualifier]; ok {
		return to, true
	}
	return qualifier, slices.Contains(f.Versions, qualifier)
}
