package wire

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/dragoman-gateway/dragoman/resource"
)

// nobody takes an answer and forgets it.
type nobody struct{ h http.Header }

func (n nobody) Header() http.Header       { return n.h }
func (nobody) Write(b []byte) (int, error) { return len(b), nil }
func (nobody) WriteHeader(int)             {}

func benchmark(b *testing.B, method, target, body string, handler Handler) {
	handlers := map[string]Handler{}
	for _, o := range Operations() {
		handlers[o.Name] = handler
	}
	h := NewServer(Config{Handlers: handlers, Region: "us-east-1"})
	b.ReportAllocs()
	for b.Loop() {
		r := httptest.NewRequest(method, target, strings.NewReader(body))
		r.Header.Set("Authorization", signature)
		r.Header.Set("X-Amz-Date", "20260101T000000Z")
		h.ServeHTTP(nobody{http.Header{}}, r)
	}
}

func BenchmarkGetApi(b *testing.B) {
	api := &resource.Api{ApiId: "a1b2c3d4e5", Name: "chat", ProtocolType: "WEBSOCKET", RouteSelectionExpression: "$request.body.action"}
	benchmark(b, "GET", "/v2/apis/a1b2c3d4e5", "", func(context.Context, *Request) (any, error) { return api, nil })
}

func BenchmarkUpdateIntegrationResponse(b *testing.B) {
	body := `{"responseTemplates":{"application/json":"{\"a\":$input.json('$.b')}"},"responseParameters":{"method.response.header.a":"'b'"}}`
	benchmark(b, "PATCH", "/v2/apis/a/integrations/i/integrationresponses/r", body, func(_ context.Context, r *Request) (any, error) {
		stored := &resource.IntegrationResponse{IntegrationResponseKey: "$default"}
		return stored, r.Apply(stored)
	})
}
