package wsapi

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/dragoman-gateway/dragoman/exchange"
	"github.com/dragoman-gateway/dragoman/gateway/admission"
	"github.com/dragoman-gateway/dragoman/gateway/connection"
	"github.com/dragoman-gateway/dragoman/gateway/serving"
	web "github.com/dragoman-gateway/dragoman/integration/http"
	"github.com/dragoman-gateway/dragoman/integration/mock"
	"github.com/dragoman-gateway/dragoman/plan"
	"github.com/dragoman-gateway/dragoman/resource"
)

// stageWith is a stage with one two-way route, "ask", to an integration that
// answers through the response $default.
func stageWith(integration resource.Integration, template string) *serving.Stage {
	integration.IntegrationId = "i1"
	integration.TimeoutInMillis = 5000
	compiled := plan.Compile(plan.Input{
		Region: "us-east-1", AccountID: "000000000000", Stage: &resource.Stage{StageName: "prod"},
		Snapshot: &resource.Snapshot{
			Api:            resource.Api{ApiId: "a1", ProtocolType: resource.WebSocket, RouteSelectionExpression: "$request.body.action"},
			Routes:         []resource.Route{{RouteId: "r1", RouteKey: "ask", Target: "integrations/i1"}},
			RouteResponses: map[string][]resource.RouteResponse{"r1": {{RouteResponseKey: "$default"}}},
			Integrations:   []resource.Integration{integration},
			IntegrationResponses: map[string][]resource.IntegrationResponse{"i1": {
				{IntegrationResponseKey: "$default", ResponseTemplates: map[string]string{"$default": template}},
			}},
		},
	}, nil)
	return &serving.Stage{Stage: compiled, Admission: new(admission.Rules).Stage(compiled)}
}

func plane() *Plane {
	return New(Config{
		Invokers: Invokers{Mock: mock.Invoker{}, HTTP: web.New(web.Options{})},
		Logger:   slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
}

var sent = []byte(`{"action":"ask","data":"0123456789abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxyz0123456789abcdefghij"}`)

func newMessage(p *Plane, stage *serving.Stage) *call {
	s := &session{plane: p, known: connection.Connection{ID: "SOqGjdZioAMCEeg=", ApiID: "a1", Stage: "prod"}, domain: "a1.execute-api.localhost:8080", local: "127.0.0.1", scheme: "http"}
	m := s.message(exchange.Message, stage)
	m.body = sent
	return m
}

func BenchmarkRouteChoice(b *testing.B) {
	stage := stageWith(resource.Integration{IntegrationType: resource.TypeMock}, "x")
	m := newMessage(plane(), stage)
	b.ReportAllocs()
	for b.Loop() {
		if route := chooseRoute(stage.WebSocket, m); route == nil || route.Key != "ask" {
			b.Fatal("the route was not chosen")
		}
	}
}

func BenchmarkMockWithTemplate(b *testing.B) {
	stage := stageWith(resource.Integration{
		IntegrationType: resource.TypeMock, RequestTemplates: map[string]string{"$default": `{"statusCode":200}`},
	}, `{"connectionId":"$context.connectionId","route":"$context.routeKey","requestId":"$context.requestId"}`)
	benchmarkMessage(b, stage)
}

func BenchmarkHTTPIntegration(b *testing.B) {
	backend := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"order":{"id":"42"}}`)
	}))
	defer backend.Close()
	benchmarkMessage(b, stageWith(resource.Integration{
		IntegrationType: resource.TypeHTTP, IntegrationMethod: "POST", IntegrationUri: backend.URL,
	}, `{"order":"$input.path('$.order.id')"}`))
}

func benchmarkMessage(b *testing.B, stage *serving.Stage) {
	p := plane()
	b.ReportAllocs()
	for b.Loop() {
		m := newMessage(p, stage)
		m.route = chooseRoute(stage.WebSocket, m)
		m.x.RouteKey = m.route.Key
		if a, f := m.run(context.Background()); f != nil || len(a.body) == 0 {
			b.Fatalf("got %v %v", a, f)
		}
		if m.route.Integration.Backend.Quick() { // as sessions do
			m.recycle()
		}
	}
}
