package httpapi

import (
	"net"
	"net/http"
	"testing"

	"github.com/dragoman-gateway/dragoman/gateway/admission"
	peers "github.com/dragoman-gateway/dragoman/gateway/peer"
	"github.com/dragoman-gateway/dragoman/gateway/routing"
	"github.com/dragoman-gateway/dragoman/gateway/serving"
	web "github.com/dragoman-gateway/dragoman/integration/http"
	"github.com/dragoman-gateway/dragoman/internal/cost"
	"github.com/dragoman-gateway/dragoman/plan"
	"github.com/dragoman-gateway/dragoman/resource"
)

// served is a plane behind net/http on loopback.
func served(b *testing.B, stage *serving.Stage, config Config) string {
	api := &serving.Api{ID: "api", Protocol: resource.HTTP, Stages: map[string]*serving.Stage{stage.Name: stage}}
	p := New(config)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	listener := peers.Policy{Port: func() string { return "8080" }}
	s := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.Serve(w, r, &routing.Match{Api: api, Path: r.URL.EscapedPath(), Domain: r.Host, Client: listener.Client(r)})
	})}
	go func() { _ = s.Serve(l) }()
	b.Cleanup(func() { _ = s.Close() })
	return l.Addr().String()
}

// BenchmarkProxy is one request through HTTP_PROXY on loopback, 128 bytes back:
// the client and the backend are plain sockets, so that what is counted is ours
// and net/http's.
func BenchmarkProxy(b *testing.B) {
	backend := cost.Backend(b)
	stage := stageOf(&resource.Snapshot{
		Integrations: []resource.Integration{{IntegrationId: "i", IntegrationType: "HTTP_PROXY", IntegrationMethod: "ANY", IntegrationUri: "http://" + backend + "/base/{id}"}},
		Routes:       []resource.Route{{RouteId: "r", RouteKey: "GET /pets/{id}", Target: "integrations/i"}},
	})
	client := web.New(web.Options{})
	b.Cleanup(client.Close)
	at := served(b, stage, Config{Forwarder: client})
	request := []byte("GET /pets/dog?x=1 HTTP/1.1\r\nHost: api.execute-api.localhost\r\nUser-Agent: bench\r\nAccept: */*\r\nX-One: 1\r\nX-Two: 2\r\n\r\n")
	cost.Requests(b, at, request)
}

func stageOf(snapshot *resource.Snapshot) *serving.Stage {
	snapshot.Api.ApiId, snapshot.Api.ProtocolType = "api", resource.HTTP
	compiled := plan.Compile(plan.Input{
		Region: "us-east-1", AccountID: "000000000000", Snapshot: snapshot,
		Stage: &resource.Stage{StageName: "$default", StageVariables: map[string]string{"colour": "red"}},
	}, nil)
	return &serving.Stage{Stage: compiled, Admission: new(admission.Rules).Stage(compiled)}
}
