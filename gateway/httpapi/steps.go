package httpapi

import "github.com/dragoman-gateway/dragoman/plan"

// open finds out who listens, once stage and route are known. Documented: without a
// stage there is no log.
func (c *call) open() {
	if c.stage == nil {
		return
	}
	var settings *plan.Settings
	if c.route != nil {
		settings = &c.route.Settings
	}
	c.tap.Open(c.stage.Audience, settings)
}
