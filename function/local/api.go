package local

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"

	"github.com/dragoman-gateway/dragoman/function"
)

// routes are the Runtime API. Documented: AWS Lambda Developer Guide, Using the
// Lambda runtime API.
func (p *process) routes() http.Handler {
	// There is one version of it. The calls of SnapStart are not among them: nothing is
	// restored here.
	const at = runtimeAt
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+at+"invocation/next", p.next)
	mux.HandleFunc("POST "+at+"invocation/{id}/response", p.response)
	mux.HandleFunc("POST "+at+"invocation/{id}/error", p.failure)
	mux.HandleFunc("POST "+at+"init/error", p.initError)
	return mux
}

// poll is a runtime's call for the next event.
type poll struct {
	give func(in *invocation) // answers it, once; it must not wait for the runtime

	// Guarded by the mu of its process: one of them, at most.
	taken bool // it has an event, or is about to have it
	gone  bool // the runtime waits no more
}

// ask has the process wait for an event. It is refused to who has one already, which is told by
// the phase.
func (p *process) ask(q *poll) (phase, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	// Observed: this refusal, at AWS's runtime interface emulator. Who has
	// an event must answer it first, and one process does not wait twice.
	if p.phase == running || p.phase == waiting {
		return p.phase, false
	}
	p.phase = waiting
	select {
	case <-p.asked: // by a runtime that has gone away since
	default:
	}
	p.asked <- q
	return waiting, true
}

// withdraw says that a runtime waits no more; false when it has got an event by then.
func (p *process) withdraw(q *poll) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if q.taken {
		return false
	}
	q.gone, p.phase = true, answering
	return true
}

// begin gives an event to a runtime that waits; false when it waits no more.
func (p *process) begin(in *invocation, q *poll) bool {
	p.mu.Lock()
	if q.gone {
		p.mu.Unlock()
		return false
	}
	q.taken = true
	p.phase, p.current, p.kind = running, in, ""
	p.mu.Unlock()
	p.logStart(in) // before anything of its own
	q.give(in)
	return true
}

// next gives the runtime an event, as soon as there is one.
func (p *process) next(w http.ResponseWriter, r *http.Request) {
	given := make(chan *invocation, 1)
	q := &poll{give: func(in *invocation) { given <- in }}
	if phase, ok := p.ask(q); !ok {
		refuse(w, http.StatusForbidden, "InvalidStateTransition", fmt.Sprintf("State transition from %s to Ready failed for runtime. Error: State transition is not allowed", phase))
		return
	}
	select {
	case in := <-given:
		p.head(in, w.Header().Set)
		w.Header().Set("Content-Length", strconv.Itoa(len(in.payload)))
		_, _ = w.Write(in.payload)
	case <-p.ended:
		<-p.child.Done() // it hears nothing any more
	case <-r.Context().Done(): // the runtime has gone away; its process tells the rest
		p.withdraw(q)
	}
}

// head is what a runtime is told with an event.
func (p *process) head(in *invocation, put func(name, value string)) {
	// Documented: AWS Lambda Developer Guide, Using the Lambda runtime API, Next
	// invocation: these fields, with the deadline in milliseconds since 1970. One that has
	// nothing to say is left out, by which runtimes tell that there is no trace and no
	// context. The payload is passed on byte by byte: it need not even be JSON.
	set := func(name, value string) {
		if value != "" {
			put(name, value)
		}
	}
	set("Content-Type", "application/json")
	set("Lambda-Runtime-Aws-Request-Id", in.id)
	set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(in.deadline.UnixMilli(), 10))
	set("Lambda-Runtime-Invoked-Function-Arn", in.arn)
	set("Lambda-Runtime-Trace-Id", in.trace)
	p.pool.tell(set, in.payload, p.api.Addr)
	// Documented: AWS Lambda API, Invoke, X-Amz-Client-Context is base64; runtimes get the
	// JSON in it, and some give up on what is none.
	if context, err := base64.StdEncoding.DecodeString(in.client); err == nil && json.Valid(context) {
		set("Lambda-Runtime-Client-Context", string(context))
	}
}

// response takes what a handler answered.
func (p *process) response(w http.ResponseWriter, r *http.Request) {
	in := p.underWay(w, r)
	if in == nil {
		return
	}
	// Documented: AWS Lambda Developer Guide, Building a custom runtime for AWS Lambda,
	// Implementing response streaming: the mode is streaming, or is not said. Observed:
	// the error for another one.
	switch mode := r.Header.Get("Lambda-Runtime-Function-Response-Mode"); mode {
	case "", "streaming":
	default:
		p.back(in)
		refuse(w, http.StatusBadRequest, "InvalidFunctionResponseMode", "Invalid function response mode")
		return
	}
	read, most := whole, function.MaxPayload
	if in.stream != nil && r.Header.Get("Lambda-Runtime-Function-Response-Mode") == "streaming" {
		read, most = in.pass, mostStreamed
	}
	body, err := read(r)
	switch {
	// Both are told: the caller as of an error of the function, the runtime so that its
	// log says why. Observed: both texts, and the hundred bytes above 6 MB.
	case errors.Is(err, errTooLarge):
		p.done(in, tooLarge(r.ContentLength, most))
		refuse(w, http.StatusRequestEntityTooLarge, "RequestEntityTooLarge", fmt.Sprintf("Exceeded maximum allowed payload size (%d bytes).", most))
		return
	case err != nil:
		// Half an answer is none: the runtime may post it again. Observed: the text.
		p.back(in)
		refuse(w, http.StatusBadRequest, "TruncatedHTTPRequest", "HTTP request detected as truncated")
		return
	}
	// Documented: AWS Lambda Developer Guide, Building a custom runtime for AWS Lambda,
	// Implementing response streaming: an error after the first byte comes in trailers,
	// its body in base64. A caller that took the stream keeps what it has.
	a := answer{payload: body}
	kind, text := r.Trailer.Get("Lambda-Runtime-Function-Error-Type"), r.Trailer.Get("Lambda-Runtime-Function-Error-Body")
	if kind != "" || text != "" { // it failed while it streamed
		a = answer{failure: "Unhandled", kind: errorType(kind)}
		if a.payload, err = base64.StdEncoding.DecodeString(text); err != nil || len(a.payload) == 0 {
			a = failed(a.kind, "RequestId: "+in.id+" Error: "+kind)
		}
	}
	p.done(in, a)
	accepted(w)
}

// failure takes the error of a handler.
func (p *process) failure(w http.ResponseWriter, r *http.Request) {
	in := p.underWay(w, r)
	if in == nil {
		return
	}
	body, err := whole(r)
	if err != nil {
		body = nil
	}
	// Documented: AWS Lambda Developer Guide, Using the Lambda runtime API, Invocation
	// error: the body is the runtime's own and goes to the caller as it is; the type in
	// the header is for reports alone.
	p.done(in, ofRuntime(body, r))
	accepted(w)
}

// initError takes why the function cannot be run. The runtime exits afterwards.
func (p *process) initError(w http.ResponseWriter, r *http.Request) {
	body, err := whole(r)
	if err != nil {
		body = nil
	}
	a := ofRuntime(body, r)
	// Observed: after the first call for an event it is too late for an error of init.
	p.mu.Lock()
	out := p.phase != starting
	if !out {
		p.broken = &a
	}
	p.mu.Unlock()
	if out {
		refuse(w, http.StatusForbidden, "InvalidStateTransition", "State transition from Ready to InitError failed for runtime. Error: State transition is not allowed")
		return
	}
	accepted(w)
}

// underWay is the invocation that a request is about, if its answer is still to come:
// it is this request's to give then.
func (p *process) underWay(w http.ResponseWriter, r *http.Request) *invocation {
	p.mu.Lock()
	defer p.mu.Unlock()
	if in := p.takeLocked(r.PathValue("id")); in != nil {
		return in
	}
	// Observed: without an event it is a call out of turn, and with one a wrong id. An
	// invocation that was answered has a wrong id from then on, which is how a late second
	// answer is refused.
	if p.phase == starting || p.phase == waiting {
		refuse(w, http.StatusForbidden, "InvalidStateTransition", fmt.Sprintf("State transition from %s to InvocationResponse failed for runtime. Error: State transition is not allowed", p.phase))
		return nil
	}
	refuse(w, http.StatusBadRequest, "InvalidRequestID", "Invalid request ID")
	return nil
}

// take is the invocation of an id, if its answer is still to come: it is the caller's to give then.
func (p *process) take(id string) *invocation {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.takeLocked(id)
}

func (p *process) takeLocked(id string) *invocation {
	in := p.current
	if in == nil || in.id != id {
		return nil
	}
	p.current = nil
	return in
}

// has says whether the answer of an id is still to come.
func (p *process) has(id string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.current != nil && p.current.id == id
}

// back makes the invocation answerable again, after an answer that did not arrive.
func (p *process) back(in *invocation) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.current = in
}

func (p *process) done(in *invocation, a answer) {
	p.mu.Lock()
	p.phase, p.kind = answering, a.kind
	p.mu.Unlock()
	in.answer(a)
}

var errTooLarge = errors.New("the answer is too large")

// whole reads an answer, at most as much as Lambda takes. Its trailers are there then.
func whole(r *http.Request) ([]byte, error) {
	if r.ContentLength > function.MaxPayload {
		return nil, errTooLarge
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, function.MaxPayload+1))
	if err == nil && len(body) > function.MaxPayload {
		return nil, errTooLarge
	}
	return body, err
}

// mostStreamed bounds what is streamed to a caller, in bytes. Documented: AWS Lambda
// Developer Guide, Lambda quotas: 200 MB.
const mostStreamed = 200 << 20

// pass passes an answer on to the caller as it comes. One that nobody takes any more is
// read all the same: the function may go on.
func (in *invocation) pass(r *http.Request) ([]byte, error) {
	select {
	case in.kinds <- r.Header.Get("Content-Type"):
	case <-in.left:
	}
	for total := 0; ; {
		part := make([]byte, 16<<10)
		n, err := r.Body.Read(part)
		if total += n; total > mostStreamed {
			return nil, errTooLarge
		}
		if n > 0 {
			select {
			case in.parts <- part[:n]:
			case <-in.left:
			}
		}
		if errors.Is(err, io.EOF) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
	}
}

// tooLarge is the answer for one that Lambda does not take. The size of a chunked one is
// not known: it was read as far as one byte too many.
func tooLarge(size int64, most int) answer {
	if size < 0 {
		size = int64(most) + 1
	}
	return failed("Function.ResponseSizeTooLarge", fmt.Sprintf("Response payload size (%d bytes) exceeded maximum allowed payload size (%d bytes).", size, most))
}

// ofRuntime is the answer for an error that a runtime has told.
func ofRuntime(body []byte, r *http.Request) answer {
	kind := errorType(r.Header.Get("Lambda-Runtime-Function-Error-Type"))
	if len(body) == 0 {
		return failed(kind, "")
	}
	return answer{payload: body, failure: "Unhandled", kind: kind}
}

// Observed: AWS's runtime interface emulator takes types of this form and no others. Types
// end up in log lines that are split at tabs, so nothing else may stand in them.
var errorTypes = regexp.MustCompile(`^(Runtime|Function)\.[A-Z][a-zA-Z]+$`)

// errorType is a type as reports have it: what is not of Lambda's form is unknown.
func errorType(told string) string {
	if errorTypes.MatchString(told) {
		return told
	}
	return "Runtime.Unknown"
}

func (p phase) String() string {
	return [...]string{"Started", "Ready", "Running", "InvocationResponse"}[p]
}

// Documented: AWS Lambda Developer Guide, Using the Lambda runtime API: answers and errors
// that are taken are answered by 202.
func accepted(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusAccepted)
	_, _ = io.WriteString(w, taken)
}

const taken = `{"status":"OK"}`

func refuse(w http.ResponseWriter, status int, kind, text string) {
	body, _ := json.Marshal(struct { // two texts are always encodable
		Message string `json:"errorMessage"`
		Type    string `json:"errorType"`
	}{text, kind})
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(body)
}
