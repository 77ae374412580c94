// Package sqlite keeps a store in one directory, in an SQLite database, for one
// process at a time.
//
// It promises what package store promises, and:
//
//   - Reads never touch the disk nor wait for a writer, except those of large
//     bodies: everything else is served from memory, at the same speed however
//     much is stored.
//   - Updates that wait at the same time share one fsync (group commit). Each runs
//     alone, on the result of the one before it, while the disk is busy with the
//     batch before; one that fails is dropped and spoils nobody else's.
//   - What was acknowledged is served exactly, or Open refuses and names what is wrong.
//     Each row has a checksum, all documents together have one, and a file beside the
//     database, dragoman.count, tells how far it had come: SQLite takes a log with
//     damaged bytes for one that ends there. It is written after each commit and
//     before anybody hears of it, so a crash at any moment leaves a store that opens.
//   - A commit waits for two writes to the disk: one of SQLite's log, which is given room
//     ahead so that its length need not be written too, and one of the count. They come
//     one after the other: a count that came first would make a crash look like a loss.
//   - A second process on the same directory is refused with an error that names
//     the directory. The lock dies with its owner, also by kill -9.
//
// It refuses a database that a newer version has made.
package sqlite
