package control

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dragoman-gateway/dragoman/management/control/family"
	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/catalog"
)

func TestAutoDeploy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newWorld(t, nil)
		defer h.run()()
		api := h.api("HTTP")
		h.must("POST", api+"/stages", `{"stageName":"$default","autoDeploy":true}`)
		if got := h.must("GET", api+"/stages/$default", "")["lastDeploymentStatusMessage"]; got != "Unable to deploy API because no routes exist in this API" {
			t.Errorf("without routes: got %v, want that there are none", got)
		}
		for i := range 5 {
			h.must("POST", api+"/routes", fmt.Sprintf(`{"routeKey":"GET /%d"}`, i))
		}
		time.Sleep(99 * time.Millisecond)
		synctest.Wait()
		if got := h.must("GET", api+"/deployments", "")["items"].([]any); len(got) != 0 {
			t.Errorf("99ms after the last change: got %d deployments, want none yet", len(got))
		}
		time.Sleep(time.Millisecond)
		synctest.Wait()
		made := h.must("GET", api+"/deployments", "")["items"].([]any)
		if len(made) != 1 {
			t.Fatalf("100ms after the last change: got %d deployments, want one", len(made))
		}
		d := made[0].(map[string]any)
		h.want(without(d, "createdDate"), `{"autoDeployed":true,"deploymentId":"`+d["deploymentId"].(string)+`","deploymentStatus":"DEPLOYED","description":"Automatic deployment triggered by changes to the Api configuration"}`)
		stage := h.must("GET", api+"/stages/$default", "")
		if want := "Successfully deployed stage with deployment ID '" + d["deploymentId"].(string) + "'"; stage["lastDeploymentStatusMessage"] != want || stage["deploymentId"] != d["deploymentId"] {
			t.Errorf("got %v, want the stage on it and the message %q", stage, want)
		}
		h.control.Store.Close()
	})
}

func TestAutomaticDeploymentsArePruned(t *testing.T) {
	h := newWorld(t, nil)
	api := h.api("HTTP")
	h.must("POST", api+"/routes", `{"routeKey":"$default"}`)
	first := h.must("POST", api+"/stages", `{"stageName":"auto","autoDeploy":true}`)["deploymentId"].(string)
	h.must("POST", api+"/stages", `{"stageName":"held","deploymentId":"`+first+`"}`)
	manual := h.make(api+"/deployments", `{}`, "deploymentId")
	for i := range 25 {
		h.must("PATCH", api, fmt.Sprintf(`{"description":"%d"}`, i))
		if err := h.control.deployer.DeployDue(context.Background(), "us-east-1", id(api)); err != nil {
			t.Fatal(err)
		}
	}
	var ids []string
	for _, d := range h.must("GET", api+"/deployments", "")["items"].([]any) {
		ids = append(ids, d.(map[string]any)["deploymentId"].(string))
	}
	if len(ids) != 20+2 || !slices.Contains(ids, first) || !slices.Contains(ids, manual) {
		t.Errorf("got %d deployments %v, want the newest 20, %s that a stage serves, and %s that was made by hand", len(ids), ids, first, manual)
	}
	if err := h.control.deployer.DeployDue(context.Background(), "us-east-1", id(api)); err != nil {
		t.Fatal(err)
	}
	if got := len(h.must("GET", api+"/deployments", "")["items"].([]any)); got != len(ids) {
		t.Errorf("nothing changed: got %d deployments, want %d as before", got, len(ids))
	}
}

func TestStagesThatAreBehindAreDeployedAtStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newWorld(t, nil)
		api := h.api("HTTP")
		h.must("POST", api+"/routes", `{"routeKey":"$default"}`)
		before := h.must("POST", api+"/stages", `{"stageName":"auto","autoDeploy":true}`)["deploymentId"]
		h.must("PATCH", api, `{"description":"changed while nobody deployed"}`)
		h.control = New(h.control.Config) // as after a crash
		stop := h.run()
		time.Sleep(100 * time.Millisecond)
		synctest.Wait()
		if after := h.must("GET", api+"/stages/auto", "")["deploymentId"]; after == before {
			t.Errorf("got deployment %v still, want a new one", after)
		}
		stop()
		h.control.Store.Close()
	})
}

func TestDeploymentIsFrozen(t *testing.T) {
	f := newFixture(t)
	f.must("PATCH", f.names.Replace("{ws}/integrations/{mock}/integrationresponses/{response}"), `{"integrationResponseKey":"/404/"}`)
	err := f.control.Store.View(context.Background(), func(r store.Reader) error {
		s, err := catalog.LoadDeployment(context.Background(), r, "us-east-1", f.names.Replace("{wsid}"), f.names.Replace("{deployment}"))
		if err != nil {
			return err
		}
		if got := s.IntegrationResponses[f.names.Replace("{mock}")][0].IntegrationResponseKey; got != "/200/" {
			t.Errorf("got %s, want /200/ as when it was deployed", got)
		}
		if len(s.Routes) != 2 || len(s.RouteResponses) != 1 || len(s.Models) != 2 || len(s.Authorizers) != 1 {
			t.Errorf("got %+v, want everything of the API", s)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestDeploymentIsPendingUntilServed(t *testing.T) {
	served := errors.New("not yet")
	h := newWorld(t, func(c *Config) { c.Announce = func(context.Context, int64) error { return served } })
	ws := h.api("WEBSOCKET")
	h.must("POST", ws+"/routes", `{"routeKey":"a"}`)
	d := h.must("POST", ws+"/deployments", `{}`)
	if d["deploymentStatus"] != "PENDING" {
		t.Errorf("got %v, want PENDING", d)
	}
	at := ws + "/deployments/" + d["deploymentId"].(string)
	if got := h.must("GET", at, "")["deploymentStatus"]; got != "PENDING" {
		t.Errorf("got %v, want PENDING still", got)
	}
	other := h.another() // knows nothing of what this one answered
	if got := other.must("GET", at, "")["deploymentStatus"]; got != "PENDING" {
		t.Errorf("another node: got %v, want PENDING", got)
	}
	served = nil
	for _, h := range []*world{h, other} {
		if got := h.must("GET", at, "")["deploymentStatus"]; got != "DEPLOYED" {
			t.Errorf("got %v, want DEPLOYED", got)
		}
	}
	served = errors.New("not yet")
	h.must("POST", ws+"/deployments", `{}`)
	items := h.must("GET", ws+"/deployments", "")["items"].([]any)
	for i, want := range []string{"DEPLOYED", "PENDING"} {
		if got := items[i].(map[string]any)["deploymentStatus"]; got != want {
			t.Errorf("item %d of the list: got %v, want %v", i, got, want)
		}
	}
}

func TestDeploymentWaitsForAnnounceOnlySoLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newWorld(t, func(c *Config) {
			c.Announce = func(ctx context.Context, _ int64) error { <-ctx.Done(); return ctx.Err() }
		})
		ws := h.api("WEBSOCKET")
		h.must("POST", ws+"/routes", `{"routeKey":"a"}`)
		began := time.Now()
		if d := h.must("POST", ws+"/deployments", `{}`); d["deploymentStatus"] != "PENDING" || time.Since(began) != family.AnnounceWait {
			t.Errorf("got %v after %v, want PENDING after %v", d, time.Since(began), family.AnnounceWait)
		}
		h.control.Store.Close()
	})
}

// What is frozen is handed on, equal to what is stored: nobody reads it back.
func TestFrozenConfigurationsAreHandedOn(t *testing.T) {
	offered := map[string]*resource.Snapshot{}
	h := newWorld(t, func(c *Config) {
		c.Offer = func(api, deployment string, s *resource.Snapshot) { offered[api+"/"+deployment] = s }
	})
	ws := h.api("WEBSOCKET")
	integration := h.must("POST", ws+"/integrations", `{"integrationType":"MOCK","requestTemplates":{"$default":"{\"statusCode\":200}"}}`)["integrationId"].(string)
	h.must("POST", ws+"/integrations/"+integration+"/integrationresponses", `{"integrationResponseKey":"/4../","responseParameters":{}}`)
	h.must("POST", ws+"/models", `{"name":"M","schema":"{}","contentType":"application/json"}`)
	route := h.must("POST", ws+"/routes", `{"routeKey":"a","target":"integrations/`+integration+`","requestModels":{"$default":"M"}}`)["routeId"].(string)
	h.must("POST", ws+"/routes/"+route+"/routeresponses", `{"routeResponseKey":"$default"}`)
	deployment := h.must("POST", ws+"/deployments", `{}`)["deploymentId"].(string)
	err := h.control.Store.View(t.Context(), func(r store.Reader) error {
		stored, err := catalog.LoadDeployment(t.Context(), r, "us-east-1", id(ws), deployment)
		if diff := cmp.Diff(stored, offered[id(ws)+"/"+deployment], cmp.AllowUnexported(resource.Time{})); diff != "" {
			t.Errorf("(-stored +offered):\n%s", diff)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
