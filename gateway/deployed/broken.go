package deployed

import (
	"github.com/dragoman-gateway/dragoman/health"
	"github.com/dragoman-gateway/dragoman/plan"
	"github.com/dragoman-gateway/dragoman/resource"
)

// Broken is what of a configuration cannot work, whether a stage serves it or not.
func Broken(snapshot *resource.Snapshot) (all []health.Broken) {
	// What the next deployment would be told is what its owner wants to hear before it.
	for _, w := range plan.Check(snapshot) {
		all = append(all, health.Broken{
			Integration: w.Integration, Response: w.Response, Key: w.Key, Line: w.Line, Column: w.Column, Message: w.Message,
		})
	}
	return all
}
