//go:build !race

package httpapi

// poison is for the race detector's builds.
func (c *call) poison() {}

func (c *call) cure() {}
