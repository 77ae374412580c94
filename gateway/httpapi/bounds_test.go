package httpapi

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dragoman-gateway/dragoman/function"
	"github.com/dragoman-gateway/dragoman/integration"
	"github.com/dragoman-gateway/dragoman/internal/budget"
	"github.com/dragoman-gateway/dragoman/message"
	"github.com/dragoman-gateway/dragoman/plan"
)

// What is held of a request is there while its function runs, and given back
// whatever became of it.
func TestWhatIsHeld(t *testing.T) {
	const buffer = 1 << 20
	kb := func(n int) string { return strings.Repeat("x", n<<10) }
	for _, row := range []struct {
		name   string
		body   string
		answer string
		err    error
		status int
		held   int64 // while the function runs, at least; and hardly more: only the event is
	}{
		{"small", "hello", `"hi"`, nil, 200, 2048},
		{"large", kb(100), `"hi"`, nil, 200, 100 << 10},
		{"base64 of it", "\xff" + kb(100), `"hi"`, nil, 200, 130 << 10},
		{"too large for all", kb(800), `"hi"`, nil, 503, 0},
		{"its event too", kb(500), `"hi"`, nil, 503, 0},
		{"a large answer", "x", `"` + kb(300) + `"`, nil, 200, 0},
		{"an answer too large to read", "x", `"` + kb(500) + `"`, nil, 503, 0},
		{"a function that failed", kb(10), "", message.Fail(message.ErrUnreachable, nil), 503, 10 << 10},
		{"no room for its answer", kb(10), "", message.Fail(message.ErrBusy, budget.ErrFull), 503, 10 << 10},
		{"no function takes it", strings.Repeat("x", function.MaxPayload+1), "", nil, 413, 0},
	} {
		bodies := budget.New(buffer, budget.Options{})
		var held int64
		f := &invoker{reply: integration.Reply{Body: []byte(row.answer)}, err: row.err}
		g := newGateway(Config{Function: during{f, func() { held = bodies.Used() }}, Bodies: bodies}, lambdas("2.0", "POST /x"))
		w := g.ask("POST", "/x", row.body, "Content-Type", "text/plain")
		if w.Code != row.status || row.status == 503 && w.Body.String() != `{"message":"Service Unavailable"}` {
			t.Errorf("%s: got %d %.80s, want %d", row.name, w.Code, w.Body, row.status)
		}
		if held < row.held || row.held > 0 && held > row.held*3/2 {
			t.Errorf("%s: %d bytes were held while the function ran, want at least %d", row.name, held, row.held)
		}
		if bodies.Used() != 0 {
			t.Errorf("%s: %d bytes are still held", row.name, bodies.Used())
		}
		if x := g.last(t); row.status == 503 && row.err == nil && x.Error.ResponseType != "SERVICE_UNAVAILABLE" {
			t.Errorf("%s: the response type is %q", row.name, x.Error.ResponseType)
		}
	}
}

// during is an invoker that looks while it runs.
type during struct {
	*invoker
	look func()
}

func (d during) Invoke(ctx context.Context, r *integration.Request) (*integration.Reply, error) {
	d.look()
	return d.invoker.Invoke(ctx, r)
}

// A client that takes its answer slowly is cut off when others find no room.
func TestSlowTakersAreCutOff(t *testing.T) {
	bodies := budget.New(32<<20, budget.Options{Slow: time.Millisecond})
	answer := `"` + strings.Repeat("x", 5<<20) + `"`
	f := &invoker{reply: integration.Reply{Body: []byte(answer)}}
	g := newGateway(Config{Function: f, Bodies: bodies, Limits: Limits{Client: time.Hour}}, lambdas("2.0", "GET /x"))
	w := &stuck{ResponseRecorder: httptest.NewRecorder(), writing: make(chan struct{}), over: make(chan struct{})}
	var client sync.WaitGroup
	client.Go(func() {
		r := httptest.NewRequest("GET", "/x", nil)
		r.RemoteAddr = "192.0.2.1:1234"
		g.ServeHTTP(w, r)
	})
	<-w.writing
	for deadline := time.Now().Add(20 * time.Second); bodies.Used() > 0 && time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		other := bodies.Hold()
		if err := other.Grow(30 << 20); err == nil { // it was given back meanwhile
			other.Free()
		}
	}
	if bodies.Used() != 0 {
		t.Error("a client that takes nothing keeps its room")
		close(w.over)
	}
	client.Wait()
}

// stuck is a client that takes nothing until its write deadline is over.
type stuck struct {
	*httptest.ResponseRecorder
	writing, over chan struct{}
}

func (s *stuck) Write([]byte) (int, error) {
	close(s.writing)
	<-s.over
	return 0, errors.New("too late")
}

func (s *stuck) SetWriteDeadline(at time.Time) error {
	if at.Before(time.Now()) {
		close(s.over)
	}
	return nil
}

func (s *stuck) SetReadDeadline(time.Time) error { return nil }

// The limit of bodies for functions is theirs where it is lower.
func TestNarrow(t *testing.T) {
	for _, row := range []struct {
		backend     plan.Backend
		limit, want int64
	}{
		{plan.ToFunctionProxy, 10 << 20, function.MaxPayload},
		{plan.ToFunctionProxy, -1, function.MaxPayload},
		{plan.ToFunctionProxy, 1000, 1000},
		{plan.ToHTTPProxy, 10 << 20, 10 << 20},
		{plan.ToHTTPProxy, -1, -1},
	} {
		c := &call{route: &plan.HTTPRoute{Integration: &plan.HTTPIntegration{Backend: row.backend}}}
		c.body.limit = row.limit
		if c.narrow(); c.body.limit != row.want {
			t.Errorf("%v %d: got %d, want %d", row.backend, row.limit, c.body.limit, row.want)
		}
	}
	none := &call{route: &plan.HTTPRoute{}}
	none.narrow() // a route without a target
}

// The body of a caller who may be anybody must be there within a time, and counts
// twice until he is known.
func TestBodiesOfStrangers(t *testing.T) {
	bodies, strangers := budget.New(1<<20, budget.Options{}), budget.New(64<<10, budget.Options{})
	p := New(Config{Bodies: bodies, Unproven: strangers})
	var deadlines []time.Time
	w := deadliner{httptest.NewRecorder(), &deadlines}
	for name, row := range map[string]struct {
		proven bool
		body   string
		err    error
		unsure int64
	}{
		"a stranger":         {false, strings.Repeat("x", 10<<10), nil, 10<<10 + 1},
		"too much of him":    {false, strings.Repeat("x", 100<<10), message.ErrBusy, 0},
		"somebody":           {true, strings.Repeat("x", 100<<10), nil, 0},
		"too much of anyone": {true, strings.Repeat("x", 2<<20), message.ErrBusy, 0},
	} {
		deadlines = nil
		c := &call{plane: p, w: w, r: httptest.NewRequest("POST", "/", strings.NewReader(row.body))}
		c.body.open(c)
		began := time.Now()
		_, err := c.body.all(row.proven, strangers)
		if !errors.Is(err, row.err) {
			t.Errorf("%s: got %v, want %v", name, err, row.err)
		}
		if err == nil && strangers.Used() != row.unsure {
			t.Errorf("%s: %d bytes are a stranger's, want %d", name, strangers.Used(), row.unsure)
		}
		if !row.proven && (c.body.until.Before(began.Add(unprovenTime-time.Second)) || len(deadlines) == 0) {
			t.Errorf("%s: its body may take until %v", name, c.body.until)
		}
		c.body.known()
		if strangers.Used() != 0 || !c.body.until.IsZero() {
			t.Errorf("%s: he is known, and %d bytes are a stranger's", name, strangers.Used())
		}
		c.body.close()
		if bodies.Used() != 0 {
			t.Errorf("%s: %d bytes are still held", name, bodies.Used())
		}
	}
}

type deadliner struct {
	http.ResponseWriter
	set *[]time.Time
}

func (d deadliner) SetReadDeadline(at time.Time) error { *d.set = append(*d.set, at); return nil }
