package catalog

import (
	"time"

	"github.com/dragoman-gateway/dragoman/store"
)

// Node is a process of the fleet that shares the store, kept under its number.
type Node struct {
	Instance string    `json:"instance"` // tells the process from any other
	Until    time.Time `json:"until"`    // it lives at least as long as it renews this
	// Lost counts how often others took it for lost and told so, and Yielded for how many
	// of those it has sent its clients away.
	Lost    int `json:"lost,omitempty"`
	Yielded int `json:"yielded,omitempty"`
	// Draining says that it goes: its part of limits is for the others.
	Draining bool `json:"draining,omitempty"`
	// Alone says that it has no bus, so that nobody may serve beside it.
	Alone bool `json:"alone,omitempty"`
}

// IsLost says whether the clients that the node had are gone for good, and it may not
// know it yet.
func (n *Node) IsLost() bool { return n.Lost > n.Yielded }

// Nodes are the processes that share the store.
func Nodes() Collection[Node] { return collection[Node](nodes) }

// UsageCounts is the prefix of what keys have used of their plans:
// usagecounts/{plan}/{key}. Ids of plans are unique over all regions.
func UsageCounts() store.Key { return store.Join(usageCounts) }

// UsageCountsOf is the prefix of those of one plan.
func UsageCountsOf(plan string) store.Key { return store.Join(usageCounts, plan) }

// UsageCount is the key of what one key has used.
func UsageCount(plan, key string) store.Key { return store.Join(usageCounts, plan, key) }

// OfFleet says that a key belongs to the processes that run, and to no configuration:
// their leases, and what they have counted.
func OfFleet(key store.Key) bool { return key.Below(store.Join(nodes)) || key.Below(UsageCounts()) }

// Passing are the prefixes of what belongs to processes that run, and means nothing where a
// store is copied to: their leases.
func Passing() []store.Key { return []store.Key{store.Join(nodes)} }
