package local

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dragoman-gateway/dragoman/function"
	"github.com/dragoman-gateway/dragoman/function/local/look"
	"github.com/dragoman-gateway/dragoman/function/local/program"
	"github.com/dragoman-gateway/dragoman/message"
)

// pool is the processes of one function.
type pool struct {
	runner   *Runner
	function Function
	others   others   // who the function means by what its variables name
	words    []string // of its variables, which may be ids of APIs
	arn      string
	slots    chan struct{} // one taken for each invocation under way
	events   chan struct{} // one taken for each event that waits or is tried again
	retired  chan struct{} // closed when the function has changed or gone
	port     atomic.Int64  // of the debugger; 0 for none yet
	living   atomic.Int64  // processes that are there
	warned   *warnings

	building sync.Mutex // held while a program is made
	view     *look.View // of the function's files
	ahead    look.Stamp // that was built last before anybody asked; follow's alone

	mu      sync.Mutex // Protects fields below.
	idle    []*process // the one used last at the end
	program *program.Program
	files   look.Stamp // that program was made of
}

// warnings are those of a function that were logged, whatever its definition was then.
type warnings struct {
	mu    sync.Mutex // Protects field below.
	texts map[string]bool
}

// firstly says whether a warning is told for the first time.
func (w *warnings) firstly(text string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	// One may have a line number in it, which every edit moves.
	if w.texts == nil || len(w.texts) > 100 {
		w.texts = map[string]bool{}
	}
	first := !w.texts[text]
	w.texts[text] = true
	return first
}

func (r *Runner) newPool(f Function) *pool {
	n := r.options.Concurrency
	// Documented: AWS Lambda Developer Guide, Configuring reserved concurrency for a
	// function: it is what is kept for the function and the most that it gets, and zero
	// lets nobody in.
	if f.Reserved != nil {
		n = *f.Reserved
	}
	// A port has room for one debugger, and with two processes breakpoints would be met by
	// chance.
	if f.Inspect != nil {
		n = min(n, 1)
	}
	return &pool{runner: r, function: f, others: r.others(&f), words: words(f.Env), slots: make(chan struct{}, n), events: make(chan struct{}, mostEvents), retired: make(chan struct{}), warned: &warnings{},
		view: look.New(r.folders, append([]string{f.Dir}, program.Folders(f.Layers)...)...),
		arn:  fmt.Sprintf("arn:aws:lambda:%s:%s:function:%s", r.options.Region, r.options.Account, f.Name)}
}

// errRetired says that a function has changed or gone before an invocation began.
var errRetired = errors.New("the function has changed")

// retire ends what is idle. What is under way ends when it is over, and who stands in
// line is sent away.
func (p *pool) retire() {
	p.mu.Lock()
	defer p.mu.Unlock()
	close(p.retired)
	for _, one := range p.idle {
		one.retire()
	}
	p.idle = nil
	if p.program != nil {
		p.program.Retire()
	}
}

func (p *pool) isRetired() bool {
	select {
	case <-p.retired:
		return true
	default:
		return false
	}
}

// invoke takes an invocation through a process and waits for its answer.
func (p *pool) invoke(ctx context.Context, in *invocation) (answer, error) {
	if err := p.enter(ctx); err != nil {
		return answer{}, err
	}
	// It is a task of the Runner's: what a function has begun is not undone because its
	// caller has gone.
	if !p.runner.tasks.Go("an invocation of a function", func() { defer p.leave(); p.run(in) }) {
		p.leave()
		return answer{}, message.Fail(message.ErrCanceled, context.Canceled)
	}
	defer close(in.left)
	for {
		select {
		case kind := <-in.kinds:
			if in.begin != nil {
				in.begin(kind)
			}
			continue
		case part := <-in.parts:
			if err := in.stream(part); err != nil {
				return answer{}, message.Fail(message.ErrCanceled, err)
			}
			continue
		case a := <-in.answered:
			if in.log == nil {
				in.settle()
				return a, nil
			}
			select {
			case <-in.over:
				return a, nil
			case <-ctx.Done():
			}
		case <-ctx.Done():
		}
		return answer{}, message.Failure(ctx.Err())
	}
}

// settling is how long an answer waits for the last lines of its invocation where somebody
// looks on: so little that nobody who is answered notices.
const settling = 20 * time.Millisecond

// settle waits a moment for the lines of an invocation that was answered.
func (in *invocation) settle() {
	if in.shown == nil {
		return
	}
	late := time.NewTimer(settling)
	defer late.Stop()
	select {
	case <-in.over:
	case <-late.C:
	}
}

// enter waits for a slot. Documented: AWS Lambda API, Invoke, errors: beyond its
// reserved concurrency a function refuses.
func (p *pool) enter(ctx context.Context) error {
	select {
	case p.slots <- struct{}{}:
		return nil
	default:
	}
	if p.function.Reserved != nil {
		return message.Fail(message.ErrThrottled, &function.Refusal{Status: 429, Type: "TooManyRequestsException", Message: "Rate Exceeded.",
			Reason: "ReservedFunctionConcurrentInvocationLimitExceeded"})
	}
	// Others wait: that a laptop is busy is no reason for the 429 which Lambda has for
	// accounts beyond their quota.
	select {
	case p.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return message.Failure(ctx.Err())
	case <-p.retired:
		return errRetired
	case <-p.runner.ctx.Done():
		return message.Fail(message.ErrCanceled, context.Canceled)
	}
}

func (p *pool) leave() { <-p.slots }

// run serves an invocation and gives its process back. It always answers.
func (p *pool) run(in *invocation) {
	p.runner.journal.Invoked(p.function.Name)
	defer close(in.over)
	defer in.answer(failed("Runtime.Unknown", "RequestId: "+in.id+" Error: Unknown application error occurred")) // should nobody have
	// Documented: AWS Lambda Developer Guide, Understanding the Lambda execution
	// environment lifecycle: an environment has one event at a time, and is used again for
	// the next.
	for p.runner.ctx.Err() == nil {
		one, failure := p.initialised(in)
		if failure != nil {
			in.answer(*failure)
			return
		}
		reusable, err := one.serve(in)
		if err != nil { // it ended while it was idle
			one.end()
			continue
		}
		if reusable {
			p.giveBack(one)
		} else {
			one.end()
		}
		return
	}
}

// initialised is a process that is ready for the event. Documented: AWS Lambda
// Developer Guide, Init phase: one that fails is run again with the invocation, then
// within the function's own timeout.
func (p *pool) initialised(in *invocation) (*process, *answer) {
	limit, phase := p.runner.initLimit, "init"
	for {
		one, err := p.process(in.version)
		if err != nil {
			p.log(in, err.Error())
			// Observed: Lambda's type for an entry point that cannot be run. It has none
			// for what cannot be built, which is told in its place with the compiler's
			// words.
			a := failed("Runtime.InvalidEntrypoint", "RequestId: "+in.id+" Error: "+err.Error())
			return nil, &a
		}
		failure := one.initialise(in, limit, phase)
		if failure == nil {
			return one, nil
		}
		one.end()
		if phase == "invoke" {
			return nil, failure
		}
		limit, phase = p.function.Timeout, "invoke"
	}
}

// process is an idle process, or a new one, whose init phase may be under way.
func (p *pool) process(version string) (*process, error) {
	if one := p.takeIdle(version); one != nil {
		return one, nil
	}
	made, files, err := p.prepared()
	if err != nil {
		return nil, err
	}
	if err := p.inspectable(); err != nil {
		made.Leave()
		return nil, err
	}
	return p.start(made, files, version)
}

// takeIdle gives the process of a version that was used last. What runs old files
// ends.
func (p *pool) takeIdle(version string) *process {
	// The one used last is taken, so that the others are idle long enough to end. Each is
	// of one version, which its environment names. Documented: AWS Lambda Developer Guide,
	// Working with Lambda environment variables, AWS_LAMBDA_FUNCTION_VERSION.
	now := p.view.Stamp()
	p.mu.Lock()
	defer p.mu.Unlock()
	var taken *process
	kept := p.idle[:0]
	for _, one := range p.idle {
		switch {
		case one.files != now || !one.alive():
			one.retire()
		default:
			if one.version == version {
				taken = one
			}
			kept = append(kept, one)
		}
	}
	clear(p.idle[len(kept):])
	p.idle = kept
	if taken != nil {
		i := slices.Index(p.idle, taken)
		p.idle = slices.Delete(p.idle, i, i+1)
		taken.busy()
	}
	return taken
}

// giveBack keeps a process for the next invocation.
func (p *pool) giveBack(one *process) {
	p.mu.Lock()
	defer p.mu.Unlock()
	// One that runs an older program has served its last event: the next one is for the
	// code as it is now.
	if p.runner.ctx.Err() != nil || p.isRetired() || one.program != p.program {
		one.end()
		return
	}
	p.idle = append(p.idle, one)
	if p.port.Load() > 0 { // somebody may be setting breakpoints
		return
	}
	one.expiry = time.AfterFunc(p.runner.options.Idle, p.runner.options.Reports.Guard("ending an idle process", func() { p.expire(one) }))
}

// expire ends a process that is still idle.
func (p *pool) expire(one *process) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, other := range p.idle {
		if other == one {
			p.idle = slices.Delete(p.idle, i, i+1)
			one.end()
			return
		}
	}
}

// prepared is the program of the function's present files, which has the caller for a
// user already. It is made once for each change; what cannot be made is tried again by
// the next invocation.
func (p *pool) prepared() (*program.Program, look.Stamp, error) {
	p.building.Lock()
	defer p.building.Unlock()
	files := p.view.Stamp()
	if made := p.made(files); made != nil {
		made.Use()
		return made, files, nil
	}
	began := time.Now()
	made, err := p.runner.maker.Make(p.runner.ctx, p.function.code())
	if err != nil {
		return nil, files, err
	}
	made.Use()
	p.mu.Lock()
	before := p.program
	p.program = made
	// One that was given back while this was made would stay, with its program, until the
	// next invocation looks.
	p.idle = slices.DeleteFunc(p.idle, func(one *process) bool {
		if one.program != made {
			one.retire()
		}
		return one.program != made
	})
	p.mu.Unlock()
	// Processes that run it keep it until they end: what was built is removed after the
	// last.
	if before != nil {
		before.Retire()
	}
	if p.view.Besides(made.Inputs); len(made.Inputs) > 0 {
		files = p.view.Stamp()
	}
	if look.ChangedSince(made.Inputs, began) {
		files = 0 // one has changed meanwhile: the next invocation makes it anew
	}
	p.mu.Lock()
	p.files = files
	p.mu.Unlock()
	if p.isRetired() {
		made.Retire()
	}
	p.warn(made.Warnings)
	return made, files, nil
}

// made is the program if it was made of these files.
func (p *pool) made(files look.Stamp) *program.Program {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.program != nil && p.files == files {
		return p.program
	}
	return nil
}

// warn logs what has not been logged yet.
func (p *pool) warn(texts []string) {
	for _, text := range texts {
		if p.warned.firstly(text) {
			p.runner.options.Logger.Warn(text, "function", p.function.Name)
		}
	}
}

// log logs a line, which belongs to an invocation unless that is nil.
func (p *pool) log(in *invocation, text string) {
	if in != nil && in.log != nil {
		in.log.add(text)
	}
	id := ""
	if in != nil {
		id = in.id
	}
	hidden := p.runner.journal.Add(p.function.Name, id, text)
	if in != nil && in.shown != nil {
		in.shown.add(hidden)
	}
	p.runner.options.Log(Line{p.function.Name, p.function.Logging.Group, text})
}
