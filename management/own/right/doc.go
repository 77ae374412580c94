// Package right is the table of what each operation that API Gateway does not have asks of whoever
// calls it: the right that a key needs, and whose things are read or changed. The operations
// themselves are rows of their own families; here they stand beside each other, so that who may do
// what is read, judged, documented and tested in one place.
//
// It promises that an operation which nobody has entered is one for full keys of the gateway's own
// account alone. It refuses to judge a call: access does, which knows the key.
package right
