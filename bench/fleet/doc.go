// Package fleet measures nodes that share a PostgreSQL and a NATS server: writes and reads of
// the store, posts to clients of another node beside those of one's own, and how long a
// deployment takes until all nodes serve it, with one node and with three. See make bench-fleet.
//
// Database, broker, nodes and clients share the machine, and all but the database one process:
// figures beside each other are of one run, and what is told of single nodes is less than they
// would do alone. In other runs of tests it is a look of some seconds, which shows that what is
// measured works.
package fleet
