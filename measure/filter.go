package measure

import "time"

// Filter is what somebody asks for of what was served; its zero members ask for all.
type Filter struct {
	API   func(id string) bool
	APIs  []string // all that API takes, to say so to other nodes; nil for all
	Stage string
	Route *string // "" is that of exchanges which found no route
}

// Takes says whether a key is asked for.
func (f *Filter) Takes(k Key) bool {
	return (f.API == nil || f.API(k.API)) && (f.Stage == "" || f.Stage == k.Stage) && (f.Route == nil || *f.Route == k.Route)
}

// Served is what was served in the last hour and since the start.
type Served struct {
	From   time.Time         // the first minute of the series
	Series []Measured        // by their keys
	Totals []Total           // by name and labels
	Open   map[Stage]float64 // connections at this moment, of all stages
}
