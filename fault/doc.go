// Package fault is the one error of the project: the operation that failed, a
// kind, and the message that a client may read.
//
// The kind decides which AWS exception and which HTTP status a client sees; that
// table stands here and nowhere else. An error that carries no kind is an
// internal one: clients read "Internal Server Error", the log reads everything.
package fault
