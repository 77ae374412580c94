package server

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/dragoman-gateway/dragoman/client"
	"github.com/dragoman-gateway/dragoman/resource"
)

// What is updated through one node and deployed through a second is what a client of the third
// hears next, and never what was there before.
func TestNeverAnOldFrame(t *testing.T) {
	r := &rollers{t: t, join: engines(t)}
	for i := range r.nodes {
		r.start(i)
	}
	chat := r.sites()
	r.nodes[0].settle(chat)
	found, err := r.nodes[0].client.GetIntegrations(t.Context(), &client.GetIntegrationsInput{ApiId: chat})
	if err != nil {
		t.Fatal(err)
	}
	integration := found.Items[0].IntegrationId
	responses, err := r.nodes[0].client.GetIntegrationResponses(t.Context(), &client.GetIntegrationResponsesInput{ApiId: chat, IntegrationId: integration})
	if err != nil {
		t.Fatal(err)
	}
	response := responses.Items[0].IntegrationResponseId
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	var conns [3]*websocket.Conn
	for i, c := range r.nodes {
		if conns[i], _, err = websocket.Dial(ctx, "ws://"+c.DataAddr()+"/_aws/execute-api/"+chat+"/prod", nil); err != nil {
			t.Fatal(err)
		}
		defer conns[i].CloseNow()
	}
	pending, all := 0, 1000
	for n := range all {
		writer, deployer, server := r.nodes[n%3], r.nodes[(n+1)%3], conns[(n+2)%3]
		want := fmt.Sprint("round ", n)
		if _, err := writer.client.UpdateIntegrationResponse(ctx, &client.UpdateIntegrationResponseInput{
			ApiId: chat, IntegrationId: integration, IntegrationResponseId: response, ResponseTemplates: map[string]string{"200": want},
		}); err != nil {
			t.Fatal(err)
		}
		made, err := deployer.client.CreateDeployment(ctx, &client.CreateDeploymentInput{ApiId: chat, StageName: new("prod")})
		if err != nil {
			t.Fatal(err)
		}
		// A node that needs more than a second on a busy machine is waited for, as scripts do.
		if made.DeploymentStatus != "DEPLOYED" {
			pending++
			deployer.settle(chat)
		}
		if err := server.Write(ctx, websocket.MessageText, []byte(`{"action":"who"}`)); err != nil {
			t.Fatal(err)
		}
		if _, frame, err := server.Read(ctx); err != nil || string(frame) != want {
			t.Fatalf("got %q %v, want %q", frame, err, want)
		}
	}
	if pending > all/4 {
		t.Errorf("%d of %d deployments were pending", pending, all)
	}
}

// Hints may be lost: a node that hears none forgets what authorizers said all the same, within
// the time that the store is looked at.
func TestResetsOutliveTheBus(t *testing.T) {
	w, cables := cabled(t)
	api := w.site(w.nodes[0], true)
	w.visits(api, "/guarded?t=1", 200)
	w.visits(api, "/guarded?t=1", 200)
	if got := w.asked.Load(); got != 2 {
		t.Fatalf("the authorizer was asked %d times, want once by each node", got)
	}
	cables[1].cut()
	if _, err := w.nodes[0].client.ResetAuthorizersCache(t.Context(), &client.ResetAuthorizersCacheInput{ApiId: api, StageName: "$default"}); err != nil {
		t.Fatal(err)
	}
	there := w.nodes[1]
	for end := time.Now().Add(10 * time.Second); w.asked.Load() < 3; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the node that heard nothing answers from what was to be forgotten")
		}
		if status, _, _ := there.get("http://" + there.DataAddr() + "/_aws/execute-api/" + api + "/guarded?t=1"); status != 200 {
			t.Fatalf("got %d, want 200", status)
		}
	}
}

// What is changed through one node is served by the other when it is answered: stages, domains,
// their mappings, keys, and what is deleted. A call that took its whole second may have been
// answered before that.
func TestChangesAreServedWhenTheyAreAnswered(t *testing.T) {
	w := twin(t)
	visit := func(c *cursed, host, path string) int {
		t.Helper()
		request, err := http.NewRequest(http.MethodGet, "http://"+c.DataAddr()+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Host = host
		response, err := http.DefaultTransport.RoundTrip(request)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		return response.StatusCode
	}
	const patience = time.Second // after which a call is answered all the same
	asked, served := 0, 0
	for i := range 6 {
		here, there := w.nodes[i%2], w.nodes[(i+1)%2]
		ctx, host := t.Context(), fmt.Sprintf("d%d.example.com", i)
		api := here.made("", "apiId", map[string]any{"name": "web", "protocolType": "HTTP"})
		here.route(api, "GET /open", "good", map[string]any{"payload": "2.0"})
		first := here.made("/"+api+"/deployments", "deploymentId", map[string]any{})
		mapping := ""
		for _, step := range []struct {
			what string
			do   func() error
			host string
			path string
			want int
		}{
			{"CreateStage", func() error {
				_, err := here.client.CreateStage(ctx, &client.CreateStageInput{ApiId: api, StageName: "$default", DeploymentId: &first})
				return err
			}, "", "/_aws/execute-api/" + api + "/open", 200},
			{"CreateDomainName", func() error {
				_, err := here.client.CreateDomainName(ctx, &client.CreateDomainNameInput{DomainName: host, DomainNameConfigurations: []resource.DomainNameConfiguration{{CertificateArn: "arn:aws:acm:us-east-1:000000000000:certificate/x"}}})
				return err
			}, host, "/open", 403},
			{"CreateApiMapping", func() error {
				made, err := here.client.CreateApiMapping(ctx, &client.CreateApiMappingInput{DomainName: host, ApiId: api, Stage: "$default", ApiMappingKey: new("v1")})
				if err == nil {
					mapping = made.ApiMappingId
				}
				return err
			}, host, "/v1/open", 200},
			{"UpdateApiMapping", func() error {
				_, err := here.client.UpdateApiMapping(ctx, &client.UpdateApiMappingInput{DomainName: host, ApiMappingId: mapping, ApiId: api, ApiMappingKey: new("v2")})
				return err
			}, host, "/v2/open", 200},
			{"DeleteApiMapping", func() error {
				_, err := here.client.DeleteApiMapping(ctx, &client.DeleteApiMappingInput{DomainName: host, ApiMappingId: mapping})
				return err
			}, host, "/v2/open", 403},
			{"UpdateStage", func() error {
				empty := ""
				for _, id := range here.routes(api) {
					if _, err := here.client.DeleteRoute(ctx, &client.DeleteRouteInput{ApiId: api, RouteId: id}); err != nil {
						return err
					}
				}
				here.route(api, "GET /other", "good", map[string]any{"payload": "2.0"})
				empty = here.made("/"+api+"/deployments", "deploymentId", map[string]any{})
				_, err := here.client.UpdateStage(ctx, &client.UpdateStageInput{ApiId: api, StageName: "$default", DeploymentId: &empty})
				return err
			}, "", "/_aws/execute-api/" + api + "/open", 404},
			{"DeleteStage", func() error {
				_, err := here.client.DeleteStage(ctx, &client.DeleteStageInput{ApiId: api, StageName: "$default"})
				return err
			}, "", "/_aws/execute-api/" + api + "/other", 404},
			{"DeleteApi", func() error {
				_, err := here.client.DeleteApi(ctx, &client.DeleteApiInput{ApiId: api})
				return err
			}, "", "/_aws/execute-api/" + api + "/other", 403},
		} {
			began := time.Now()
			if err := step.do(); err != nil {
				t.Fatalf("%s: %v", step.what, err)
			}
			took := time.Since(began)
			got := visit(there, step.host, step.path)
			asked++
			if got == step.want {
				served++
			} else if took < patience {
				t.Errorf("%s was answered after %v, and the other node answers %d, want %d", step.what, took, got, step.want)
			}
		}
	}
	if served < asked/2 {
		t.Errorf("%d of %d changes were served when they were answered", served, asked)
	}
}
