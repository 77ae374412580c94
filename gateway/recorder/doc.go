// Package recorder has the exchanges of chosen APIs leave records: it says of which, and
// how many of them, takes out of each what is secret, and keeps it in a ring.
//
// What is chosen can be changed at any time and holds for the exchanges that begin
// afterwards. It is kept in memory alone.
//
// It promises that an exchange which leaves no record costs one load of a pointer and
// no allocation, that a record passes Conceal before anybody can see it, that one
// which Conceal does not survive is seen by nobody, and that two seconds after its end at most
// what is secret in a record is no longer kept, whether somebody has looked or not. It refuses to know what the steps of an
// exchange are: planes tell.
package recorder
