package server

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dragoman-gateway/dragoman/client"
	"github.com/dragoman-gateway/dragoman/resource"
)

// A throttle is for all nodes: whoever asks all of them has it together, and has it still when one
// has gone; who asks one has no more than the whole.
func TestFleetSharesThrottles(t *testing.T) {
	r := &rollers{t: t, join: engines(t)}
	for i := range r.nodes {
		r.start(i)
	}
	here := r.nodes[0]
	r.sites()
	// As much at once as comes in a second: a machine that is busy for less takes nothing away.
	const rate = 40
	_, err := here.client.UpdateStage(t.Context(), &client.UpdateStageInput{ApiId: r.web, StageName: "$default", DefaultRouteSettings: &resource.RouteSettings{ThrottlingRateLimit: new(float64(rate)), ThrottlingBurstLimit: new(int32(rate))}})
	if err != nil {
		t.Fatal(err)
	}
	here.settle(r.web)
	knows := func(nodes int, of ...*cursed) {
		t.Helper()
		for _, c := range of {
			eventually(t, fmt.Sprintf("%d nodes know each other", nodes), func() bool {
				_, text, _ := c.get("http://" + c.ManagementAddr() + "/metrics")
				return strings.Contains(text, fmt.Sprintf("dragoman_fleet_nodes %d\n", nodes))
			})
		}
	}
	// share is what was let in of the rate, by nodes that are all asked more than that.
	share := func(of ...*cursed) float64 {
		t.Helper()
		var let atomic.Int64
		end, began := make(chan struct{}), time.Time{}
		var all sync.WaitGroup
		for _, c := range of {
			for range 2 {
				all.Go(func() {
					for {
						select {
						case <-end:
							return
						case <-time.After(5 * time.Millisecond):
						}
						status, _, err := exchangeOf(http.MethodGet, "http://"+c.DataAddr()+"/_aws/execute-api/"+r.web+"/page", "")
						switch {
						case err != nil || status != 200 && status != 429:
							t.Errorf("got %d %v, want 200 or 429", status, err)
							return
						case status == 200:
							let.Add(1)
						}
					}
				})
			}
		}
		time.Sleep(500 * time.Millisecond) // what may come at once is used up
		began = time.Now()
		let.Store(0)
		time.Sleep(3 * time.Second)
		n, took := let.Load(), time.Since(began)
		close(end)
		all.Wait()
		return float64(n) / rate / took.Seconds()
	}
	knows(3, r.nodes[:]...)
	if got := share(r.nodes[:]...); got < 0.7 || got > 1.25 {
		t.Errorf("three nodes let in %.2f of the rate, want 0.7 to 1.25", got)
	}
	if got := share(here); got > 1.25 {
		t.Errorf("one of three lets in %.2f of the rate, want 1.25 at most", got)
	}
	gone := r.nodes[2]
	gone.stop()
	gone.ended <- <-gone.ended // for the end of the test
	knows(2, r.nodes[:2]...)
	if got := share(r.nodes[:2]...); got < 0.7 || got > 1.25 {
		t.Errorf("two that are left let in %.2f of the rate, want 0.7 to 1.25", got)
	}
}
