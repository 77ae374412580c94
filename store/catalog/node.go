package catalog

import (
	"time"

	"github.com/dragoman-gateway/dragoman/store"
)

// What is counted is kept under ids of plans and keys, which stay what they are when either is
// renamed.

// UsageCounts is the prefix of what keys have used of their plans:
// usagecounts/{plan}/{key}. Ids of plans are unique over all regions.
func UsageCounts() store.Key { return store.Join(usageCounts) }

// UsageCountsOf is the prefix of those of one plan.
func UsageCountsOf(plan string) store.Key { return store.Join(usageCounts, plan) }

// UsageCount is the key of what one key has used.
func UsageCount(plan, key string) store.Key { return store.Join(usageCounts, plan, key) }

// SpentCode is a one-time code of the console that a process has taken, under the hash of its id.
type SpentCode struct {
	Until time.Time `json:"until"` // when it means nothing any more, on any process's clock
}

// SpentCodes are those that may still be tried again.
func SpentCodes() Collection[SpentCode] { return collection[SpentCode](spentCodes) }

// OfFleet says that a key belongs to the processes that run, and to no configuration: what
// they have counted, where the store has no table for it, and what they keep of an ACME server. A document that is written whole in the
// place of another has none of it, and must not remove it: quotas would begin anew, and certificates be ordered anew.
func OfFleet(key store.Key) bool {
	return key.Below(store.Join(nodes)) || key.Below(UsageCounts()) || key.Below(store.Join(spentCodes)) || ofAcme(key)
}

// Passing are the prefixes of what belongs to processes that run, and means nothing where a
// store is copied to. Leases are in no document any more (store/lease); a store may still have some
// from when they were. Certificates are not among them: another place is as good for them.
func Passing() []store.Key {
	return []store.Key{store.Join(nodes), store.Join(acmeChallenges), store.Join(acmeOrders), store.Join(spentCodes)}
}
