package admission

import (
	"github.com/dragoman-gateway/dragoman/gateway/authorize"
	"github.com/dragoman-gateway/dragoman/gateway/throttle"
	"github.com/dragoman-gateway/dragoman/plan"
)

// Rules are what the rules of stages are made of.
type Rules struct {
	Throttle    *throttle.Set          // nil throttles nothing
	Authorizers *authorize.Authorizers // nil: routes that ask for one have none
}

// Stage is the rules of the routes of one stage.
type Stage struct{ routes []route } // by their index

type route struct {
	gate    *throttle.Gate     // nil admits everything
	decider *authorize.Decider // nil: nobody decides
}

// Stage makes the rules of a stage that comes to be served. Its gates share their
// buckets with those of the deployment before, and set their rates at once.
func (r *Rules) Stage(stage *plan.Stage) *Stage {
	s := &Stage{routes: make([]route, len(stage.Routes))}
	for i, config := range stage.Routes {
		if r.Throttle != nil {
			s.routes[i].gate = r.Throttle.Gate(stage.ApiID, stage.Name, config.Key, rateOf(&config.Settings))
		}
		if r.Authorizers != nil {
			s.routes[i].decider = r.Authorizers.Route(stage, config)
		}
	}
	return s
}

// rateOf is the throttle of a route, nil when there is none.
func rateOf(s *plan.Settings) *throttle.Rate {
	if !s.Throttled {
		return nil
	}
	return &throttle.Rate{PerSecond: s.Rate, Burst: s.Burst}
}

// Allow takes a token of a route and one of the account, or answers false if there
// is none.
func (s *Stage) Allow(r *plan.RouteConfig) bool {
	return s == nil || s.routes[r.Index].gate.Allow()
}

// Decider is who decides about a route, nil when nobody does.
func (s *Stage) Decider(r *plan.RouteConfig) *authorize.Decider {
	if s == nil {
		return nil
	}
	return s.routes[r.Index].decider
}
