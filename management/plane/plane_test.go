package plane

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dragoman-gateway/dragoman/function"
	"github.com/dragoman-gateway/dragoman/function/local"
	"github.com/dragoman-gateway/dragoman/internal/readiness"
	"github.com/dragoman-gateway/dragoman/internal/tasks"
	"github.com/dragoman-gateway/dragoman/sigv4"
	"github.com/dragoman-gateway/dragoman/sigv4/credential"
	"github.com/dragoman-gateway/dragoman/store/sqlite"
)

// buffer is a log that is read while it is written.
type buffer struct {
	mu   sync.Mutex // Protects text.
	text bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// invokes is whoever invokes functions.
type invokes func(*function.Call) (*function.Result, error)

func (i invokes) Invoke(_ context.Context, c *function.Call) (*function.Result, error) { return i(c) }

// served is a plane alone, on a socket of its own.
type served struct {
	t   *testing.T
	url string
	log *buffer
	*Plane
}

func serve(t *testing.T, change ...func(*Options)) *served {
	t.Helper()
	s := &served{t: t, log: new(buffer)}
	kept := sqlite.OpenMemory(sqlite.Options{})
	logger := slog.New(slog.NewTextHandler(s.log, nil))
	reports := tasks.NewReporter(logger)
	runner, err := local.New(local.Options{Logger: logger, Reports: reports})
	if err != nil {
		t.Fatal(err)
	}
	o := Options{
		Operations: Operations{Store: kept, Account: "000000000000", Logger: logger}, Region: "us-east-1",
		SourceIP: func(*http.Request) string { return "192.0.2.1" },
		Invoke: invokes(func(c *function.Call) (*function.Result, error) {
			return &function.Result{Status: 200, Payload: c.Payload}, nil
		}),
		Local: runner,
		Readiness: &readiness.Readiness{
			Ailment: func() error { return nil }, Lag: func(context.Context) (time.Duration, error) { return 0, nil }, Logger: logger,
		},
		Metrics: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "metrics") }),
		APIs:    "127.0.0.1:8080", NoConsole: true, Logger: logger, Reports: reports,
	}
	for _, c := range change {
		c(&o)
	}
	s.Plane = New(o)
	server := httptest.NewServer(s.Plane)
	s.url = server.URL
	t.Cleanup(func() { server.Close(); _ = runner.Close(); _ = kept.Close() })
	return s
}

// ask asks with header lines, and a signature where there is a signer.
func (s *served) ask(signer *sigv4.Signer, method, path, body string, header ...string) (int, string) {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.url+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	if signer != nil {
		if err := signer.Sign(r, sigv4.HashBytes([]byte(body)), time.Now()); err != nil {
			s.t.Fatal(err)
		}
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return response.StatusCode, string(text)
}

// What the plane has, served without a data plane.
func TestWhatIsServed(t *testing.T) {
	s := serve(t)
	for _, row := range []struct {
		method, path, body, accept string
		status                     int
		says                       string
	}{
		{"GET", "/healthz", "", "", 200, "ok"},
		{"GET", "/readyz", "", "", 200, "ok"},
		{"GET", "/metrics", "", "", 200, "metrics"},
		{"POST", "/v2/apis", `{"name":"pets","protocolType":"HTTP"}`, "", 201, `"name":"pets"`},
		{"GET", "/v2/apis", "", "", 200, `"name":"pets"`},
		{"GET", "/_dragoman/configuration", "", "", 200, "pets"},
		{"POST", "/2015-03-31/functions/hello/invocations", `{"a":1}`, "", 200, `{"a":1}`},
		{"GET", "/2015-03-31/functions", "", "", 200, `"Functions":[]`},
		{"GET", "/", "", "text/html", 200, "127.0.0.1:8080"},
		{"GET", "/v2/apis", "", "text/html", 200, `"name":"pets"`}, // a path of an operation is no page
		{"GET", "/elsewhere", "", "", 404, "Unable to determine"},
		{"GET", "//healthz", "", "", 404, ""}, // paths are compared as they were sent
	} {
		status, body := s.ask(nil, row.method, row.path, row.body, "Accept", row.accept)
		if status != row.status || !strings.Contains(body, row.says) {
			t.Errorf("%s %s: got %d %.200s, want %d %s", row.method, row.path, status, body, row.status, row.says)
		}
	}
}

// Operations of AWS's API, our own and metrics have the same checks before them; health
// and the page have none.
func TestOneCheckForBoth(t *testing.T) {
	refused := 0
	s := serve(t, func(o *Options) {
		o.Callers.Verifier = &sigv4.Verifier{Keys: credential.Of(credential.Key{ID: "AKIDEXAMPLE", Secret: "secret"})}
		o.Callers.Refused = func(_ *http.Request, err error) error { refused++; return err }
	})
	signed := func(service string) *sigv4.Signer {
		return &sigv4.Signer{Credentials: sigv4.Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "secret"}, Region: "us-east-1", Service: service}
	}
	for path, service := range map[string]string{"/v2/apis": "apigateway", "/_dragoman/configuration": "apigateway", "/2015-03-31/functions": "lambda", "/metrics": "apigateway"} {
		before := refused
		if status, body := s.ask(nil, "GET", path, ""); status != 403 || refused != before+1 {
			t.Errorf("%s without a signature: got %d %s, %d refusals told", path, status, body, refused-before)
		}
		if status, body := s.ask(signed("execute-api"), "GET", path, ""); status != 403 {
			t.Errorf("%s signed for another service: got %d %s", path, status, body)
		}
		if status, body := s.ask(signed(service), "GET", path, ""); status != 200 {
			t.Errorf("%s: got %d %s", path, status, body)
		}
	}
	for _, path := range []string{"/healthz", "/readyz"} {
		if status, body := s.ask(nil, "GET", path, ""); status != 200 {
			t.Errorf("%s: got %d %s", path, status, body)
		}
	}
	if _, page := s.ask(nil, "GET", "/", "", "Accept", "text/html"); !strings.Contains(page, "sign") {
		t.Errorf("the page does not say that calls are signed: %.300s", page)
	}
}

func TestOneRateForBoth(t *testing.T) {
	tokens := 1
	s := serve(t, func(o *Options) { o.Admit = func() bool { tokens--; return tokens >= 0 } })
	for i, path := range []string{"/v2/apis", "/_dragoman/configuration", "/2015-03-31/functions"} {
		if status, body := s.ask(nil, "GET", path, ""); (status == 429) != (i > 0) {
			t.Errorf("%s: got %d %s", path, status, body)
		}
	}
	if status, _ := s.ask(nil, "GET", "/healthz", ""); status != 200 {
		t.Errorf("health is throttled: %d", status)
	}
}

// Each write leaves one line, of both kinds; reads leave none.
func TestWritesAreAudited(t *testing.T) {
	s := serve(t)
	_, made := s.ask(nil, "POST", "/v2/apis", `{"name":"pets","protocolType":"HTTP"}`)
	var api struct{ ApiId string }
	if err := json.Unmarshal([]byte(made), &api); err != nil || api.ApiId == "" {
		t.Fatalf("got %s", made)
	}
	_, document := s.ask(nil, "GET", "/_dragoman/configuration", "")
	s.ask(nil, "PUT", "/_dragoman/configuration", document)
	s.ask(nil, "DELETE", "/v2/apis/"+api.ApiId, "")
	var lines []string
	for line := range strings.SplitSeq(s.log.String(), "\n") {
		if strings.Contains(line, "msg=write ") {
			lines = append(lines, line)
		}
	}
	for i, operation := range []string{"CreateApi", "ImportConfiguration", "DeleteApi"} {
		if len(lines) != 3 || !strings.Contains(lines[i], "operation="+operation+" ") || !strings.Contains(lines[i], " from=192.0.2.1 ") {
			t.Fatalf("got %q, want one line of %s", lines, operation)
		}
	}
}

// readyz tells what troubles the process, and healthz that it lives.
func TestTroublesAreTold(t *testing.T) {
	s := serve(t)
	s.options.Readiness.Is(readiness.Stage, "a1", "it cannot be read")
	if status, body := s.ask(nil, "GET", "/readyz", ""); status != 200 || !strings.HasPrefix(body, "stage:") {
		t.Errorf("got %d %s", status, body)
	}
	s.options.Readiness.Ailment = func() error { return io.ErrShortWrite }
	if status, body := s.ask(nil, "GET", "/readyz", ""); status != 503 || !strings.Contains(body, "store:") {
		t.Errorf("got %d %s", status, body)
	}
	if status, _ := s.ask(nil, "GET", "/healthz", ""); status != 200 {
		t.Errorf("got %d", status)
	}
}

// Run deploys what asks for it, and ends with its context.
func TestRunEnds(t *testing.T) {
	s := serve(t)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { s.Run(ctx); close(ended) }()
	cancel()
	select {
	case <-ended:
	case <-time.After(10 * time.Second):
		t.Error("it goes on")
	}
}
