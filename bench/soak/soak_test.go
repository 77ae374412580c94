package soak

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/dragoman-gateway/dragoman/bench/measured"
	"github.com/dragoman-gateway/dragoman/client"
)

// length is how long clients come: DURATION, or a minute in continuous integration, and else
// what a look costs.
func length(t *testing.T) time.Duration {
	if text := os.Getenv("DURATION"); text != "" {
		d, err := time.ParseDuration(text)
		if err != nil {
			t.Fatalf("DURATION: %v", err)
		}
		return d
	}
	if os.Getenv("CI") != "" {
		return time.Minute
	}
	return 5 * time.Second
}

// crowd is how many clients there are at a time: 5,000, or what the limit of open files has
// room for, since both ends of each connection are in this process.
func crowd(t *testing.T) int {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	n := min(5000, int(min(limit.Cur, 1<<20))/4)
	if n < 5000 {
		t.Logf("%d clients instead of 5000: %d files may be open", n, limit.Cur)
	}
	return n
}

// backend answers with what it was sent, and fails at random; it counts who has left.
type backend struct {
	*httptest.Server
	left atomic.Int64
}

func newBackend() *backend {
	b := &backend{}
	b.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if r.URL.Path == "/bye" {
			b.left.Add(1)
			return
		}
		switch rand.IntN(20) {
		case 0: // it breaks
			if conn, _, err := w.(http.Hijacker).Hijack(); err == nil {
				conn.Close()
			}
			return
		case 1:
			w.WriteHeader(http.StatusInternalServerError)
		case 2:
			time.Sleep(time.Duration(rand.IntN(200)) * time.Millisecond)
		}
		_, _ = w.Write(body)
	}))
	return b
}

// open makes an API whose messages and ends reach the backend, and answers its path and how it
// is deployed again.
func open(ctx context.Context, endpoint, backend string) (path string, deploy func(context.Context) error, err error) {
	c := client.New(client.Options{BaseEndpoint: endpoint, Region: "us-east-1"})
	api, err := c.CreateApi(ctx, &client.CreateApiInput{Name: "soak", ProtocolType: "WEBSOCKET", RouteSelectionExpression: client.String("$request.body.action")})
	if err != nil {
		return "", nil, err
	}
	id := api.ApiId
	for _, at := range []struct {
		key, path string
		twoWay    bool
	}{{"ask", "/ask", true}, {"$disconnect", "/bye", false}} {
		made, err := c.CreateIntegration(ctx, &client.CreateIntegrationInput{ApiId: id, IntegrationType: "HTTP_PROXY", IntegrationMethod: client.String("POST"), IntegrationUri: client.String(backend + at.path)})
		if err != nil {
			return "", nil, err
		}
		route, err := c.CreateRoute(ctx, &client.CreateRouteInput{ApiId: id, RouteKey: at.key, Target: client.String("integrations/" + made.IntegrationId)})
		if err != nil {
			return "", nil, err
		}
		if !at.twoWay {
			continue
		}
		if _, err := c.CreateRouteResponse(ctx, &client.CreateRouteResponseInput{ApiId: id, RouteId: route.RouteId, RouteResponseKey: "$default"}); err != nil {
			return "", nil, err
		}
	}
	if _, err := c.CreateStage(ctx, &client.CreateStageInput{ApiId: id, StageName: "prod"}); err != nil {
		return "", nil, err
	}
	deploy = func(ctx context.Context) error {
		_, err := c.CreateDeployment(ctx, &client.CreateDeploymentInput{ApiId: id, StageName: client.String("prod")})
		return err
	}
	return "/_aws/execute-api/" + id + "/prod", deploy, deploy(ctx)
}

// state is what must be as before when all have left.
type state struct {
	goroutines, files int
	heap              uint64
}

func now() state {
	debug.FreeOSMemory()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	files, _ := os.ReadDir("/proc/self/fd")
	return state{runtime.NumGoroutine(), len(files), m.HeapAlloc}
}

// TestSoak: see the package.
func TestSoak(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("open files are counted on Linux only")
	}
	backend := newBackend()
	defer backend.Close()
	g, err := measured.Run(measured.Config(""))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = g.Stop() }()
	path, deploy, err := open(t.Context(), "http://"+g.ManagementAddr(), backend.URL)
	if err != nil {
		t.Fatal(err)
	}
	run := &run{address: g.DataAddr(), path: path}
	run.wave(100, time.Now()) // what is made with the first is there before
	rest(t, run, backend)
	before := now()

	n, d := crowd(t), length(t)
	deployments := run.deploying(d, deploy)
	run.wave(n, time.Now().Add(d))
	made := deployments()
	rest(t, run, backend)
	t.Logf("%v: %d connections of %d clients, %d messages, %d of them failed by the backend, %d deployments", d, run.connected.Load(), n, run.sent.Load(), run.failed.Load(), made)
	for _, fault := range run.faults {
		t.Error(fault)
	}
	// The runtime keeps a descriptor of 480 bytes of each goroutine that there ever was.
	most := before.heap + 8<<20 + uint64(n)*2048
	var after state
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(200 * time.Millisecond) {
		backend.CloseClientConnections() // those that the gateway would use again
		after = now()
		if after.goroutines <= before.goroutines+10 && after.files <= before.files+10 && after.heap <= most {
			return
		}
	}
	t.Errorf("when all have left: %+v, before they came %+v; the heap may have %d", after, before, most)
}

// rest waits until the backend has heard of the end of every connection.
func rest(t *testing.T, r *run, b *backend) {
	t.Helper()
	for end := time.Now().Add(time.Minute); b.left.Load() != r.connected.Load(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d clients were connected, of %d the backend heard that they left", r.connected.Load(), b.left.Load())
		}
	}
}

// run is what clients have done.
type run struct {
	address, path           string
	connected, sent, failed atomic.Int64

	mu     sync.Mutex // Protects fields below.
	faults []string   // the first few
}

// wave has n clients at a time come until then, and waits until all have left.
func (r *run) wave(n int, until time.Time) {
	var group sync.WaitGroup
	doors := make(chan struct{}, 64) // who connect at a time: a listener's queue is short
	for i := range n {
		group.Go(func() {
			for turn := 0; turn == 0 || time.Now().Before(until); turn++ {
				if err := r.client(fmt.Sprintf("%d-%d", i, turn), doors); err != nil {
					r.fault(err)
				}
				if left := time.Until(until); left > 0 {
					time.Sleep(min(left, time.Duration(rand.IntN(20_000))*time.Millisecond))
				}
			}
		})
	}
	group.Wait()
}

// deploying deploys meanwhile, which must be noticed by nobody. What it answers ends it, and
// tells how often it has deployed.
func (r *run) deploying(d time.Duration, deploy func(context.Context) error) (end func() int) {
	ctx, cancel := context.WithCancel(context.Background())
	made := make(chan int, 1)
	go func() {
		ticker := time.NewTicker(max(d/50, time.Second))
		defer ticker.Stop()
		n := 0
		for {
			select {
			case <-ctx.Done():
				made <- n
				return
			case <-ticker.C:
				// A context of its own: the end of the run is no failure of a deployment.
				if err := deploy(context.Background()); err != nil {
					r.fault(fmt.Errorf("deployment %d: %w", n+1, err))
				}
				n++
			}
		}
	}()
	return func() int { cancel(); return <-made }
}

func (r *run) fault(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.faults) < 20 {
		r.faults = append(r.faults, err.Error())
	}
}

// client is one client from its handshake to its end.
func (r *run) client(name string, doors chan struct{}) error {
	doors <- struct{}{}
	c, err := dial(r.address, r.path)
	<-doors
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	defer c.Close()
	r.connected.Add(1)
	mood := rand.IntN(4)
	missing := map[string]bool{}
	for i := range 1 + rand.IntN(8) {
		id := fmt.Sprintf("%s-%d", name, i)
		missing[id] = true
		if err := c.send(`{"action":"ask","id":"` + id + `"}`); err != nil {
			return fmt.Errorf("%s: %w", id, err)
		}
		r.sent.Add(1)
	}
	switch mood {
	case 0: // it breaks within a frame, with its answers under way
		r.sent.Add(int64(-len(missing)))
		_, _ = c.Write([]byte{0x81, 0xfe, 1})
		return nil
	case 1: // it stalls
		time.Sleep(time.Duration(rand.IntN(3000)) * time.Millisecond)
	}
	failed := 0
	for answers := len(missing); answers > 0; answers-- {
		text, err := c.read()
		if err != nil {
			return fmt.Errorf("%s: of its messages %v %d have no answer: %w", name, missing, answers, err)
		}
		if strings.Contains(text, `"connectionId"`) { // the backend has failed
			failed++
			continue
		}
		_, id, _ := strings.Cut(text, `"id":"`)
		id, _, _ = strings.Cut(id, `"`)
		if !missing[id] {
			return fmt.Errorf("%s: an answer to what it has not asked, or twice: %s", name, text)
		}
		delete(missing, id)
	}
	if len(missing) != failed {
		return fmt.Errorf("%s: %d failures stand for %v", name, failed, missing)
	}
	r.failed.Add(int64(failed))
	if mood == 2 { // it leaves as it should
		return c.leave()
	}
	return nil
}
