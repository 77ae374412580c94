package httpapi

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	peers "github.com/dragoman-gateway/dragoman/gateway/peer"
	"github.com/dragoman-gateway/dragoman/gateway/recorder"
	"github.com/dragoman-gateway/dragoman/gateway/routing"
	"github.com/dragoman-gateway/dragoman/gateway/serving"
	"github.com/dragoman-gateway/dragoman/gateway/tap"
	"github.com/dragoman-gateway/dragoman/integration"
	"github.com/dragoman-gateway/dragoman/internal/tasks"
	"github.com/dragoman-gateway/dragoman/record"
	"github.com/dragoman-gateway/dragoman/record/mask"
	"github.com/dragoman-gateway/dragoman/resource"
)

// atHand is a backend without a network, whose instructions are the same each time.
type atHand struct {
	in   integration.Incoming
	body strings.Reader
}

func (a *atHand) Forward(context.Context, *integration.Outgoing) (*integration.Incoming, error) {
	a.body.Reset(strings.Repeat("x", 128))
	a.in = integration.Incoming{Status: http.StatusOK, Length: 128, Body: io.NopCloser(&a.body)}
	return &a.in, nil
}

// nobody is a client that takes everything.
type nobody struct{ header http.Header }

func (n nobody) Header() http.Header         { return n.header }
func (n nobody) Write(p []byte) (int, error) { return len(p), nil }
func (n nobody) WriteHeader(int)             {}

// BenchmarkTap is one request through HTTP_PROXY from the plane's door to a backend at hand, with
// the tap off. Without a network its instructions are the same from run to run, so that the
// few that a tap takes can be seen; of a whole request they are a smaller share.
func BenchmarkTap(b *testing.B) {
	b.Run("off", func(b *testing.B) {
		reports := tasks.NewReporter(slog.New(slog.NewTextHandler(io.Discard, nil)))
		hub := tap.New(reports)
		hub.Record(recorder.New(recorder.Options{Choice: recorder.Choice{Sample: 1}, Conceal: recorder.Conceal(mask.New()), Ring: record.NewRing(0, 0), Reports: reports}))
		stage := stageOf(&resource.Snapshot{
			Integrations: []resource.Integration{{IntegrationId: "i", IntegrationType: "HTTP_PROXY", IntegrationMethod: "ANY", IntegrationUri: "http://backend/base/{id}"}},
			Routes:       []resource.Route{{RouteId: "r", RouteKey: "GET /pets/{id}", Target: "integrations/i"}},
		})
		api := &serving.Api{ID: "api", Protocol: resource.HTTP, Stages: map[string]*serving.Stage{resource.DefaultKey: stage}}
		p := New(Config{Forwarder: new(atHand), Taps: hub})
		listener := new(peers.Policy)
		r, err := http.NewRequest(http.MethodGet, "http://api.execute-api.localhost/pets/dog?x=1", nil)
		if err != nil {
			b.Fatal(err)
		}
		r.RemoteAddr = "127.0.0.1:4711"
		r.Header.Set("User-Agent", "bench")
		client := listener.Client(r)
		w := nobody{http.Header{}}
		b.ReportAllocs()
		for b.Loop() {
			clear(w.header)
			v := &routing.Match{Api: api, Path: "/pets/dog", Domain: r.Host, Client: client}
			v.Draft = hub.Draft(api.ID, api.Name, time.Time{}) // as routing asks for it
			p.Serve(w, r, v)
		}
		if w.header.Get("Apigw-Requestid") == "" {
			b.Fatal("nothing was answered")
		}
	})
}
