// Package spare gives a log of SQLite room before it needs it.
//
// A file that grows costs the disk two writes at each fsync, of its bytes and of its length,
// which the file system keeps in a journal; one that is overwritten costs one, which
// is half the time that a single write waits. So the log is longer than what SQLite has written to
// it, by zeros. They are no frame for SQLite, which has no page 0: it reads its log up to
// them, as it reads up to what an earlier turn through the log has left, and writes over them.
package spare
