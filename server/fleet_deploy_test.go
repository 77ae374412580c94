package server

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/dragoman-gateway/dragoman/client"
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
