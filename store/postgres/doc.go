// Package postgres keeps a store in a PostgreSQL database that several processes share.
//
// It promises what package store promises, for all processes together, and:
//
//   - Revisions become visible in their order, whoever writes: one row counts them, and
//     who commits holds it from before it reads what is newer until it has committed.
//   - Updates that wait in one process share a commit. Each runs once, on what the one
//     before it has left; one that fails is dropped and spoils nobody else's.
//   - A read sees every write that any process had acknowledged before it began. It asks
//     for the counter, and for the documents after it when that has moved; readers that
//     come while somebody asks share the next answer.
//   - A process that stops or is cut off while it holds the counter loses it within a
//     second: the database ends its transaction.
//   - Whether a commit whose answer was lost has happened is found out before its writers
//     are answered, wherever the database can still tell.
//   - Whoever asks a database that is away, or waits when it goes, is told so within two
//     seconds, whether it refuses or answers nothing.
//
// It refuses a schema that a newer version has made, a server that takes no writes, and to
// put a password into an error.
//
// Bodies of documents that are large are not kept in memory but read when they are asked
// for. One that was replaced stays for as long as a View may last.
package postgres
