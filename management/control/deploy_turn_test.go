package control

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/catalog"
)

// watched is a store that tells when a whole configuration is read, and by whom.
type watched struct {
	store.Store
	within int    // times that it was read by who has the turn to write
	beside func() // is called once when somebody else has read it; nil
}

type watchedReader struct {
	store.Reader
	read func()
}

func (w watchedReader) List(ctx context.Context, prefix store.Key, after int64, limit int) ([]store.Document, error) {
	docs, err := w.Reader.List(ctx, prefix, after, limit)
	if strings.HasPrefix(string(prefix), "config/") {
		w.read()
	}
	return docs, err
}

type watchedTx struct {
	store.Tx
	watchedReader
}

func (w watchedTx) Get(ctx context.Context, key store.Key) (store.Document, error) {
	return w.Tx.Get(ctx, key)
}
func (w watchedTx) Children(ctx context.Context, prefix store.Key, after int64, limit int) ([]store.Document, error) {
	return w.Tx.Children(ctx, prefix, after, limit)
}
func (w watchedTx) Revision(ctx context.Context) (int64, error) { return w.Tx.Revision(ctx) }
func (w watchedTx) List(ctx context.Context, prefix store.Key, after int64, limit int) ([]store.Document, error) {
	return w.watchedReader.List(ctx, prefix, after, limit)
}

func (w *watched) View(ctx context.Context, read func(store.Reader) error) error {
	return w.Store.View(ctx, func(r store.Reader) error {
		return read(watchedReader{r, func() {
			if do := w.beside; do != nil {
				w.beside = nil
				do()
			}
		}})
	})
}

func (w *watched) Update(ctx context.Context, write func(store.Tx) error) (int64, error) {
	return w.Store.Update(ctx, func(tx store.Tx) error {
		return write(watchedTx{tx, watchedReader{tx, func() { w.within++ }}})
	})
}

// frozenRoutes are the keys of the routes that a deployment has.
func (h *world) frozenRoutes(api, deployment string) (keys string) {
	h.t.Helper()
	err := h.control.Store.View(context.Background(), func(r store.Reader) error {
		s, err := catalog.LoadDeployment(context.Background(), r, "us-east-1", id(api), deployment)
		for _, route := range s.Routes {
			keys += route.RouteKey + " "
		}
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return strings.TrimSpace(keys)
}

// A deployment reads and packs an API before its turn to write: whoever writes meanwhile is
// done before it is. It has what the API was at its moment, and the next one has the rest.
func TestWritersAreNotHeldUpByDeployments(t *testing.T) {
	var w *watched
	h := newWorld(t, func(c *Config) { w = &watched{Store: c.Store}; c.Store = w })
	api := h.api("HTTP")
	h.must("POST", api+"/routes", `{"routeKey":"GET /one"}`)
	h.must("POST", api+"/stages", `{"stageName":"prod"}`)
	w.within = 0
	w.beside = func() { h.must("POST", api+"/routes", `{"routeKey":"GET /two"}`) } // it would wait for ever
	made := h.make(api+"/deployments", `{"stageName":"prod"}`, "deploymentId")
	if got := h.frozenRoutes(api, made); got != "GET /one" {
		t.Errorf("got %q, want the API before the route that came meanwhile", got)
	}
	if w.within != 0 || w.beside != nil {
		t.Errorf("the configuration was read %d times in the turn to write, want none", w.within)
	}
	if got := h.frozenRoutes(api, h.make(api+"/deployments", `{}`, "deploymentId")); got != "GET /one GET /two" {
		t.Errorf("the next deployment: got %q, want both routes", got)
	}
	// A deployment that was overtaken by another is of a later moment than that.
	w.beside = func() {
		h.must("POST", api+"/routes", `{"routeKey":"GET /three"}`)
		h.must("POST", api+"/deployments", `{"stageName":"prod"}`)
	}
	late := h.make(api+"/deployments", `{"stageName":"prod"}`, "deploymentId")
	if got := h.frozenRoutes(api, late); !strings.HasSuffix(got, "GET /three") {
		t.Errorf("overtaken: got %q, want what the other has too", got)
	}
	// One that is overtaken again and again ends all the same.
	var again func()
	n := 0
	again = func() {
		n++
		h.must("POST", api+"/routes", fmt.Sprintf(`{"routeKey":"GET /again%d"}`, n))
		h.must("POST", api+"/deployments", `{}`)
		w.beside = again
	}
	w.beside = again
	last := h.make(api+"/deployments", `{}`, "deploymentId")
	w.beside = nil
	if got := h.frozenRoutes(api, last); !strings.HasSuffix(got, fmt.Sprintf("GET /again%d", n)) {
		t.Errorf("overtaken %d times: got %q, want all that was there", n, got)
	}
}

// A change that comes while automatic stages are deployed is deployed, too: its note is not
// taken for that of the changes before it.
func TestChangesDuringAutomaticDeploymentsAreDeployed(t *testing.T) {
	var w *watched
	h := newWorld(t, func(c *Config) { w = &watched{Store: c.Store}; c.Store = w })
	api := h.api("HTTP")
	h.must("POST", api+"/stages", `{"stageName":"auto","autoDeploy":true}`)
	h.must("POST", api+"/routes", `{"routeKey":"GET /one"}`)
	w.beside = func() { h.must("POST", api+"/routes", `{"routeKey":"GET /two"}`) }
	if err := h.control.deployer.DeployDue(context.Background(), "us-east-1", id(api)); err != nil {
		t.Fatal(err)
	}
	stage := h.must("GET", api+"/stages/auto", "")
	if got := h.frozenRoutes(api, stage["deploymentId"].(string)); got != "GET /one GET /two" {
		t.Errorf("got %q, want both routes", got)
	}
	// An API that is deleted meanwhile leaves nothing.
	h.must("POST", api+"/routes", `{"routeKey":"GET /three"}`)
	w.beside = func() { h.must("DELETE", api, "") }
	if err := h.control.deployer.DeployDue(context.Background(), "us-east-1", id(api)); err != nil {
		t.Fatal(err)
	}
	w.beside = nil
	other := h.api("HTTP")
	h.must("POST", other+"/routes", `{"routeKey":"GET /one"}`)
	w.beside = func() { h.must("DELETE", other, "") }
	h.refused("POST", other+"/deployments", `{}`, 404, "NotFoundException", "Invalid API identifier specified")
	err := w.Store.View(context.Background(), func(r store.Reader) error {
		for _, id := range []string{id(api), id(other)} {
			if left, err := catalog.Deployments("us-east-1", id).All(context.Background(), r); err != nil || len(left) != 0 {
				t.Errorf("%s: %d deployments are left, %v", id, len(left), err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
