// Package connection knows who is connected: each node's clients in its
// [Registry], and through the bus every client of a fleet in a [Fleet].
//
// A connection's id says which node holds it, so nothing is stored and nothing
// is searched. A connection exists from Add, after $connect has returned, to
// Remove; before and after, whoever asks for it hears [ErrGone], as on AWS.
//
// The room promises never to wait for a client; it refuses to keep more of one
// than can be asked for.
package connection
