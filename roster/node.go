package roster

import "time"

// Node is a process of a gateway, as people see it. Those that share a store tell it of
// themselves with their leases.
type Node struct {
	ID          string    `json:"id"`   // as connections and records name it
	Name        string    `json:"name"` // of its machine
	Version     string    `json:"version"`
	Data        string    `json:"data"`       // where its APIs are, host:port
	Management  string    `json:"management"` // where its management API is
	Started     time.Time `json:"started"`    // by its own clock
	Revision    int64     `json:"revision"`   // of the store, that it serves
	Connections int       `json:"connections"`
	Self        bool      `json:"self"`   // it is the one that was asked
	Fenced      bool      `json:"fenced"` // it serves no WebSocket clients, for another fares better
}
