// Package ask is how our own operations are asked: the shapes of their members, the bounds
// of their lists, and which API a caller means by an id or a name.
//
// It promises that an API which a caller's key does not reach is to that caller as one that
// is not there, whoever asks. It refuses to answer anything.
package ask
