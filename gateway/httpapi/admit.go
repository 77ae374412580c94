package httpapi

import (
	"github.com/dragoman-gateway/dragoman/gateway/throttle"
	"github.com/dragoman-gateway/dragoman/plan"
)

// admit takes a token of the route and one of the account.
func (c *call) admit() bool {
	if c.plane.config.Throttle == nil {
		return true
	}
	return c.plane.gate(c.stage, c.route).Allow()
}

// gate is the gate of a route. It is made when the first request comes, and
// shares its bucket with the gate of the deployment before.
func (p *Plane) gate(stage *plan.Stage, route *plan.HTTPRoute) *throttle.Gate {
	if kept := route.Gate.Get(); kept != nil {
		return kept.(*throttle.Gate)
	}
	var rate *throttle.Rate
	if s := &route.Settings; s.Throttled {
		rate = &throttle.Rate{PerSecond: s.Rate, Burst: s.Burst}
	}
	made := p.config.Throttle.Gate(stage.ApiID, stage.Name, route.Key, rate)
	return route.Gate.Keep(made).(*throttle.Gate)
}
