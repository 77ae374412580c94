package conformance

import (
	"bytes"
	"compress/gzip"
	"encoding/hex"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"
	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"go.uber.org/goleak"
	"google.golang.org/protobuf/proto"

	"github.com/dragoman-gateway/dragoman/server"
)

// spans is an OpenTelemetry collector that keeps what it gets by name.
type spans struct {
	mu    sync.Mutex // Protects fields below.
	found map[string]*tracepb.Span
}

func (s *spans) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	if r.Header.Get("Content-Encoding") == "gzip" {
		if unzip, err := gzip.NewReader(bytes.NewReader(body)); err == nil {
			body, _ = io.ReadAll(unzip)
		}
	}
	var in collector.ExportTraceServiceRequest
	if err := proto.Unmarshal(body, &in); err != nil || r.URL.Path != "/v1/traces" {
		http.Error(w, "not spans", http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, resource := range in.ResourceSpans {
		for _, scope := range resource.ScopeSpans {
			for _, span := range scope.Spans {
				s.found[span.Name] = span
			}
		}
	}
}

func TestTraces(t *testing.T) {
	s := &spans{found: map[string]*tracepb.Span{}}
	for _, name := range []string{"OTEL_SDK_DISABLED", "OTEL_TRACES_EXPORTER", "OTEL_EXPORTER_OTLP_PROTOCOL", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"} {
		t.Setenv(name, "")
	}
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", backend(t, s.ServeHTTP))
	g := start(t)

	var mu sync.Mutex
	got := map[string]http.Header{} // by path
	behind := backend(t, func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		got[r.URL.Path] = r.Header.Clone()
	})
	web := g.webApi()
	web.route("GET /pets/{id}", web.integrate(proxyTo(behind+"/web")))
	web.deploy("$default")
	socket := g.socketApi(apigatewayv2.CreateIntegrationInput{
		IntegrationType: types.IntegrationTypeHttpProxy, IntegrationMethod: aws.String("PUT"), IntegrationUri: aws.String(behind + "/socket"),
	}, apigatewayv2.CreateIntegrationResponseInput{})

	const trace, parent = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
	web.call("GET", "/pets/1", "", "traceparent", "00-"+trace+"-"+parent+"-01")
	socket.ask(socket.dial(nil), `{"action":"ask"}`)
	g.stop() // which sends the spans

	for _, row := range []struct{ span, call, path string }{{"GET /pets/{id}", "GET", "/web"}, {"MESSAGE ask", "PUT", "/socket"}} {
		span, call := s.found[row.span], s.found[row.call]
		if span == nil || call == nil {
			t.Fatalf("%s: there are no spans of the exchange and its call among %d", row.span, len(s.found))
		}
		if !bytes.Equal(call.ParentSpanId, span.SpanId) || !bytes.Equal(call.TraceId, span.TraceId) {
			t.Errorf("%s: the call is no child of the exchange", row.span)
		}
		id, own := hex.EncodeToString(span.TraceId), hex.EncodeToString(call.SpanId)
		if told := got[row.path].Get("Traceparent"); told != "00-"+id+"-"+own+"-01" {
			t.Errorf("%s: the backend was told %q", row.span, told)
		}
		if told, want := got[row.path].Values("X-Amzn-Trace-Id"), "Root=1-"+id[:8]+"-"+id[8:]+";Parent="+own+";Sampled=1"; len(told) != 1 || told[0] != want {
			t.Errorf("%s: the backend was told %q, want %q", row.span, told, want)
		}
	}
	if span := s.found["GET /pets/{id}"]; hex.EncodeToString(span.TraceId) != trace || hex.EncodeToString(span.ParentSpanId) != parent {
		t.Error("the client's trace was not continued")
	}
}

func TestTracesPassWhenNobodyTraces(t *testing.T) {
	for _, name := range []string{"OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"} {
		t.Setenv(name, "")
	}
	a := start(t).webApi()
	a.route("GET /", a.integrate(proxyTo(backend(t, echo))))
	a.deploy("$default")
	const xray = "Root=1-5759e988-bd862e3fe1be46a994272793"
	h := a.call("GET", "/", "", "traceparent", "00-x", "X-Amzn-Trace-Id", xray).Header
	if h.Get("X-Got-Traceparent") != "00-x" || h.Get("X-Got-X-Amzn-Trace-Id") != xray {
		t.Errorf("the backend got %q and %q, want what the client sent", h.Get("X-Got-Traceparent"), h.Get("X-Got-X-Amzn-Trace-Id"))
	}
	if fresh := a.call("GET", "/", "").Header.Get("X-Got-X-Amzn-Trace-Id"); !strings.HasPrefix(fresh, "Root=1-") {
		t.Errorf("the backend got %q, want a trace", fresh)
	}
}

// A gateway with logs, traces, metrics and TLS that has ended leaves no goroutine.
func TestObservedGatewayLeavesNothing(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	t.Run("served", func(t *testing.T) {
		s := &spans{found: map[string]*tracepb.Span{}}
		t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", backend(t, s.ServeHTTP))
		dir, ca := t.TempDir(), newSigner(t)
		pair := ca.write(t, dir, "one", "*.example.com")
		g := start(t, func(c *server.Config) {
			c.Observe.AccessLogs = map[string]string{"*": filepath.Join(dir, "access"), "/aws/apigateway/*": filepath.Join(dir, "execution")}
			c.Domains.Listen, c.Domains.Certificates = "127.0.0.1:0", map[string]string{ownCertificate: pair}
		})
		a := g.shop("one")
		g.domain("api.example.com")
		g.mapped("api.example.com", "", a.id, "$default")
		client := g.secureClient(ca)
		for range 10 {
			if status, _, _, err := get(t, client, "https://api.example.com/pets"); err != nil || status != 200 {
				t.Errorf("got %d %v", status, err)
			}
		}
		client.CloseIdleConnections()
		http.DefaultClient.CloseIdleConnections()
		g.stop()
	})
}
