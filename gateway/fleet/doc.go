// Package fleet knows which nodes share a store: it gives this process a number that
// no other has, tells when all that live serve a revision, and whether this one may serve.
//
// A number is leased in a table of the store (store/lease) and renewed every few seconds. It is
// drawn anew at each start, and stays reserved for long after it was lost, so that ids of
// connections which name it never lead to another node. A node is gone only when its lease says
// so; those that have one are asked over the bus what they serve, and one that does not
// answer does not serve, until its lease is over.
//
// The room promises that a process serves nothing after its lease may have been called over:
// each message is judged by one reading of a clock that counts sleep, against the time at which
// the last renewal was sent. It promises too that nobody stops serving while nobody else is
// better off: an engine that is away is away for all.
//
// It refuses to reckon with the clocks of nodes: leases are judged by that of their table.
// A gateway that is one process has no use for this room.
package fleet
