// Package fleet knows which nodes share a store: it gives this process a number that
// no other has, and tells when all that live serve a revision.
//
// A number is leased: kept in the store for a while and renewed. It is drawn anew at
// each start, and stays reserved for long after the last renewal, so that ids of
// connections which name it never lead to another node. A node lives as long as its
// lease; those that have one are asked over the bus what they serve, and one that
// does not answer does not serve, until its lease is over.
//
// Leases are judged by each node's clock, so clocks should agree within seconds.
// A gateway that is one process has no use for this room.
package fleet
