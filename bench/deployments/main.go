// Command deployments measures how long a change of a stage and a deployment take
// until they are answered, which is when they are served: for APIs of one route to
// 3,000, and for one with ten stages; and what ImportApi takes of a document with 1,000 and 10,000
// routes.
//
//	go run ./bench/deployments           # five rounds, about a minute
//	go run ./bench/deployments -rounds 1 # a quick look
//
// The server is in this process, on 127.0.0.1, and its store is on disk. The sizes
// take turns within a round; each figure is the median of its calls in a round, and
// the row tells the median and the range of the rounds.
package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/dragoman-gateway/dragoman/bench/measured"
	"github.com/dragoman-gateway/dragoman/internal/tasks"
)

var (
	rounds = flag.Int("rounds", 5, "rounds")
	calls  = flag.Int("calls", 15, "calls of each kind in a round")
	only   = flag.Bool("imports", false, "measure imports alone")
)

func main() {
	flag.Parse()
	log.SetFlags(0)
	dir, err := os.MkdirTemp("", "dragoman-bench-")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	s, err := measured.Run(measured.Config(dir))
	if err != nil {
		log.Fatal(err)
	}
	measure("http://" + s.ManagementAddr())
	if err := s.Stop(); err != nil {
		log.Fatal(err)
	}
}

// subject is an API under measurement.
type subject struct {
	routes, stages int
	at             string // path of the API
	response       string // path of the integration response that changes
	update, deploy []time.Duration
	alone, behind  []time.Duration // CreateRoute, and right behind a deployment that was begun
}

func measure(base string) {
	documents := []*imported{newImported(1000), newImported(10_000)}
	for range *rounds {
		for _, m := range documents {
			m.measure(base)
		}
	}
	defer tell(documents)
	if *only {
		return
	}
	subjects := []*subject{{routes: 1, stages: 1}, {routes: 300, stages: 1}, {routes: 300, stages: 10}, {routes: 3000, stages: 1}}
	for _, s := range subjects {
		s.make(base)
	}
	for range *rounds {
		for _, s := range subjects {
			s.update = append(s.update, median(*calls, func(i int) {
				call("PATCH", s.at+"/stages/s0", fmt.Sprintf(`{"description":"%d"}`, i))
			}))
			s.deploy = append(s.deploy, median(*calls, func(i int) {
				call("PATCH", s.response, fmt.Sprintf(`{"responseTemplates":{"$default":"{\"n\": %d, \"at\": \"$context.stage\"}"}}`, i))
			}, func(int) { call("POST", s.at+"/deployments", `{"stageName":"s0"}`) }))
			s.alone = append(s.alone, s.route(func(put func()) { put() }))
			s.behind = append(s.behind, s.route(func(put func()) {
				var group tasks.Group
				group.Go("a deployment", func() { call("POST", s.at+"/deployments", `{"stageName":"s0"}`) })
				time.Sleep(2 * time.Millisecond) // it is under way
				put()
				group.Wait()
			}))
		}
	}
	fmt.Printf("load %s\n\n", measured.LoadAverage())
	fmt.Println("| routes | stages | UpdateStage(Description) ms | CreateDeployment, one response changed, ms | CreateRoute, ms | CreateRoute behind a deployment, ms |")
	fmt.Println("|---|---|---|---|---|---|")
	for _, s := range subjects {
		fmt.Printf("| %d | %d | %s | %s | %s | %s |\n", s.routes, s.stages, figures(s.update), figures(s.deploy), figures(s.alone), figures(s.behind))
	}
}

// make is an API whose every route has an integration, two templates and a response.
func (s *subject) make(base string) {
	api := call("POST", base+"/v2/apis", `{"name":"bench","protocolType":"WEBSOCKET","routeSelectionExpression":"$request.body.action"}`)
	s.at = base + "/v2/apis/" + api["apiId"].(string)
	for i := range s.routes {
		integration := call("POST", s.at+"/integrations", fmt.Sprintf(`{"integrationType":"MOCK","requestTemplates":{"$default":"{\"statusCode\": 200} ## %d"}}`, i))["integrationId"].(string)
		response := call("POST", s.at+"/integrations/"+integration+"/integrationresponses",
			fmt.Sprintf(`{"integrationResponseKey":"$default","responseTemplates":{"$default":"{\"route\": %d, \"id\": \"$context.connectionId\"}"}}`, i))["integrationResponseId"].(string)
		s.response = s.at + "/integrations/" + integration + "/integrationresponses/" + response
		route := call("POST", s.at+"/routes", fmt.Sprintf(`{"routeKey":"r%d","target":"integrations/%s"}`, i, integration))["routeId"].(string)
		call("POST", s.at+"/routes/"+route+"/routeresponses", `{"routeResponseKey":"$default"}`)
	}
	deployment := call("POST", s.at+"/deployments", `{}`)["deploymentId"].(string)
	for i := range s.stages {
		call("POST", s.at+"/stages", fmt.Sprintf(`{"stageName":"s%d","deploymentId":"%s"}`, i, deployment))
	}
}

// route times the creation of a route, within what goes on around it; the routes go again.
func (s *subject) route(within func(put func())) time.Duration {
	took := make([]time.Duration, *calls)
	for i := range took {
		var id string
		within(func() {
			began := time.Now()
			id = call("POST", s.at+"/routes", fmt.Sprintf(`{"routeKey":"further%d"}`, i))["routeId"].(string)
			took[i] = time.Since(began)
		})
		call("DELETE", s.at+"/routes/"+id, "")
	}
	slices.Sort(took)
	return took[len(took)/2]
}

// median times the last of the steps, n times.
func median(n int, steps ...func(i int)) time.Duration {
	took := make([]time.Duration, n)
	for i := range n {
		for _, step := range steps[:len(steps)-1] {
			step(i)
		}
		began := time.Now()
		steps[len(steps)-1](i)
		took[i] = time.Since(began)
	}
	slices.Sort(took)
	return took[n/2]
}

func figures(of []time.Duration) string {
	slices.Sort(of)
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	return fmt.Sprintf("%.1f (%.1f–%.1f)", ms(of[len(of)/2]), ms(of[0]), ms(of[len(of)-1]))
}

func call(method, url, body string) map[string]any {
	r, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		log.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		log.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode >= 300 {
		log.Fatalf("%s %s: %d %s %v", method, url, response.StatusCode, text, err)
	}
	var answer map[string]any
	if err := json.NewDecoder(bytes.NewReader(text)).Decode(&answer); err != nil && len(text) > 0 {
		log.Fatal(err)
	}
	return answer
}
