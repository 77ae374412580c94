// Package traces is our own operations on records of exchanges: which are made, those that are
// kept, those that come, and the same message or request again.
//
// It promises that a record of an API which a caller's key does not reach is to that caller as
// one that was never made, by whichever operation it is asked for; and that a stream which
// says nothing lives. It refuses to make records, and to judge what in them is secret: what
// is kept is fit to be shown.
package traces
