package connection

import "github.com/dragoman-gateway/dragoman/measure"

// ByStage counts the connections of each stage. It looks at every one, which a scrape may: it
// comes a few times a minute, and each message would have to keep counters otherwise.
func (r *Registry) ByStage() map[measure.Stage]float64 {
	found := map[measure.Stage]float64{}
	r.Range(func(c *Connection) bool {
		found[measure.Stage{API: c.ApiID, Name: c.Stage}]++
		return true
	})
	return found
}
