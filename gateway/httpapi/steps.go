package httpapi

import "github.com/dragoman-gateway/dragoman/plan"

// open finds out who listens, once stage and route are known. Documented: without a
// stage there is no log.
func (c *call) open() {
	var settings *plan.Settings
	if c.route != nil {
		settings = &c.route.Settings
	}
	c.tap.Open(c.plane.config.Taps.Stage(c.stage), settings)
}
