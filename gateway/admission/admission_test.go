package admission

import (
	"testing"

	"github.com/dragoman-gateway/dragoman/gateway/authorize"
	"github.com/dragoman-gateway/dragoman/gateway/throttle"
	"github.com/dragoman-gateway/dragoman/plan"
	"github.com/dragoman-gateway/dragoman/resource"
)

// deploy compiles a stage with two routes, of which the first has a burst of one and
// the second an authorizer.
func deploy() *plan.Stage {
	rate, burst := 1.0, int32(1)
	return plan.Compile(plan.Input{
		Stage: &resource.Stage{StageName: "$default", RouteSettings: map[string]resource.RouteSettings{
			"GET /x": {ThrottlingRateLimit: &rate, ThrottlingBurstLimit: &burst},
		}},
		Snapshot: &resource.Snapshot{Api: resource.Api{ApiId: "a1", ProtocolType: resource.HTTP}, Routes: []resource.Route{
			{RouteId: "x", RouteKey: "GET /x"}, {RouteId: "y", RouteKey: "GET /y", AuthorizationType: resource.AuthIAM},
		}},
	})
}

// The rules of a deployment are its own; the bucket is that of the one before.
func TestBucketsOutliveDeployments(t *testing.T) {
	rules := Rules{Throttle: throttle.NewSet(throttle.Options{Clock: func() int64 { return 0 }}), Authorizers: authorize.New(authorize.Config{})}
	p := deploy()
	before := rules.Stage(p)
	if !before.Allow(p.Routes[0]) || before.Allow(p.Routes[0]) || !before.Allow(p.Routes[1]) {
		t.Error("the first route has a burst of one, the second none")
	}
	p = deploy()
	now := rules.Stage(p)
	if now.Allow(p.Routes[0]) {
		t.Error("a deployment filled a bucket")
	}
	if now.Decider(p.Routes[0]) != nil || now.Decider(p.Routes[1]) == nil {
		t.Error("deciders: want one for the second route alone")
	}
	if before.Allow(p.Routes[0]) {
		t.Error("the deployment before has a bucket of its own")
	}
}

// Without rules nothing is limited, and nobody decides.
func TestNoRules(t *testing.T) {
	p := deploy()
	for _, s := range []*Stage{nil, (&Rules{}).Stage(p)} {
		for _, route := range p.Routes {
			if !s.Allow(route) || s.Decider(route) != nil {
				t.Errorf("%s: something decides", route.Key)
			}
		}
	}
}
