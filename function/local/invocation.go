package local

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dragoman-gateway/dragoman/function"
	"github.com/dragoman-gateway/dragoman/internal/uuid"
)

// version is the one that is not published.
const version = "$LATEST"

// invocation is one event on its way through a function.
type invocation struct {
	id       string
	arn      string // as asked for, with its qualifier
	version  string // that the qualifier leads to
	payload  []byte
	trace    string // X-Amzn-Trace-Id, with all its parts
	client   string // client context, base64 JSON; "" for none
	deadline time.Time
	answered chan answer   // buffered: the first one is taken
	log      *tail         // what is logged of it; nil when nobody asks
	shown    *tail         // the same without secrets, for who only looks on; nil when nobody does
	over     chan struct{} // closed when all of it is logged

	failed func(answer)       // is told of a failure; nil: nobody is
	first  *atomic.Bool       // an answer was given: what comes later is not the outcome
	stream func([]byte) error // takes what is streamed; nil collects it
	begin  func(string)       // is told its content type first; nil is not
	kinds  chan string        // the content type, to the caller
	parts  chan []byte        // to the caller
	left   chan struct{}      // closed when the caller has gone
}

// newInvocation makes one of the function of a pool. The error says that the function
// does not have the version or alias.
func newInvocation(p *pool, c *function.Call, qualifier string) (*invocation, error) {
	in := &invocation{id: uuid.New(), arn: p.arn, payload: c.Payload, stream: c.Stream, begin: c.Begin, kinds: make(chan string), first: new(atomic.Bool),
		// Parts wait for the caller, without a queue: a stream that nobody reads stops its
		// function instead of filling memory.
		answered: make(chan answer, 1), over: make(chan struct{}), parts: make(chan []byte), left: make(chan struct{}),
		trace: traced(c.Header.Get("X-Amzn-Trace-Id"), time.Now()), client: c.Header.Get("X-Amz-Client-Context")}
	in.failed = func(a answer) { p.runner.journal.Failed(p.function.Name, in.id, a.payload) }
	if c.Header.Get("X-Amz-Log-Type") == "Tail" {
		in.log = &tail{}
	}
	if c.Logs {
		in.shown = &tail{}
	}
	// Documented: AWS Lambda Developer Guide, Using the Lambda runtime API:
	// Lambda-Runtime-Invoked-Function-Arn is that which was asked for, with alias or
	// version, by which functions choose their configuration.
	if qualifier != "" {
		in.arn += ":" + qualifier
	}
	var ok bool
	if in.version, ok = p.function.qualified(qualifier); !ok {
		return nil, notFound(in.arn)
	}
	return in, nil
}

// answer is what became of an invocation.
type answer struct {
	payload []byte
	failure string // "" or Unhandled
	kind    string // of the failure, as in REPORT: Runtime.ExitError, timeout …
}

// answer gives an answer and tells whether it was the first.
func (in *invocation) answer(a answer) bool {
	select {
	case in.answered <- a:
		if in.failed != nil && in.first.CompareAndSwap(false, true) && a.failure != "" {
			in.failed(a)
		}
		return true
	default:
		return false
	}
}

// failed is an error that the platform makes, in Lambda's form.
func failed(kind, text string) answer {
	// Documented: AWS Lambda API, Invoke, X-Amz-Function-Error: the payload tells of the
	// error then. Observed: Unhandled is what it says of all errors, and these are the
	// members of the platform's own, in this order.
	payload, err := json.Marshal(struct {
		Type    string `json:"errorType"`
		Message string `json:"errorMessage"`
	}{kind, text})
	if err != nil {
		payload = []byte("{}")
	}
	return answer{payload: payload, failure: "Unhandled", kind: kind}
}

// timedOut is the answer for a function that took too long. Observed: this newer
// text; the older one had a time in front and no type.
func timedOut(in *invocation, timeout time.Duration) answer {
	a := failed("Sandbox.Timedout", fmt.Sprintf("RequestId: %s Error: Task timed out after %.2f seconds", in.id, timeout.Seconds()))
	a.kind = "timeout"
	return a
}

// tail keeps the end of a log. Documented: AWS Lambda API, Invoke, X-Amz-Log-Result:
// the last 4 KB, in base64.
type tail struct {
	mu   sync.Mutex // Protects field below.
	text []byte
}

const tailSize = 4 << 10

func (t *tail) add(line string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(append(t.text, line...), '\n')
	if len(t.text) > tailSize {
		t.text = append(t.text[:0], t.text[len(t.text)-tailSize:]...)
	}
}

func (t *tail) encoded() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return base64.StdEncoding.EncodeToString(t.text)
}

// lines are those that are kept; of the first one the beginning may be gone.
func (t *tail) lines() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.text) == 0 {
		return nil
	}
	return strings.Split(strings.ToValidUTF8(strings.TrimSuffix(string(t.text), "\n"), "\uFFFD"), "\n")
}
