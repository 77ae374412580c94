package local

import (
	"cmp"
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/dragoman-gateway/dragoman/function"
	"github.com/dragoman-gateway/dragoman/function/local/journal"
	"github.com/dragoman-gateway/dragoman/function/local/program"
	"github.com/dragoman-gateway/dragoman/internal/guardian"
	"github.com/dragoman-gateway/dragoman/internal/tasks"
	"github.com/dragoman-gateway/dragoman/internal/watch"
	"github.com/dragoman-gateway/dragoman/message"
	"github.com/dragoman-gateway/dragoman/record/mask"
)

// Options say how functions are run. The zero value of a member is its default.
type Options struct {
	Region      string
	Account     string
	Environment []string      // of this program, NAME=value; functions see what they need of it
	Endpoint    func() string // where the Invoke API is, for functions that call functions; nil for nowhere
	Concurrency int           // processes of one function at most: 10
	// Runtimes are commands, as a shell reads them, that run all functions of a runtime.
	Runtimes  map[string]string
	Idle      time.Duration    // after which a process ends that nobody needs: 5 minutes
	Callbacks Callbacks        // what functions call the gateway back by
	Inspect   func(Inspection) // is told of each process that a debugger may attach to; nil: nobody is
	Log       func(Line)       // takes what functions print; nil drops it. It must return at once
	Reports   *tasks.Reporter
	Logger    *slog.Logger
}

// Line is a line of a function's log.
type Line struct {
	Function string
	Group    string // of logs, such as /aws/lambda/NAME
	Text     string // without its line break
}

func (o *Options) endpoint() string {
	if o.Endpoint == nil {
		return ""
	}
	return o.Endpoint()
}

// Documented: AWS Lambda Developer Guide, Lambda execution environment lifecycle.
const initLimit = 10 * time.Second

// Runner runs functions. It is safe for concurrent use.
type Runner struct {
	options  Options
	names    function.Names
	guardian *guardian.Guardian
	tasks    tasks.Group // one for each invocation, and one for each process's output
	journal  *journal.Journal
	folder   string     // bootstraps and what was built; gone with the Runner
	mask     *mask.Mask // hides secrets of functions' environments
	maker    *program.Maker
	folders  *watch.Folders     // of functions with many files; nil where none can be watched
	stop     context.CancelFunc // ends waits and builds
	ctx      context.Context    // of all that is not a caller's

	replacing sync.Mutex    // held while the set of functions changes
	initLimit time.Duration // of the init phase
	pause     time.Duration // before an event is tried again, and twice that the next time

	following sync.Once // begins to build what is saved

	mu      sync.Mutex // Protects fields below.
	pools   map[string]*pool
	logical map[string]*pool // by logical id, nil for one that several have
	set     context.Context  // of these pools; ends when others take their place
	over    context.CancelFunc
}

var _ function.Invoker = (*Runner)(nil)

// New makes a Runner of functions that Parse has made or that are as complete.
func New(o Options, functions ...Function) (*Runner, error) {
	// Assumed: Lambda's quota is a thousand for an account, each in a machine of its own.
	// Ten processes of one function are what a laptop bears.
	if o.Concurrency <= 0 {
		o.Concurrency = 10
	}
	// Assumed: Lambda keeps an idle environment for some minutes, and does not say how
	// many.
	if o.Idle == 0 {
		o.Idle = 5 * time.Minute
	}
	if o.Log == nil {
		o.Log = func(Line) {}
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	r := &Runner{options: o, guardian: guardian.New(o.Reports), journal: journal.New(), mask: mask.New(), pools: map[string]*pool{}, initLimit: initLimit, pause: time.Minute}
	r.tasks.Reports = o.Reports
	r.ctx, r.stop = context.WithCancel(context.Background())
	r.set, r.over = context.WithCancel(r.ctx)
	if err := r.Replace(functions...); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

const folders = "dragoman-functions-" // and the pid of their owner

// openFolder makes the folder for bootstraps and programs, and removes those of
// owners that were killed.
func (r *Runner) openFolder() (err error) {
	// An owner that was killed could not clean up. The pid in the name tells its folder
	// from those of gateways that still run.
	left, _ := filepath.Glob(filepath.Join(os.TempDir(), folders+"*"))
	for _, folder := range left {
		pid, _, _ := strings.Cut(strings.TrimPrefix(filepath.Base(folder), folders), "-")
		if n, err := strconv.Atoi(pid); err == nil && gone(n) {
			_ = os.RemoveAll(folder)
		}
	}
	if r.folder, err = os.MkdirTemp("", fmt.Sprintf("%s%d-", folders, os.Getpid())); err != nil {
		return err
	}
	r.maker = &program.Maker{Folder: r.folder, Environment: r.options.Environment, Runtimes: r.options.Runtimes, Guardian: r.guardian, Tasks: &r.tasks}
	marks := filepath.Join(r.folder, "marks")
	if err := os.Mkdir(marks, 0o700); err != nil {
		return err
	}
	if r.folders, err = watch.NewFolders(marks); err != nil {
		r.options.Logger.Warn("folders of functions cannot be watched: changes in large ones are seen after a moment", "error", err)
		r.folders = nil
	}
	return unpack(r.folder)
}

//go:embed bootstrap
var bootstraps embed.FS

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

// Has tells whether the Runner runs the function that is named, by name or ARN.
func (r *Runner) Has(name string) bool {
	n, err := r.names.Parse(name)
	return err == nil && r.pool(n.Name) != nil
}

// pool is that of a function by its name, or by the logical id that no other has.
func (r *Runner) pool(name string) *pool {
	r.mu.Lock()
	defer r.mu.Unlock()
	// A physical name counts first: it is what AWS knows, and a logical id may be another
	// function's name.
	if p := r.pools[name]; p != nil {
		return p
	}
	return r.logical[name]
}

// Any tells whether the Runner runs a function.
func (r *Runner) Any() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.pools) > 0
}

// Functions are those that the Runner runs, by name.
func (r *Runner) Functions() []Function {
	r.mu.Lock()
	defer r.mu.Unlock()
	functions := make([]Function, 0, len(r.pools))
	for _, name := range slices.Sorted(maps.Keys(r.pools)) {
		functions = append(functions, r.pools[name].function)
	}
	return functions
}

// Invoke makes one call. A caller whose ctx ends is told so, and the invocation
// goes on until it is over or its function's timeout is.
func (r *Runner) Invoke(ctx context.Context, c *function.Call) (*function.Result, error) {
	n, err := r.names.Parse(c.Function)
	if err != nil {
		return nil, err
	}
	if err := fits(c); err != nil {
		return nil, err
	}
	// The caller's own, as an integration has one. It ends the wait and not the function:
	// on Lambda a function does not learn that its caller has gone.
	if c.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, c.Timeout)
		defer cancel()
	}
	for {
		p := r.pool(n.Name)
		if p == nil {
			return nil, notFound(c.Function)
		}
		result, err := r.call(ctx, p, c, n.Qualifier)
		if !errors.Is(err, errRetired) { // else the function has changed while the caller stood in line
			return result, err
		}
	}
}

func (r *Runner) call(ctx context.Context, p *pool, c *function.Call, qualifier string) (*function.Result, error) {
	began := time.Now()
	in, err := newInvocation(p, c, qualifier)
	if err != nil {
		return nil, err
	}
	// Documented: AWS Lambda API, Invoke, InvocationType: a DryRun is answered by 204 and
	// an Event by 202, neither with a payload. What the function itself does wrong is a
	// 200 with X-Amz-Function-Error.
	switch c.Header.Get("X-Amz-Invocation-Type") {
	case "DryRun":
		return &function.Result{Status: 204, RequestID: in.id, Version: in.version}, nil
	case "Event":
		return r.enqueue(p, in, qualifier)
	}
	a, err := p.invoke(ctx, in)
	if err != nil {
		return nil, err
	}
	result := &function.Result{Status: 200, Payload: a.payload, Error: a.failure, RequestID: in.id, Version: in.version, Latency: time.Since(began)}
	if in.log != nil {
		result.LogResult = in.log.encoded()
	}
	if in.shown != nil {
		result.Logs = in.shown.lines()
	}
	return result, nil
}

// fits tells whether a payload is small enough. Documented: AWS Lambda Developer Guide,
// Lambda quotas: 6 MB, and 1 MB for events.
func fits(c *function.Call) error {
	kind, most := c.Header.Get("X-Amz-Invocation-Type"), function.MaxPayload
	if kind == "Event" {
		most = 1 << 20
	}
	if len(c.Payload) <= most {
		return nil
	}
	return message.Fail(message.ErrTooLarge, &function.Refusal{Status: 413, Type: "RequestTooLargeException",
		Message: fmt.Sprintf("%d byte payload is too large for the %s invocation type (limit %d bytes)", len(c.Payload), cmp.Or(kind, "RequestResponse"), most)})
}

// notFound refuses a function that is not there. Documented: AWS Lambda API, Invoke,
// Errors: 404, ResourceNotFoundException. Assumed: the text.
func notFound(name string) error {
	return message.Fail(message.ErrConfiguration, &function.Refusal{Status: 404, Type: "ResourceNotFoundException", Message: "Function not found: " + name})
}

// Close ends all processes and waits until they are gone. Callers that wait are told
// that they were canceled.
func (r *Runner) Close() error {
	// In this order: who waits is told first, then processes end, and then the tasks that
	// watch them do. The folder goes last, since processes run what is in it.
	r.stop()
	r.journal.Close()
	r.guardian.Close()
	r.tasks.Close()
	r.tasks.Wait()
	if r.folders != nil {
		_ = r.folders.Close()
	}
	if r.folder == "" {
		return nil
	}
	return os.RemoveAll(r.folder)
}
