// Package nats is the bus of a fleet: core NATS, as its operators already run it.
//
// It promises what package bus promises, and:
//
//   - No two fleets meet on one broker: all subjects begin with the fleet's random id.
//   - The broker, and whoever else is on it, can drop and delay messages and nothing more.
//     Each has a MAC under the fleet's key, over its subject too; one that was heard
//     already is dropped.
//   - A request carries how long its asker will wait. Who slept longer than that before
//     reading it drops it, for its asker has gone and may have told somebody so.
//   - Nothing is kept for later while the broker is away: what cannot be sent fails.
//
// It refuses messages of a layout that it does not know, and those that are too large, as if
// they had been lost.
package nats
