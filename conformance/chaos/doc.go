// Package chaos runs a fleet while everything below it fails, and accounts for every message.
//
// Three nodes are processes on a PostgreSQL and a NATS server of the run's own, each behind
// links that can be cut, hang or be slow. 2,000 WebSocket clients listen and ask, others post
// to them, configure, deploy and ask for pages, while nodes are killed and stopped and engines
// are restarted, by a plan that a seed makes: the same seed fails the same in the same order.
// A ledger has what was asked, answered and received; the oracle judges it by the promises of
// docs/fleet.md. Its own tests show that it sees each of them broken: see make chaos.
package chaos
