package fleet

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dragoman-gateway/dragoman/bench/measured"
	"github.com/dragoman-gateway/dragoman/client"
)

// A deployment is answered when all nodes serve it: how long that takes by the number of routes,
// of which one has changed.
func TestDeployments(t *testing.T) {
	_, whole := length(t)
	sizes, calls := []int{10}, 2
	if whole {
		sizes, calls = []int{10, 300, 3000}, 40
	}
	head("deployments", "nodes", "routes", "p50 ms", "p99 ms", "behind the answer")
	for _, n := range []int{1, 3} {
		all, _, _ := nodes(t, n)
		for _, routes := range sizes {
			s := site(t, all[0], routes)
			var took times
			late := 0
			for i := range calls {
				_, err := s.c.UpdateIntegrationResponse(t.Context(), &client.UpdateIntegrationResponseInput{
					ApiId: s.id, IntegrationId: s.integration, IntegrationResponseId: s.response, ResponseTemplates: map[string]string{"$default": fmt.Sprint("$context.connectionId ", i)}})
				if err != nil {
					t.Fatal(err)
				}
				began := time.Now()
				if s.deploy(t) {
					late++
				}
				took = append(took, time.Since(began))
			}
			row(n, routes, took.at(.5), took.at(.99), fmt.Sprintf("%d of %d", late, calls))
		}
	}
}

// subject is an API with a stage.
type subject struct {
	id, integration, response string
	c                         *client.Client
}

// site makes a WebSocket API with routes, of which one tells a client who it is, deployed at all
// nodes.
func site(t *testing.T, g *measured.Gateway, routes int) *subject {
	t.Helper()
	ctx := t.Context()
	c := client.New(client.Options{BaseEndpoint: "http://" + g.ManagementAddr(), Region: "us-east-1"})
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	api, err := c.CreateApi(ctx, &client.CreateApiInput{Name: fmt.Sprint("bench-", routes), ProtocolType: "WEBSOCKET", RouteSelectionExpression: client.String("$request.body.action")})
	must(err)
	s := &subject{id: api.ApiId, c: c}
	one := func(i int) error {
		in, err := c.CreateIntegration(ctx, &client.CreateIntegrationInput{ApiId: s.id, IntegrationType: "MOCK", RequestTemplates: map[string]string{"$default": `{"statusCode": 200}`}, TemplateSelectionExpression: client.String(`\$default`)})
		if err != nil {
			return err
		}
		response, err := c.CreateIntegrationResponse(ctx, &client.CreateIntegrationResponseInput{ApiId: s.id, IntegrationId: in.IntegrationId, IntegrationResponseKey: "$default", TemplateSelectionExpression: client.String(`\$default`), ResponseTemplates: map[string]string{"$default": "$context.connectionId"}})
		if err != nil {
			return err
		}
		key := "who"
		if i > 0 {
			key = fmt.Sprint("r", i)
		} else {
			s.integration, s.response = in.IntegrationId, response.IntegrationResponseId
		}
		route, err := c.CreateRoute(ctx, &client.CreateRouteInput{ApiId: s.id, RouteKey: key, Target: client.String("integrations/" + in.IntegrationId), RouteResponseSelectionExpression: client.String("$default")})
		if err != nil {
			return err
		}
		_, err = c.CreateRouteResponse(ctx, &client.CreateRouteResponseInput{ApiId: s.id, RouteId: route.RouteId, RouteResponseKey: "$default"})
		return err
	}
	next := atomic.Int64{}
	var making sync.WaitGroup
	for range min(routes, 32) {
		making.Go(func() {
			for i := int(next.Add(1)) - 1; i < routes && !t.Failed(); i = int(next.Add(1)) - 1 {
				if err := one(i); err != nil {
					t.Error(err)
				}
			}
		})
	}
	making.Wait()
	_, err = c.CreateStage(ctx, &client.CreateStageInput{ApiId: s.id, StageName: "prod"})
	must(err)
	s.deploy(t)
	return s
}

// deploy deploys, waits until all nodes serve it, and says whether that was later than the answer.
func (s *subject) deploy(t *testing.T) (late bool) {
	t.Helper()
	d, err := s.c.CreateDeployment(t.Context(), &client.CreateDeploymentInput{ApiId: s.id, StageName: client.String("prod")})
	if err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(time.Minute); d.DeploymentStatus != "DEPLOYED"; {
		if time.Now().After(end) {
			t.Fatalf("the deployment is %s after a minute", d.DeploymentStatus)
		}
		late = true
		time.Sleep(time.Millisecond)
		got, err := s.c.GetDeployment(t.Context(), &client.GetDeploymentInput{ApiId: s.id, DeploymentId: d.DeploymentId})
		if err != nil {
			t.Fatal(err)
		}
		d.DeploymentStatus = got.DeploymentStatus
	}
	return late
}
