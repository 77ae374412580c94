package catalog

import (
	"time"

	"github.com/dragoman-gateway/dragoman/store"
)

// Node is a process of the fleet that shares the store, kept under its number.
type Node struct {
	Instance string    `json:"instance"` // tells the process from any other
	Until    time.Time `json:"until"`    // it lives at least as long as it renews this
}

// Nodes are the processes that share the store.
func Nodes() Collection[Node] { return collection[Node](nodes) }

// OfFleet says that a key belongs to the processes that run, and to no configuration.
func OfFleet(key store.Key) bool { return key.Below(store.Join(nodes)) }
