// Package lease is the contract of a table in which processes that share a store lease
// their numbers, and a table in memory for those of one process.
//
// It promises:
//
//   - Leases are judged by one clock, that of the table: nobody's own clock says how old one is.
//   - A lease is over only when its row says so. That is recorded by a process whose own
//     renewals have come without a break for as long as a lease lasts: when the table was
//     away for all, or its clock was set, nobody is called lost before he could renew.
//   - Losses are counted and never taken back: a process that reads of one more than it has
//     followed knows that its clients were called gone.
//
// It refuses to know what a process tells of itself: that is bytes here. Leases are in no feed
// and in no backup of documents.
package lease
