package local

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dragoman-gateway/dragoman/function/local/look"
	"github.com/dragoman-gateway/dragoman/function/local/output"
	"github.com/dragoman-gateway/dragoman/function/local/program"
	"github.com/dragoman-gateway/dragoman/internal/guardian"
)

// process is one process of a function with its own Runtime API, by whose address it
// is known.
type process struct {
	pool     *pool
	program  *program.Program
	files    look.Stamp // that it was made of
	version  string     // of the function
	began    time.Time
	child    *guardian.Process
	memory   *memory
	listener net.Listener
	api      *http.Server // of what links do not serve themselves
	others   *handed      // to it
	output   *output.Output
	expiry   *time.Timer
	serving  atomic.Pointer[invocation] // whose log lines are logged
	ready    bool                       // the init phase is over
	initTook time.Duration              // until the first report

	asked  chan *poll    // the runtime asks for the next event; buffered, filled under mu
	poll   *poll         // that was asked and not answered; of who has the process at the moment
	ended  chan struct{} // closed by end
	killed atomic.Bool   // by end, while the process was there
	once   sync.Once

	mu      sync.Mutex  // Protects fields below.
	phase   phase       // what the runtime may do next
	current *invocation // between next and its answer
	broken  *answer     // why init failed, as the runtime told
	kind    string      // how the last invocation failed, "" for not
	links   map[*link]struct{}
}

// phase is where the runtime stands.
// Documented: AWS Lambda Developer Guide, Building a custom runtime for AWS Lambda: after
// initialising a runtime gets an event, handles it, and posts the answer or an error, over
// and over. A call out of turn is refused.
type phase int

const (
	starting  phase = iota // has not asked for anything
	waiting                // asks for the next
	running                // has an event
	answering              // has answered it
)

// start starts a process. Its init phase goes on when it returns. The program loses a
// user with the process.
func (p *pool) start(made *program.Program, files look.Stamp, version string) (_ *process, err error) {
	defer func() {
		if err != nil {
			made.Leave()
		}
	}()
	// Each process has a Runtime API of its own. Requests do not say who sends them, so
	// the address that they come to is how a process is known. Documented: AWS Lambda
	// Developer Guide, Using the Lambda runtime API: AWS_LAMBDA_RUNTIME_API is its host
	// and port.
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	one := &process{pool: p, program: made, files: files, version: version, began: time.Now(), listener: listener,
		asked: make(chan *poll, 1), ended: make(chan struct{}), links: map[*link]struct{}{}}
	address := listener.Addr().String()
	// Documented: AWS Lambda Developer Guide, Using the Lambda runtime API, Next
	// invocation: the runtime sets no timeout for this call, since an event may be long in
	// coming. So there is none for answers here. A runtime may be connected before its first
	// call for as long as an init phase takes, which may be the function's whole time.
	one.api = &http.Server{Addr: address, Handler: one.routes(), ReadHeaderTimeout: 2 * longestTimeout, MaxHeaderBytes: 1 << 20}
	var writer *os.File
	values := p.environment(address, version, made)
	path, args, err := made.Command(&program.Start{Port: int(p.port.Load()), Memory: p.function.Memory, Variable: func(name string) string { return values[name] }})
	if err != nil {
		listener.Close()
		return nil, err
	}
	if one.output, writer, err = output.New(one.log, p.runner.options.Reports); err != nil {
		listener.Close()
		return nil, err
	}
	one.child, err = p.runner.guardian.Start(guardian.Command{
		Path: path, Args: args, Env: listed(values), Dir: made.Dir,
		Output: writer, Marker: "AWS_LAMBDA_RUNTIME_API=" + address,
	})
	writer.Close()
	if err != nil {
		listener.Close()
		one.output.Close()
		// The system says that the program is not there, and means the folder.
		if _, missing := os.Stat(made.Dir); missing != nil {
			err = fmt.Errorf("the function's folder: %w", missing)
		}
		return nil, err
	}
	one.memory = memoryOf(one.child)
	if told := p.runner.options.Inspect; told != nil && p.port.Load() > 0 {
		told(p.attachable())
	}
	p.living.Add(1)
	tasks := &p.runner.tasks
	one.others = &handed{conns: make(chan net.Conn), closed: make(chan struct{}), at: listener.Addr(), begin: func() {
		tasks.Go("the Runtime API of a function in full", func() { _ = one.api.Serve(one.others) })
	}}
	if !tasks.Go("the Runtime API of a function", one.accept) ||
		!tasks.Go("a function's process", one.watch) {
		p.living.Add(-1)
		listener.Close()
		one.end()
	}
	return one, nil
}

// accept takes connections to the Runtime API until its listener is closed.
func (p *process) accept() {
	for {
		c, err := p.listener.Accept()
		if err != nil {
			return
		}
		l := &link{process: p, conn: c.(*net.TCPConn)}
		p.mu.Lock()
		p.links[l] = struct{}{}
		p.mu.Unlock()
		select {
		case <-p.others.closed: // the others are closed by now
			_ = c.Close()
		default:
		}
		if !p.pool.runner.tasks.Go("a connection to the Runtime API", l.serve) {
			_ = c.Close()
		}
	}
}

// hangUp closes the Runtime API.
func (p *process) hangUp() {
	_ = p.listener.Close()
	close(p.others.closed)
	_ = p.api.Close()
	p.mu.Lock()
	defer p.mu.Unlock()
	for l := range p.links {
		_ = l.conn.Close()
	}
}

// watch ends what belongs to the process when it has.
func (p *process) watch() {
	select {
	case <-p.child.Done():
	case <-p.ended:
	case <-p.pool.runner.ctx.Done():
	}
	p.end()
	<-p.child.Done()
	p.pool.living.Add(-1)
	p.hangUp() // not before: a runtime would complain of that with its last breath
	p.output.Close()
	p.memory.close()
	p.program.Leave()
}

// end ends the process. It may be called again.
func (p *process) end() {
	p.once.Do(func() {
		p.killed.Store(p.alive()) // first: who sees that the process has gone shall know by whom
		p.child.Kill()
		close(p.ended)
	})
}

// busy says that an idle process is idle no more.
func (p *process) busy() {
	if p.expiry != nil {
		p.expiry.Stop()
	}
}

// retire ends an idle process.
func (p *process) retire() {
	p.busy()
	p.end()
}

func (p *process) alive() bool {
	select {
	case <-p.child.Done():
		return false
	default:
		return true
	}
}

// errUntaken says that a process ended before it took the event, which another one
// may have then.
var errUntaken = errors.New("the process has gone")

// serve takes an invocation through the process, answers it, and tells whether the
// process can serve another one.
func (p *process) serve(in *invocation) (reusable bool, err error) {
	p.serving.Store(in)
	defer p.serving.Store(nil)
	// The time begins with the event: what the caller has stood in line, or the init phase
	// took, is not the function's.
	began := time.Now()
	timeout := p.pool.function.Timeout
	in.deadline = began.Add(timeout)
	if !p.give(in) {
		return false, errUntaken
	}
	kind, reusable := p.await(in, timeout)
	p.output.Settle()
	p.logEnd(in, time.Since(began), kind)
	return reusable, nil
}

// give gives an event to the runtime; false when the process ends before it has taken it.
func (p *process) give(in *invocation) bool {
	for {
		select {
		case <-p.child.Done():
			return false
		case <-p.ended:
			return false
		default:
		}
		if p.poll == nil { // the runtime has gone away, and may ask again
			select {
			case p.poll = <-p.asked:
			case <-p.child.Done():
			case <-p.ended:
			}
			continue
		}
		q := p.poll
		if p.poll = nil; p.begin(in, q) {
			return true
		}
	}
}

// await waits until the runtime asks for the next event. It tells how the invocation
// failed, "" for not.
func (p *process) await(in *invocation, timeout time.Duration) (kind string, reusable bool) {
	// Documented: AWS Lambda Developer Guide, Understanding the Lambda execution
	// environment lifecycle, Invoke phase: it ends when the runtime asks for the next
	// event. The timeout covers what the function does after its answer too, although its
	// caller has that already.
	over := time.NewTimer(timeout)
	defer over.Stop()
	look, limit := time.NewTicker(lookAtMemory), int64(p.pool.function.Memory)<<20
	defer look.Stop()
	for {
		select {
		case p.poll = <-p.asked:
			return p.outcome(), true
		case <-p.child.Done():
			return p.gone(in), false
		case <-over.C:
			// Whoever stands at a breakpoint shall find the process still there.
			if p.pool.debugged() {
				over.Reset(timeout)
				continue
			}
			return p.timeout(in, timeout), false
		case <-look.C:
			if p.memory.resident() > limit {
				p.end()
				return p.outOfMemory(in), false
			}
		case <-p.ended:
			return p.gone(in), false
		}
	}
}

// lookAtMemory is how often the memory of a process at work is looked at.
// Lambda's machines have the memory that is configured and no more. A limit of the
// kernel's would need rights over control groups, and one of addresses (RLIMIT_AS) stops
// Node at its start; so it is looked at.
const lookAtMemory = 100 * time.Millisecond

// outcome is how the last invocation failed by the runtime's own word.
func (p *process) outcome() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.kind
}

func (p *process) timeout(in *invocation, timeout time.Duration) string {
	// Documented: AWS Lambda Developer Guide, Understanding the Lambda execution
	// environment lifecycle, Failures during the invoke phase: the environment is reset,
	// so the process ends. It may have answered before: then only the report tells of the
	// timeout. Observed: the line, in the form that it has in CloudWatch.
	a := timedOut(in, timeout)
	p.end()
	if in.answer(a) {
		p.log(time.Now().UTC().Format("2006-01-02T15:04:05.000Z") + " " + in.id + fmt.Sprintf(" Task timed out after %.2f seconds", timeout.Seconds()))
	}
	return a.kind
}

// gone answers for a process that is there no more: one that the gateway has ended says
// nothing of it.
func (p *process) gone(in *invocation) string {
	if p.killed.Load() {
		return p.canceled(in)
	}
	return p.exited(in)
}

func (p *process) canceled(in *invocation) string {
	in.answer(failed("Runtime.ExitError", "RequestId: "+in.id+" Error: the gateway is shutting down"))
	return "Runtime.ExitError"
}

// exited answers for a process that has gone. Observed: these texts.
func (p *process) exited(in *invocation) string {
	text := exitText(p.child.Exit())
	in.answer(failed("Runtime.ExitError", "RequestId: "+in.id+" Error: "+text))
	p.log("RequestId: " + in.id + " Error: " + text)
	return "Runtime.ExitError"
}

func exitText(e guardian.Exit) string {
	switch {
	case e.Signal != "":
		return "Runtime exited with error: signal: " + e.Signal
	case e.Code == 0:
		return "Runtime exited without providing a reason"
	}
	return fmt.Sprintf("Runtime exited with error: exit status %d", e.Code)
}

// outOfMemory answers for a process that was ended. Assumed: the text; the type is
// observed.
func (p *process) outOfMemory(in *invocation) string {
	in.answer(failed("Runtime.OutOfMemory", "RequestId: "+in.id+" Error: Runtime exited with error: signal: killed"))
	return "Runtime.OutOfMemory"
}

// initialise waits for the end of the init phase. Nil says that the process is ready
// for an event; else the process is over, and the answer is what to tell of it. phase
// is when: init, or invoke for what is tried once more.
func (p *process) initialise(in *invocation, limit time.Duration, phase string) *answer {
	if p.ready {
		return nil
	}
	p.serving.Store(in)
	failure, ready := p.awaitInit(in, limit)
	if ready {
		// Documented: AWS Lambda Developer Guide, Viewing CloudWatch logs for Lambda
		// functions: Init Duration is in the report of the first invocation alone.
		p.ready, p.initTook = true, time.Since(p.began)
		return nil
	}
	p.mu.Lock()
	// Documented: AWS Lambda Developer Guide, Using the Lambda runtime API, Initialization
	// error: it is answered to the first invocation, and the runtime exits. That it has
	// exited says less.
	if p.broken != nil { // the runtime has told more
		failure = *p.broken
	}
	p.mu.Unlock()
	p.output.Settle()
	p.logInit(time.Since(p.began), phase, failure.kind)
	if text := program.Hint(failure.payload); text != "" {
		p.log(text)
	}
	return &failure
}

// awaitInit waits until the runtime asks for the first event, or tells why it does not.
func (p *process) awaitInit(in *invocation, limit time.Duration) (failure answer, ready bool) {
	over := time.NewTimer(limit)
	defer over.Stop()
	for {
		select {
		case p.poll = <-p.asked:
			return answer{}, true
		case <-over.C:
			if p.pool.debugged() {
				over.Reset(limit)
				continue
			}
			failure = timedOut(in, limit)
			p.end()
			return failure, false
		case <-p.child.Done():
			return failed("Runtime.ExitError", "RequestId: "+in.id+" Error: "+exitText(p.child.Exit())), false
		case <-p.ended:
			return failed("Runtime.ExitError", "RequestId: "+in.id+" Error: the gateway is shutting down"), false
		}
	}
}

// log logs a line of the invocation that the process has at the moment.
func (p *process) log(text string) { p.pool.log(p.serving.Load(), text) }
