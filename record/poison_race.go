//go:build race

package record

import "time"

// poisoned is what whoever uses a draft finds after it was given back.
const poisoned = "POISONED"

// poison puts what can be told from any record into a draft that nobody may use. It is a write
// besides, which the race detector holds against whoever still reads.
func (d *Draft) poison() {
	d.Record = Record{
		ID: poisoned, Kind: poisoned, Api: poisoned, ApiName: poisoned, Stage: poisoned, Route: poisoned, Connection: poisoned, Summary: poisoned,
		Time: time.Unix(0, 0), Status: 999, Steps: []Step{{Name: poisoned, Why: poisoned}},
	}
	d.script = []byte(poisoned)
}

// cure takes it out again.
func (d *Draft) cure() {
	if d.ID == poisoned {
		*d = Draft{}
	}
}
