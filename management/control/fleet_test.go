package control

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dragoman-gateway/dragoman/wire"
)

// another is a second node on the store of another.
func (h *world) another() *world {
	c := New(h.control.Config)
	return &world{t: h.t, control: c, log: h.log, still: h.still, handler: wire.NewServer(wire.Config{Handlers: c.Handlers(), Region: "us-east-1", Account: "000000000000"})}
}

// deployed counts the deployments of an API.
func (h *world) deployed(api string) int {
	h.t.Helper()
	return len(h.must("GET", api+"/deployments", "")["items"].([]any))
}

// However many nodes there are, and whichever made the changes, one deployment
// results.
func TestTheFleetDeploysOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		here := newWorld(t, nil)
		there := here.another()
		api := here.api("HTTP")
		here.must("POST", api+"/routes", `{"routeKey":"$default"}`)
		here.must("POST", api+"/stages", `{"stageName":"auto","autoDeploy":true}`)
		stopHere, stopThere := here.run(), there.run()
		for round := range 5 {
			before := here.deployed(api)
			for i := range 6 {
				at := []*world{here, there}[i%2]
				at.must("POST", api+"/routes", fmt.Sprintf(`{"routeKey":"GET /%d/%d"}`, round, i))
				time.Sleep(30 * time.Millisecond)
			}
			time.Sleep(2 * time.Second)
			synctest.Wait()
			if got := there.deployed(api) - before; got != 1 {
				t.Errorf("round %d: changes on two nodes made %d deployments, want one", round, got)
			}
		}
		stopHere() // and what it leaves the other one does
		before := there.deployed(api)
		here.must("POST", api+"/routes", `{"routeKey":"GET /left"}`)
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if got := there.deployed(api) - before; got != 1 {
			t.Errorf("a node that is no more left a change: %d deployments, want one", got)
		}
		stopThere()
		here.control.Store.Close()
	})
}

// What is deployed with the change itself is not due.
func TestDeployedWithTheChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newWorld(t, nil)
		defer h.control.Store.Close()
		defer h.run()()
		api := h.api("HTTP")
		h.must("POST", api+"/routes", `{"routeKey":"$default"}`)
		h.must("POST", api+"/stages", `{"stageName":"auto","autoDeploy":true}`)
		time.Sleep(3 * time.Second)
		synctest.Wait()
		if got := h.deployed(api); got != 1 {
			t.Errorf("got %d deployments, want the one that was made with the stage", got)
		}
	})
}
