package trace

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/hex"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/dragoman-gateway/dragoman/exchange"
	"github.com/dragoman-gateway/dragoman/gateway/tap"
	"github.com/dragoman-gateway/dragoman/message"
	"github.com/dragoman-gateway/dragoman/plan"
)

// sink is a collector of spans that keeps them.
type sink struct {
	url     string
	mu      sync.Mutex // Protects fields below.
	spans   []*tracepb.Span
	service string
}

func newSink(t *testing.T) *sink {
	s := &sink{}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	s.url = server.URL
	return s
}

func (s *sink) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	if r.Header.Get("Content-Encoding") == "gzip" {
		if unzip, err := gzip.NewReader(bytes.NewReader(body)); err == nil {
			body, _ = io.ReadAll(unzip)
		}
	}
	var in collector.ExportTraceServiceRequest
	if err := proto.Unmarshal(body, &in); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, resource := range in.ResourceSpans {
		for _, a := range resource.Resource.Attributes {
			if a.Key == "service.name" {
				s.service = a.Value.GetStringValue()
			}
		}
		for _, scope := range resource.ScopeSpans {
			s.spans = append(s.spans, scope.Spans...)
		}
	}
	w.Header().Set("Content-Type", "application/x-protobuf")
}

func (s *sink) named(t *testing.T, name string) *tracepb.Span {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	names := []string{}
	for _, span := range s.spans {
		if span.Name == name {
			return span
		}
		names = append(names, span.Name)
	}
	t.Fatalf("there is no span %q among %q", name, names)
	return nil
}

func valueOf(s *tracepb.Span, key string) string {
	for _, a := range s.Attributes {
		if a.Key == key {
			return strings.Trim(strings.TrimSpace(strings.SplitN(a.Value.String(), ":", 2)[1]), `"`)
		}
	}
	return ""
}

func quiet() *slog.Logger { return slog.New(slog.NewTextHandler(io.Discard, nil)) }

// clean keeps the tester's own tracing out of a test.
func clean(t *testing.T) {
	for _, name := range []string{"OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_SDK_DISABLED", "OTEL_TRACES_EXPORTER",
		"OTEL_EXPORTER_OTLP_PROTOCOL", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_SERVICE_NAME", "OTEL_TRACES_SAMPLER"} {
		t.Setenv(name, "")
	}
}

func opened(t *testing.T, s *sink) *Tracer {
	t.Helper()
	clean(t)
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", s.url)
	tracer, err := Open(t.Context(), quiet())
	if err != nil || tracer == nil {
		t.Fatalf("got %v %v, want a tracer", tracer, err)
	}
	t.Cleanup(func() { flush(t, tracer) })
	return tracer
}

func flush(t *testing.T, tracer *Tracer) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := tracer.Close(ctx); err != nil {
		t.Error(err)
	}
}

func TestTheEnvironmentDecides(t *testing.T) {
	for _, row := range []struct {
		name string
		env  map[string]string
		on   bool
		says string
	}{
		{"nothing", nil, false, ""},
		{"endpoint", map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1"}, true, ""},
		{"endpoint of traces", map[string]string{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://127.0.0.1:1/v1/traces"}, true, ""},
		{"disabled", map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1", "OTEL_SDK_DISABLED": "true"}, false, ""},
		{"no exporter", map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1", "OTEL_TRACES_EXPORTER": "none"}, false, ""},
		{"gRPC", map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, false, "http/protobuf"},
	} {
		t.Run(row.name, func(t *testing.T) {
			clean(t)
			for name, value := range row.env {
				t.Setenv(name, value)
			}
			tracer, err := Open(t.Context(), quiet())
			if (tracer != nil) != row.on || (err != nil) != (row.says != "") || err != nil && !strings.Contains(err.Error(), row.says) {
				t.Errorf("got %v %v, want on %v, an error about %q", tracer, err, row.on, row.says)
			}
			flush(t, tracer)
		})
	}
}

func TestSwitchedOffIsNothing(t *testing.T) {
	var off *Tracer
	if off.Follow() != nil || off.Stage(&plan.Stage{}) != nil {
		t.Error("somebody listens")
	}
}

// tell tells a tracer of steps of an exchange.
func tell(t *Tracer, x *exchange.Exchange, steps ...tap.Step) {
	listener := t.Stage(nil)
	for _, s := range steps {
		if listener.Wants(nil).Has(s.Kind) {
			listener.Step(x, nil, s)
		}
	}
}

func request() *exchange.Exchange {
	x := exchange.Begin(exchange.Request)
	x.ApiID, x.Stage = "a1", "prod"
	x.HTTP = &exchange.HTTP{Method: "GET", Path: "/prod/pets/1"}
	return x
}

const (
	traceID = "4bf92f3577b34da6a3ce929d0e0e4736"
	spanID  = "00f067aa0ba902b7"
)

func TestSpansAndWhatBackendsGet(t *testing.T) {
	s := newSink(t)
	tracer := opened(t, s)
	x := request()
	h := http.Header{"Traceparent": {"00-" + traceID + "-" + spanID + "-01"}}
	tracer.Begin(x, h)
	sent := message.Header{{Name: "traceparent", Value: "old"}}
	x.Span.Carry(sent.Set)
	if sent.Get("traceparent") != "old" {
		t.Error("something was carried to nobody")
	}
	began := time.Now()
	tell(tracer, x, tap.Step{Kind: tap.Called, At: began, Key: "POST", Target: "http://backend/x"})
	x.Span.Carry(sent.Set)
	tell(tracer, x, tap.Step{Kind: tap.Answered, At: began, Took: time.Second, Status: 503})
	x.RouteKey, x.Status, x.Error.Message = "GET /pets/{id}", 503, "Service Unavailable"
	tell(tracer, x, tap.Step{Kind: tap.Ended})
	flush(t, tracer)

	server, client := s.named(t, "GET /pets/{id}"), s.named(t, "POST")
	if hex.EncodeToString(server.TraceId) != traceID || hex.EncodeToString(server.ParentSpanId) != spanID || server.Kind != tracepb.Span_SPAN_KIND_SERVER {
		t.Errorf("server: got %v, want the client's trace continued", server)
	}
	if !bytes.Equal(client.ParentSpanId, server.SpanId) || client.Kind != tracepb.Span_SPAN_KIND_CLIENT {
		t.Errorf("client: got %v, want a child of the server's span", client)
	}
	own := hex.EncodeToString(client.SpanId)
	if got, want := sent.Get("traceparent"), "00-"+traceID+"-"+own+"-01"; got != want || len(sent.Values("traceparent")) != 1 {
		t.Errorf("traceparent: got %q, want %q", got, want)
	}
	if got, want := sent.Get("X-Amzn-Trace-Id"), "Root=1-4bf92f35-77b34da6a3ce929d0e0e4736;Parent="+own+";Sampled=1"; got != want {
		t.Errorf("X-Amzn-Trace-Id: got %q, want %q", got, want)
	}
	if took := client.EndTimeUnixNano - client.StartTimeUnixNano; took != uint64(time.Second) || valueOf(client, "url.full") != "http://backend/x" {
		t.Errorf("client: got %v after %d ns", client, took)
	}
	for key, want := range map[string]string{
		"http.route": "GET /pets/{id}", "http.response.status_code": "503", "aws.apigateway.api_id": "a1", "url.path": "/prod/pets/1",
	} {
		if got := valueOf(server, key); got != want {
			t.Errorf("%s: got %q, want %q", key, got, want)
		}
	}
	if server.Status.GetCode() != tracepb.Status_STATUS_CODE_ERROR || client.Status.GetCode() != tracepb.Status_STATUS_CODE_ERROR {
		t.Error("a failure: got no error status")
	}
	if s.service != "dragoman" {
		t.Errorf("service.name: got %q", s.service)
	}
}

// What ends the span of a call, and how.
func TestCalls(t *testing.T) {
	call := tap.Step{Kind: tap.Called, Key: "function", Target: "talk"}
	for _, row := range []struct {
		name        string
		steps       []tap.Step
		span, fault string // "" for none
	}{
		{"an answer", []tap.Step{call, {Kind: tap.Answered, Status: 200}}, "invoke", ""},
		{"an answer and a failure after it", []tap.Step{call, {Kind: tap.Answered, Status: 200}, {Kind: tap.Failed, Told: "no"}}, "invoke", ""},
		{"a function that fails", []tap.Step{call, {Kind: tap.Answered, Status: 200, Cause: errors.New("threw")}}, "invoke", "threw"},
		{"no answer", []tap.Step{call, {Kind: tap.Failed, Told: "Service Unavailable", Cause: errors.New("refused")}}, "invoke", "refused"},
		{"a failure without a cause", []tap.Step{call, {Kind: tap.Failed, Told: "Service Unavailable"}}, "invoke", "Service Unavailable"},
		{"a service", []tap.Step{{Kind: tap.Called, Key: "service", Target: "SQS-SendMessage"}, {Kind: tap.Answered, Status: 200}}, "SQS-SendMessage", ""},
		{"a mock", []tap.Step{{Kind: tap.Called, Key: "POST"}, {Kind: tap.Answered, Status: 200}}, "", ""},
		{"a failure before any call", []tap.Step{{Kind: tap.Failed, Told: "no"}}, "", ""},
		{"a client that left", []tap.Step{call, {Kind: tap.Left}}, "invoke", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := newSink(t)
			tracer, x := opened(t, s), request()
			tracer.Begin(x, nil)
			tell(tracer, x, append(row.steps, tap.Step{Kind: tap.Ended})...)
			flush(t, tracer)
			if want := map[bool]int{true: 1, false: 2}[row.span == ""]; len(s.spans) != want {
				t.Fatalf("got %d spans, want %d", len(s.spans), want)
			}
			if row.span == "" {
				return
			}
			if span := s.named(t, row.span); span.Status.GetMessage() != row.fault {
				t.Errorf("got %v, want %q", span.Status, row.fault)
			}
		})
	}
	tell(opened(t, newSink(t)), request(), call, tap.Step{Kind: tap.Ended}) // that nobody follows
}

func TestNames(t *testing.T) {
	for _, row := range []struct {
		event       exchange.Event
		route, want string
	}{
		{exchange.Request, "GET /pets", "GET /pets"},
		{exchange.Request, "", "GET"},
		{exchange.Connect, "$connect", "$connect"},
		{exchange.Message, "send", "MESSAGE send"},
		{exchange.Message, "$default", "$default"},
		{exchange.Message, "", "MESSAGE"},
	} {
		x := request()
		x.Event, x.RouteKey = row.event, row.route
		if got := name(x); got != row.want {
			t.Errorf("%s %q: got %q, want %q", row.event, row.route, got, row.want)
		}
	}
}

func TestXRay(t *testing.T) {
	const root = "5759e988bd862e3fe1be46a994272793"
	for _, row := range []struct {
		value, root, parent string
		sampled, ok         bool
	}{
		{"Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1", root, "53995c3f42cd8ad8", true, true},
		{"Self=1-67891234-12456789abcdef012345678;Root=1-5759e988-bd862e3fe1be46a994272793", root, "0000000000000000", true, true},
		{"Sampled=0; Parent=53995c3f42cd8ad8; Root=1-5759e988-bd862e3fe1be46a994272793", root, "53995c3f42cd8ad8", false, true},
		{"Root=1-5759e988-bd862e3fe1be46a994272793;Parent=no", root, "0000000000000000", true, true},
		{"Root=2-5759e988-bd862e3fe1be46a994272793", "", "", true, false},
		{"Root=1-5759e988bd-862e3fe1be46a994272793", "", "", true, false},
		{"Root=1-00000000-000000000000000000000000", "", "", true, false},
		{"", "", "", true, false},
		{";;=;Root", "", "", true, false},
	} {
		id, parent, flags, ok := parseXRay(row.value)
		if ok != row.ok || ok && (id.String() != row.root || parent.String() != row.parent || flags.IsSampled() != row.sampled) {
			t.Errorf("%q: got %s %s %v %v", row.value, id, parent, flags, ok)
		}
	}
}

func TestARootAloneIsContinued(t *testing.T) {
	s := newSink(t)
	tracer := opened(t, s)
	x := request()
	tracer.Begin(x, http.Header{xray: {"Root=1-5759e988-bd862e3fe1be46a994272793"}})
	tell(tracer, x, tap.Step{Kind: tap.Ended})
	fresh := exchange.Begin(exchange.Message)
	tracer.Begin(fresh, nil)
	tell(tracer, fresh, tap.Step{Kind: tap.Ended})
	flush(t, tracer)
	if got := hex.EncodeToString(s.named(t, "GET").TraceId); got != "5759e988bd862e3fe1be46a994272793" {
		t.Errorf("got the trace %s, want the load balancer's", got)
	}
	id := s.named(t, "MESSAGE").TraceId
	began := time.Unix(int64(id[0])<<24|int64(id[1])<<16|int64(id[2])<<8|int64(id[3]), 0)
	if age := time.Since(began); age < -time.Minute || age > time.Minute {
		t.Errorf("a new trace begins with %v, want the time", began)
	}
}

func TestLossIsSaidOnce(t *testing.T) {
	clean(t)
	var told bytes.Buffer
	broken := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadRequest) }))
	defer broken.Close()
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", broken.URL)
	tracer, err := Open(t.Context(), slog.New(slog.NewTextHandler(&told, nil)))
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		x := request()
		tracer.Begin(x, nil)
		tell(tracer, x, tap.Step{Kind: tap.Ended})
		if err := tracer.provider.ForceFlush(t.Context()); err != nil {
			t.Error(err)
		}
	}
	flush(t, tracer)
	if n := strings.Count(told.String(), "spans are lost"); n != 1 {
		t.Errorf("said %d times, want once: %s", n, told.String())
	}
}

func FuzzXRay(f *testing.F) {
	f.Add("Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1")
	f.Fuzz(func(t *testing.T, value string) {
		if root, _, _, ok := parseXRay(value); ok && !root.IsValid() {
			t.Errorf("%q: got an invalid trace", value)
		}
	})
}
