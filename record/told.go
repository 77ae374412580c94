package record

import (
	"encoding/json"
	"time"
)

// Told is a record of another node: its JSON, and what it is sorted and shown by.
type Told struct {
	Time time.Time       `json:"time"`
	Api  string          `json:"api"`
	Text json.RawMessage `json:"record"`
	// Node is the number of the one that has told it, as the asker knows it: it is not what the
	// record says of itself.
	Node uint32 `json:"-"`
}

// Tell is a record as other nodes are told of it.
func (r *Record) Tell() Told { return Told{Time: r.Time, Api: r.Api, Text: r.Append(nil)} }
