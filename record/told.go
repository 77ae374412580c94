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
}

// Tell is a record as other nodes are told of it.
func (r *Record) Tell() Told { return Told{r.Time, r.Api, r.Append(nil)} }
